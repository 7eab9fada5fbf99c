"""A canary in every field of a file: it reaches no medium as it is, and no escape is idle."""

import csv
import io
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import h5py
import numpy as np
import plotly.graph_objects as go_figure
import pytest
import streamlit as st
from safetensors.numpy import save_file

import analysis.graphs.use
import analysis.what_if.stored
import app.graph.findings
import app.session.claims
import app.session.compared  # before anything is patched: it keeps what it imports
import app.session.errors
import app.views.identity
import app.views.verdicts
import app.why.average
from analysis.attribution.average import Agreement, MeanAttribution, Similar
from analysis.attribution.lags import Lag
from analysis.attribution.reach import BANDS, QUANTITIES, Quantity, Side
from analysis.city.ground import Ground
from analysis.claims.by_checkpoint import markdown_by_checkpoint
from analysis.claims.catalogue import CLAIMS
from analysis.claims.effects import Effect
from analysis.claims.result import Beside, ClaimResult, Null
from analysis.cli.options import saving_command
from analysis.cli.why import _write_rows
from analysis.evidence.intervals import Interval
from analysis.figures.brackets import Bracket, with_brackets
from analysis.figures.city import city_scatter
from analysis.figures.colouring import Colouring, by_name
from analysis.figures.forecasts import ErrorCurve, error_curves, forecast_and_truth, hour_errors
from analysis.figures.graph import Frame, graph_film, row_parts, with_values
from analysis.figures.page import page_of
from analysis.figures.selection import spread_series
from analysis.figures.spatial import sensor_heatmap, sensor_scatter
from analysis.figures.st_mixed import Group, similarity_curves, similarity_panels, speed_series
from analysis.figures.what_if import cluster_errors
from analysis.figures.why import (
    agreement_scatter,
    attribution_map,
    attribution_matrix,
    shares_by_distance,
    shares_by_step,
)
from analysis.geometry.clustering import cluster
from analysis.geometry.spaces import spatial_coordinates
from analysis.graphs.average import AverageRow
from analysis.graphs.use import GraphUse
from analysis.paper.latex import latex_file
from analysis.summary import Stored, markdown_summary
from analysis.what_if.cluster_matrix import ClusterMatrix
from analysis.what_if.sensors_and_hours import ErrorChange, least_alike
from analysis.what_if.stored import EXCHANGE_WINDOWS, MeasuredExchange, MeasuredMatrix
from app.sidebar import _load_upload
from app.views.accuracy import accuracy_table
from app.views.claims_table import claim_details, claims_table
from app.views.compared import accuracy_html, verdicts_html
from app.views.known_errors import sentence
from app.views.special import compared_errors
from himnet.checkpoints import load_arrays
from himnet.checkpoints.locate import resolve_checkpoint, track_command
from himnet.checkpoints.measured import Part
from himnet.cli import main
from himnet.cli.evaluate import _command
from himnet.cli.train import _sentence
from himnet.data.formats import read_h5
from himnet.data.load import load_dataset
from himnet.errors import CheckpointError, DataError
from himnet.studies.published import Result
from himnet.training.card import model_card
from himnet.training.folder import RunFolder
from tests.analysis.identity.curves import a_curve
from tests.app import canaries, made_up
from tests.app.canaries import (
    BARE,
    CANARY,
    FULL,
    NAMELESS,
    NO_CLUSTERS,
    NO_DATA,
    UNSEALED,
    Sites,
    leaks,
    leaks_of_command,
    leaks_of_figure,
    leaks_of_file,
)
from tests.app.conftest import find, go

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Visit:
    """A look at a page.

    Attributes:
        page: its file.
        checkpoint: that it is of.
        query: of the link.
        act: what is done there.
        data: whether the data set is at hand.
    """

    page: str
    checkpoint: str = FULL
    query: dict = field(default_factory=dict)
    act: Callable | None = None
    data: bool = False


def search(app):
    return find(app, f"{CANARY} nothing")


