"""What the model is run on where readings are absent, in words."""

from __future__ import annotations

import streamlit as st

from analysis.material import Material
from analysis.readings.days import duration_words
from app.views.components import missing_note
from himnet.data.registry import DATASETS


def say_missing_series(material: Material) -> None:
    """Say that a page cannot run the model without readings or a track, and what adds readings."""
    name = material.info.name
    missing_note(
        "This page runs the model, which needs readings or a track, and neither is available: "
        f"{material.dataset_problem}.",
        DATASETS[name].get if name in DATASETS else None,
    )


def say_own_forecasts(material: Material, differs: str) -> None:
    """Say what the model is run on in place of readings.

    Args:
        material: from `analysis.forecasts.own_series.on_own_forecasts`.
        differs: what that changes, in Markdown.
    """
    minutes = material.info.step_minutes * (material.track.horizons[0] if material.track else 1)
    st.markdown(
        ":material/info: There are no readings here: the model runs on **its own forecasts** "
        f"{duration_words(minutes)} ahead, stored in its track.",
        help=differs,
    )
