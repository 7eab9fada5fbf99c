"""All ten claims together: what is planted holds, and what is missing is said, never a crash."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.catalogue import CLAIMS
from analysis.claims.findings import MATCHED, READINGS, SAME_CLUSTERS, UNMATCHED
from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.moments import Moments
from analysis.claims.progress import number_for_days, steps_of
from analysis.claims.rules import LEVEL
from analysis.claims.rules import READINGS as READINGS_TAKEN
from analysis.claims.run import evaluate_claims
from analysis.errors import AnalysisError
from analysis.material import Material
from himnet.config import ABLATIONS
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import (
    CONFIG,
    NO_DATA,
    SENSORS,
    TOWN,
    arrays,
    bare_info,
    material,
    planted_weights,
)
from tests.processes import run_python

QUICK = {"untrained": 2, "draws": 19}
IDS = [claim.id for claim in CLAIMS]
ST_MIXED = ("within-clusters", "divergence")
NEEDS_DATA = ("series", *ST_MIXED)
TEMPORAL = ("days", "weekend", "hours", "rush-hours")
SPATIAL = ("clusters", "roads", "carriageways", "series")


def weight_claims(of, **options):
    """The claims that weights and sensors decide, without data."""
    alone = [one for one in CLAIMS if one.id not in NEEDS_DATA]
    return evaluate_claims(
        Material(of, None, None, NO_DATA), claims=alone, **{"untrained": 0} | options
    )


def by_id(results):
    return {result.id: result for result in results}


@pytest.fixture(scope="module")
def all_ten():
    """The town's claims with both nulls."""
    return by_id(evaluate_claims(material(), untrained=20, draws=199))


def test_there_is_a_row_for_each_of_the_papers_ten_claims(all_ten):
    assert list(all_ten) == IDS
    assert len(set(IDS)) == 10
    for claim in CLAIMS:
        row = all_ten[claim.id]
        assert (row.claim, row.statistic, row.null) == (
            claim.sentence,
            claim.statistic,
            claim.null,
        )


def test_what_was_planted_holds(all_ten):
    for name in ("hours", "clusters", "roads"):
        assert all_ten[name].verdict == "holds", name
        assert all_ten[name].p_holm < 0.05
        assert all_ten[name].p_untrained == pytest.approx((1 / 21, 1 / 21))


def test_all_of_it_is_measured_and_compared_with_every_null(all_ten):
    for row in all_ten.values():
        assert np.isfinite(row.value), row.id
        assert 0 < row.p_untrained[0] <= row.p_untrained[1] <= 1
        assert row.null_range[0] <= row.null_mean <= row.null_range[1]
        assert len(row.untrained_draws) == (209 if row.id == "days" else 20)
        assert len(row.draws) >= 20
        assert row.p_value is None or row.p_smallest <= row.p_value <= 1
        assert row.effect.reading in ("opposite", "negligible", "weak", "moderate", "strong")
        assert row.rules == 2
        assert (row.p_readings is not None) == (row.id in ST_MIXED)
        for null in row.nulls:
            assert null.low <= null.mean <= null.high
            assert null.p_smallest <= null.p_value <= 1


def test_every_claim_names_the_kinds_of_untrained_models_that_differ_for_it(all_ten):
    kinds = {name: [null.name for null in row.nulls] for name, row in all_ten.items()}
    for name in SPATIAL:
        assert kinds[name] == ["untrained models"]
    for name in TEMPORAL:
        assert kinds[name] == [MATCHED, UNMATCHED]
    for name in ST_MIXED:
        own = [kind + where for kind in (MATCHED, UNMATCHED) for where in ("", SAME_CLUSTERS)]
        assert sorted(kinds[name]) == sorted([READINGS, *own])


def test_p_values_are_those_of_the_draws(all_ten):
    for row in all_ten.values():
        support = -1 if row.id == "divergence" else 1
        reached = (support * row.untrained_draws >= support * row.value).sum()
        (null,) = (null for null in row.nulls if null.name in ("untrained models", MATCHED))
        assert null.p_value == pytest.approx((1 + reached) / (1 + len(row.untrained_draws)))
    row = all_ten["roads"]
    assert row.p_value == pytest.approx((1 + (row.draws >= row.value - 1e-12).sum()) / 200)


def test_days_stand_on_many_untrained_models_and_are_corrected(all_ten):
    row = all_ten["days"]
    assert np.array_equal(row.draws, row.untrained_draws)
    assert row.p_smallest == pytest.approx(1 / 210)
    assert 10 * row.p_smallest < LEVEL
    assert row.p_value is None
    assert row.p_holm is not None
    assert "additive" in row.note


def test_divergence_is_shown_with_its_own_sign(all_ten):
    row = all_ten["divergence"]
    opposite = -1 if row.effect.reading == "opposite" else 1
    assert row.effect.value == pytest.approx(-row.value)
    assert row.effect.value * opposite >= 0
    names = [beside.name for beside in row.beside]
    assert any("centred over all sensors and moments" in name for name in names)
    assert any("raw cosines" in name for name in names)


