"""`python -m analysis figures`: files, what is printed, and one line for what cannot be."""

import json
import re
import socket
from dataclasses import replace

import pytest

from analysis.cli import main
from analysis.paper import figure4
from tests.analysis.identity.curves import put_beside
from tests.analysis.paper.places import material, quick_projection
from tests.app import made_up

pytestmark = pytest.mark.slow

FEW = {"clusters": 6, "cases": {"5": {"clusters": [0, 3]}, "6": {"clusters": [1, 2]}}}


@pytest.fixture(scope="module", autouse=True)
def no_tsne_and_no_network():
    def refuse(*_):
        raise AssertionError("a figure asked for the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure4, "tsne", quick_projection)
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    material(folder, "small")
    material(folder, "bare", info=made_up.bare_info())
    material(folder, "no-E_t", config=replace(made_up.CONFIG, ablate="E_t"))
    (folder / "few.json").write_text(json.dumps(FEW))
    return folder


@pytest.fixture
def run(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where there are no results of a sweep

    def figures(*options, checkpoint="small", settings="few.json", out="out"):
        words = ["figures", "--checkpoint", str(folder / checkpoint), "--data-dir", str(folder)]
        if settings:
            words += ["--settings", str(folder / settings)]
        status = main([*words, "--out", str(tmp_path / out), *options])
        said = capsys.readouterr()
        return status, said.out, said.err, tmp_path / out

    return figures


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def last_line(text):
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()][-1]


def test_all_formats_are_written_and_the_settings_file_gives_the_same_again(run, tmp_path):
    chosen = ("--figure", "6", "--format", "pdf", "svg", "png")
    status, _, _, out = run(*chosen, "--width", "single", "--seed", "3")
    assert status == 0
    names = {f"figure6.{ending}" for ending in ("pdf", "svg", "png")}
    first = contents(out)
    assert set(first) == names | {"figures.json"}
    status, _, _, again = run(*chosen, settings=out / "figures.json", out="again")
    assert status == 0
    assert contents(again) == first


def test_panels_font_and_svg_text_are_options_and_the_settings_file_gives_the_same_again(run):
    chosen = ("--figure", "5", "6", "--format", "svg", "pdf")
    look = ("--panels", "a, d", "--font", "STIXGeneral", "--svg-text", "--width", "single")
    status, _, _, out = run(*chosen, *look)
    assert status == 0
    first = contents(out)
    settings = json.loads(first["figures.json"])["settings"]
    assert settings["panels"] == {"5": ["a", "d"], "6": ["a", "d"]}
    assert (settings["font"], settings["svg_text"]) == ("STIXGeneral", True)
    assert b"<text" in first["figure5.svg"]
    assert b"STIXGeneral" in first["figure5.pdf"]
    status, _, _, again = run(*chosen, settings=out / "figures.json", out="again")
    assert status == 0
    assert contents(again) == first


def test_latex_is_written_beside_the_figure_that_it_includes(run):
    status, said, _, out = run("--figure", "6", "--format", "svg", "--latex")
    assert status == 0
    assert set(contents(out)) == {"figure6.pdf", "figure6.svg", "figure6.tex", "figures.json"}
    assert "figure6.pdf, figure6.svg, figure6.tex" in said
    tex = (out / "figure6.tex").read_text()
    assert "\\includegraphics[width=178mm]{figure6.pdf}" in tex
    caption = json.loads((out / "figures.json").read_text())["figures"]["6"]["caption"]
    assert caption.split(".")[0] in tex.replace("\\", "")


def test_a_panel_that_needs_less_is_drawn_where_the_whole_figure_cannot_be(run):
    status, _, _, out = run("--figure", "4", "--panels", "c,d", checkpoint="no-E_t")
    assert status == 0
    assert "figure4.pdf" in contents(out)


def test_figures_json_holds_every_choice_but_no_path_and_no_moment(run, folder, tmp_path):
    *_, out = run("--figure", "5", "--date", "2024-01-02")
    text = (out / "figures.json").read_text()
    told = json.loads(text)
    assert told["settings"]["cases"]["5"] == {"clusters": [0, 3], "date": "2024-01-02"}
    needed = {"pool", "bias", "layer", "measure", "perplexity", "seed", "method", "periods"}
    assert needed <= set(told["settings"])
    assert len(told["figures"]["5"]["checkpoint_sha256"]) == 64
    assert str(folder) not in text
    assert str(tmp_path) not in text
    assert not re.search(r"\d\d:\d\d:\d\d", text)


def test_cases_are_printed_with_scores_and_runners_up(run):
    status, said, _, _ = run("--figure", "4")
    assert status == 0
    assert "clusters 1 and 3 (R-2), found; places on R-2 where the clusters separate" in said
    assert re.search(r"  next clusters \d and \d \(R-\d\): \d", said)
    assert re.search(r"  also cluster \d, found; lowest mean over the week", said)
    assert "--settings draws the same again" in said


def test_of_a_stored_curve_only_the_file_is_printed_since_nothing_was_chosen(run, tmp_path):
    put_beside(material(tmp_path, "curved").arrays)
    status, said, _, _ = run("--figure", "identity", checkpoint=tmp_path / "curved")
    assert status == 0
    assert "figure-identity.pdf" in said
    assert "found" not in said


def test_the_result_can_be_read_by_a_machine(run):
    status, said, _, _ = run("--figure", "5", "--json")
    assert status == 0
    [told] = json.loads(said)["figures"]
    assert told["figure"] == "5"
    assert sorted(told["case"]["clusters"]) == [0, 3]


def test_clusters_sensors_and_seed_go_over_the_settings_file(run):
    _, said, _, out = run("--figure", "5", "--clusters", "2", "4")
    assert "clusters 2 and 4" in said
    assert "given" in said
    told = json.loads((out / "figures.json").read_text())
    assert told["settings"]["cases"]["5"]["clusters"] == [2, 4]
    assert told["settings"]["clusters"] == 6


def test_where_no_clusters_meet_at_a_crossing_near_and_unlike_ones_are_shown(run):
    status, said, _, out = run(settings=None)
    assert status == 0
    assert "the largest of all near clusters" in said
    figures = json.loads((out / "figures.json").read_text())["figures"]
    assert figures["5"]["title"].endswith("unlike")
    assert figures["6"]["title"].endswith("diverge")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--figure", "5", "--clusters", "0", "9"), "no cluster 9; choose 0 to 5"),
        (("--figure", "5", "--clusters", "1", "1"), "figure 5 takes two different clusters"),
        (("--figure", "5", "--sensors", "X1", "S000"), "no sensor 'X1'"),
        (("--figure", "6", "--date", "soon"), "'soon' is not a date; write it as 2012-03-01"),
        (("--figure", "6", "--date", "2030-01-01"), "2030-01-01 is not one of the available days"),
        (("--figure", "5", "--panels", "e"), "figure 5 has no panel 'e'; choose from a, b, c, d"),
        (("--figure", "5", "--panels", ","), "no panel of figure 5 is chosen; choose from a, b"),
        (("--figure", "5", "--panels", "a,a"), "a panel of figure 5 is chosen twice, a, a"),
        (("--font", "Wingdings"), "there is no font 'Wingdings'; choose DejaVu Sans (sans), "),
        (("--perplexity", "0"), "'perplexity' is 0.0; choose 1 to 1000"),
        (("--settings", "absent.json"), "absent.json cannot be read as JSON"),
        (("--checkpoint", "absent"), "absent"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_1(run, options, said):
    status, _, error, out = run(*options)
    assert status == 1
    assert last_line(error).startswith("error: ")
    assert said in last_line(error)
    assert "Traceback" not in error
    assert not out.exists()


def test_one_figure_that_fails_is_named_and_nothing_is_written(run):
    status, _, error, out = run("--figure", "4", "5", checkpoint="no-E_t")
    assert status == 1
    assert "error: figure 4 cannot be drawn: this model was trained without E_t" in error
    assert not out.exists()


def test_a_model_without_temporal_meta_parameters_still_has_its_other_figures(run):
    status, _, noted, out = run(checkpoint="no-E_t")
    assert status == 0
    assert "figure 4 is omitted: this model was trained without E_t" in noted
    assert {"figure5.pdf", "figure6.pdf"} <= {path.name for path in out.iterdir()}


def test_without_coordinates_all_but_maps_is_drawn(run):
    status, said, _, out = run(checkpoint="bare", settings=None)
    assert status == 0
    assert all(f"figure{number}.pdf" in said for number in "1456")
    figures = json.loads((out / "figures.json").read_text())["figures"]
    why = "omitted because the locations of the sensors are not known."
    assert all(why in figure["caption"] for figure in figures.values())


@pytest.mark.parametrize("options", [("--figure", "2"), ("--format", "eps"), ("--width", "wide")])
def test_options_that_there_are_not_end_with_status_2(run, options):
    with pytest.raises(SystemExit) as ended:
        run(*options)
    assert ended.value.code == 2
