"""The table of claims: it fits, it says everything, and Markdown is Markdown."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.catalogue import EVERY
from analysis.claims.effects import COSINES, Effect
from analysis.claims.result import Beside, ClaimResult, Null
from analysis.claims.table import WIDTH, markdown, p_span, text

RESULT = ClaimResult(
    id="it",
    claim="within-cluster similarity exceeds cross-cluster similarity",
    statistic="a difference",
    value=-1.23456,
    null="labels permuted",
    null_mean=-0.5,
    null_range=(-0.75, -0.125),
    p_value=0.0123,
    p_smallest=0.001,
    p_untrained=(0.048, 0.952),
    p_readings=0.286,
    p_holm=0.06,
    verdict="does not hold",
    note="A note. " * 30,
    beside=(Beside("another number", 3.25, 0.5, 0.75), Beside("how many", 17)),
    effect=Effect.of(COSINES, -0.2),
    nulls=(Null("untrained models, drawn", 0.25, 0.125, 0.375, 0.048, 0.025, 39),),
    untrained_draws=np.zeros(39),
)
UNKNOWN = replace(
    RESULT,
    value=None,
    null_mean=None,
    null_range=None,
    p_value=None,
    p_smallest=None,
    p_untrained=None,
    p_readings=None,
    p_holm=None,
    effect=None,
    nulls=(),
    beside=(),
    verdict="inconclusive",
    note="",
)


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
def test_every_claim_fits_its_width(claim):
    row = replace(
        RESULT,
        id=claim.id,
        family=claim.family,
        claim=claim.sentence,
        statistic=claim.statistic,
        null=claim.null,
    )
    assert max(map(len, text([row, UNKNOWN]).splitlines())) <= WIDTH


def test_a_row_says_all_numbers():
    said = text([RESULT])
    row = said.splitlines()[2]
    for number in ("-1.235", "-0.500", "opposite", "0.012", "0.060", "0.048-0.952", "0.286"):
        assert number in row
    assert row.endswith("does not hold")
    assert "95 % -0.750 to -0.125, smallest possible p 0.001" in said
    assert "effect size: difference of cosines -0.2, opposite" in said
    assert "39 untrained models, drawn: mean 0.250, 95 % 0.125 to 0.375, p 0.048" in said
    assert "a single seed" in " ".join(said.split())
    assert "version 2" in said
    assert "another number: 3.25 (null 0.500, p 0.750)" in said
    assert "how many: 17\n" in said
    assert " ".join(said.split()).count("A note.") == 30


def test_what_is_not_known_is_a_dash():
    row = text([UNKNOWN]).splitlines()[2]
    assert row.split()[-9:] == ["-"] * 8 + ["inconclusive"]
    assert "None" not in text([UNKNOWN])
    assert "nan" not in text([replace(UNKNOWN, value=float("nan"))])


def test_an_additional_number_that_does_not_exist_is_undefined():
    nothing = Beside("another number", float("nan"), float("nan"), float("nan"))
    said = text([replace(RESULT, beside=(nothing,))])
    assert "also, another number: undefined\n" in said
    assert "nan" not in said


def test_markdown_has_a_cell_for_each_head():
    lines = markdown([RESULT, UNKNOWN]).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "| does not hold |" in lines[2]
    assert RESULT.claim in lines[2]


def test_equal_p_values_of_all_kinds_are_said_once():
    assert p_span((0.048, 0.048)) == "0.048"
    assert p_span(None) == "-"
