"""What is planted in a synthetic city shows in a model of it, and in none of a city without.

The models were trained on the cities that they name: `synthetic-city` on one of full strength,
`flat_city` at strength 0, `wave_city` and `wave_against_city` at strength 0 with waves that travel
with the traffic and against it. All verdicts are about one trained model each.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.evidence.statistic import LEVEL
from analysis.forecasts.windows import window_steps
from analysis.graphs.use import uniform_graphs
from analysis.material import load_material
from benchmarks.planted import (
    attributions,
    graph_auc,
    identity_curve,
    main,
    planted_groups,
    same_carriageway,
    told_by_readings,
    upstream_share,
)
from himnet import load_arrays
from himnet.data.synthetic import downstream_km, synthetic_city
from tests.analysis.what_if.lively import material as untrained_town

FIXTURES = Path(__file__).parent / "fixtures"
FULL, FLAT = "synthetic-city", FIXTURES / "flat_city.safetensors"
WITH, AGAINST = FIXTURES / "wave_city.safetensors", FIXTURES / "wave_against_city.safetensors"


@pytest.fixture(scope="module")
def models():
    """Return each model, opened once."""
    opened = {}

    def model(name):
        if name not in opened:
            opened[name] = load_material(name)
        return opened[name]

    return model


def p_values(material, kind, graph="encoders"):
    """Return the p of planted neighbours against untrained models and permuted sensors."""
    found = graph_auc(material, planted_groups(material)[kind], graph)
    return [statistic.p_value for statistic in found]


# --- graphs --------------------------------------------------------------------------------------


def test_the_graph_tells_planted_neighbours_at_full_strength(models):
    assert max(p_values(models(FULL), "rush")) < LEVEL


@pytest.mark.parametrize("kind", ["rush", "carriageway"])
def test_the_graph_tells_nothing_at_strength_zero(models, kind):
    assert min(p_values(models(FLAT), kind)) > LEVEL


@pytest.mark.parametrize("name", [WITH, AGAINST])
def test_the_graph_tells_carriageways_along_which_waves_travel(models, name):
    assert max(p_values(models(name), "carriageway")) < LEVEL


def test_the_rush_is_planted_by_the_side_of_the_centre_not_by_the_compass(models):
    """The carriageway is nearly at chance where no wave travels along it: nothing is planted."""
    city = models(FULL)
    groups = planted_groups(city)
    rush, carriageway = (graph_auc(city, groups[kind])[0] for kind in ("rush", "carriageway"))
    assert rush.value > 0.7
    assert carriageway.value < 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "tells"),
    [
        (FULL, "rush", True),
        (FLAT, "rush", False),
        (FLAT, "carriageway", False),
        (WITH, "carriageway", True),
        (AGAINST, "carriageway", True),
    ],
)
def test_the_decoder_s_graph_tells_the_same(models, name, kind, tells):
    found = p_values(models(name), kind, "decoder")
    assert max(found) < LEVEL if tells else min(found) > LEVEL


@pytest.mark.slow
@pytest.mark.parametrize("name", [WITH, AGAINST])
def test_waves_are_forecast_through_the_decoder_s_graph_not_the_encoders(models, name):
    city = models(name)
    use = uniform_graphs(city, window_steps(city, most=150))
    assert use.decoder.low > 0.1 * use.own
    assert use.encoders.high < 0.01 * use.own


@pytest.mark.slow
def test_without_structure_no_graph_is_used(models):
    city = models(FLAT)
    use = uniform_graphs(city, window_steps(city, most=150))
    increases = (use.encoders, use.decoder)
    assert all(abs(edge) < 0.002 * use.own for one in increases for edge in (one.low, one.high))


# --- readings ------------------------------------------------------------------------------------


def test_neighbours_readings_tell_the_future_only_where_waves_travel():
    for wave, least, most in ((0.0, -0.05, 0.01), (1.0, 0.2, 1.0), (-1.0, 0.2, 1.0)):
        city = synthetic_city(num_nodes=12, days=14, strength=0.0, wave=wave)
        own, group = told_by_readings(city, np.arange(12) % 2)
        assert least < group - own < most
    own, others = told_by_readings(city, np.arange(12) // 2)  # pairs of opposite carriageways
    assert others - own < 0.01


# --- direction of attribution --------------------------------------------------------------------


SENSORS = 24  # on six carriageways, four on each


@pytest.fixture
def lined_up():
    """Return km downstream (24, 24)."""
    road, km = np.arange(SENSORS) // 4, np.arange(SENSORS) % 4 * 1.6
    return np.where(np.equal.outer(road, road), km[:, None] - km, np.nan)


def test_the_share_upstream_is_one_if_only_sensors_upstream_are_read(lined_up):
    upstream = np.where(lined_up > 0, 1.0, 0.0)
    found = upstream_share(upstream, lined_up)
    assert (found.value, found.p_value) == (1, 1 / 64)
    reverse = upstream_share(upstream.T, lined_up)
    assert (reverse.value, reverse.p_value) == (0, 1)


def test_a_matrix_without_direction_has_half_of_it_upstream(lined_up):
    matrix = np.random.default_rng(0).random((SENSORS, SENSORS))
    found = upstream_share(matrix + matrix.T, lined_up)
    assert found.value == pytest.approx(0.5)
    assert found.p_value == 1


def test_one_carriageway_with_a_direction_is_no_finding(lined_up):
    matrix = np.ones((SENSORS, SENSORS))
    matrix[:4] = np.where(lined_up[:4] < 0, 0.0, 100.0)
    found = upstream_share(matrix, lined_up)
    assert found.value > 0.9
    assert found.p_value == pytest.approx(0.5)


def test_many_carriageways_are_drawn():
    road, km = np.arange(60) // 2, np.arange(60) % 2
    apart = np.where(np.equal.outer(road, road), km[:, None] - km, np.nan)
    assert upstream_share((apart > 0) * 1.0, apart).p_value == pytest.approx(0.001)


def test_sensors_that_read_themselves_or_another_road_have_no_part_in_the_direction(lined_up):
    matrix = np.random.default_rng(0).random((SENSORS, SENSORS))
    other = np.where(np.isnan(lined_up) | (lined_up == 0), 100.0, matrix)
    same, changed = (upstream_share(one, lined_up).value for one in (matrix, other))
    assert same == changed
    assert same_carriageway(other, lined_up) < 0.05
    within = np.where(np.isnan(lined_up), 0.0, matrix)
    assert same_carriageway(within, lined_up) == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "side"), [(WITH, 1), (AGAINST, -1), (FLAT, 0)])
def test_attribution_points_to_where_the_wave_comes_from(models, name, side):
    city = models(name)
    apart = downstream_km(city.info.name)
    matrix = attributions(city, window_steps(city, most=2))
    upstream, downstream = upstream_share(matrix, apart), upstream_share(matrix, -apart)
    assert (upstream.p_value < LEVEL) == (side == 1)
    assert (downstream.p_value < LEVEL) == (side == -1)
    others = np.isfinite(apart).sum() / len(apart) - 1
    if side:
        assert same_carriageway(matrix, apart) > 2 * others / (len(apart) - 1)


# --- identity ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_identity_curve_tells_strength_zero_from_full_strength(models):
    full, of_full = identity_curve(models(FULL), windows=32)
    flat, of_flat = identity_curve(models(FLAT), windows=32)
    assert full.cost("any").difference.low > 0.1 * full.own
    assert abs(flat.cost("any").difference.value) < 0.01 * flat.own
    assert full.cost("any").difference.low > flat.cost("any").difference.high
    assert full.cost("cluster").share.low > 0.5  # a cluster's sensors stand in for each other
    assert flat.cost("any").difference.low < 0 < flat.cost("any").difference.high
    assert of_full.p_value < LEVEL < of_flat.p_value


# --- files and command ---------------------------------------------------------------------------


def test_the_models_are_small_and_name_their_city_and_no_path():
    for path, wave in ((WITH, "1.0"), (AGAINST, "-1.0")):
        arrays = load_arrays(path)
        assert path.stat().st_size < 300_000
        assert not arrays.warnings
        assert not [value for value in arrays.training.values() if "/" in str(value)]
        assert arrays.dataset.name == f"synthetic:strength=0.0,wave={wave}"
        assert load_material(path).dataset is not None  # the name gives its readings again


@pytest.mark.slow  # attributions and exchanges of a whole city
def test_the_command_measures_and_writes(tmp_path, capsys):
    untrained_town(tmp_path / "town")
    stored = tmp_path / "planted.json"
    few = ["--windows", "5", "--attributed", "1", "--exchanged", "3", "--json", str(stored)]
    assert main([str(tmp_path / "town" / "model.safetensors"), *few]) == 0
    told = capsys.readouterr().out
    for words in ("AUC", "uniform graph", "upstream", "partial Mantel"):
        assert words in told
    (result,) = json.loads(stored.read_text())["results"]
    assert 0 <= result["upstream"]["value"] <= 1
    assert result["rush"]["encoders"][0]["value"] == pytest.approx(0.5, abs=0.3)


def test_another_city_has_nothing_planted(capsys):
    assert main(["metr-la", "--windows", "1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(AnalysisError, match="'METRLA' is not a synthetic city"):
        planted_groups(load_material("metr-la"))
