"""The Claims page: asked for, measured, kept, and what is missing said."""

import json

import pytest

from analysis.claims.catalogue import CLAIMS
from tests.app.conftest import go, texts

BUTTON = "Test the claims"


def buttons(app):
    return [button.label for button in app.main.button]


def test_it_measures_nothing_before_it_is_asked(explorer):
    app = explorer("bare", "claims")
    assert not app.exception
    assert buttons(app) == [BUTTON]
    assert "need readings" in texts(app)


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", ["city", "without-E_s", "without-E_t", "bare"])
def test_every_claim_has_its_row_and_the_verdicts_add_up(explorer, checkpoint):
    app = explorer(checkpoint, "claims")
    app.button[buttons(app).index(BUTTON)].click().run(timeout=300)
    assert not app.exception
    assert not app.error
    said = texts(app)
    assert all(claim.sentence in said for claim in CLAIMS)
    counts = [int(metric.value.partition(" of ")[0]) for metric in app.metric]
    assert sum(counts) == len(CLAIMS)
    assert "python -m analysis claims --checkpoint" in said


@pytest.mark.slow
def test_what_was_measured_is_there_on_coming_back_and_in_the_file(explorer):
    app = explorer("bare", "claims")
    if BUTTON in buttons(app):
        app.button[buttons(app).index(BUTTON)].click().run(timeout=300)
    again = go(go(app, "temporal"), "claims")
    assert BUTTON not in buttons(again)
    assert [metric.value for metric in again.metric] == [metric.value for metric in app.metric]
    assert json.dumps([metric.value for metric in app.metric]).count("of 10") == 4
