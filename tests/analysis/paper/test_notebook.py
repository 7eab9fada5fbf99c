"""The notebook draws the paper's figures in ten lines, and these lines run as they stand."""

import ast
import json

import pytest

from analysis.paper.canvas import sheet
from analysis.paper.save import Drawn
from tests.analysis.paper.drawn import assert_readable
from tests.project.sources import ROOT

NOTEBOOK = json.loads((ROOT / "docs" / "figures.ipynb").read_text(encoding="utf-8"))
CELLS = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
PNG = b"\x89PNG\r\n\x1a\n"


def run(cells):
    """Run cells in order; return their names, and what the last line of the last one shows."""
    names = {}
    for cell in cells[:-1]:
        exec(compile(cell, "figures.ipynb", "exec"), names)
    return names, eval(compile(cells[-1], "figures.ipynb", "eval"), names)


def test_it_has_ten_lines_of_plain_python():
    assert sum(len(cell.splitlines()) for cell in CELLS) == 10
    for cell in CELLS:
        ast.parse(cell)  # no magic: the lines run in a script too


def test_it_is_stored_without_what_it_has_shown():
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in NOTEBOOK["cells"]}) == len(NOTEBOOK["cells"])
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_a_figure_shows_itself_in_a_notebook():
    assert Drawn(sheet("single", 10), "a caption")._repr_png_().startswith(PNG)


@pytest.mark.slow
def test_its_lines_leave_the_figures_and_show_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "no-data"))
    names, shown = run(CELLS)
    assert shown._repr_png_().startswith(PNG)
    left = {path.name for path in (tmp_path / "figures").iterdir()}
    assert left == {f"figure{n}.{form}" for n in "1456" for form in ("pdf", "svg")}
    for drawn in names["drawn"].values():
        assert_readable(drawn.figure)
