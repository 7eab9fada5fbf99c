"""The pieces that pages are made of, as plain functions."""

import csv
import io
import socket

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import RerunData, RerunException, StopException

import app.network
import app.views.components
from analysis.errors import AnalysisError
from analysis.evidence.statistic import Statistic
from app.messages import said, sentence, shown_as_message
from app.network import has_route, tiles_allowed
from app.views.accuracy import accuracy_table
from app.views.components import statistic_box
from app.views.diagram import model_diagram
from himnet import texts
from himnet.config import HimNetConfig
from himnet.errors import CheckpointError, DataError
from himnet.model.sketch import sketch_of
from himnet.studies.published import METRLA_RESULTS, Result


class Recorder:
    """Takes the place of Streamlit and remembers what it was asked to draw."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        def record(*args, **options):
            self.calls.append((name, args, options))
            return self

        return record

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def drawn(self, name):
        return [(args, options) for called, args, options in self.calls if called == name]


@pytest.fixture
def screen(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(app.views.components, "st", recorder)
    return recorder


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no sensor is chosen", "No sensor is chosen."),
        ("it has ended. ", "It has ended."),
        ("what now?", "What now?"),
        ("model.pt is a pickle", "model.pt is a pickle."),
        ("'x' is unknown", "'x' is unknown."),
        ("METRLA is missing", "METRLA is missing."),
        ("", "."),
    ],
)
def test_an_error_is_shown_as_a_sentence(text, told):
    assert sentence(ValueError(text)) == told


@pytest.mark.parametrize("error", [CheckpointError, DataError, AnalysisError])
def test_errors_of_the_rooms_below_become_messages(error, monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr("app.messages.st", recorder)
    with shown_as_message():
        raise error("it is broken")
    assert [args for args, _ in recorder.drawn("error")] == [("It is broken.",)]


def test_errors_of_programmers_are_a_sentence_and_their_trace_is_in_the_log(monkeypatch, caplog):
    recorder = Recorder()
    monkeypatch.setattr("app.messages.st", recorder)
    with shown_as_message():
        raise ZeroDivisionError("secret of the program")
    ((told,),) = [args for args, _ in recorder.drawn("error")]
    assert "ZeroDivisionError" in told
    assert "secret" not in told
    assert "secret of the program" in caplog.text


@pytest.mark.parametrize("control", [StopException(), RerunException(RerunData())])
def test_what_ends_a_run_passes_through_messages_and_callbacks(control):
    def act():
        raise control

    for run in (shown_as_message()(act), said(act)):
        with pytest.raises(type(control)):
            run()


def test_a_csv_file_comes_back_as_it_was_written():
    rows = [("a, b", 1, 0.5), ('say "x"', -2, float("nan")), ("line\nbreak", 3, np.float64(1e-9))]
    text = texts.csv_text(("name", "count", "speed (mph)"), rows)
    header, *back = csv.reader(io.StringIO(text))
    assert header == ["name", "count", "speed (mph)"]
    assert [row[0] for row in back] == [row[0] for row in rows]
    assert float(back[2][2]) == 1e-9


def test_a_number_above_its_null_says_so_and_one_within_it_too(screen):
    above = Statistic(0.6, "shuffled", 0.1, 0.0, 0.2, 0.01, 100)
    within = Statistic(0.15, "shuffled", 0.1, 0.0, 0.2, 0.3, 100)
    statistic_box("Silhouette", above, "What it is.")
    statistic_box("Silhouette", within, "What it is.")
    told = [args[0] for args, _ in screen.drawn("caption")]
    assert "**above the null model**" in told[0]
    assert "**not above the null model**" in told[1]
    assert all("shuffled" in text and "0.10" in text and "100 draws" in text for text in told)


def test_an_undefined_number_is_a_dash_and_has_no_null(screen):
    nan = float("nan")
    statistic_box("Silhouette", Statistic(nan, "shuffled", nan, nan, nan, nan, 10), "What it is.")
    ((_, value), options) = screen.drawn("metric")[0]
    assert value == "–"
    assert "not defined" in options["help"]
    assert not screen.drawn("caption")


def test_the_table_of_accuracies_puts_this_checkpoint_first_and_escapes_names():
    measured = {"windows": 6850, "all": {"mae": 3.01, "rmse": 6.2, "mape": 8.44}}
    stranger = Result("<script>", "somewhere", {"all": {"mae": 1.0}})
    drawn = accuracy_table(measured, (*METRLA_RESULTS, stranger), step_minutes=5)
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert drawn.index("This checkpoint") < drawn.index(METRLA_RESULTS[0].name)
    assert "6,850 test windows" in drawn
    assert "3.01" in drawn
    assert drawn.count("<tr") == 2 + len(METRLA_RESULTS) + 1


@pytest.mark.parametrize(
    "measured", [None, {}, {"all": {}}, {"all": {"mae": "high"}, "windows": "?"}]
)
def test_the_table_of_accuracies_stands_what_strangers_files_say(measured):
    drawn = accuracy_table(measured, METRLA_RESULTS, step_minutes=7.5)
    assert drawn.count("<tr") == drawn.count("</tr>")
    assert "22.5 min" in drawn


@pytest.mark.parametrize("ablate", ["none", "E_t", "E_s", "E_st", "TMP", "SMP", "STMP"])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_diagram_is_drawn_for_every_model(ablate, layers):
    drawn = model_diagram(sketch_of(HimNetConfig(num_nodes=9, num_layers=layers, ablate=ablate)))
    assert drawn.count("<svg") == drawn.count("</svg>") == 1
    assert "\n\n" not in drawn  # an empty line would end the picture in Markdown


@pytest.mark.parametrize(
    ("chosen", "route", "allowed"),
    [
        ("on", False, True),
        ("off", True, False),
        (" OFF ", True, False),
        ("auto", True, True),
        ("auto", False, False),
        ("perhaps", False, False),
        (None, True, True),
    ],
)
def test_tiles_are_asked_for_as_the_variable_says_else_where_there_is_a_route(
    chosen, route, allowed, monkeypatch
):
    monkeypatch.delenv("HIMNET_TILES", raising=False)
    if chosen is not None:
        monkeypatch.setenv("HIMNET_TILES", chosen)
    monkeypatch.setattr(app.network, "has_route", lambda: route)
    assert tiles_allowed() is allowed


@pytest.mark.parametrize("reachable", [True, False])
def test_looking_for_a_route_sends_nothing(reachable, monkeypatch):
    asked = []

    class Probe:
        def __init__(self, family, kind):
            asked.append(kind)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def connect(self, address):
            if not reachable:
                raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", Probe)
    assert has_route() is reachable
    assert asked == [socket.SOCK_DGRAM]  # a datagram socket that is never written to
