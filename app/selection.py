"""The one selection of sensors that all views of the app share; the URL holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from analysis.selection import Ids, in_order
from app.session import OpenCheckpoint

KEY = "selection"  # of the ids in the session, and their name in the URL
_VERSION, _ADDING, _NAMED = "selection_version", "selection_adds", "named_selections"
MOST_IN_LINK = 120  # ids; a link of more is longer than some programs carry


def selected_ids(checkpoint: OpenCheckpoint) -> Ids:
    """Return the selected sensors of a checkpoint; those of a link before anybody has selected."""
    if KEY not in st.session_state:
        st.session_state[KEY] = tuple(st.query_params.get_all(KEY))
    return in_order(checkpoint.arrays.dataset.sensors, st.session_state[KEY])


def select(checkpoint: OpenCheckpoint, ids: Iterable[str], *, drawn_by: str = "") -> None:
    """Select sensors, in all views.

    Args:
        checkpoint: whose sensors.
        ids: all that are selected from now on; they are added where `adding` says so.
        drawn_by: the view in which they were selected: it shows them already. All others get a
            new key, since a chart's own selection cannot be set from outside.
    """
    wanted = set(ids)
    if drawn_by and st.session_state.get(_ADDING):
        wanted |= set(selected_ids(checkpoint))
    chosen = in_order(checkpoint.arrays.dataset.sensors, wanted)
    st.session_state[KEY] = chosen
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def remember_in_link(ids: Ids) -> None:
    """Write the selection into the link, unless it is empty or too long for one."""
    if 0 < len(ids) <= MOST_IN_LINK:
        st.query_params[KEY] = list(ids)
    else:
        st.query_params.pop(KEY, None)


def chart_key(name: str) -> str:
    """Return the key of a chart that draws the selection: a new one after each change."""
    return f"{name}-{st.session_state.get(_VERSION, 0)}"


def on_points(checkpoint: OpenCheckpoint, name: str) -> Callable[[], None]:
    """Return the callback of a chart: what was lassoed or clicked in it becomes the selection.

    Args:
        checkpoint: whose sensors.
        name: of the chart; the id stands first in its `customdata`.
    """
    key = chart_key(name)

    def take() -> None:
        event: Any = st.session_state.get(key)
        points = event["selection"]["points"] if event else []
        ids = [str(point["customdata"][0]) for point in points if point.get("customdata")]
        if ids:  # an echo of a redrawn chart selects nothing; Clear is a button
            select(checkpoint, ids, drawn_by=name)

    return take


def adding_widget() -> None:
    """Draw the switch that adds to the selection instead of replacing it."""
    st.toggle("Add", key=_ADDING, help="Add to the selection instead of starting a new one.")


def named_selections() -> dict[str, Ids]:
    """Return the visitor's named selections."""
    found: dict[str, Ids] = st.session_state.setdefault(_NAMED, {})
    return found
