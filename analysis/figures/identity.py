"""Interactive figure of the identity curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.colours import NEUTRAL
from analysis.figures.style import styled
from analysis.identity.curve import Cost, Identity
from analysis.identity.measure import REACHES, Reach
from analysis.identity.moments import MOMENT_CLASSES
from analysis.identity.partners import MATCHED, SENSOR_CLASSES
from analysis.identity.table import REACH_WORDS
from himnet import texts

CURVE_COLOURS: dict[Reach, str] = {"pool": "#0072b2", "graph": "#d55e00", "both": "#009e73"}
MOMENTS_COLOUR = "#0072b2"
_SYMBOLS: dict[Reach | None, str] = {
    "pool": "circle",
    "graph": "square",
    "both": "triangle-up",
    None: "circle",
}
_APART = 0.25  # between the reaches of one row
_ROW, _AROUND = 36, 110  # pixels


def identity_curve(
    found: Identity, *, unit: str, meta: Mapping[str, Any] | None = None
) -> go.Figure:
    """Draw the cost of each class with its interval: sensors on the left, moments on the right.

    Matches of the partners of a class are hollow, in the row below it.

    Args:
        found: what was measured.
        unit: of the errors.
        meta: choices to store with the figure.
    """
    sides = [
        (words, [name for name in words if any(one.name == name for one in found.costs)])
        for words in (SENSOR_CLASSES, MOMENT_CLASSES)
    ]
    drawn = [(words, names) for words, names in sides if names]
    figure = make_subplots(1, max(len(drawn), 1), horizontal_spacing=0.24)
    shown = texts.plotly(unit)
    for column, (words, names) in enumerate(drawn, start=1):
        reaches: Sequence[Reach | None] = REACHES if words is SENSOR_CLASSES else (None,)
        for number, reach in enumerate(reaches):
            up = _APART * (number - (len(reaches) - 1) / 2)
            figure.add_trace(_points(found, names, words, reach, up, shown), row=1, col=column)
        figure.update_yaxes(
            tickvals=list(range(len(names))),
            ticktext=[words[name] for name in names],
            range=[len(names) - 0.4, -0.6],
            row=1,
            col=column,
        )
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    figure.update_xaxes(title=f"increase of the MAE ({shown})" if shown else "increase of the MAE")
    most = max((len(names) for _, names in drawn), default=1)
    styled(figure, height=_AROUND + _ROW * most, meta=meta)
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return figure.update_yaxes(ticks="", showgrid=False, zeroline=False)


def _points(
    found: Identity,
    names: Sequence[str],
    words: Mapping[str, str],
    reach: Reach | None,
    up: float,
    unit: str,
) -> go.Scatter:
    """Return the points of one reach, each `up` rows below the middle of its row."""
    rows = [(row, cost) for row, name in enumerate(names) if (cost := found.cost(name, reach))]
    costs = [cost for _, cost in rows]
    colour = MOMENTS_COLOUR if reach is None else CURVE_COLOURS[reach]
    filled = _SYMBOLS[reach]
    return go.Scatter(
        x=[cost.difference.value for cost in costs],
        y=[row + up for row, _ in rows],
        mode="markers",
        name="another moment" if reach is None else f"exchanged: {REACH_WORDS[reach]}",
        showlegend=reach is not None,
        marker={
            "color": colour,
            "size": 9,
            "symbol": [
                f"{filled}-open" if cost.name in MATCHED.values() else filled for cost in costs
            ],
            "line": {"width": 1.5, "color": colour},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [cost.difference.high - cost.difference.value for cost in costs],
            "arrayminus": [cost.difference.value - cost.difference.low for cost in costs],
            "thickness": 1.5,
            "width": 0,
            "color": colour,
        },
        customdata=[_told(cost, words, unit) for cost in costs],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _told(cost: Cost, words: Mapping[str, str], unit: str) -> str:
    edges, who = cost.difference, "windows" if cost.reach is None else "sensors"
    share = "" if cost.share is None else f"<br>{100 * cost.share.value:.0f} % below any other"
    return (
        f"{words[cost.name]}<br>{edges.value:+.3f} {unit} ({edges.low:+.3f} to "
        f"{edges.high:+.3f})<br>MAE {cost.mae:.3f} {unit}, own {cost.own:.3f}<br>"
        f"{cost.counted:,} {who}, draws: {cost.draws}{share}"
    )
