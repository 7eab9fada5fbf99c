"""How results are cached: by what they were computed from, for all visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import streamlit as st

from analysis.forecasts.forecasts import Forecasts
from analysis.material import Material
from analysis.readings.source import Source
from himnet.checkpoints import CheckpointArrays
from himnet.data.dataset import Dataset
from himnet.forecasting.track import Track

_Made = TypeVar("_Made", bound=Callable[..., Any])
# what identifies each large argument, so that Streamlit does not hash its contents
_KEYS: dict[str | type, Callable[[Any], Any]] = {
    CheckpointArrays: lambda arrays: (arrays.sha256, str(arrays.path), str(arrays.metrics)),
    Track: lambda track: track.sum,
    Dataset: lambda dataset: (dataset.info.sha256, dataset.name),
    Material: lambda of: (*of.sums, str(of.arrays.path), str(of.arrays.metrics)),
    Source: lambda source: source.sum,
    # of one model's forecasts, whose `Material` is an argument beside them
    Forecasts: lambda shown: (shown.steps.tobytes(), shown.horizons),
}


def cached(most: int, spinner: str | bool = False) -> Callable[[_Made], _Made]:
    """Return a decorator that keeps a function's results, each copied for who asks.

    Args:
        most: results that are kept; the oldest goes first.
        spinner: what is said while a result is computed, with the seconds; False: nothing.
    """
    kept = st.cache_data(
        max_entries=most, show_spinner=spinner, show_time=bool(spinner), hash_funcs=_KEYS
    )
    return cast(Callable[[_Made], _Made], kept)


def shared(most: int, spinner: str | bool = False) -> Callable[[_Made], _Made]:
    """Return a decorator like `cached`, for results that all visitors share without copies."""
    kept = st.cache_resource(max_entries=most, show_spinner=spinner, hash_funcs=_KEYS)
    return cast(Callable[[_Made], _Made], kept)
