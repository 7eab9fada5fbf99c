"""Which projection is drawn: t-SNE of very many points is made only where it is asked for."""

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
    """Return the projection to draw; of very many points, draw the button that asks for t-SNE.

    Args:
        projection: that was chosen.
        count: of points.
        sha256: of the checkpoint.
        key: of the button.
    """
    if projection.method == "PCA" or not is_large(count):
        return projection
    words = "Drawn are the first two principal components"
    if count > MAX_POINTS:
        st.caption(f"{words}; t-SNE is left out above {MAX_POINTS:,} sensors.")
        return replace(projection, method="PCA")
    above = st.container()
    label = f"Compute t-SNE of {count:,} sensors"
    if _asked((sha256, projection), label, key=key, icon="scatter_plot"):
        return projection
    above.caption(f"{words}: t-SNE of more than {MOST_QUADRATIC:,} sensors takes minutes.")
    return replace(projection, method="PCA")


def is_asked_for(about: Hashable, count: int, *, key: str) -> bool:
    """Whether to compute the numbers beside clusters; of very many sensors, draw a button first.

    Args:
        about: what the numbers are of; something else is asked for anew.
        count: of sensors.
        key: of the button.
    """
    return not is_large(count) or _asked(
        about,
        "Measure these clusters against their null models",
        key=key,
        icon="science",
        help=f"Silhouette and roads; with {count:,} sensors it takes some seconds.",
    )


def _asked(about: Hashable, label: str, *, key: str, icon: str, help: str | None = None) -> bool:
    """Whether something was asked for by a button, which is drawn where it was not."""
    if st.session_state.get(key) == about:
        return True
    st.button(
        label, icon=f":material/{icon}:", key=f"{key}-go", help=help,
        on_click=said(lambda: st.session_state.update({key: about})),
    )  # fmt: skip
    return False
