"""Measure a model's graphs: their rows, the world, the day, the training, rounding of the track."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.claims.catalogue import GRAPH_CLAIMS
from analysis.claims.ground import Ground
from analysis.claims.moments import Moments, embedding_at
from analysis.claims.progress import Report
from analysis.claims.run import evaluate_claims
from analysis.errors import AnalysisError
from analysis.geometry.spaces import require
from analysis.graphs.field import FieldGraph
from analysis.graphs.learnt import LearntGraph
from analysis.graphs.of_model import decoder_graph, encoder_graph
from analysis.graphs.over_time import OverDay, most_moments, over_day
from analysis.graphs.shares import Shares, shares_of, stacked
from analysis.graphs.stored import DecoderFindings, GraphFindings, Rounding, SnapshotFindings
from analysis.graphs.world import World
from analysis.limits import evenly, is_large
from analysis.material import Material
from analysis.paper.values import chosen_day
from himnet.checkpoints import load_arrays
from himnet.checkpoints.locate import find_snapshots, is_file
from himnet.limits import MAX_LINE
from himnet.progress import progress
from himnet.texts import clipped

if TYPE_CHECKING:
    from tqdm import tqdm

UNTRAINED_ENCODERS = 5  # whose shares are stated; claims are compared with more
UNTRAINED_DECODERS = 3  # which are run on the data
ROUNDED_MOMENTS, ROUNDED_ROWS = 12, 500  # of which the rounding error is measured
_SEED = 2_000_000  # apart from the seeds of the claims' untrained models


def measure_graph(
    material: Material,
    *,
    given: FieldGraph | None = None,
    report: Report | None = None,
    show: bool = False,
) -> GraphFindings:
    """Measure the graphs of a trained model.

    Args:
        material: the checkpoint with its track and data set, where available.
        given: the field's adjacency from a file; None computes it from the places.
        report: called with the current step of the comparisons and their progress.
        show: whether to draw progress bars of the other steps.

    Raises:
        AnalysisError: for a model without an encoders' graph.
        CheckpointError: for a snapshot that cannot be used.
    """
    model, ground = material.model, Ground(material, given)
    rows = encoder_graph(model).rows
    numbers = progress(
        range(UNTRAINED_ENCODERS), description="graphs of untrained models", enabled=show
    )
    untrained = [shares_of([encoder_graph(model.untrained(seed=_SEED + n))]) for n in numbers]
    results = evaluate_claims(material, claims=GRAPH_CLAIMS, ground=ground, report=report)
    world = _world(ground)
    decoder, problem = _decoder_or_problem(material, ground, world, show)
    return GraphFindings(
        encoder=rows,
        untrained=stacked(untrained),
        snapshots=_snapshots(material, world, show),
        results=tuple(results),
        adjacency="" if world is None else "places" if given is None else "file",
        sensors=model.num_nodes if world is None else len(world.sensors),
        decoder=decoder,
        decoder_problem=problem,
        rounding=None if decoder is None else _rounding(material, ground.moments),
    )


def _world(ground: Ground) -> World | None:
    """Return what graphs are compared with; None if the places of the sensors are not known."""
    try:
        return ground.world
    except AnalysisError:
        return None


def _aucs(graph: LearntGraph, world: World | None) -> tuple[float, float]:
    """Return the AUC of the score with one road and direction, and with near sensors; or NaN."""
    if world is None:
        return float("nan"), float("nan")
    scores, found = world.scores(graph), []
    for name in ("same_road", "near"):
        try:
            found.append(getattr(world, name).value(scores))
        except AnalysisError:
            found.append(float("nan"))
    return found[0], found[1]


def _snapshots(material: Material, world: World | None, show: bool) -> SnapshotFindings:
    files = find_snapshots(material.arrays.path) if is_file(material.arrays.path) else []
    shares, aucs = [], []
    for _, path in progress(files, description="snapshots", enabled=show):
        graph = encoder_graph(load_arrays(path).model)
        shares.append(shares_of([graph]))
        aucs.append(_aucs(graph, world))
    return SnapshotFindings(
        steps=np.array([step for step, _ in files], dtype=np.int64),
        shares=stacked(shares),
        road_auc=np.array([road for road, _ in aucs], dtype=np.float64),
        near_auc=np.array([near for _, near in aucs], dtype=np.float64),
    )


def _decoder_or_problem(
    material: Material, ground: Ground, world: World | None, show: bool
) -> tuple[DecoderFindings | None, str]:
    try:
        return _decoder(material, ground.moments, world, show), ""
    except AnalysisError as error:
        return None, clipped(str(error), MAX_LINE - len(" ..."))


def _decoder(
    material: Material, every: Moments, world: World | None, show: bool
) -> DecoderFindings:
    """Measure the decoder's graph at full hours, and over a day.

    Raises:
        AnalysisError: for a model without such graphs, or without E_st.
    """
    model = material.model
    require(model, "moment", generated=False)
    moments = _some(every, most_moments(model.num_nodes))
    embedding = embedding_at(material, moments)
    graphs = [decoder_graph(model, one) for one in embedding]
    hours = moments.hours.astype(np.int64)
    clock = np.unique(hours)
    shares = []
    for hour in progress(clock.tolist(), description="decoder's graphs", enabled=show):
        shares.append(shares_of(graphs[place] for place in np.flatnonzero(hours == hour)))
    aucs = np.array([_aucs(graph, world) for graph in graphs])
    road, near = (
        np.array([aucs[hours == hour, column].mean() for hour in clock]) for column in (0, 1)
    )
    day = chosen_day(material, None)
    return DecoderFindings(
        origin="data set" if material.track is None else "track",
        moments=len(graphs),
        clock=clock,
        by_hour=stacked(shares),
        road_auc=road,
        near_auc=near,
        untrained=_untrained_decoders(material, moments, show),
        day=day,
        over_day=_over_day(material, day, show),
    )


def _some(moments: Moments, most: int) -> Moments:
    """Return evenly spaced ones of moments."""
    chosen = evenly(len(moments.steps), most)
    return Moments(moments.steps[chosen], moments.days[chosen], moments.hours[chosen])


def _over_day(material: Material, day: int, show: bool) -> OverDay:
    bar = progress(description="the decoder's graph over a day", total=100, enabled=show)
    with bar:
        return over_day(
            material.model, material.day(day), tell=lambda share: _move(bar, round(100 * share))
        )


def _move(bar: tqdm[Any], done: int) -> None:
    bar.update(done - bar.n)


def _untrained_decoders(material: Material, moments: Moments, show: bool) -> Shares:
    """Return the shares of untrained models on the same readings; none without the data set."""
    if material.dataset is None or is_large(material.model.num_nodes):
        return stacked([])
    found = []
    for number in progress(
        range(UNTRAINED_DECODERS), description="untrained models on the data", enabled=show
    ):
        model = material.model.untrained(seed=_SEED + number)
        embedding = material.embeddings(moments.steps, model=model)
        found.append(shares_of(decoder_graph(model, one) for one in embedding))
    return stacked(found)


def _rounding(material: Material, every: Moments) -> Rounding | None:
    """Compare graphs from the track with those from E_st as the model computes it now.

    None without a track or the data set.
    """
    if material.track is None or material.dataset is None or is_large(material.model.num_nodes):
        return None
    moments = _some(every, ROUNDED_MOMENTS)
    rows = evenly(material.model.num_nodes, ROUNDED_ROWS)
    stored, computed = embedding_at(material, moments), material.embeddings(moments.steps)
    error = np.concatenate(
        [
            np.abs(
                decoder_graph(material.model, one).weights(rows)
                - decoder_graph(material.model, other).weights(rows)
            ).ravel()
            for one, other in zip(stored, computed, strict=True)
        ]
    )
    return Rounding(len(stored), float(np.median(error)), float(error.max()))