def keep_selection(app):
    app = go(app, "explore")
    app.button(key="selection-invert").click().run()
    app.text_input(key="selection_name").set_value(CANARY).run()
    return app.button(key="selection-keep").click().run()


def give(name, content):
    def act(app):
        given = (name, content, "application/octet-stream")
        return app.file_uploader(key="upload").set_value(given).run()

    return act


def with_folder(app):
    box = app.selectbox(key="with")
    place = next(n for n, name in enumerate(box.options) if CANARY in name)
    return box.select_index(place).run()


def measure(app):
    return app.button(key="wi-measure").click().run()


def attribute(app):
    for key in ("y-go", "y-occlude"):  # absent if an earlier visit has asked for the result
        if key in {button.key for button in app.button}:
            app = app.button(key=key).click().run()
    return app


def answered(app):
    (button,) = (one for one in app.button if one.label == "Show the answer")
    return button.click().run()


ONE = [canaries.canary_info().sensors.ids[3]]
VISITS = (
    Visit("overview"),
    Visit("overview", BARE),
    Visit("overview", UNSEALED),
    Visit("overview", f"gone {CANARY}"),
    Visit("overview", act=give(f"{CANARY}.safetensors", b"x")),
    Visit("overview", act=give(f"{CANARY}.pt", b"x")),
    Visit("explore"),
    Visit("explore", query={"selection": ONE}),
    Visit("explore", act=search),
    Visit("explore", act=keep_selection),
    Visit("explore", BARE),
    Visit("spatial"),
    Visit("spatial", BARE),
    Visit("spatial", query={"selection": ONE, "order": "road"}),
    Visit("st_mixed"),
    Visit("st_mixed", query={"compare": "any sensors"}),
    Visit("st_mixed", NO_CLUSTERS),
    Visit("neighbours"),
    Visit("graph"),
    Visit("graph", query={"selection": ONE, "graph": "decoder", "play": "true", "order": "road"}),
    Visit("graph", BARE),
    Visit("forecasts"),
    Visit("forecasts", data=True),
    Visit("forecasts", NO_DATA),
    Visit("forecasts", NAMELESS),
    Visit("what_if", data=True),
    Visit("what_if", data=True, act=measure),
    Visit("what_if", NO_DATA),
    Visit("why"),
    Visit("why", data=True, act=attribute),
    Visit("why", NO_DATA),
    Visit("why", NAMELESS),
    Visit("compare"),
    Visit("compare", act=with_folder),
    Visit("compare", BARE),
    Visit("claims", BARE),
    Visit("figures", query={"figure": "4", "width": "single"}),
    Visit("figures", query={"figure": "5", "width": "single"}),
    *(Visit("tour", query={"step": str(step)}, act=answered, data=step == 9) for step in (1, 2, 9)),
)  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return (
        canaries.make_all(tmp_path_factory.mktemp("canaries")),
        canaries.make_data(tmp_path_factory.mktemp("data")),
    )


