"""The rules by which claims are judged: Holm's correction, who takes part, and verdicts."""

import numpy as np
import pytest

from analysis.claims.rules import (
    DRAWS,
    LEVEL,
    UNTRAINED,
    UNTRAINED_FORWARD,
    Evidence,
    P,
    corrected,
    holm,
    is_silenced,
    verdicts,
)


def evidence(p, *, smallest=0.001, untrained=0.025, other=None, untrained_smallest=0.025, **more):
    """A claim with one or two kinds of untrained models; None for what does not exist."""
    kinds = {"matched": untrained, "unmatched": untrained if other is None else other}
    return Evidence(
        None if p is None else P(p, smallest),
        {name: P(value, untrained_smallest) for name, value in kinds.items() if value is not None},
        **more,
    )


def test_holms_correction_by_hand():
    # sorted: 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 * 1, which may not fall below the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


def test_a_corrected_p_is_not_below_the_raw_one_and_keeps_their_order():
    p_values = np.random.default_rng(0).random(9) ** 3
    found = np.array(holm(p_values))
    assert (found >= p_values).all()
    assert (np.diff(found[np.argsort(p_values)]) >= 0).all()
    assert found.min() == pytest.approx(min(1, 9 * p_values.min()))


def test_the_order_of_claims_does_not_matter():
    rng = np.random.default_rng(1)
    p_values, order = rng.random(8) / 10, rng.permutation(8)
    assert np.array(holm(p_values))[order] == pytest.approx(holm(p_values[order]))


def test_holm_keeps_the_chance_of_a_single_false_claim_below_the_level():
    rng = np.random.default_rng(2)
    wrong = np.mean([min(holm(rng.random(9))) < LEVEL for _ in range(2000)])
    assert wrong < LEVEL + 5 * np.sqrt(LEVEL * (1 - LEVEL) / 2000)


def test_a_claim_about_what_is_not_there_is_not_applicable_and_takes_no_part():
    every = {"a": evidence(0.02), "b": evidence(None, is_applicable=False), "c": evidence(0.9)}
    assert verdicts(every)["b"] == "not applicable"
    assert corrected(every) == {"a": pytest.approx(0.04), "c": pytest.approx(0.9)}


def test_the_nulls_are_large_enough_to_be_beaten_by_ten_claims():
    assert 10 / (1 + DRAWS) < LEVEL
    assert 1 / (1 + UNTRAINED) < LEVEL
    assert 1 / (1 + UNTRAINED_FORWARD) < LEVEL <= 1 / UNTRAINED_FORWARD
    assert UNTRAINED_FORWARD >= 20


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (evidence(0.001), "holds"),
        (evidence(0.2), "does not hold"),
        (evidence(0.001, untrained=0.05), "does not hold"),
        (evidence(0.05), "does not hold"),
        (evidence(None), "inconclusive"),
        (evidence(0.001, untrained=None), "inconclusive"),
        (evidence(float("nan"), smallest=float("nan")), "inconclusive"),
        (evidence(0.06, smallest=0.05), "inconclusive"),
        (evidence(0.001, untrained_smallest=0.05), "inconclusive"),
        (evidence(0.001, untrained=0.98, other=0.025), "depends on the null"),
        (evidence(0.001, untrained=0.98, other=0.98), "does not hold"),
        (evidence(0.2, untrained=0.98, other=0.025), "does not hold"),
        (evidence(0.001, readings=P(0.048, 0.048)), "holds"),
        (evidence(0.001, readings=P(0.3, 0.048)), "does not hold"),
        (evidence(0.001, readings=P(0.05, 0.05)), "inconclusive"),
        (evidence(0.001, condition=False), "does not hold"),
        (evidence(0.001, is_missing=True), "inconclusive"),
    ],
)
def test_the_verdict_on_a_claim_alone(one, verdict):
    assert verdicts({"it": one}) == {"it": verdict}


def test_only_what_can_be_told_is_corrected_and_corrected_for():
    found = corrected(
        {
            "good": evidence(0.01),
            "fair": evidence(0.02),
            "absent": evidence(None),
            "coarse": evidence(0.06, smallest=0.06),
            "missing": evidence(0.001, is_missing=True),
            "without models": evidence(0.001, untrained=None),
        }
    )
    assert found == pytest.approx({"good": 0.02, "fair": 0.02})


def test_correction_can_take_a_claim_away():
    claims = {f"chance {number}": evidence(0.5) for number in range(4)}
    assert verdicts(claims | {"it": evidence(0.02)})["it"] == "does not hold"
    assert verdicts({"it": evidence(0.02)})["it"] == "holds"


WEEKEND = evidence(1 / 21, smallest=1 / 21)


def test_a_claim_at_a_floor_too_high_for_the_correction_cannot_be_told():
    claims = {"weekend": WEEKEND, "other": evidence(0.5)}
    assert is_silenced("weekend", claims)
    assert verdicts(claims)["weekend"] == "inconclusive"


def test_it_holds_where_nothing_is_left_to_correct_for():
    claims = {"weekend": WEEKEND, "one": evidence(0.001), "other": evidence(0.002)}
    assert not is_silenced("weekend", claims)
    assert verdicts(claims)["weekend"] == "holds"


def test_above_its_floor_it_does_not_hold_whatever_the_correction():
    for other in (0.001, 0.5):
        claims = {"weekend": evidence(2 / 21, smallest=1 / 21), "other": evidence(other)}
        assert verdicts(claims)["weekend"] == "does not hold"


def test_untrained_models_refute_a_claim_that_the_correction_would_silence():
    claims = {
        "weekend": evidence(1 / 21, smallest=1 / 21, untrained=0.4),
        "other": evidence(0.5),
    }
    assert verdicts(claims)["weekend"] == "does not hold"
