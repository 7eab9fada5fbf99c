"""A chart as a web page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CONFIG = {"displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg"}}


def page_of(figure: go.Figure) -> str:
    """Return a figure as an HTML page that needs nothing else, not even a network."""
    return str(figure.to_html(include_plotlyjs=True, full_html=True, config=_CONFIG))
