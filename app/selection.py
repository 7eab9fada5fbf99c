"""The one selection of sensors that all views of the app share; the URL holds it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import streamlit as st

from analysis.selection import Ids, in_order
from app.choices import visit
from app.session import OpenCheckpoint

KEY = "selection"  # of the ids in the session, and their name in the URL
_VERSION, _ADDING, _NAMED = "selection_version", "selection_adds", "named_selections"
_DRAWN, _MADE_IN = "selection_drawn", "selection_made_in"
MOST_IN_LINK = 120  # ids; a link of more is longer than some programs carry


class Drawn(NamedTuple):
    """What a view was given to draw.

    Attributes:
        key: of its element.
        ids: the selection in it.
        about: all else that it depends on.
    """

    key: str
    ids: Ids
    about: Hashable


def selected_ids(checkpoint: OpenCheckpoint) -> Ids:
    """Return the selected sensors of a checkpoint; those of a link before anybody has selected."""
    if KEY not in st.session_state:
        st.session_state[KEY] = tuple(st.query_params.get_all(KEY))
    return in_order(checkpoint.arrays.dataset.sensors, st.session_state[KEY])


def select(checkpoint: OpenCheckpoint, ids: Iterable[str], *, made_in: str = "") -> None:
    """Select exactly these sensors, in all views.

    Args:
        checkpoint: whose sensors.
        ids: all that are selected from now on.
        made_in: the view that shows just these already, since they were selected there.
    """
    st.session_state[KEY] = in_order(checkpoint.arrays.dataset.sensors, ids)
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    st.session_state[_MADE_IN] = made_in


def take(checkpoint: OpenCheckpoint, ids: Iterable[str], *, made_in: str = "") -> None:
    """Select sensors, or add them where the visitor adds; arguments as for `select`."""
    if st.session_state.get(_ADDING):
        select(checkpoint, {*selected_ids(checkpoint), *ids})
    else:
        select(checkpoint, ids, made_in=made_in)


def toggle(checkpoint: OpenCheckpoint, name: str) -> None:
    """Select one sensor alone; where the visitor adds, add it, or take it out again."""
    chosen = set(selected_ids(checkpoint))
    select(checkpoint, chosen ^ {name} if st.session_state.get(_ADDING) else {name})


def remember_in_link(ids: Ids) -> None:
    """Write the selection into the link, unless it is empty or too long for one."""
    if 0 < len(ids) <= MOST_IN_LINK:
        st.query_params[KEY] = list(ids)
    else:
        st.query_params.pop(KEY, None)


def drawn_in(view: str, chosen: Ids, about: Hashable = ()) -> Drawn:
    """Return the key of a view's element and the selection to draw in it.

    What was selected inside an element cannot be set from outside. So an element gets a new key
    with each selection that was made elsewhere; one in which it was made is left as it is, unless
    it has to be drawn anew for another reason.

    Args:
        view: name of the view.
        chosen: the selection.
        about: all else that the element depends on.
    """
    views: dict[str, Drawn] = st.session_state.setdefault(_DRAWN, {})
    known, about = views.get(view), (visit(), about)
    if known is None or known.about != about or st.session_state.get(_MADE_IN) != view:
        views[view] = Drawn(f"{view}-{st.session_state.get(_VERSION, 0)}", chosen, about)
    return views[view]


def adding_widget() -> None:
    """Draw the switch that adds to the selection instead of replacing it."""
    st.toggle("Add", key=_ADDING, help="Add to the selection instead of starting a new one.")


def named_selections() -> dict[str, Ids]:
    """Return the visitor's named selections."""
    found: dict[str, Ids] = st.session_state.setdefault(_NAMED, {})
    return found
