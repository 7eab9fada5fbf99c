"""Caching of results by what they were computed from, for all visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import streamlit as st

from analysis.city.basemap import basemap_state
from analysis.forecasts.forecasts import Forecasts
from analysis.graphs.learnt import LearntGraph
from analysis.material import Material
from analysis.readings.days import Day
from analysis.readings.source import Source
from analysis.what_if.cluster_matrix import ClusterMatrix
from himnet.checkpoints import CheckpointArrays
from himnet.data.dataset import Dataset
from himnet.forecasting.track import Track

_Made = TypeVar("_Made", bound=Callable[..., Any])


def _opened(arrays: CheckpointArrays) -> tuple[str, ...]:
    """Return what identifies a model with all that is known of it, which a command may add to."""
    return arrays.sha256, str(arrays.path), str(arrays.metrics), arrays.measured.sum


# identifiers of large arguments, so that Streamlit does not hash their contents
_KEYS: dict[str | type, Callable[[Any], Any]] = {
    CheckpointArrays: _opened,
    Track: lambda track: track.sum,
    Dataset: lambda dataset: (dataset.info.sha256, dataset.name),
    Material: lambda of: (
        *of.sums,
        *_opened(of.arrays),
        basemap_state(of.basemap),
    ),
    Source: lambda source: source.sum,
    LearntGraph: lambda graph: (
        graph.left.tobytes(),
        b"" if graph.is_symmetric else graph.right.tobytes(),
    ),
    ClusterMatrix: lambda matrix: tuple(
        sums.tobytes() for sums in (matrix.sums, matrix.own_sums, matrix.counts)
    ),
    # unique together with their `Material`, which is another argument
    Day: lambda day: (day.steps.tobytes(), day.are_readings),
    Forecasts: lambda shown: (shown.steps.tobytes(), shown.horizons),
}


def cached(most: int, spinner: str | bool = False) -> Callable[[_Made], _Made]:
    """Return a decorator that caches a function's results and returns copies.

    Args:
        most: maximum number of results; the oldest is dropped first.
        spinner: text, shown with the seconds while a result is computed; False for none.
    """
    kept = st.cache_data(
        max_entries=most, show_spinner=spinner, show_time=bool(spinner), hash_funcs=_KEYS
    )
    return cast(Callable[[_Made], _Made], kept)


def shared(most: int, spinner: str | bool = False) -> Callable[[_Made], _Made]:
    """Return a decorator like `cached`, without copies: all visitors share the results."""
    kept = st.cache_resource(max_entries=most, show_spinner=spinner, hash_funcs=_KEYS)
    return cast(Callable[[_Made], _Made], kept)
