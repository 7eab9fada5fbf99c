"""A chart as a web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from himnet import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CONFIG = {"displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg"}}


def page_of(figure: go.Figure, credit: str = "") -> str:
    """Return a figure as a self-contained HTML page that works offline.

    Args:
        figure: the chart.
        credit: whose data it shows, as plain text; "" if that is not known.
    """
    page = str(figure.to_html(include_plotlyjs=True, full_html=True, config=_CONFIG))
    body, end, rest = page.rpartition("</body>")
    return f"{body}<p>Data: {texts.html(credit)}</p>{end}{rest}" if credit else page
