"""Models of which the answer is known: what the rules of the claims must not call a finding."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.claims.catalogue import CLAIMS
from analysis.claims.rules import LEVEL
from analysis.claims.run import evaluate_claims
from analysis.material import Material, load_material
from benchmarks.claims_calibration import null_p_values
from himnet.data.load import load_dataset
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.inference import Forecaster
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import (
    CONFIG,
    NO_DATA,
    SENSORS,
    STEPS,
    arrays,
    material,
    planted_weights,
)

MODELS, MOST_BELOW = 40, 5
ST_MIXED = [claim for claim in CLAIMS if claim.takes_forward_passes]
WEEKEND = [claim for claim in CLAIMS if claim.id == "weekend"]
OF_WEIGHTS = [claim for claim in CLAIMS if not (claim.takes_forward_passes or claim.takes_dataset)]
FEWEST = 20  # untrained models, with which p can be below the level
FLAT = synthetic_city(num_nodes=SENSORS, days=5, steps_per_day=STEPS, strength=0)
CITY_WITHOUT_STRUCTURE = "synthetic:num_nodes=72,days=28,strength=0"


def verdicts(results):
    return {result.id: result.verdict for result in results}


# --- calibration ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_few_of_forty_untrained_cities_are_below_the_level():
    found = null_p_values(load_material("synthetic-city"), models=MODELS, draws=199)
    of_weights = {claim.id for claim in OF_WEIGHTS if claim.test is not None}
    assert set(found) == of_weights | {"series"}
    below = {name: int((np.array(p) < LEVEL).sum()) for name, p in found.items()}
    assert all(len(p) == MODELS for p in found.values())
    assert max(below.values()) <= MOST_BELOW, below


# --- E_st that is made from E_s ------------------------------------------------------------------


def still(places, values, hours):
    """E_st = f(E_s), the same at every moment."""
    return np.broadcast_to(places, (len(hours), *places.shape))


def by_the_clock(places, values, hours):
    """E_st = f(E_s, time of day)."""
    turn = np.stack([np.roll(places, shift, axis=1) for shift in (0, 1, 2)])  # (3, N, d)
    day = 2 * np.pi * hours / 24
    mix = np.stack([np.ones_like(day), 0.6 * np.sin(day), 0.6 * np.cos(day)], axis=1)
    return np.einsum("mt,tnd->mnd", mix, turn)


def by_the_network(places, values, hours):
    """E_st = f(E_s, mean of all readings): readings, but not a sensor's own."""
    mean = (values.astype(np.float64).mean(axis=1) - 50) / 12
    return places + mean[:, None, None] * np.roll(places, 1, axis=1)


def by_own_readings(places, values, hours):
    """E_st = f(own reading): what the claims are about."""
    own = (values - values.mean(axis=1, keepdims=True)) / 12
    return 0.05 * places + own[..., None] * np.ones(places.shape[1])


def forecaster_of(made):
    """Return a `Forecaster.embed` that makes E_st from E_s, readings and hours."""

    def embed(self, middles):
        steps = middles - 1  # the windows' last input steps
        spatial = self.model.node_embedding.detach().numpy().astype(np.float64)
        width = self.config.st_embedding_dim
        places = spatial @ np.random.default_rng(0).normal(size=(spatial.shape[1], width))
        values = self.batches.values[steps].numpy()
        hours = self.batches.calendar[steps, 0].numpy() * 24
        return made(places, values, hours).astype(np.float32)

    return torch.inference_mode()(embed)


def of_the_town():
    return material()


def of_the_bundled_city():
    return replace(load_material("synthetic-city"), track=None)


