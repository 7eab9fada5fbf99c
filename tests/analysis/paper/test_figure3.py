"""Figure 3: what a sweep measured is what is drawn, beside the paper's range as quoted."""

import json
import math

import pytest

from analysis.errors import AnalysisError
from analysis.paper.figure3 import figure3
from analysis.paper.settings import FigureSettings
from himnet.studies.studies import study_runs
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm

WIDTHS = {"single": 84, "double": 178}
RUNS = [run.name for run in study_runs("dimensions")]
BAND = "paper: 6.02 to 6.13 (quoted)"


def result(run, rmse, **changes):
    """What `himnet sweep` writes for a run that has come to its end."""
    return {
        "study": "dimensions",
        "run": run,
        "asked": {"dataset": "METRLA", "city": {}, "settings": {"max_epochs": 12}, "sizes": {}},
        "quoted": {"rmse": "6.02 to 6.13"},
        "epochs": 12,
        "steps": 17_988,
        "best_epoch": 11,
        "best_val_mae": 2.8,
        "minutes": 30.0,
        "test": {"windows": 6850, "all": {"mae": 3.0, "rmse": rmse, "mape": 8.3}},
    } | changes


def write(folder, results):
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(results):
        (folder / f"{number}.json").write_text(json.dumps(content))
    return folder


def error_of(run):
    """A different error for each run."""
    return 6.2 + 0.01 * RUNS.index(run)


@pytest.fixture
def whole(tmp_path):
    return write(tmp_path / "whole", [result(run, error_of(run)) for run in RUNS])


def drawn_lines(figure):
    return [line for axes in figure.axes for line in axes.get_lines()]


@pytest.mark.parametrize("width", WIDTHS)
def test_it_can_be_read_at_the_width_of_a_column(whole, width):
    figure = figure3(whole, width=width).figure
    assert width_mm(figure) == pytest.approx(WIDTHS[width])
    assert_readable(figure)
    assert BAND in texts_of(figure)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_result_is_a_point_and_all_three_meet_at_16(whole, width):
    lines = drawn_lines(figure3(whole, width=width).figure)
    for line, name in zip(lines, ("d_t", "d_s", "d_st"), strict=True):
        expected = [
            error_of("all d = 16" if d == 16 else f"{name} = {d}") for d in (4, 8, 12, 16, 20, 24)
        ]
        assert list(line.get_xdata()) == [4, 8, 12, 16, 20, 24]
        assert list(line.get_ydata()) == pytest.approx(expected)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_lines_differ_in_more_than_colour(whole, width):
    lines = drawn_lines(figure3(whole, width=width).figure)
    assert len({line.get_marker() for line in lines}) == 3
    assert len({line.get_color() for line in lines}) == 3


@pytest.mark.parametrize("width", WIDTHS)
def test_dimensions_that_are_not_chosen_are_not_drawn(whole, width):
    told = figure3(whole, FigureSettings(panels={"3": ("b", "c")}), width=width)
    assert [line.get_label() for line in drawn_lines(told.figure)] == ["dₛ", "dₛₜ"]
    assert "one embedding (spatial, ST-mixed)" in told.caption
    assert_readable(told.figure)


def test_chosen_dimensions_without_a_result_are_named(tmp_path):
    folder = write(tmp_path / "part", [result("d_t = 4", 6.2)])
    with pytest.raises(AnalysisError, match="no result of the sweep for these panels"):
        figure3(folder, FigureSettings(panels={"3": ("b",)}), width="single")


def test_panels_side_by_side_share_one_scale_that_takes_the_paper_in(whole):
    panels = figure3(whole, width="double").figure.axes
    assert len({axes.get_ylim() for axes in panels}) == 1
    low, high = panels[0].get_ylim()
    assert low < 6.02
    assert high > max(error_of(run) for run in RUNS)


def test_a_run_without_a_result_is_left_out_and_named(tmp_path):
    folder = write(tmp_path / "part", [result(run, 6.2) for run in RUNS if run != "d_s = 20"])
    told = figure3(folder, width="single")
    drawn = list(drawn_lines(told.figure)[1].get_ydata())
    assert [math.isnan(error) for error in drawn] == [False] * 4 + [True, False]
    assert told.caption.endswith("Omitted, because there is no result: d_s = 20.")


@pytest.mark.parametrize("test", [None, {"all": {"rmse": None}}, {}])
def test_a_run_that_was_not_tested_has_no_point(tmp_path, test):
    results = [result("all d = 16", 6.3), result("d_t = 4", 0, test=test)]
    told = figure3(write(tmp_path / "untested", results), width="single")
    assert math.isnan(drawn_lines(told.figure)[0].get_ydata()[0])
    assert "there is no result: d_t = 4" in told.caption
    assert_readable(told.figure)


def test_the_caption_tells_how_long_the_runs_were(tmp_path, whole):
    assert "of 12 epochs each" in figure3(whole, width="single").caption
    mixed = [result("all d = 16", 6.3), result("d_t = 4", 6.4, epochs=30)]
    folder = write(tmp_path / "mixed", mixed)
    assert "of 12 to 30 epochs" in figure3(folder, width="single").caption


def test_the_papers_range_belongs_to_metrla_alone(tmp_path):
    asked = {"dataset": "synthetic", "city": {}, "settings": {}, "sizes": {}}
    results = [result(run, 3.0, asked=asked) for run in RUNS]
    told = figure3(write(tmp_path / "city", results), width="single")
    assert BAND not in texts_of(told.figure)
    assert "paper" not in told.caption
    assert told.figure.axes[0].get_ylim()[1] < 6  # and does not stretch the axis
    assert_readable(told.figure)


def test_results_of_other_studies_in_the_folder_do_not_count(tmp_path):
    others = [result("seed 0", 1.0, study="seeds"), result("all d = 16", 6.3)]
    told = figure3(write(tmp_path / "both", others), width="single")
    drawn = [error for line in drawn_lines(told.figure) for error in line.get_ydata()]
    assert {error for error in drawn if not math.isnan(error)} == {6.3}


def test_without_results_it_names_the_command(tmp_path):
    command = "python -m himnet sweep dimensions --dataset METRLA"
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(AnalysisError, match=f"there is no result .*{command}"):
            figure3(folder, width="single")


def test_data_sets_do_not_mix(tmp_path):
    asked = {"dataset": "PEMSBAY", "city": {}, "settings": {}, "sizes": {}}
    results = [result("all d = 16", 6.3), result("d_t = 4", 4.0, asked=asked)]
    with pytest.raises(AnalysisError, match="several data sets, METRLA, PEMSBAY"):
        figure3(write(tmp_path / "mixed", results), width="single")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[1]", "contains list, not a JSON object"),
        ('{"study": "dimensions"}', "does not contain the results of this command"),
        (json.dumps(result("all d = 16", "many")), "does not contain the results of this command"),
        (json.dumps(result("all d = 16", 6.2, test=3)), "does not contain the results"),
    ],
)
def test_a_file_that_is_no_result_is_named(tmp_path, content, said):
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(AnalysisError, match=said) as caught:
        figure3(tmp_path, width="single")
    assert "broken.json" in str(caught.value)
