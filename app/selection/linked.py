"""Views that show and change the selection: charts and tables of all sensors."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.figures.selection import with_selection
from analysis.limits import MOST_POINTS, is_large
from app.choices.theme import is_dark
from app.export import Rows, export
from app.messages import said
from app.selection.selection import drawn_in, is_adding, select, selected_ids, take, toggle
from app.session.opened import OpenCheckpoint
from app.views.components import chart

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

# listed one by one: Streamlit removes lasso and box if it does not handle their events itself
SELECTING_TOOLS: dict[str, Any] = {
    "modeBarButtons": [
        ["toImage"],
        ["lasso2d", "select2d", "pan2d"],
        ["zoomIn2d", "zoomOut2d", "resetScale2d"],
    ]
}
_LINK = "linked-charts"  # key of the element that links the charts
_KEPT = "linked-figures"  # key of the last chart of each view
_script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_linker = st.components.v2.component("himnet-linked", js=_script)


def linked_chart(
    checkpoint: OpenCheckpoint,
    figure: Callable[[], go.Figure],
    *,
    view: str,
    trace: int,
    alt: str,
    about: Hashable,
    header: Sequence[str],
    rows: Rows,
    fades: bool = True,
) -> go.Figure:
    """Draw a chart in which lasso, box and click set the selection, with its export.

    The page must also call `link_charts`, which updates a chart that is already drawn. A chart that
    stays as it is drawn is not made again: of 2,000 sensors that takes as long as all else.

    Args:
        checkpoint: the opened checkpoint.
        figure: makes the chart, with one trace of all sensors, whose `customdata` begins with the
            id.
        view: name of the chart.
        trace: number of that trace; -1 for the last one.
        alt: text for screen readers.
        about: everything except the selection that the figure depends on.
        header, rows: as for `app.export.export`.
        fades: as for `analysis.figures.selection.with_selection`.

    Returns:
        What is drawn.
    """
    chosen, on_dark = selected_ids(checkpoint), is_dark()
    drawn = drawn_in(view, chosen, about, stays=True)

    def selected(ids: Sequence[str]) -> go.Figure:
        return with_selection(figure(), ids, trace=trace, on_dark=on_dark, fades=fades)

    shown = _once(view, (drawn, on_dark), lambda: selected(drawn.ids))
    chart(shown, key=drawn.key, alt=alt, config=SELECTING_TOOLS)
    say_points(len(checkpoint.arrays.dataset.sensors))
    export(lambda: selected(chosen), key=view, header=header, rows=rows)
    return shown


def _once(view: str, about: Hashable, make: Callable[[], go.Figure]) -> go.Figure:
    """Return the chart of a view that this visitor sees, made again only if `about` has changed."""
    kept: dict[str, tuple[Hashable, go.Figure]] = st.session_state.setdefault(_KEPT, {})
    if view not in kept or kept[view][0] != about:
        kept[view] = about, make()
    return kept[view][1]


def say_points(count: int) -> None:
    """Say below a chart if only a sample of the sensors is drawn as points."""
    if is_large(count):
        st.caption(
            f"The points are a random sample of {MOST_POINTS:,} of the {count:,} sensors; search "
            "and tables cover all of them."
        )


def link_charts(checkpoint: OpenCheckpoint, views: Sequence[str]) -> None:
    """Let charts show and change the selection; call it in the fragment that draws them.

    Args:
        checkpoint: the opened checkpoint.
        views: names of the charts, and keys of the maps by Leaflet.
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
        checkpoint: the opened checkpoint.
        table: a row per sensor, with the ids in the column ``sensor``.
        view: name of the table.
        about: everything except the selection that the table depends on.
        selected_first: whether selected sensors come first.
        height: in pixels; None for Streamlit's default.
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
