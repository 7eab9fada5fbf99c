"""Forecasts to look at, from the track or made anew, kept by what they were made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.forecasts import Forecasts, forecasts_at, forecasts_of_track
from analysis.material import Material
from app.chunks import in_chunks
from app.what_if import dataset_sums

_FIELDS = ("steps", "days", "tod_index", "forecast", "truth")  # along the moments


def tracked(material: Material) -> Forecasts:
    """Return the forecasts of the track.

    Raises:
        AnalysisError: without a track.
    """
    return _tracked(material.arrays.sha256, material.dataset is not None, _material=material)


def forecast_anew(material: Material, steps: NDArray[np.int64]) -> Forecasts:
    """Run the model on some windows, with a progress bar; what was computed once is kept.

    Args:
        material: with its data set.
        steps: (n,) last input step of each window.
    """
    sums = dataset_sums(material)
    found = in_chunks(
        steps, lambda part: _anew(*sums, part, _material=material), what="The model forecasts"
    )
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in found]) for name in _FIELDS
    }
    return replace(found[0], **joined)


@st.cache_data(max_entries=4, show_spinner=False)
def _tracked(sha256: str, has_dataset: bool, *, _material: Material) -> Forecasts:
    return forecasts_of_track(_material)


@st.cache_data(max_entries=96, show_spinner=False)
def _anew(
    sha256: str, dataset_sum: str, steps: tuple[int, ...], *, _material: Material
) -> Forecasts:
    return forecasts_at(_material, steps)
