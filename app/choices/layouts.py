"""Which projection is drawn: t-SNE of very many points is computed only on request."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from analysis.geometry.projection import MAX_POINTS
from analysis.limits import MOST_QUADRATIC, is_large
from app.choices.shared import ProjectionSettings
from app.messages import said


def shown_projection(
    projection: ProjectionSettings, count: int, *, sha256: str, key: str
) -> ProjectionSettings:
    """Return the projection to draw; for very many points, draw a button that computes t-SNE.

    Args:
        projection: the chosen one.
        count: number of points.
        sha256: checksum of the checkpoint.
        key: key of the button.
    """
    if projection.method == "PCA" or not is_large(count):
        return projection
    words = "Shown: the first two principal components"
    if count > MAX_POINTS:
        st.caption(f"{words}; t-SNE is not available above {MAX_POINTS:,} sensors.")
        return replace(projection, method="PCA")
    above = st.container()
    label = f"Compute t-SNE of {count:,} sensors"
    if _asked((sha256, projection), label, key=key, icon="scatter_plot"):
        return projection
    above.caption(f"{words}; t-SNE of more than {MOST_QUADRATIC:,} sensors takes minutes.")
    return replace(projection, method="PCA")


def is_asked_for(about: Hashable, count: int, *, key: str) -> bool:
    """Whether to compute the statistics of clusters; for very many sensors, on request only.

    Args:
        about: what the statistics depend on; if it changes, a new request is needed.
        count: number of sensors.
        key: key of the button.
    """
    return not is_large(count) or _asked(
        about,
        "Compare these clusters with null models",
        key=key,
        icon="science",
        help=f"Silhouette and agreement with roads; takes some seconds with {count:,} sensors.",
    )


def _asked(about: Hashable, label: str, *, key: str, icon: str, help: str | None = None) -> bool:
    """Whether something was requested with a button; draw the button if it was not."""
    if st.session_state.get(key) == about:
        return True
    st.button(
        label, icon=f":material/{icon}:", key=f"{key}-go", help=help,
        on_click=said(lambda: st.session_state.update({key: about})),
    )  # fmt: skip
    return False