def test_what_exceeds_other_readings_is_the_effect_within_clusters(all_ten):
    row = all_ten["within-clusters"]
    (other,) = (null for null in row.nulls if null.name == READINGS)
    assert row.effect.value == pytest.approx(row.value - other.mean)


def test_what_is_slight_does_not_hold(all_ten):
    for row in all_ten.values():
        if row.effect.reading in ("negligible", "opposite"):
            assert row.verdict in ("does not hold", "inconclusive")
            assert "so the claim cannot hold" in row.note


def test_the_json_has_the_promised_keys_and_plain_values(all_ten):
    promised = {
        "id", "claim", "statistic", "value", "null", "null_mean", "null_range", "p_value",
        "p_smallest", "p_untrained", "p_readings", "p_holm", "verdict", "effect", "nulls", "rules",
    }  # fmt: skip
    for row in all_ten.values():
        said = row.to_dict()
        assert promised <= set(said)
        assert not any(isinstance(value, np.ndarray) for value in said.values())
        assert json.loads(json.dumps(said))["id"] == row.id
        assert all(set(one) == {"name", "value", "null_mean", "p_value"} for one in said["beside"])


def test_st_mixed_claims_say_their_moments(all_ten):
    for name in ST_MIXED:
        assert "Moments: " in all_ten[name].note


def test_the_seed_makes_the_numbers():
    first, again, other = (
        by_id(weight_claims(arrays(), seed=seed, untrained=2, draws=19)) for seed in (1, 1, 2)
    )
    assert first == again
    assert np.array_equal(first["roads"].draws, again["roads"].draws)
    assert not np.array_equal(first["roads"].draws, other["roads"].draws)
    assert not np.array_equal(first["days"].untrained_draws, other["days"].untrained_draws)


def test_claims_about_weights_take_no_data():
    rows = weight_claims(arrays(), draws=19)
    assert [row.id for row in rows] == [name for name in IDS if name not in NEEDS_DATA]
    for row in rows:
        assert np.isfinite(row.value)
        assert (row.p_untrained, row.p_holm, row.verdict) == (None, None, "inconclusive")
        assert "No untrained models were requested." in row.note
        assert (row.p_value is None) == (row.id == "days")


def test_an_untrained_model_is_not_among_the_models_it_is_compared_with():
    weights = untrained_weights(CONFIG, seed=0)
    rows = by_id(weight_claims(arrays(weights=weights), untrained=20, draws=19))
    for name in ("days", "weekend", "hours", "clusters"):  # shares may be equal by chance
        assert rows[name].value not in rows[name].untrained_draws.tolist()
    assert rows["clusters"].verdict != "holds"
    assert rows["roads"].verdict != "holds"


def test_too_few_untrained_models_tell_nothing():
    rows = by_id(weight_claims(arrays(), untrained=5, draws=99))
    assert rows["roads"].p_untrained == pytest.approx((1 / 6, 1 / 6))
    assert rows["roads"].verdict == "inconclusive"
    assert "The smallest p that untrained models can give, 0.17, is not" in rows["roads"].note


def test_without_data_and_track_three_claims_cannot_be_told():
    rows = by_id(evaluate_claims(material(dataset=None), **QUICK))
    assert list(rows) == IDS
    for name in NEEDS_DATA:
        assert rows[name].verdict == "inconclusive"
        assert rows[name].value is None
        assert NO_DATA in rows[name].note
        assert rows[name].null_range is None
        assert not len(rows[name].draws)


@pytest.mark.parametrize("ablation", [name for name in ABLATIONS if name != "none"])
def test_an_ablated_model_lacks_the_claims_about_what_it_lacks(ablation):
    config = replace(CONFIG, ablate=ablation)
    rows = by_id(evaluate_claims(material(config), **QUICK))
    lacking = {
        "E_t": TEMPORAL,
        "TMP": TEMPORAL,
        "E_s": (*SPATIAL, *ST_MIXED),
        "SMP": (*SPATIAL, *ST_MIXED),
        "E_st": ST_MIXED,
        "STMP": ST_MIXED,
    }[ablation]
    for name, row in rows.items():
        assert (row.value is None) == (name in lacking), name
        assert ("trained without" in row.note) == (name in lacking), name


def test_a_bare_data_set_tells_what_it_can():
    rows = by_id(evaluate_claims(material(dataset=None, info=bare_info(CONFIG)), **QUICK))
    assert "the weekend days of this data set are not known" in rows["weekend"].note.lower()
    for name in ("roads", "carriageways"):
        assert rows[name].verdict == "not applicable"
        assert "names no roads" in rows[name].note
        assert rows[name].effect is None
    for name in ("days", "hours", "rush-hours", "clusters"):
        assert np.isfinite(rows[name].value)


def test_few_sensors_make_fewer_clusters_or_none():
    config = replace(CONFIG, num_nodes=5)
    made = arrays(config, weights=untrained_weights(config, seed=0), info=bare_info(config))
    rows = by_id(evaluate_claims(Material(made, None, None, NO_DATA), **QUICK))
    assert "5 sensors are too few for clusters" in rows["clusters"].note
    assert np.isfinite(rows["hours"].value)


