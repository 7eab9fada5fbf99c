"""The learnt graphs of the opened model, cached: their rows, edges and matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.figures.style import block_starts
from analysis.graphs.average import AverageRow, average_row, rows_of_sample
from analysis.graphs.direction import Direction, direction
from analysis.graphs.edges import MOST_EDGES, Edges, largest_edges
from analysis.graphs.learnt import Floats, LearntGraph, Rows
from analysis.graphs.lengths import Lengths, lengths_of
from analysis.graphs.matrix import mean_cells
from analysis.graphs.of_model import decoder_graph, encoder_graph
from analysis.graphs.over_time import DayGraphs, OverDay, day_graphs, over_day
from analysis.limits import sample
from analysis.material import Material
from analysis.patterns.film import load_moments
from analysis.readings.days import Day
from app.session.city_map import geography
from app.session.keys import cached, shared
from app.session.opened import OpenCheckpoint, stamp
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.locate import find_snapshots

ENCODERS, DECODER = "encoders", "decoder"  # names of a model's graphs
UNTRAINED = 5  # untrained models whose rows are averaged
MOST_CELLS, FILM_CELLS = 250, 110  # per side of a matrix, and of that in an animation


@shared(8)
def encoders(arrays: CheckpointArrays) -> LearntGraph:
    """Return the encoders' graph; errors as `analysis.graphs.of_model.encoder_graph`."""
    return encoder_graph(arrays.model)


@shared(16)
def decoder(arrays: CheckpointArrays, embedding: NDArray[np.float32]) -> LearntGraph:
    """Return the decoder's graph of a moment's E_st (N, d_st); errors as `decoder_graph`."""
    return decoder_graph(arrays.model, embedding)


@shared(32)
def rows_of(graph: LearntGraph) -> tuple[Rows, NDArray[np.int64]]:
    """Return the result of `analysis.graphs.average.rows_of_sample`."""
    return rows_of_sample(graph)


@cached(8)
def untrained_row(arrays: CheckpointArrays) -> AverageRow:
    """Return the average row of the encoders' graphs of some untrained models."""
    found = [
        average_row(rows_of_sample(encoder_graph(arrays.model.untrained(seed=seed)))[0])
        for seed in range(UNTRAINED)
    ]
    parts = np.mean([(one.floor, one.own, one.others) for one in found], axis=0)
    return AverageRow(*parts.tolist())


def bars_of(arrays: CheckpointArrays, decoders: Mapping[str, LearntGraph]) -> dict[str, AverageRow]:
    """Return the average rows of a model's graphs by their names: encoders, untrained, decoder.

    Args:
        arrays: of the model.
        decoders: times to the decoder's graphs.
    """
    bars = {}
    if not arrays.model.why_not("spatial", generated=False):
        bars[ENCODERS] = average_row(rows_of(encoders(arrays))[0])
        bars[f"{ENCODERS}, untrained"] = untrained_row(arrays)
    return bars | {
        f"{DECODER}, {time}": average_row(rows_of(graph)[0]) for time, graph in decoders.items()
    }


@shared(32)
def edges_of(graph: LearntGraph, readers: tuple[int, ...]) -> Edges:
    """Return the largest excesses of some rows; without any, of all, or of a sample of very many.

    Args:
        graph: the graph.
        readers: the rows.
    """
    rows = np.asarray(readers, dtype=np.int64) if readers else sample(len(graph))
    return largest_edges(graph, MOST_EDGES, readers=rows)


@cached(32)
def direction_of(graph: LearntGraph) -> Direction | None:
    """Return the result of `analysis.graphs.direction.direction`."""
    return direction(graph, rows_of(graph)[0].floor)


@cached(64)
def excess_cells(graph: LearntGraph, order: NDArray[np.int64], most: int) -> Floats:
    """Return the mean excess of a matrix's cells, times N; see `starts_of`."""
    return mean_cells(graph.excess, order, starts_of(order, most)) * len(graph)


def starts_of(order: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return where the cells of a matrix with at most that many per side begin."""
    return block_starts(len(order), most)


@cached(16)
def edge_lengths(
    arrays: CheckpointArrays, first: NDArray[np.int64], second: NDArray[np.int64]
) -> Lengths:
    """Return the result of `analysis.graphs.lengths.lengths_of`; errors as `geography`."""
    return lengths_of(*geography(arrays), first, second)


@shared(3, "Comparing the moments of the day ...")
def graphs_of_day(material: Material, day: Day) -> tuple[DayGraphs, OverDay]:
    """Return the decoder's graphs at the moments of a day, and how they change over it."""
    return day_graphs(material.model, day), over_day(material.model, day)


@cached(4)
def average_rows(material: Material, day: Day) -> Floats:
    """Return floor, self and others (3, M) of the average rows at the moments of a day."""
    graphs = graphs_of_day(material, day)[0]
    found = [average_row(graph.rows) for graph in graphs.graphs]
    return np.array([(one.floor, one.own, one.others) for one in found]).T


@cached(16)
def change_cells(material: Material, day: Day, at: int, order: NDArray[np.int64]) -> Floats:
    """Return the mean difference of a matrix's cells from their mean over the day, times N.

    Args:
        material, day: as for `graphs_of_day`.
        at: place of the moment in the day; the closest is taken of those that are compared.
        order: sensors of the rows and columns.
    """
    graphs = graphs_of_day(material, day)[0]
    place = int(np.abs(graphs.hours - day.hours[at]).argmin())
    starts = starts_of(order, MOST_CELLS)
    found = mean_cells(lambda rows: graphs.change(place, rows), order, starts)
    return found * material.info.num_nodes


class GraphAt(NamedTuple):
    """The encoders' graph at a step of the training.

    Attributes:
        step: optimisation steps so far; None if unknown.
        graph: the graph.
        row: its average row.
    """

    step: int | None
    graph: LearntGraph
    row: AverageRow


def graphs_in_training(checkpoint: OpenCheckpoint) -> list[GraphAt]:
    """Return the encoders' graph at each snapshot, that of the trained model last.

    Raises:
        CheckpointError: for a snapshot that cannot be used.
    """
    files = [(step, stamp(file)) for step, file in find_snapshots(checkpoint.arrays.path)]
    return _graphs_in_training(checkpoint.arrays, tuple(files))


@shared(4, "Reading the snapshots ...")
def _graphs_in_training(arrays: CheckpointArrays, about: tuple[Any, ...]) -> list[GraphAt]:
    found = []
    for moment in load_moments(arrays.path):
        graph = encoder_graph(moment.checkpoint.model)
        found.append(GraphAt(moment.step, graph, average_row(graph.rows)))
    return found
