"""Every figure at every width, whole and with any panels: no higher than 120 mm, and readable."""

import json
from itertools import combinations

import pytest

from analysis.material import load_material
from analysis.paper import compared, figure4
from analysis.paper.arrange import TALLEST_MM
from analysis.paper.canvas import WIDTHS_MM, size_mm
from analysis.paper.registry import Results, draw
from analysis.paper.settings import FIGURES, PANELS, Case, FigureSettings
from himnet.checkpoints import load_arrays
from tests.analysis.identity.curves import put_beside
from tests.analysis.paper import test_figure1, test_figure3, test_figure7
from tests.analysis.paper.drawn import assert_readable, texts_of
from tests.app import made_up

pytestmark = pytest.mark.usefixtures("no_tsne")

CASES = {"5": Case(clusters=(0, 3)), "6": Case(clusters=(1, 2))}


@pytest.fixture(scope="module")
def small(folder):
    saved = made_up.save(folder, "small", info=test_figure1.nine_days())
    made_up.add_track(saved, days=9)
    put_beside(load_arrays(saved))
    return load_material(saved, data_dir=folder)


@pytest.fixture(scope="module")
def results(folder):
    runs = [test_figure3.result(run, test_figure3.error_of(run)) for run in test_figure3.RUNS]
    efficiency = folder / "efficiency.json"
    efficiency.write_text(json.dumps(test_figure7.CONTENT))
    return Results(test_figure3.write(folder / "sweep", runs), efficiency)


def drawn(number, width, small, results, **more):
    settings = FigureSettings(clusters=6, cases=CASES, **more)
    return draw(number, small, settings, width=width, results=results)


@pytest.mark.parametrize("width", WIDTHS_MM)
@pytest.mark.parametrize("number", FIGURES)
def test_a_whole_figure_is_at_most_120_mm_high(number, width, small, results):
    figure = drawn(number, width, small, results).figure
    wide, high = size_mm(figure)
    assert wide == pytest.approx(WIDTHS_MM[width])
    assert high <= TALLEST_MM + 1e-6
    assert_readable(figure)


@pytest.mark.parametrize("width", WIDTHS_MM)
@pytest.mark.parametrize(
    ("number", "name"), [(number, name) for number in FIGURES for name in PANELS[number]]
)
def test_a_panel_alone_has_no_letter_and_is_readable(number, name, width, small, results):
    told = drawn(number, width, small, results, panels={number: (name,)})
    assert size_mm(told.figure)[1] <= TALLEST_MM + 1e-6
    assert_readable(told.figure)
    assert not set(texts_of(told.figure)) & set("abcdef")
    assert "(a)" not in told.caption


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS_MM)
@pytest.mark.parametrize("number", FIGURES)
def test_any_panels_are_lettered_anew_and_readable(number, width, small, results):
    names = PANELS[number]
    for count in sorted({2, max(2, len(names) - 1)}):
        for chosen in combinations(names, count):
            told = drawn(number, width, small, results, panels={number: chosen})
            assert size_mm(told.figure)[1] <= TALLEST_MM + 1e-6
            assert_readable(told.figure)
            if number != "3":  # at the width of a column, its panels are lines
                letters = {text for text in texts_of(told.figure) if text in "abcdef" and text}
                assert letters == set("abcdef"[:count])


def test_what_is_not_chosen_is_not_computed(small, results, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("computed")

    monkeypatch.setattr(type(small), "clusters", refuse)
    drawn("4", "single", small, results, panels={"4": ("a", "b")})
    monkeypatch.undo()
    monkeypatch.setattr(figure4, "week_of", refuse)
    monkeypatch.setattr(figure4, "tsne", refuse)
    drawn("4", "single", small, results, panels={"4": ("b", "d", "e")})
    monkeypatch.setattr(compared, "learnt_space", refuse)
    drawn("5", "single", small, results, panels={"5": ("a", "b")})
