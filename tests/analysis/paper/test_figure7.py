"""Figure 7: bars are what was measured, published figures stand beside them as quoted."""

import copy
import json

import pytest

from analysis.errors import AnalysisError
from analysis.paper.figure7 import figure7
from analysis.paper.settings import FigureSettings
from himnet.presets import PRESETS
from himnet.studies.efficiency import MADE_UP, QUOTED
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm

WIDTHS = {"single": 84, "double": 178}
KEYS = ("seconds_per_epoch", "peak_mb", "parameters")


def measured(number, name, **changes):
    """What `himnet efficiency` says of one data set."""
    sizes = PRESETS[name].model
    return {
        "sensors": sizes.num_nodes,
        "parameters": sizes.num_parameters,
        "theta_parameters": 10,
        "batches_per_epoch": 1000,
        "seconds_per_batch": 1.5 + number,
        "seconds_per_epoch": 1500.0 + 1000 * number,
        "peak_mb": 800.0 + 100 * number,
    } | changes


CONTENT = {
    "machine": {
        "cores": 2,
        "threads": 1,
        "processor": "a processor",
        "gpu": None,
        "load": 0.5,
        "torch": "2.13.0",
        "device": "cpu",
        "precision": "float32",
        "memory": "resident memory of the process",
    },
    "data": MADE_UP,
    "batch_size": 16,
    "steps": 3,
    "datasets": {name: measured(place, name) for place, name in enumerate(PRESETS)},
    "quoted": QUOTED,
}


def write(path, content):
    path.write_text(json.dumps(content))
    return path


def changed(**parts):
    return copy.deepcopy(CONTENT) | parts


@pytest.fixture
def whole(tmp_path):
    return write(tmp_path / "efficiency.json", CONTENT)


def bars(axes):
    return [bar.get_width() for bar in axes.patches]


@pytest.mark.parametrize("width", WIDTHS)
def test_it_can_be_read_at_the_width_of_a_column(whole, width):
    figure = figure7(whole, width=width).figure
    assert width_mm(figure) == pytest.approx(WIDTHS[width])
    assert_readable(figure)


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_are_as_long_as_what_was_measured_and_quoted(whole, width):
    panels = figure7(whole, width=width).figure.axes
    times, memory, parameters = (bars(axes) for axes in panels)
    entries = CONTENT["datasets"].values()
    first, *rest = [entry["seconds_per_epoch"] for entry in entries]
    assert times == pytest.approx([first, 144, 221, *rest])
    first, *rest = [entry["peak_mb"] for entry in entries]
    assert memory == pytest.approx([first, 6056, *rest])
    assert parameters == pytest.approx([entry["parameters"] / 1000 for entry in entries])


@pytest.mark.parametrize("width", WIDTHS)
def test_costs_that_are_not_chosen_are_not_drawn(whole, width):
    told = figure7(whole, FigureSettings(panels={"7": ("b",)}), width=width)
    [axes] = told.figure.axes
    assert bars(axes)[1] == 6056
    assert "data sets. Peak memory. Filled" in told.caption
    assert_readable(told.figure)


@pytest.mark.parametrize("width", WIDTHS)
def test_many_data_sets_make_lower_rows_and_too_many_are_refused(tmp_path, width):
    def cities(count):
        entries = {f"city {n}": measured(1, "METRLA") for n in range(count)}
        return write(tmp_path / f"{count}.json", changed(datasets=entries, quoted={}))

    figure = figure7(cities(9), width=width).figure
    assert 25.4 * figure.get_size_inches()[1] <= 120 + 1e-6
    assert_readable(figure)
    with pytest.raises(AnalysisError, match="has 60 rows for a panel of figure 7, more than fit"):
        figure7(cities(60), width=width)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_quoted_looks_and_is_called_so(whole, width):
    told = figure7(whole, width=width)
    for axes in told.figure.axes:
        hatched = {bar.get_width() for bar in axes.patches if bar.get_hatch()}
        assert hatched <= {144, 221, 6056}
    texts = texts_of(told.figure)
    assert {"144 (quoted)", "221 (quoted)", "6,056 (quoted)"} <= set(texts)
    assert {"paper, RTX 3090", "author's log, RTX 5000 Ada"} <= set(texts)
    assert "Hatched: published by others (quoted)" in told.caption


def test_rows_side_by_side_are_the_same_in_every_panel(whole):
    panels = figure7(whole, width="double").figure.axes
    assert len({axes.get_ylim() for axes in panels}) == 1
    written = [text.get_text() for text in panels[2].texts]
    assert written.count("–") == 2  # nobody told the parameters of the published runs


@pytest.mark.parametrize("width", WIDTHS)
def test_what_did_not_fit_is_said(tmp_path, width):
    content = changed()
    content["datasets"]["PEMS07"] |= dict.fromkeys(
        ("seconds_per_batch", "seconds_per_epoch", "peak_mb")
    )
    told = figure7(write(tmp_path / "tight.json", content), width=width)
    assert texts_of(told.figure).count("did not fit") == 2
    assert told.caption.endswith(
        "Did not fit into the memory of this machine: PEMS07, 883 sensors."
    )
    assert_readable(told.figure)


def test_nothing_fits(tmp_path):
    nothing = dict.fromkeys(("seconds_per_batch", "seconds_per_epoch", "peak_mb"))
    content = changed(datasets={"PEMS07": measured(0, "PEMS07", **nothing)})
    assert_readable(figure7(write(tmp_path / "none.json", content), width="single").figure)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["METRLA", "PEMS08"])
def test_one_data_set_makes_a_figure(tmp_path, name, width):
    content = changed(datasets={name: CONTENT["datasets"][name]})
    told = figure7(write(tmp_path / "one.json", content), width=width)
    assert_readable(told.figure)
    assert ("quoted" in told.caption) == (name == "METRLA")


def test_the_caption_names_the_machine_and_what_the_data_were(whole, tmp_path):
    caption = figure7(whole, width="single").caption
    for word in ("a processor with 1 thread ", "batch size 16", "median of 3 steps", MADE_UP):
        assert word in caption
    machine = CONTENT["machine"] | {"gpu": "a card", "memory": "allocated on the GPU"}
    on_gpu = write(tmp_path / "gpu.json", changed(machine=machine, steps=1))
    assert "measured on a card in float32" in figure7(on_gpu, width="single").caption


def test_without_the_file_it_names_the_command(tmp_path):
    with pytest.raises(
        AnalysisError, match="create it with: python -m himnet efficiency --json > "
    ):
        figure7(tmp_path / "none.json", width="single")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "cannot be read as JSON"),
        ("7", "contains int, not a JSON object"),
        ('{"study": "seeds"}', "does not contain the results of this command"),
        (json.dumps(changed(datasets={})), "contains no data set"),
        (json.dumps(changed(datasets={"METRLA": {}})), "does not contain the results"),
        (json.dumps(changed(machine=None)), "does not contain the results"),
    ],
)
def test_a_file_that_is_no_result_is_named(tmp_path, content, said):
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(AnalysisError, match=said) as caught:
        figure7(tmp_path / "broken.json", width="single")
    assert "broken.json" in str(caught.value)
