"""All figures in one archive: the same bytes again, names that are fixed, LaTeX for each."""

import io
import json
import re
import zipfile
from dataclasses import replace

import pytest

from analysis.errors import AnalysisError
from analysis.paper.archive import archive, zipped
from analysis.paper.registry import Results
from analysis.paper.settings import Case, FigureSettings
from tests.analysis.paper.places import material
from tests.app import made_up

pytestmark = pytest.mark.usefixtures("no_tsne")

SETTINGS = FigureSettings(
    clusters=6, cases={"5": Case(clusters=(0, 3)), "6": Case(clusters=(1, 2))}, font="STIXGeneral"
)


def drawn(material, folder, settings=SETTINGS):
    return archive(
        material, settings, width="single", results=Results(folder / "no", folder / "no.json")
    )


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


@pytest.mark.slow
def test_it_holds_every_figure_as_pdf_and_svg_with_latex_and_the_same_bytes_again(folder):
    small = material(folder, "small")
    content = drawn(small, folder)
    assert content == drawn(small, folder)
    found = members(content)
    names = ("figure1", "figure4", "figure5", "figure6", "figure-graph")
    expected = {f"{name}.{ending}" for name in names for ending in ("pdf", "svg", "tex")}
    assert set(found) == expected | {"figures.json", "omitted.txt"}
    settings = json.loads(found["figures.json"])["settings"]
    assert FigureSettings.from_dict(settings) == SETTINGS
    omitted = found["omitted.txt"].decode().splitlines()
    assert [line.split(" is ")[0] for line in omitted] == [
        "figure 3",
        "figure 7",
        "figure identity",
    ]


@pytest.mark.slow
def test_a_strangers_names_are_text_in_every_member(folder):
    name = r"\input{x} % } ../../etc"
    info = replace(made_up.city_info(), name=name)
    found = members(drawn(material(folder, "strange", info=info), folder))
    assert all(re.fullmatch(r"[\w-]+\.\w+", member) for member in found)
    tex = found["figure4.tex"].decode()
    assert r"\textbackslash{}input\{x\} \% \} ../../etc" in tex
    assert r"\input" not in tex


def test_without_any_figure_it_says_why(folder):
    bare = material(folder, "bare", info=made_up.bare_info(), track=False)
    with pytest.raises(
        AnalysisError, match="no figure could be drawn; figure 1 is omitted: figure 1 needs"
    ):
        drawn(bare, folder, replace(SETTINGS, panels={"4": ("d",), "graph": ("b",)}))


def test_an_archive_knows_no_moment_and_no_machine():
    files = [("one.txt", b"1" * 1000), ("two.txt", b"2")]
    assert zipped(files) == zipped(files)
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as found:
        assert {entry.date_time for entry in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in found.infolist()} == {3}