@pytest.fixture
def look(explorer, folders, monkeypatch):
    """Pay a visit and return what leaks there, files included."""
    files: list[tuple[str, Callable[[], str]]] = []
    original = st.download_button

    def noted(label, data, *args, **more):
        if callable(data):
            files.append((more["file_name"], data))
        return original(label, data, *args, **more)

    monkeypatch.setattr(st, "download_button", noted)
    known = known_claims()
    for module in (app.session.claims, app.views.verdicts):
        monkeypatch.setattr(module, "known_claims", lambda material, known=known: known)

    monkeypatch.setattr(analysis.what_if.stored, "stored_matrix", matrix_beside)
    monkeypatch.setattr(analysis.what_if.stored, "stored_exchange", exchange_beside)
    monkeypatch.setattr(app.why.average, "stored_attribution", attribution_beside)
    monkeypatch.setattr(app.views.identity, "stored_identity", identity_or_none)
    monkeypatch.setattr(app.graph.findings, "stored_graph", graph_beside)
    monkeypatch.setattr(app.graph.findings, "stored_use", use_beside)
    monkeypatch.setattr(analysis.graphs.use, "stored_use", use_beside)
    monkeypatch.setattr(app.session.compared, "origin_of_errors", origin_or_none)
    monkeypatch.setattr(
        app.session.compared, "known_of", lambda model: known if model.arrays.metrics else None
    )

    def pay(visit: Visit) -> list[str]:
        monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folders[0]))
        data = folders[1] if visit.data else folders[0] / "no-data"
        monkeypatch.setenv("HIMNET_DATA_DIR", str(data))
        files.clear()
        shown = explorer(visit.checkpoint, visit.page, **visit.query)
        if visit.act is not None:
            shown = visit.act(shown)
        assert not shown.exception, shown.exception
        found = leaks(shown)
        for name, data in files:
            if name.endswith(".csv"):
                found += leaks_of_file(name, data())
        return found

    return pay


# where a stranger's measurements come from
ORIGIN = Part("", "", CANARY, 1, CANARY, "2026-01-01T00:00:00", {})


def matrix_beside(arrays):
    """Return a made-up matrix of a model's default clusters, and its origin."""
    if arrays.model.why_not("spatial"):
        return None
    labels = cluster(spatial_coordinates(arrays.model, None))
    k = int(labels.max()) + 1
    sums = np.ones((2, k, k)) + ~np.eye(k, dtype=bool)
    found = ClusterMatrix(np.arange(2), sums, np.ones((2, k)), np.ones((2, k)))
    return MeasuredMatrix(found, labels), ORIGIN


def exchange_beside(arrays):
    """Return a made-up result of a model's default exchange, and its origin."""
    if arrays.model.why_not("spatial"):
        return None
    giver = least_alike(SimpleNamespace(model=arrays.model), 0)
    change = ErrorChange(1.0, 2.0, Interval(1.0, 0.5, 1.5, 2), 1.0, EXCHANGE_WINDOWS, 9)
    return MeasuredExchange(0, giver, change), ORIGIN


def attribution_beside(arrays):
    """Return made-up mean attributions and their origin; None for the model without data set."""
    if arrays.dataset.name.startswith("x/"):
        return None
    one = Interval(1.0, 0.5, 1.5, 2)
    similar = None if not arrays.dataset.name else Similar(0, 0, 1, 1, CANARY, 9, (CANARY,))
    found = MeanAttribution(
        4, 4, 2, "speed", 5.0, (2, 2), 0, 0.1, 1.0,
        dict.fromkeys(QUANTITIES, 3 * (Quantity(one, 1.0, 4),)),
        3 * (Side(one, 0.5, CANARY, 0.4, 0.6, 0.5, 0.5, 0.1, 4, 2),),
        3 * (Lag(one, 0.5, 0.5, 0.5, 1.0, 9),), Agreement(0.5, 0.5, 0.5, 4), 0.5, similar, CANARY,
        np.full((3, 12), 1 / 12), np.full((3, len(BANDS)), 0.1), None,
    )  # fmt: skip
    return found, ORIGIN


def identity_or_none(arrays):
    """Return a made-up identity curve for a model that has errors, and its origin."""
    if not arrays.metrics:
        return None
    return a_curve(arrays.model.num_nodes), ORIGIN


def use_beside(arrays):
    """Return a made-up use of the graphs, and its origin; none of a bare data set."""
    one = Interval(1.0, 0.5, 1.5, 2)
    return (GraphUse(9, 2.0, one, one), ORIGIN) if arrays.dataset.sensors.has_coordinates else None


def graph_beside(arrays):
    """Return made-up findings on a model's graph, and their origin; none of a bare data set."""
    if not arrays.dataset.sensors.has_coordinates:
        return None
    results = (replace(claim(CANARY), id="graph-near"),)
    return SimpleNamespace(results=results, sensors=3, rounding=None), ORIGIN


