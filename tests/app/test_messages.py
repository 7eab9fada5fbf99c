"""A part that fails is told in its place, and takes neither the page nor the sidebar with it."""

import sys

import pytest

import app.selection.chip
import app.session.opened
import app.views.components
from app.pages import EVERY
from app.views.components import section
from tests.app.conftest import find, texts

UNUSUAL = {"figures"}  # draws no section
FEW = {"tour", "claims", "what_if", "why"}  # with fewer sections at first
PAGES = [page.file for page in EVERY if page.file not in UNUSUAL | FEW]


def titles(app):
    return [title.value for title in app.subheader]


@pytest.fixture
def failing(monkeypatch):
    """Let the section of a given number, and no other, end in an error of the program."""

    def set_up(number):
        count = iter(range(1000))

        def broken(title, sentence):
            section(title, sentence)
            if next(count) == number:
                raise TypeError("a secret of the program")

        for module in [app.views.components, *map(sys.modules.get, list(sys.modules))]:
            if getattr(module, "__name__", "").startswith("app.") and hasattr(module, "section"):
                monkeypatch.setattr(module, "section", broken)

    return set_up


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_section_that_fails_leaves_the_others_alone(explorer, failing, page, caplog):
    whole = titles(explorer("city", page))
    assert len(whole) > 2
    for number in range(len(whole)):
        failing(number)
        opened = explorer("city", page)
        assert titles(opened) == whole
        assert not opened.exception
        (told,) = [error.value for error in opened.error]
        assert "could not be drawn" in told
        assert "secret" not in texts(opened)
        assert opened.selectbox(key="checkpoint").value == "city"
    assert "a secret of the program" in caplog.text


@pytest.mark.parametrize("page", [page.file for page in EVERY])
def test_a_page_that_fails_at_its_start_leaves_the_sidebar(explorer, monkeypatch, page):
    def broken(name):
        raise KeyError("a secret of the program")

    monkeypatch.setattr(app.session.opened, "named_checkpoint", broken)
    opened = explorer("city", page)
    assert not opened.exception
    assert opened.error
    assert "secret" not in texts(opened)
    assert opened.selectbox(key="checkpoint").value == "city"


def test_a_callback_that_fails_is_told_once_and_the_page_is_drawn(explorer, monkeypatch, caplog):
    def broken(*args, **more):
        raise TypeError("a secret of the program")

    opened = explorer("city", "explore")
    whole = titles(opened)
    monkeypatch.setattr(app.selection.chip, "search", broken)
    find(opened, "S001")
    assert not opened.exception
    (told,) = [warning.value for warning in opened.warning]
    assert "action failed" in told
    assert "secret" not in told
    assert titles(opened) == whole
    assert not opened.run().warning
    assert "a secret of the program" in caplog.text
