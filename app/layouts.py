"""Which projection is drawn: t-SNE of very many points is made only where it is asked for."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from analysis.limits import MOST_QUADRATIC, is_large
from analysis.projection import MAX_POINTS
from app.choices import ProjectionSettings
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
    asked = (sha256, projection)
    if st.session_state.get(key) == asked:
        return projection
    if count > MAX_POINTS:
        st.caption(
            f"Drawn are the first two principal components; t-SNE is left out above {MAX_POINTS:,} "
            "sensors."
        )
    else:
        st.caption(
            "Drawn are the first two principal components: t-SNE of more than "
            f"{MOST_QUADRATIC:,} sensors takes minutes."
        )
        st.button(
            f"Compute t-SNE of {count:,} sensors", icon=":material/scatter_plot:", key=f"{key}-go",
            on_click=said(lambda: st.session_state.update({key: asked})),
        )  # fmt: skip
    return replace(projection, method="PCA")


def is_asked_for(about: Hashable, count: int, *, key: str) -> bool:
    """Whether to compute the numbers beside clusters; of very many sensors, draw a button first.

    Args:
        about: what the numbers are of; something else is asked for anew.
        count: of sensors.
        key: of the button.
    """
    if not is_large(count) or st.session_state.get(key) == about:
        return True
    st.button(
        "Measure these clusters against their null models", icon=":material/science:",
        key=f"{key}-go", on_click=said(lambda: st.session_state.update({key: about})),
        help=f"Silhouette and roads; with {count:,} sensors it takes some seconds.",
    )  # fmt: skip
    return False
