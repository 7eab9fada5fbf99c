"""The Figures page: the figure that is asked for, its files, and the command that makes them."""

import io
import json
import shlex
import zipfile

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
    assert downloads(app) == [name.upper() for name in FORMATS] + ["All figures (ZIP)", "Settings"]


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


def test_panels_font_and_text_are_chosen_by_a_link_and_told_by_the_command(explorer):
    look = {"f-panels-5": ["a", "d"], "f-font": "STIXGeneral", "f-svg-text": "true"}
    app = explorer("metr-la", "figures", figure="5", width="single", **look)
    assert not app.exception
    assert "(b) Mean similarity" in texts(app)
    arguments = shlex.split(app.code[0].value)[3:]
    parsed = LINE.parser("figures").parse_args(arguments)
    assert (parsed.panels, parsed.font, parsed.svg_text) == (("a", "d"), "STIXGeneral", True)
    assert parsed.settings is None


def test_a_panel_that_is_left_out_is_left_out_of_the_caption(explorer):
    app = explorer("metr-la", "figures", figure="5")
    assert "(d) Mean similarity" in texts(app)
    [pills] = [group for group in app.get("button_group") if group.key == "f-panels-5"]
    pills.set_value(["a", "c"]).run()
    assert not app.exception
    assert "Mean similarity" not in texts(app)
    assert "(b) The numbered sensors." in texts(app)
    assert "--panels a,c" in app.code[0].value


@pytest.mark.parametrize("checkpoint", ["bare", "without-E_s", "without-STMP"])
def test_a_model_that_lacks_what_a_figure_needs_is_told_in_a_sentence(explorer, checkpoint):
    app = explorer(checkpoint, "figures", figure="5")
    assert not app.exception
    assert not downloads(app)
    assert "Figure 5." not in texts(app)


def test_without_places_what_needs_no_map_is_drawn_and_the_rest_named(explorer):
    app = explorer("dateless", "figures", figure="5")
    assert not app.exception
    assert downloads(app)
    assert "the locations of the sensors are not known" in texts(app)


LOOK = FigureSettings(panels={"4": ("a", "b")}, font="DejaVu Serif", svg_text=True)


def test_the_files_and_settings_are_those_of_the_command_line(tmp_path):
    from analysis.cli import main
    from analysis.material import load_material
    from app.session.printed import printed_figure, printed_file

    material = load_material("metr-la", data_dir=tmp_path)
    printed = printed_figure(material, "4", LOOK, "single")
    assert FigureSettings.from_dict(json.loads(printed.settings)["settings"]) == LOOK
    (tmp_path / "figures.json").write_bytes(printed.settings)
    words = ["figures", "--checkpoint", "metr-la", "--data-dir", str(tmp_path), "--figure", "4"]
    words += ["--settings", str(tmp_path / "figures.json"), "--format", *FORMATS]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    for name in FORMATS:
        written = (tmp_path / "out" / f"figure4.{name}").read_bytes()
        assert written == printed_file(material, "4", LOOK, "single", name)
    assert printed.png == printed_file(material, "4", LOOK, "single", "png")


def test_the_archive_holds_the_figure_as_the_page_saves_it(tmp_path, monkeypatch):
    from analysis.material import load_material
    from app.session.printed import printed_archive, printed_file

    monkeypatch.chdir(tmp_path)  # where there are no results of a sweep
    material = load_material("metr-la", data_dir=tmp_path)
    with zipfile.ZipFile(io.BytesIO(printed_archive(material, LOOK, "single"))) as found:
        assert found.read("figure4.pdf") == printed_file(material, "4", LOOK, "single", "pdf")
        assert b"\\includegraphics[width=84mm]{figure5.pdf}" in found.read("figure5.tex")
