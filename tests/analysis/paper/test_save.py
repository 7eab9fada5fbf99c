"""Files of figures: equal bytes, embedded or outlined type, 300 dots per inch, settings within."""

import io
import json
import re
import xml.etree.ElementTree as ET
import zlib

import pytest
from PIL import Image

from analysis.errors import AnalysisError
from analysis.paper.canvas import WIDTHS_MM, panel, sheet
from analysis.paper.save import FORMATS, figure_bytes, write_files

ABOUT = {"settings": {"seed": 3}, "caption": "hours 6–9, ±1"}


def figure(width="single"):
    axes = panel(sheet(width, 40), (10, 5, 60, 25))
    axes.plot([0, 1], [0, 1], label="a cluster")
    axes.set_title("text that must be readable")
    return axes.figure


def content(file_format, width="single"):
    return figure_bytes(figure(width), file_format, title="Figure 5: a title", about=ABOUT)


@pytest.mark.parametrize("file_format", FORMATS)
def test_equal_figures_have_equal_bytes(file_format):
    assert content(file_format) == content(file_format)
    drawn = figure()
    twice = [figure_bytes(drawn, file_format, title="t", about=ABOUT) for _ in range(2)]
    assert twice[0] == twice[1]


@pytest.mark.parametrize("width", WIDTHS_MM)
def test_a_png_has_300_dots_per_inch_and_the_width_of_the_column(width):
    image = Image.open(io.BytesIO(content("png", width)))
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert image.width == pytest.approx(WIDTHS_MM[width] / 25.4 * 300, abs=1)
    assert json.loads(image.info["Description"]) == ABOUT
    assert image.info["Title"] == "Figure 5: a title"


def test_an_svg_needs_no_font_and_knows_no_moment():
    root = ET.fromstring(content("svg"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "path" in tags
    assert not tags & {"text", "tspan", "image", "date"}
    [told] = [element for element in root.iter() if element.tag.endswith("description")]
    assert json.loads(told.text) == ABOUT
    assert root.get("width").endswith("pt")
    assert float(root.get("width")[:-2]) == pytest.approx(84 / 25.4 * 72, abs=0.01)


def test_a_pdf_embeds_its_fonts_and_knows_no_moment():
    pdf = content("pdf")
    assert b"/FontFile2" in pdf  # TrueType
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert b"matplotlib" not in pdf.lower()
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert float(boxes[0][0]) == pytest.approx(84 / 25.4 * 72, abs=0.01)
    assert "seed".encode("utf-16-be") in pdf or b"seed" in pdf


def test_a_pdf_is_vectors():
    pdf = content("pdf")
    assert b"/Subtype /Image" not in pdf
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL)
    drawn = b"".join(_inflated(stream) for stream in streams)
    assert b" l\n" in drawn


def test_another_format_is_refused():
    with pytest.raises(AnalysisError, match="no format 'eps'; choose pdf, svg, png"):
        figure_bytes(figure(), "eps", title="", about={})


def test_files_are_written_into_a_folder_that_is_made(tmp_path):
    written = write_files(tmp_path / "a" / "b", [("one.txt", b"1"), ("two.txt", b"2")])
    assert [path.read_bytes() for path in written] == [b"1", b"2"]
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == ["one.txt", "two.txt"]


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(AnalysisError, match=r"taken cannot be written .*; choose another folder"):
        write_files(tmp_path / "taken", [("one.txt", b"1")])


def _inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