@pytest.mark.parametrize("steps", [1, 12, 96])
def test_days_of_few_or_many_steps_are_fine(steps):
    config = replace(CONFIG, steps_per_day=steps)
    made = arrays(config, weights=untrained_weights(config, seed=0), info=bare_info(config))
    rows = by_id(weight_claims(made, **QUICK))
    assert np.isfinite(rows["clusters"].value)
    assert (rows["days"].value is None) == (steps < 24)
    assert (rows["rush-hours"].value is None) == (steps < 8)
    assert (rows["hours"].value is None) == (steps < 8)


def test_constant_meta_parameters_have_no_statistic():
    weights = untrained_weights(CONFIG, seed=0)
    for name, array in weights.items():
        if name.endswith("_pool"):
            array[:] = 0
    rows = weight_claims(arrays(weights=weights), **QUICK)
    told = {row.id: row.verdict for row in rows}
    assert told.pop("days") == "does not hold"  # all distances are zero, as in no trained model
    assert set(told.values()) == {"inconclusive"}
    assert all(row.note for row in rows)


@pytest.mark.parametrize("clusters", [1, SENSORS + 1])
def test_an_impossible_number_of_clusters_is_refused(clusters):
    with pytest.raises(AnalysisError, match=f"24 sensors allow 2 to 24 clusters, not {clusters}"):
        evaluate_claims(material(), clusters=clusters)


def test_another_number_of_clusters_changes_the_clusters_alone():
    few, many = (by_id(weight_claims(arrays(), clusters=k, draws=9)) for k in (2, 8))
    assert few["hours"] == many["hours"]
    assert few["clusters"].value != many["clusters"].value
    assert many["clusters"].beside[0].name.startswith("gap statistic at k = 8")


def test_progress_is_told_from_the_first_step_to_the_last():
    told = []
    evaluate_claims(
        material(dataset=None), **QUICK, report=lambda what, done, total: told.append((done, total))
    )
    done, totals = zip(*told, strict=True)
    assert len(set(totals)) == 1
    assert list(done) == sorted(done)
    assert (done[0], done[-1]) == (0, totals[0])


@pytest.mark.parametrize("dataset", [TOWN, None])
@pytest.mark.parametrize("untrained", [0, 2, 30])
def test_the_expected_steps_are_those_that_are_taken(dataset, untrained):
    of = material(dataset=dataset)
    ground = Ground(of)
    view = ModelView(of.model, 4, None if dataset is None else np.zeros((1, SENSORS, 5)))
    steps = steps_of(view, ground, CLAIMS, untrained)
    taken = len(CLAIMS) + (READINGS_TAKEN + number_for_days(CLAIMS, untrained) if untrained else 0)
    assert len(steps) == taken
    assert all(work >= 0 for _, work in steps)
    passes = [work for what, work in steps if what.startswith("readings")]
    assert all(work > 0 for work in passes) == (dataset is not None or not untrained)


def test_a_few_hours_are_too_few_for_a_correlation():
    of = material()
    ground = Ground(of)
    few = np.arange(3)
    vars(ground)["moments"] = Moments(ground.moments.steps[few], ground.moments.days[few], few / 1)
    (row,) = evaluate_claims(of, claims=CLAIMS[-1:], ground=ground, **QUICK)
    assert (row.value, row.verdict) == (None, "inconclusive")
    assert row.note.startswith("3 full hours are too few for a correlation over hours")


@pytest.mark.parametrize("name", ["tod_embedding", "dow_embedding", "node_embedding", "_pool"])
def test_weights_that_are_not_finite_have_no_statistic(name):
    weights = planted_weights()
    for key, array in weights.items():
        if name in key:
            array[...] = np.nan
    rows = weight_claims(arrays(weights=weights), **QUICK)
    lacking = {"tod": TEMPORAL[2:], "dow": TEMPORAL[:2], "nod": SPATIAL, "_po": IDS}[name[:3]]
    for row in rows:
        assert row.value is None or row.id not in lacking, row.id
        assert row.value is not None or (row.verdict == "inconclusive" and row.note), row.id


def test_nothing_here_wakes_torch_or_the_app():
    code = (
        "import sys, analysis.claims.run, analysis.claims.table\n"
        "assert not {'torch', 'streamlit'} & set(sys.modules)"
    )
    found = run_python("-c", code)
    assert found.returncode == 0, found.stderr


@pytest.mark.slow
def test_metrlas_model_shows_what_its_readme_says(metrla):
    """The bundled model's claims that are far from any threshold."""
    from analysis.material import load_material

    loaded = replace(load_material("metr-la"), dataset=metrla, dataset_problem="")
    rows = by_id(evaluate_claims(loaded, untrained=20, claims=CLAIMS[:8], draws=199))
    for name in ("hours", "clusters", "roads", "carriageways", "series"):
        assert rows[name].verdict == "holds", name
