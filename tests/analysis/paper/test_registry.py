"""All figures by number, with what has to be said of them."""

import io
import json

import pytest
from PIL import Image

from analysis.errors import AnalysisError
from analysis.paper.registry import about, draw, figures_json, files
from analysis.paper.settings import Case, FigureSettings
from tests.analysis.paper.places import material

SETTINGS = FigureSettings(clusters=6, cases={"5": Case(clusters=(0, 3))})


@pytest.fixture(scope="module")
def small(folder):
    return material(folder, "small")


@pytest.fixture(scope="module")
def drawn(small):
    return draw("5", small, SETTINGS, width="single")


@pytest.fixture(scope="module")
def told(drawn, small):
    return about("5", drawn, small, SETTINGS, "single")


def test_two_draws_have_equal_bytes(small, drawn, told):
    again = draw("5", small, SETTINGS, width="single")
    one, other = (files("5", each, told, ["pdf", "svg", "png"]) for each in (drawn, again))
    assert [name for name, _ in one] == ["figure5.pdf", "figure5.svg", "figure5.png"]
    assert one == other


def test_what_is_told_is_plain_json_with_every_choice(told, small):
    assert json.loads(json.dumps(told)) == told
    assert told["checkpoint_sha256"] == small.arrays.sha256
    assert FigureSettings.from_dict(told["settings"]) == SETTINGS
    assert told["width_mm"] == 84
    assert told["readings"] is False


def test_the_metadata_of_a_file_holds_what_was_told(drawn, told):
    [(_, png)] = files("5", drawn, told, ["png"])
    image = Image.open(io.BytesIO(png))
    assert json.loads(image.info["Description"]) == told
    assert image.width == pytest.approx(84 / 25.4 * 300, abs=1)


def test_figures_json_holds_the_settings_once(told):
    content = json.loads(figures_json([told], SETTINGS))
    assert FigureSettings.from_dict(content["settings"]) == SETTINGS
    assert "settings" not in content["figures"]["5"]
    assert content["figures"]["5"]["case"] == told["case"]


def test_another_figure_or_width_is_refused(small):
    with pytest.raises(AnalysisError, match="no figure '2'; choose 1, 3, 4, 5, 6, 7"):
        draw("2", small)
    with pytest.raises(AnalysisError, match="no width 'wide'"):
        draw("5", small, width="wide")
