"""The Claims page: asked for, measured, kept, and what is missing said."""

import re

import pytest

from analysis.claims.catalogue import CLAIMS, EVERY
from analysis.claims.run import evaluate_claims
from analysis.claims.stored import save_claims
from analysis.material import load_material
from himnet.checkpoints import load_arrays
from tests.app import made_up
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
    assert all(claim.sentence in said for claim in EVERY)
    assert sum(counts(said)) == len(CLAIMS)
    assert "python -m analysis claims --checkpoint" in said


@pytest.mark.slow
def test_what_was_measured_is_there_on_coming_back_and_in_the_file(explorer):
    app = explorer("bare", "claims")
    if BUTTON in buttons(app):
        app.button[buttons(app).index(BUTTON)].click().run(timeout=300)
    again = go(go(app, "temporal"), "claims")
    assert BUTTON not in buttons(again)
    assert "Measure again" in buttons(again)
    assert counts(texts(again)) == counts(texts(app))
    assert counts(texts(app))[-1] == 2, "roads and carriageways do not apply"


@pytest.mark.slow
def test_the_second_family_can_be_measured_alone(explorer, monkeypatch, tmp_path):
    path = made_up.save(tmp_path, "older")
    results = evaluate_claims(load_material(path, data_dir=tmp_path), untrained=20, draws=19)
    save_claims(load_arrays(path), results, data="0" * 64, command="claims")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    app = explorer("older", "claims")
    assert "These two have not been measured for this model" in texts(app)
    before = counts(texts(app))
    app = app.button(key="test-places").click().run(timeout=300)
    assert not app.exception
    said = texts(go(go(app, "temporal"), "claims"))
    assert "have not been measured" not in said
    assert all(claim.sentence in said for claim in EVERY)
    assert counts(said) == before


@pytest.mark.parametrize("checkpoint", ["metr-la", "synthetic-city"])
def test_a_bundled_model_opens_with_its_claims_and_says_when_they_were_measured(
    explorer, checkpoint
):
    app = explorer(checkpoint, "claims")
    said = texts(app)
    assert all(claim.sentence in said for claim in CLAIMS)
    assert sum(counts(said)) == len(CLAIMS)
    assert "Measured on" in said
    again = next(button for button in app.button if button.label == "Measure again")
    assert again.disabled is (checkpoint == "metr-la")  # whose readings are not there


def counts(said):
    """Return how many claims have each verdict, as the page says."""
    (told,) = re.findall(r"Of 10 claims, (.*)\. Measured", said)
    return [int(count) for count in re.findall(r"\*\*(\d+)\*\*", told)]
