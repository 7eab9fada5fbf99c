"""A slide of the tour: charts as high as the window, and keys that page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app.views.components import chart

if TYPE_CHECKING:
    import plotly.graph_objects as go

# rem above and below the charts of a slide (title, buttons, margins), and in a low window
_AROUND, _AROUND_LOW = 9.6, 7.8
_LOWEST = 15.0  # rem; a chart is no lower, however low the window
_WIDE = '[data-testid="stMainBlockContainer"] { padding-left: 2.5rem; padding-right: 2.5rem; }'
_script = Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
_keys = st.components.v2.component("himnet-tour-keys", js=_script)


def slide_chart(
    figure: go.Figure, *, key: str, alt: str, beside: float = 0.0, share: float = 1.0
) -> None:
    """Draw a chart that fills the height of the window.

    Args:
        figure: in the project's style.
        key: key of the element.
        alt: text for screen readers.
        beside: height of what else stands in its column, in rem.
        share: which part of the remaining height it takes.
    """
    figure.update_layout(height=None, margin={"t": 36, "b": 8, "l": 8, "r": 8})
    own, least = f".stElementContainer.st-key-{key}", f"min-height: {_LOWEST * share:g}rem;"
    rules = [
        f"{own} {{ height: calc((100dvh - {around + beside:g}rem) * {share:g}); {least} }}"
        for around in (_AROUND, _AROUND_LOW)
    ]
    st.html(f"<style>{rules[0]} @media (max-height: 760px) {{ {rules[1]} }}</style>")
    chart(figure, key=key, alt=alt, height="stretch")


def slide() -> None:
    """Use the width of the window, and let arrow keys and a presenter's remote page."""
    st.html(f"<style>{_WIDE}</style>")
    _keys(key="tour-keys", height=1)
