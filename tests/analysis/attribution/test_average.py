"""Averages of attributions, and what is kept of them beside a model."""

import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from analysis.attribution.average import (
    both_directions,
    mean_attribution,
    mean_pairs,
)
from analysis.attribution.measure import measure
from analysis.attribution.reach import City, reach_of
from analysis.attribution.stored import PART, save_attribution, stored_attribution
from analysis.attribution.table import agree, results, text, verdict
from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.material import Material
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import read_measured
from himnet.metrics import without_nan
from tests.analysis.attribution.cities import COUNT, explained_town, long_town, made_up, small_plan
from tests.analysis.damages import damaged, outcome
from tests.analysis.what_if.lively import material

SAID = {"data": "", "command": "python -m analysis why --checkpoint mine --average --save"}


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    """A model with its stored average."""
    found = explained_town(tmp_path_factory.mktemp("average"))
    plan = small_plan(found)
    average = mean_attribution(plan, measure(plan))
    save_attribution(found, average, command=SAID["command"])
    return Material(load_arrays(found.arrays.path), None, found.dataset), average


def same(one, other):
    assert repr(one) == repr(other)  # NaN is unequal to itself
    for name in ("by_step", "by_band", "pairs"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_it_comes_back_as_it_was(some):
    found, average = some
    again, part = stored_attribution(found.arrays)
    same(again, average)
    assert part.command == SAID["command"]


def test_deleting_the_stored_file_changes_no_number_when_measured_again(some):
    found, average = some
    kept = measured_file(found.arrays.path).read_bytes()
    measured_file(found.arrays.path).unlink()
    bare = Material(load_arrays(found.arrays.path), None, found.dataset)
    assert stored_attribution(bare.arrays) is None
    plan = small_plan(bare)
    same(mean_attribution(plan, measure(plan)), average)
    measured_file(found.arrays.path).write_bytes(kept)


def test_each_group_and_all_are_told(some):
    _, average = some
    assert average.groups == ("all", "free", "congested")
    assert sum(average.counts) == average.forecasts == COUNT
    assert average.incomplete == 0
    assert all(len(rows) == 3 for rows in average.quantities.values())
    assert len(average.sides) == len(average.lags) == 3
    parts = ("own", "road", "opposite", "elsewhere")
    for group in range(3):
        shares = [average.quantities[name][group] for name in parts]
        assert sum(share.found.value for share in shares) == pytest.approx(1)
        assert sum(share.even for share in shares) == pytest.approx(1)
        assert average.by_step[group].sum() == pytest.approx(1)
    assert -1 <= average.occlusion.least <= average.occlusion.mean <= average.occlusion.most <= 1


def test_pairs_are_mean_shares_of_those_that_were_forecast(some):
    found, average = some
    forecast = np.unique(small_plan(found).triples.sensors)
    known = np.isfinite(average.pairs).all(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(known), forecast)
    np.testing.assert_allclose(average.pairs[known].sum(axis=1), 1, atol=0.01)


def test_mean_pairs_average_over_the_forecasts_of_a_sensor():
    sizes = np.zeros((3, 1, 3))
    sizes[0, 0], sizes[1, 0], sizes[2, 0] = [1, 1, 0], [1, 3, 0], [0, 0, 5]
    reach = reach_of(sizes, np.array([0, 0, 2]), City(explained_sensors(3)), 5.0)
    found = mean_pairs(reach, np.array([0, 0, 2]), 3)
    np.testing.assert_allclose(found, [[0.375, 0.625, 0], [np.nan] * 3, [0, 0, 1]])
    both = both_directions(found)
    np.testing.assert_allclose(both, [[0.375, 0.625, 0], [0.625, np.nan, 0], [0, 0, 1]])


def explained_sensors(count):
    from himnet.data.info import Sensors

    return Sensors.numbered(count)


def test_attributions_made_from_cosines_are_found_and_others_are_not(some):
    found, _ = some
    plan = small_plan(found)
    cosines = cosine_matrix(found.spatial_coordinates())
    alike = np.exp(3 * cosines[plan.triples.sensors])[:, None].repeat(12, axis=1)
    made = mean_attribution(plan, made_up(plan, alike)).similar
    assert made.shares > 0.8
    assert made.p_shares == 0.001
    noise = np.random.default_rng(3).random((COUNT, 12, found.info.num_nodes))
    assert mean_attribution(plan, made_up(plan, noise)).similar.p_shares > 0.01
    assert made.held == ("distance", "logarithm of distance", "correlation of the readings")


def test_what_is_partial_or_of_another_base_line_is_not_saved(some):
    found, average = some
    for partial in (replace(average, planned=99), replace(average, occlusion=nothing(average))):
        with pytest.raises(AnalysisError, match="only a complete result can be saved"):
            save_attribution(found, partial, command="")
    with pytest.raises(AnalysisError, match="omit --baseline mean, or omit --save"):
        save_attribution(found, replace(average, baseline="mean"), command="")
    with pytest.raises(AnalysisError, match="1 forecasts are attributed"):
        mean_attribution(small_plan(found), made_up(small_plan(found), np.ones((1, 12, 12))))


def nothing(average):
    return replace(average.occlusion, forecasts=0)


ALTERED = {
    "a field less": lambda told: told.pop("moved"),
    "a field more": lambda told: told.update(more=1),
    "another rule": lambda told: told.update(rule="jam"),
    "another base line": lambda told: told.update(baseline="zero"),
    "other counts": lambda told: told.update(counts=[COUNT, 1]),
    "negative counts": lambda told: told.update(counts=[COUNT + 1, -1]),
    "a text": lambda told: told.update(moved="<b>1</b>"),
    "a negative gap": lambda told: told.update(largest_gap=-1.0),
    "too few groups": lambda told: told["quantities"]["minutes"].pop(),
    "another quantity": lambda told: told["quantities"].update(miles=[]),
    "an impossible p": lambda told: told["sides"][0].update(p_value=1.5),
    "two sides": lambda told: told["sides"].pop(),
    "a lag without pairs": lambda told: told["lags"][1].pop("pairs"),
    "a correlation of 2": lambda told: told["occlusion"].update(mean=2.0),
    "a huge null": lambda told: told["similar"].update(null="x" * 1000),
    "nothing held": lambda told: told["similar"].update(held=[]),
    "an interval of texts": lambda told: told["sides"][0]["upstream"].update(low="0"),
    "no similar": lambda told: told.update(similar=[]),
}
TABLES = {
    "no pairs": lambda tables: tables.pop("pairs"),
    "another table": lambda tables: tables.update(more=np.zeros(3)),
    "fewer sensors": lambda tables: tables.update(pairs=tables["pairs"][1:, 1:]),
    "another type": lambda tables: tables.update(pairs=tables["pairs"].astype(np.float64)),
    "negative shares": lambda tables: tables.update(by_step=-tables["by_step"]),
    "infinite shares": lambda tables: tables.update(by_band=tables["by_band"] + np.inf),
}


@pytest.mark.parametrize("name", [*ALTERED, *TABLES])
def test_a_damaged_part_is_refused_with_a_sentence(some, name, tmp_path):
    found, _ = some
    part = read_measured(measured_file(found.arrays.path))[PART]
    told, tables = without_nan(dict(part.value)), dict(part.arrays)
    ALTERED.get(name, lambda _: None)(told)
    TABLES.get(name, lambda _: None)(tables)
    own = tmp_path / "model.safetensors"
    own.write_bytes(found.arrays.path.read_bytes())
    save_measured(own, found.arrays.sha256, PART, told, arrays=tables, **SAID)
    with pytest.raises(AnalysisError, match="damaged, so it is ignored; measure it again with"):
        stored_attribution(load_arrays(own))


def test_the_text_says_numbers_nulls_and_that_it_is_of_one_training(some):
    _, average = some
    told = text(average, "mph")
    for words in (
        "14 of 14 forecasts", "congested: the last reading", "all readings mattered equally",
        "check, not a finding", "partial Mantel", "null", "p = ", "single seed",
    ):  # fmt: skip
        assert words in told
    assert "PARTIAL" not in told
    assert text(replace(average, planned=99), "mph").startswith("PARTIAL: 14 of 99")
    as_json = results(average, "mph")
    assert as_json["single_seed"] is True
    assert "pairs" not in as_json
    assert asdict(average)["by_step"].tolist() == as_json["by_step"]


def test_a_verdict_follows_from_its_numbers(some):
    _, average = some
    first = average.sides[0]
    up = replace(first, upstream=replace(first.upstream, value=0.7), even=0.5, p_value=0.01)

    def said(side):
        return verdict(replace(average, sides=(side,) * 3))[1]

    assert said(replace(up, p_even=0.01)).endswith("so it looks more upstream.")
    assert said(replace(up, p_even=0.2)).endswith("no more than the readings' differences explain.")
    assert "does not differ from half" in said(replace(up, p_value=0.2, p_even=0.01))
    down = replace(up, upstream=replace(first.upstream, value=0.3), p_even=0.01)
    assert said(down).endswith("so it looks more downstream.")
    lag = average.lags[0]
    leads = replace(lag, minutes=replace(lag.minutes, value=2.0, low=1.0, high=3.0))
    assert [agree(one, leads) for one in (up, down, replace(up, p_value=0.5))] == [
        "yes", "no", "undecided",
    ]  # fmt: skip


def test_a_city_without_places_has_no_sides_and_says_so(tmp_path):
    found = explained_town(tmp_path)
    bare = explained_sensors(found.info.num_nodes)
    info = replace(found.dataset.info, sensors=replace(bare, ids=found.info.sensors.ids))
    dataset = replace(found.dataset, info=info)
    arrays = replace(found.arrays, dataset=info)
    placeless = Material(arrays, None, dataset)
    plan = small_plan(placeless)
    values = np.random.default_rng(0).random((COUNT, 12, found.info.num_nodes))
    average = mean_attribution(plan, made_up(plan, values))
    assert average.sides == average.lags == ()
    assert average.similar.held == ("correlation of the readings",)
    told = text(average, "mph")
    assert "places are not known" in told
    assert "nan" not in told.lower()


def test_whatever_stands_in_one_place_it_is_told_or_refused_with_a_sentence(some):
    for arrays in damaged(some[0].arrays, PART):
        found = outcome(stored_attribution, arrays)
        if isinstance(found, str):
            assert re.search("damaged, so (it is|they are) ignored", found)
        else:
            assert text(found, "mph").endswith(verdict(found)[-1])


def test_groups_without_forecasts_and_readings_that_never_move_are_averaged_too(tmp_path):
    """A city that is never congested, whose readings are those of the base line."""
    town = long_town()
    still = material(tmp_path, dataset=replace(town, values=np.full_like(town.values, 50)))
    plan = small_plan(still)
    average = mean_attribution(plan, measure(plan))
    assert average.counts == (COUNT // 2, 0)
    assert average.quantities["minutes"][2].forecasts == 0
    assert not average.is_partial
    assert "nan" not in text(average, "mph")
    save_attribution(still, average, command=SAID["command"])
    same(stored_attribution(load_arrays(still.arrays.path))[0], average)


def test_a_city_of_two_sensors_has_no_ranks_and_is_complete(tmp_path):
    two = material(tmp_path, dataset=long_town(num_nodes=2), num_nodes=2)
    plan = small_plan(two)
    average = mean_attribution(plan, measure(plan))
    assert not np.isfinite(average.occlusion.mean)
    assert not average.is_partial
    assert "nan" not in text(average, "mph")
