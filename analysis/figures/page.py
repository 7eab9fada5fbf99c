"""A chart as a web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CONFIG = {"displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg"}}


def page_of(figure: go.Figure) -> str:
    """Return a figure as a self-contained HTML page that works offline."""
    return str(figure.to_html(include_plotlyjs=True, full_html=True, config=_CONFIG))