def origin_or_none(checkpoint, trained, *split):
    """Tell of a stranger's measurement for a model that has errors."""
    return CANARY if checkpoint.arrays.metrics else ""


def of_measurements(folder):
    """What stands above errors that a stranger measured, and the commands that measure."""
    info = SimpleNamespace(unit=CANARY, step_minutes=5.0)
    errors = SimpleNamespace(
        by_sensor=np.ones(2), sensor_readings=np.ones(2, dtype=np.int64), horizons=np.ones(12)
    )
    known = SimpleNamespace(errors=errors, metrics={}, measured=CANARY)
    asked = Namespace(checkpoint=CANARY, dataset=CANARY)
    commands = [saving_command(asked, name, info) for name in ("claims", "what-if")]
    told = raw(sentence(SimpleNamespace(material=SimpleNamespace(info=info)), known))
    told += raw(compared_errors(errors, np.array([0]), CANARY))
    return told + [leak for line in commands for leak in leaks_of_command(line)]


def known_claims():
    """Claims in whose texts a canary sits."""
    told = tuple(replace(claim(CANARY), id=one.id) for one in CLAIMS)
    return app.session.claims.KnownClaims(told, CANARY)


def claim(text):
    return ClaimResult(
        id="days", claim=text, statistic=text, value=1.0, null=text, null_mean=0.5,
        null_range=(0.0, 1.0), p_value=0.5, p_smallest=0.1, p_untrained=(0.5, 0.5),
        p_readings=None, p_holm=0.5, verdict="does not hold", note=text,
        beside=(Beside(text, 1.0),), effect=Effect(text, 1.0, "strong"),
        nulls=(Null(text, 0.5, 0.0, 1.0, 0.5, 0.1, 19),),
    )  # fmt: skip


def raw(*told):
    """What of some Markdown or HTML holds the canary as it is."""
    return [one for one in told if CANARY in one]


def said(act, *given, kind=CheckpointError):
    """The message of an error."""
    with pytest.raises(kind) as caught:
        act(*given)
    return str(caught.value)


def of_claims(folder):
    absent = replace(claim(CANARY), verdict="not applicable")
    results = [claim(CANARY), absent]
    by_checkpoint = markdown_by_checkpoint({CANARY: [claim("plain")]})
    one = Interval(1.0, 0.5, 1.5, 2)
    used = GraphUse(9, 2.0, one, one)
    summary = markdown_summary([Stored(CANARY, CANARY, None, used, None, a_curve(3))])
    return raw(claims_table(results), *map(claim_details, results), by_checkpoint, summary)


def of_accuracy(folder):
    row = Result(CANARY, CANARY, {})
    return raw(accuracy_table(None, [row], step_minutes=5))


def of_comparison(folder):
    names, one = (CANARY, CANARY), {"all": {"mae": 1.0}}
    tables = [
        accuracy_html((one, {}), names, step_minutes=5, unit=CANARY),
        verdicts_html([known_claims(), None], names),
    ]
    return [leak for table in tables for leak in raw(table)]


def of_card(folder):
    metrics = {CANARY: {"all": {"mae": 1.0}}}
    return raw(model_card(made_up.CONFIG, canaries.canary_info(), {CANARY: CANARY}, metrics))


def of_commands(folder):
    pickle, foreign = folder / f"{CANARY}.pt", folder / f"{CANARY}.safetensors"
    pickle.write_bytes(b"x")
    save_file({"a": np.zeros(1)}, foreign)
    told = [
        track_command(foreign),
        _command(
            Namespace(
                checkpoint=CANARY, split="val", dataset=CANARY, precision="float32", snapshots=True
            ),
            canaries.canary_info(),
        ),
        said(resolve_checkpoint, pickle),
        said(load_arrays, foreign),
        _sentence({"steps": 1, "epochs": 1, "finished": False, "reason": "time",
                   "checkpoint": None}, RunFolder(folder / CANARY, None)),
    ]  # fmt: skip
    return [leak for line in told for leak in leaks_of_command(line)]