@pytest.mark.parametrize(
    ("opened", "clusters"),
    [
        (of_the_town, 2),
        (of_the_town, 5),
        (of_the_town, None),
        (of_the_bundled_city, 2),
        (of_the_bundled_city, 5),
        pytest.param(of_the_bundled_city, None, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("made", [still, by_the_clock, by_the_network])
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_nothing_holds_of_an_embedding_that_no_own_reading_enters(
    made, clusters, opened, monkeypatch
):
    within, falls = st_mixed_rows(made, opened(), clusters, monkeypatch)
    assert within.p_value < LEVEL  # which would have been a finding without other readings
    assert max(within.p_untrained) < LEVEL
    assert within.p_readings == 1
    assert within.effect.value == pytest.approx(0, abs=0.05)
    assert within.verdict != "holds"
    assert falls.verdict != "holds"
    if made is still:  # a cosine that never changes cannot fall
        assert falls.value is None
        assert falls.verdict == "inconclusive"
    else:
        assert falls.p_readings == 1


def test_an_embedding_that_never_changes_is_judged_without_a_warning(monkeypatch):
    st_mixed_rows(still, of_the_town(), 2, monkeypatch)


def test_an_embedding_of_own_readings_passes_what_a_circular_one_does_not(monkeypatch):
    rows = st_mixed_rows(by_own_readings, of_the_bundled_city(), 5, monkeypatch)
    for row in rows:
        assert row.p_readings == pytest.approx(1 / 21)
        assert row.verdict == "holds"


def st_mixed_rows(made, opened, clusters, monkeypatch):
    """The two claims about E_st, of models whose E_st is made in a way that is known."""
    monkeypatch.setattr(Forecaster, "embed", forecaster_of(made))
    return evaluate_claims(opened, claims=ST_MIXED, untrained=FEWEST, draws=99, clusters=clusters)


# --- days on a line ------------------------------------------------------------------------------


def with_days(places, *, seed=0):
    """The planted town with its seven days at places (7,) along one direction."""
    rng = np.random.default_rng(seed)
    weights = planted_weights(seed=seed)
    direction, start = rng.normal(size=(2, 4))
    weights["dow_embedding.weight"][:] = np.asarray(places)[:, None] * direction + start
    return Material(arrays(weights=weights), None, None, NO_DATA)


def weekend_of(opened):
    (row,) = evaluate_claims(opened, claims=WEEKEND, untrained=FEWEST, draws=9)
    return row


def test_days_on_a_straight_line_have_no_weekend():
    rows = [weekend_of(with_days(range(7), seed=seed)) for seed in range(8)]
    assert [row.value for row in rows] == pytest.approx([11 / 6] * 8, abs=1e-6)
    assert "holds" not in {row.verdict for row in rows}


def test_days_almost_on_a_straight_line_have_no_weekend():
    found = []
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(size=7)
        found.append(weekend_of(with_days(np.arange(7) + 0.05 * noise, seed=seed)).verdict)
    assert found.count("holds") <= 1


def test_a_straight_line_that_is_denser_at_its_ends_has_no_weekend():
    assert weekend_of(with_days([0, 0.8, 1.8, 2.8, 3.8, 4.8, 5.6])).verdict != "holds"


def test_an_uneven_line_below_the_even_one_has_no_weekend():
    row = weekend_of(with_days([0, 0.9, 1.5, 2.9, 4.1, 4.7, 6]))
    assert row.p_value == pytest.approx(1 / 21)  # the largest of all 21 ratios
    assert row.value < 11 / 6
    assert row.verdict == "does not hold"


def test_a_weekend_that_is_far_away_holds():
    row = weekend_of(with_days([0, 0.2, 0.1, 0.3, 0.2, 5, 5.1]))
    assert row.value > 2 * 11 / 6
    assert row.verdict == "holds"


# --- cities without structure --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_no_claim_about_untrained_weights_of_a_flat_town_holds(seed):
    weights = untrained_weights(CONFIG, seed=seed)
    opened = Material(arrays(weights=weights, info=FLAT.info), None, None, NO_DATA)
    rows = evaluate_claims(opened, claims=OF_WEIGHTS, untrained=FEWEST, draws=199)
    assert "holds" not in verdicts(rows).values()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nothing_holds_of_an_untrained_model_in_a_flat_town(seed):
    weights = untrained_weights(CONFIG, seed=seed)
    opened = material(dataset=FLAT, weights=weights, info=FLAT.info)
    found = verdicts(evaluate_claims(opened, untrained=FEWEST))
    assert len(found) == 10
    assert "holds" not in found.values()


@pytest.mark.slow
def test_something_holds_of_the_bundled_city_and_nothing_of_one_without_structure():
    bundled = load_material("synthetic-city")
    of_bundled = verdicts(evaluate_claims(bundled, untrained=FEWEST))
    assert {"hours", "clusters", "series"} <= {
        name for name, verdict in of_bundled.items() if verdict == "holds"
    }
    flat = load_dataset(CITY_WITHOUT_STRUCTURE)
    untrained = replace(
        bundled.arrays,
        dataset=flat.info,
        weights=untrained_weights(bundled.arrays.config, seed=7),
    )
    of_flat = verdicts(evaluate_claims(Material(untrained, None, flat), untrained=FEWEST))
    assert len(of_flat) == 10
    assert "holds" not in of_flat.values(), of_flat
