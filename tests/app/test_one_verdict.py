"""Every page that shows a verdict shows that of the claims, with their numbers."""

import ast
import re

import numpy as np
import pytest

from analysis.claims.catalogue import CLAIMS, EVERY
from analysis.claims.result import ClaimResult
from analysis.claims.rules import VERDICTS
from analysis.claims.stored import save_claims, stored_claims
from analysis.claims.words import TOPICS, numbers, sentence
from app.views.verdicts import PAGES
from himnet.checkpoints import load_arrays
from tests.app import made_up
from tests.app.conftest import go, texts
from tests.project.sources import modules, tree

pytestmark = pytest.mark.slow

BUNDLED = ("metr-la", "synthetic-city")
STEPS = {"3": "days", "4": "hours", "5": "roads"}  # of the tour


def results(name):
    found = stored_claims(load_arrays(name))
    return {one.id: one for one in (*found.results, *found.places)}


def invented(rng):
    """Return results in which verdicts and numbers have nothing to do with any model."""
    found = []
    for claim in EVERY:
        value, low = rng.uniform(-1, 1, 2).round(3).tolist()
        p_values = rng.uniform(0, 1, 4).round(3).tolist()
        found.append(
            ClaimResult(
                id=claim.id, family=claim.family, claim=claim.sentence,
                statistic=claim.statistic, value=value,
                null=claim.null, null_mean=low, null_range=(low - 1, low + 1),
                p_value=p_values[0], p_smallest=0.001, p_untrained=(0.01, p_values[1]),
                p_readings=p_values[2], p_holm=p_values[3],
                verdict=VERDICTS[rng.integers(len(VERDICTS))],
            )
        )  # fmt: skip
    return found


@pytest.fixture
def stranger(tmp_path, monkeypatch, explorer):
    """Open a page on a model with invented results beside it."""

    def opened(seed, page, **query):
        path = made_up.save(tmp_path, f"invented-{seed}")
        told = invented(np.random.default_rng(seed))
        save_claims(load_arrays(path), told, data="", command="test")
        monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
        return explorer(f"invented-{seed}", page, **query), {one.id: one for one in told}

    return opened


def shows(said, result):
    """Whether a page shows a verdict with its numbers."""
    plain = re.sub(r"\\(.)", r"\1", said)
    return f"{result.verdict}</b>" in plain and numbers(result) in plain


@pytest.mark.parametrize("page", sorted(set(PAGES.values())))
@pytest.mark.parametrize("name", BUNDLED)
def test_a_page_shows_the_verdicts_of_the_claims_it_is_about(explorer, name, page):
    app = explorer(name, page)
    assert not app.exception
    paper = {claim.id for claim in CLAIMS}  # the others are shown where there are no roads
    wanted = [claim for claim, where in PAGES.items() if where == page and claim in paper]
    assert wanted
    assert all(shows(texts(app), results(name)[claim]) for claim in wanted)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_overview_says_in_three_sentences_what_was_learnt(explorer, name):
    said = texts(explorer(name, "overview"))
    for topic in TOPICS:
        assert sentence(results(name)[topic]) in said
        assert shows(said, results(name)[topic])


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_measured_is_what_all_pages_show(stranger, seed):
    app, told = stranger(seed, "temporal")
    for page in ("temporal", "spatial"):
        app = go(app, page)
        assert not app.exception
        for claim in CLAIMS:
            assert PAGES[claim.id] != page or shows(texts(app), told[claim.id])
    app = go(app, "claims")
    for verdict in VERDICTS:
        count = sum(told[claim.id].verdict == verdict for claim in CLAIMS)
        last = verdict.split()[-1].removesuffix("s")  # holds, hold
        is_told = count or verdict != "not applicable"
        assert not is_told or re.search(rf"\*\*{count}\*\* (\w+ )*{last}", texts(app))


@pytest.mark.parametrize(("step", "claim"), STEPS.items())
@pytest.mark.parametrize("name", BUNDLED)
def test_the_tour_answers_with_the_same_verdict(explorer, name, step, claim):
    app = explorer(name, "tour", step=step)
    press = next(button for button in app.button if button.label == "Show the answer")
    said = texts(press.click().run())
    result = results(name)[claim]
    assert sentence(result) in said
    assert result.verdict in said


@pytest.mark.parametrize("page", [*sorted(set(PAGES.values())), "overview"])
def test_an_untested_model_has_no_verdict_and_a_way_to_one(explorer, page):
    app = explorer("dateless", page)
    assert not app.exception
    assert not any(f"{verdict}</b>" in texts(app) for verdict in VERDICTS)
    assert "claims" in {link.proto.page for link in app.get("page_link")}


def test_changed_settings_give_a_number_and_no_verdict(explorer):
    for page, label in (("temporal", "Order of hours"), ("spatial", "Silhouette")):
        app = explorer("metr-la", page)
        assert label in {metric.label for metric in app.metric}
        assert "For these settings" in texts(app)


def test_no_page_decides_by_itself():
    """Only the claims' modules compare a p value with the level."""
    named = [path for path in modules("app") if "LEVEL" in names(path)]
    assert {path.name for path in named} <= {"claims.py"}


def names(path):
    return {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
