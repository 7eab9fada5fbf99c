"""The graphs that a model has learnt: one of its encoders, one of its decoder for every moment."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.spaces import require, spatial_queries
from analysis.graphs.learnt import LearntGraph, learnt_graph
from analysis.model import LearntModel


def encoder_graph(model: LearntModel) -> LearntGraph:
    """Return the graph of the encoders, from the embeddings of the sensors.

    Raises:
        AnalysisError: for a model without such a graph.
    """
    _check(model)
    return _graph(model, spatial_queries(model))


def decoder_graph(model: LearntModel, embedding: NDArray[Any]) -> LearntGraph:
    """Return the graph of the decoder at one moment.

    Args:
        model: the model.
        embedding: E_st (N, d_st) of the moment.

    Raises:
        AnalysisError: for a model without such a graph, or embeddings of another shape.
    """
    _check(model)
    require(model, "moment", generated=False)
    expected = (model.num_nodes, model.width("moment"))
    if embedding.shape != expected:
        raise AnalysisError(
            f"the embedding of a moment has the shape {expected} here, not {embedding.shape}"
        )
    return _graph(model, embedding)


def _graph(model: LearntModel, embedding: NDArray[Any]) -> LearntGraph:
    left, right = model.graph_factors(embedding)
    return learnt_graph(left, None if right is left else right)


def _check(model: LearntModel) -> None:
    if model.why_no_graph:
        raise AnalysisError(model.why_no_graph)
