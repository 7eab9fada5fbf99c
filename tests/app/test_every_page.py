"""Every page on every checkpoint: it opens, asks its question, and shows no trace."""

from pathlib import Path

import pytest

from app.app_pages import __file__ as package
from app.pages import EVERY
from tests.app.test_pages import CHECKPOINTS

NAMES = tuple(page.file for page in EVERY)
USUAL = ("city", "bare")


def pairs():
    """Return all pages of all checkpoints; the less usual ones are slow."""
    for checkpoint in (*CHECKPOINTS, "synthetic-city"):
        for name in NAMES:
            marks = [] if checkpoint in USUAL and name != "figures" else [pytest.mark.slow]
            yield pytest.param(checkpoint, name, marks=marks, id=f"{checkpoint}-{name}")


def test_the_menu_has_every_page_once():
    found = {path.stem for path in Path(package).parent.glob("[!_]*.py")}
    assert sorted(NAMES) == sorted(found)


@pytest.mark.parametrize(("checkpoint", "page"), list(pairs()))
def test_it_opens_with_a_question_and_no_trace(explorer, checkpoint, page):
    app = explorer(checkpoint, page)
    assert not app.exception
    (title,) = app.title
    assert title.value.endswith("?")
    for error in app.error:
        assert error.value.endswith(".")
        assert "Traceback" not in error.value
