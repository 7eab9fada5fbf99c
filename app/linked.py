"""Views that draw the selection and set it: charts of all sensors, and tables of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.figures.selection import with_selection
from analysis.selection import positions_of
from app.components import chart
from app.selection import Drawn, drawn_in, select, selected_ids, take, toggle
from app.session import OpenCheckpoint

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_MODES = ("points", "box", "lasso")
_TOOLS: dict[str, Any] = {"modeBarButtonsToRemove": ["autoScale2d"]}
_LISTENER = "selection-clicks"  # key of the element that hears the clicks
_script = Path(__file__).with_name("clicks.js").read_text(encoding="utf-8")
_clicks = st.components.v2.component("himnet-clicks", js=_script)


def linked_chart(
    checkpoint: OpenCheckpoint,
    figure: go.Figure,
    *,
    view: str,
    trace: int,
    alt: str,
    about: Hashable,
) -> None:
    """Draw a chart in which lasso, box and click set the selection; it shows it afterwards.

    The page has to draw `hear_clicks` too.

    Args:
        checkpoint: whose sensors.
        figure: with one trace of all sensors, whose `customdata` begins with the id.
        view: name of the chart.
        trace: number of that trace.
        alt: what screen readers read.
        about: all but the selection that the figure depends on.
    """
    sensors, chosen = checkpoint.arrays.dataset.sensors, selected_ids(checkpoint)
    drawn = drawn_in(view, chosen, about)
    with_selection(figure, positions_of(sensors, drawn.ids), trace=trace)
    chart(
        figure,
        key=drawn.key,
        alt=alt,
        on_select=_on_points(checkpoint, view, drawn),
        selection_mode=_MODES,
        config=_TOOLS,
    )
    with_selection(figure, positions_of(sensors, chosen), trace=trace)  # for who keeps it


def _on_points(checkpoint: OpenCheckpoint, view: str, drawn: Drawn) -> Callable[[], None]:
    """Return the callback of a chart: what was drawn around in it becomes the selection."""

    def chosen() -> None:
        event: Any = st.session_state.get(drawn.key)
        if event:
            points = event["selection"]["points"]
            ids = [str(point["customdata"][0]) for point in points if point.get("customdata")]
            take(checkpoint, ids, made_in=view if ids else "")

    return chosen


def hear_clicks(checkpoint: OpenCheckpoint, views: Sequence[str]) -> None:
    """Let a click in charts select a sensor and a double click clear; draw it where they are.

    Args:
        checkpoint: whose sensors.
        views: names of the charts.
    """

    def clicked() -> None:
        told: Any = st.session_state[_LISTENER].get("told")
        if not told or told.get("view") not in views:
            return
        if told.get("sensor") is None:
            select(checkpoint, ())
        else:
            toggle(checkpoint, str(told["sensor"]))

    _clicks(key=_LISTENER, data={"views": list(views)}, height=1, on_told_change=clicked)


def linked_table(
    checkpoint: OpenCheckpoint,
    table: pd.DataFrame,
    *,
    view: str,
    about: Hashable,
    selected_first: bool = False,
    height: int | None = None,
) -> None:
    """Draw a table whose ticked rows are the selection.

    Args:
        checkpoint: whose sensors.
        table: a row per sensor, with their ids in the column ``sensor``.
        view: name of the table.
        about: all but the selection that the table depends on.
        selected_first: whether selected sensors come first.
        height: in pixels; None for Streamlit's choice.
    """
    drawn = drawn_in(view, selected_ids(checkpoint), about)
    ticked = table["sensor"].isin(drawn.ids).to_numpy()
    if selected_first:
        order = (~ticked).argsort(kind="stable")
        table, ticked = table.iloc[order], ticked[order]

    def chosen() -> None:
        rows = st.session_state[drawn.key]["selection"]["rows"]
        hidden = set(selected_ids(checkpoint)) - set(table["sensor"])
        select(checkpoint, {*hidden, *table["sensor"].iloc[rows]}, made_in=view)

    st.dataframe(
        table,
        hide_index=True,
        height="auto" if height is None else height,
        key=drawn.key,
        on_select=chosen,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": ticked.nonzero()[0].tolist()}},
    )