def of_prepare(folder):
    """What `prepare` prints and writes of a table in which every text is a canary."""
    source, out = folder / f"{CANARY}.csv", folder / f"{CANARY} made"
    moments = np.arange("2024-01-01", "2024-01-02", 900, dtype="datetime64[s]")
    with source.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", CANARY, f"{canaries.SHEET} 2"])
        rows.writerows((moment, "" if n == 5 else n % 7, n % 5) for n, moment in enumerate(moments))
    words = ["prepare", str(source), "--out", str(out), "--name", CANARY, "--unit", CANARY]
    with redirect_stdout(io.StringIO()) as printed:
        assert main(words) == 0
    card, _, command = (out / "README.md").read_text().partition("Made with")
    others = folder / CANARY
    others.mkdir()
    h5 = folder / f"{CANARY}.h5"
    with h5py.File(h5, "w") as file:
        file["x"] = np.zeros(3)
    told = [
        *printed.getvalue().splitlines(),
        *command.splitlines(),
        *(
            said(act, given, kind=DataError).rpartition("with: ")[2]  # the sentence names it too
            for act, given in (
                (load_dataset, str(others)),
                (load_dataset, str(source)),
                (read_h5, h5),
            )
        ),
        said(_load_upload, f"{CANARY}.csv", b""),
    ]
    leaked = leaks_of_file("sensors.csv", (out / "sensors.csv").read_text())
    return [*raw(card), *leaked, *(leak for line in told for leak in leaks_of_command(line))]


def of_latex(folder):
    told = {"figure": "4", "width_mm": 84.0, "checkpoint_sha256": "", "dataset": CANARY}
    return raw(latex_file(told | {"caption": CANARY}, ["pdf"])[1].decode())


def of_pages(folder):
    return raw(page_of(go_figure.Figure(), CANARY))


def of_figures(folder):
    """Figures whose names are the program's own on its pages, and might be anybody's elsewhere."""
    hours, two = np.arange(4.0), np.eye(2)
    group = Group(CANARY, "#123456", (0, 1))
    heat = sensor_heatmap(two, np.arange(2), ["", ""], ids=["a", "b"], title="")
    spans = dict.fromkeys([CANARY, "b"], np.ones((3, 4)))
    of_values = {"quantity": CANARY, "unit": CANARY}
    cosines = {"names": ["1", "2"], "ids": [CANARY, "b"], "scale": "sign"}
    plain = by_name([CANARY] * len(hours), name="road")
    drawn = (
        spread_series(hours, spans, **of_values),
        with_brackets(heat, [Bracket(0, 2, "#123456", CANARY)], 2),
        speed_series(hours, np.ones((4, 2)), [group], label=CANARY, unit=CANARY, periods={}),
        similarity_curves(hours, [(CANARY, "#123456", hours)], periods={}),
        similarity_panels([(CANARY, two)], [group], **cosines),
        cluster_errors(two, [CANARY, "b"], unit=CANARY),
        forecast_and_truth(hours, hours, hours, names=(CANARY,) * 3, x_title=CANARY, **of_values),
        hour_errors(np.ones(24), np.ones(24), label=CANARY, unit=CANARY),
        attribution_matrix(two, [CANARY, "b"], hours[:2], unit=CANARY),
        agreement_scatter(hours[:2], hours[:2], [CANARY, "b"], target=0, unit=CANARY),
        shares_by_distance([0.0, 1.0], two, [CANARY, "b"]),
        shares_by_step(hours[:2], two, [CANARY, "b"]),
        attribution_map(
            city_scatter(hours, hours, Ground(), plain, ids=["a"] * 4, about=[""] * 4),
            hours, [CANARY] * 4, target=0, ring="#123456", unit=CANARY,
        ),
        error_curves([5.0], [ErrorCurve(CANARY, np.ones(1))], label=CANARY),
        row_parts({CANARY: AverageRow(0.5, 0.25, 0.25)}),
        with_values(go_figure.Figure(), Colouring(CANARY, (), (), ((CANARY, "#123456"),))),
        graph_film(
            [Frame("0", CANARY, two)], np.arange(2), np.arange(2), ["", CANARY],
            ids=["a", CANARY], height=300,
        ),
        city_scatter(
            hours, hours, Ground(credit=CANARY), plain, ids=["a"] * len(hours),
            about=[CANARY] * len(hours),
        ),
        sensor_scatter(
            two, Colouring(CANARY, (CANARY, "b"), ("#123456",) * 2, ((CANARY, "#123456"),)),
            ids=["a", "b"], roads=["", CANARY], labels=np.zeros(2, dtype=np.int64),
        ),
    )  # fmt: skip
    return [leak for figure in drawn for leak in leaks_of_figure(figure)]


