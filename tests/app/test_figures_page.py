"""The Figures page: the figure that is asked for, its files, and the command that makes them."""

import json
import shlex

import pytest

from analysis.cli import LINE
from analysis.paper.settings import FigureSettings
from app.session.printed import FORMATS
from tests.app.conftest import texts

pytestmark = pytest.mark.slow


def downloads(app):
    """Return the labels of the buttons that save files."""
    return [button.label for button in app.get("download_button")]


def test_it_opens_on_figure_4_with_a_file_of_each_format_and_the_settings(explorer):
    app = explorer("metr-la", "figures")
    assert not app.exception
    assert "Figure 4." in texts(app)
    assert downloads(app) == [name.upper() for name in FORMATS] + ["Settings (JSON)"]


@pytest.mark.parametrize("figure", ["1", "5", "6"])
@pytest.mark.slow
def test_a_link_opens_on_its_figure_and_width(explorer, figure):
    app = explorer("metr-la", "figures", figure=figure, width="single")
    assert not app.exception
    assert f"Figure {figure}." in texts(app)
    assert "forecasts" in texts(app)  # there is no data set, and the caption says so


@pytest.mark.parametrize(("figure", "command"), [("3", "sweep dimensions"), ("7", "efficiency")])
def test_a_figure_of_results_that_are_not_there_names_the_command_that_makes_them(
    explorer, figure, command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    app = explorer("metr-la", "figures", figure=figure)
    assert not app.exception
    assert f"python -m himnet {command}" in texts(app)
    assert not downloads(app)


def test_the_command_takes_its_options_and_names_what_is_shown(explorer):
    app = explorer("metr-la", "figures")
    (code,) = app.code
    python, _, program, name, *arguments = shlex.split(code.value)
    assert (python, program, name) == ("python", "analysis", "figures")
    parsed = LINE.parser(name).parse_args([name, *arguments])
    assert (parsed.checkpoint, parsed.figure, parsed.width) == ("metr-la", ["4"], "double")
    assert parsed.settings is None


@pytest.mark.slow
def test_a_changed_choice_changes_the_figure_and_asks_for_the_settings_file(explorer):
    app = explorer("metr-la", "figures")
    app.selectbox(key="f-pool").set_value("gate").run()
    assert not app.exception
    assert "gate pool" in texts(app)
    assert "--settings figures.json" in app.code[0].value


@pytest.mark.parametrize("checkpoint", ["bare", "without-E_s", "without-STMP", "dateless"])
def test_a_model_that_lacks_what_a_figure_needs_is_told_in_a_sentence(explorer, checkpoint):
    app = explorer(checkpoint, "figures", figure="5")
    assert not app.exception
    assert not downloads(app)
    assert "Figure 5." not in texts(app)


def test_the_settings_are_those_of_the_command_line(explorer):
    from analysis.material import load_material
    from app.session.printed import printed_figure

    printed = printed_figure(load_material("metr-la"), "4", FigureSettings(), "single")
    content = json.loads(printed.settings)
    assert FigureSettings.from_dict(content["settings"]) == FigureSettings()
    assert set(printed.files) == set(FORMATS)
