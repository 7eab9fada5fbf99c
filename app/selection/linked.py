"""Views that draw the selection and set it: charts of all sensors, and tables of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.figures.selection import with_selection
from analysis.limits import MOST_POINTS, is_large
from app.messages import said
from app.selection.selection import drawn_in, is_adding, select, selected_ids, take, toggle
from app.session.opened import OpenCheckpoint
from app.views.components import chart

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

# named one by one, since Streamlit takes lasso and box away where it does not hear them itself
_TOOLS: dict[str, Any] = {
    "modeBarButtons": [
        ["toImage"],
        ["lasso2d", "select2d", "pan2d"],
        ["zoomIn2d", "zoomOut2d", "resetScale2d"],
    ]
}
_LINK = "linked-charts"  # key of the element that links the charts
_script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_linker = st.components.v2.component("himnet-linked", js=_script)


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

    The page has to `link_charts` too: that brings a drawn chart up to date, which stays as it is.

    Args:
        checkpoint: whose sensors.
        figure: with one trace of all sensors, whose `customdata` begins with the id.
        view: name of the chart.
        trace: number of that trace.
        alt: what screen readers read.
        about: all but the selection that the figure depends on.
    """
    chosen = selected_ids(checkpoint)
    drawn = drawn_in(view, chosen, about, stays=True)
    with_selection(figure, drawn.ids, trace=trace)
    chart(figure, key=drawn.key, alt=alt, config=_TOOLS)
    with_selection(figure, chosen, trace=trace)  # for who keeps it
    say_points(len(checkpoint.arrays.dataset.sensors))


def say_points(count: int) -> None:
    """Say below a chart that not all of very many sensors have a point."""
    if is_large(count):
        st.caption(
            f"Points are a random sample of {MOST_POINTS:,} of the {count:,} sensors; words and "
            "rows find all of them."
        )


def link_charts(checkpoint: OpenCheckpoint, views: Sequence[str]) -> None:
    """Let charts show the selection and set it; draw it in the fragment that they are in.

    Args:
        checkpoint: whose sensors.
        views: names of the charts.
    """

    def told_by_charts() -> None:
        told: Any = st.session_state[_LINK].get("told")
        if not told or told.get("view") not in views:
            return
        ids = [str(name) for name in told.get("ids", ())]
        if told.get("what") == "one":
            toggle(checkpoint, ids)
        elif told.get("what") == "none":
            select(checkpoint, ())
        else:
            take(checkpoint, ids)

    data = {
        "views": list(views),
        "selected": list(selected_ids(checkpoint)),
        "adding": is_adding(),
    }
    _linker(key=_LINK, data=data, height=1, on_told_change=said(told_by_charts))


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
        on_select=said(chosen),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": ticked.nonzero()[0].tolist()}},
    )
