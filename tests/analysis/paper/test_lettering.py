"""Fonts: a serif and a sans everywhere, one figure at a time, and text that stays text."""

import re
import threading
import xml.etree.ElementTree as ET

import matplotlib
import pytest

from analysis.errors import AnalysisError
from analysis.paper.canvas import panel, sheet
from analysis.paper.lettering import Lettering, fonts, lettered
from analysis.paper.save import figure_bytes
from analysis.paper.settings import DEFAULT_FONT

SHIPPED = {"DejaVu Sans": "sans", "DejaVu Serif": "serif", "STIXGeneral": "serif"}


def content(file_format, **lettering):
    chosen = Lettering(**lettering)
    with lettered(chosen):
        axes = panel(sheet("single", 40), (10, 5, 60, 25))
        axes.set_title("sensors of US-101, 6–9 h <b> & dₜ")
    return figure_bytes(axes.figure, file_format, title="t", about={}, lettering=chosen)


def test_a_serif_and_a_sans_are_there_on_every_machine():
    assert SHIPPED.items() <= fonts().items()
    assert set(fonts().values()) == {"sans", "serif"}
    assert next(iter(fonts())) == DEFAULT_FONT


def test_another_font_is_refused_in_a_sentence_that_lists_those_there_are():
    with pytest.raises(
        AnalysisError, match=r"no font 'Comic\?'; choose DejaVu Sans \(sans\), "
    ) as e:
        lettered(Lettering("Comic?")).__enter__()
    assert "STIXGeneral (serif)" in str(e.value)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("font", SHIPPED)
def test_a_pdf_embeds_the_font(font):
    embedded = re.findall(rb"/BaseFont /\w+\+([\w-]+)", content("pdf", font=font))
    assert any(name.startswith(font.replace(" ", "").encode()) for name in embedded)


@pytest.mark.parametrize("file_format", ["pdf", "svg", "png"])
def test_fonts_differ_and_equal_ones_have_equal_bytes(file_format):
    files = [content(file_format, font=font) for font in SHIPPED]
    assert len(set(files)) == len(SHIPPED)
    assert files == [content(file_format, font=font) for font in SHIPPED]


@pytest.mark.parametrize("font", SHIPPED)
def test_text_of_an_svg_stays_text_by_choice(font):
    outlined = ET.fromstring(content("svg", font=font))
    assert not [one for one in outlined.iter() if one.tag.endswith("}text")]
    written = ET.fromstring(content("svg", font=font, svg_text=True))
    texts = [one for one in written.iter() if one.tag.endswith("}text")]
    assert "sensors of US-101, 6–9 h <b> & dₜ" in ["".join(one.itertext()) for one in texts]
    assert all(font in one.get("style", "") for one in texts)


def test_the_default_returns_even_after_an_error():
    before = dict(matplotlib.rcParams)
    with pytest.raises(ZeroDivisionError), lettered(Lettering("STIXGeneral", svg_text=True)):
        1 / 0  # noqa: B018
    assert dict(matplotlib.rcParams) == before


def test_threads_do_not_draw_in_each_others_font():
    expected = {font: content("png", font=font) for font in SHIPPED}
    found = []

    def draw(font):
        found.append(content("png", font=font) == expected[font])

    threads = [threading.Thread(target=draw, args=(font,)) for font in [*SHIPPED] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 9