def of_attribution(folder):
    """The rows of readings of an explained forecast, of a sensor that is named like a formula."""
    material = SimpleNamespace(info=made_up_info(f"={CANARY}"))
    zeros = np.zeros((2, 1), dtype=np.float32)
    found = SimpleNamespace(values=zeros)
    one = SimpleNamespace(
        material=material, found=found, readings=zeros, baseline=zeros, falls=None
    )
    _write_rows(one, folder / "why.csv")
    return leaks_of_file("why.csv", (folder / "why.csv").read_text())


def made_up_info(name):
    return SimpleNamespace(sensors=SimpleNamespace(ids=(name,)), step_minutes=5.0)


PIECES = (
    *(of_claims, of_accuracy, of_comparison, of_card, of_attribution),
    *(of_commands, of_prepare, of_latex, of_figures, of_pages, of_measurements),
)


# escapes of what cannot hold a canary today
ALWAYS_PLAIN = Counter(
    {
        ("app/export.py", "command"): 1,  # a link, whose texts are percent-encoded
        ("app/app_pages/explore.py", "draw"): 1,  # why a model has no spatial parameters
        # what the browser compares with the texts of a chart, and never draws
        ("app/selection/legend.py", "group_legend.<locals>.<listcomp>"): 1,
        # words and numbers of the program on a claim
        ("app/views/verdicts.py", "draw_sentences.<locals>.<genexpr>"): 2,
        ("app/views/verdicts.py", "verdict_words"): 1,
        ("app/views/verdicts.py", "_card"): 1,
        ("app/views/compared.py", "verdicts_html.<locals>.<genexpr>"): 1,
        ("app/views/compared.py", "_verdict"): 1,
    }
)


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: f"{visit.page}-{visit.checkpoint[:8]}")
def test_no_canary_reaches_a_page_as_it_is(look, visit):
    assert look(visit) == []


@pytest.mark.parametrize("piece", PIECES)
def test_no_canary_reaches_a_piece_as_it_is(piece, tmp_path):
    assert piece(tmp_path) == []


def test_no_escape_can_be_taken_away_unnoticed(look, monkeypatch, tmp_path):
    sites, idle = Sites(monkeypatch), {}
    sites.are_open = True
    noticed: set[int] = set()
    looks = [lambda visit=visit: look(visit) for visit in VISITS]
    looks += [lambda piece=piece: piece(tmp_path) for piece in PIECES]
    for one in looks:
        st.cache_data.clear()
        told = "\n".join(one())
        noticed |= {n for n in sites.passed.values() if canaries.mark(n) in told}
    idle = {site for site, number in sites.passed.items() if number not in noticed}
    assert not idle, f"without the escape there, nothing was noticed: {sorted(idle)}"
    passed = Counter((file, function) for file, function, _ in sites.passed)
    unmet = canaries.calls_in_source() - passed - ALWAYS_PLAIN
    assert not unmet, f"no canary came by there; visit it: {dict(unmet)}"
