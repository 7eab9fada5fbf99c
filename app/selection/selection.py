"""The selection of sensors that all views of the app share; the URL contains it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import streamlit as st

from analysis.errors import AnalysisError
from analysis.selection import Ids, in_order
from analysis.selection_link import decoded, encoded
from app.choices.chosen import SELECTION, choose, forget, note, say_missing, texts_of, visit
from app.session.opened import OpenCheckpoint

KEY = SELECTION  # key of the ids in the session, and their name in the URL
ISOLATE = "isolate"  # key of the switch on Explore, and its name in the URL
_VERSION, _ADDING = "selection_version", "selection_adds"
_PAST, _FUTURE = "selection_past", "selection_future"
_DRAWN, _MADE_IN = "selection_drawn", "selection_made_in"
_MOST_STEPS = 50  # that can be undone


class Drawn(NamedTuple):
    """What a view shows.

    Attributes:
        key: key of its element.
        ids: the selection that it shows.
        about: everything else that it depends on.
    """

    key: str
    ids: Ids
    about: Hashable


def selected_ids(checkpoint: OpenCheckpoint) -> Ids:
    """Return the selected sensors of a checkpoint, initially those of the link."""
    if KEY not in st.session_state:
        try:
            linked = decoded(checkpoint.arrays.dataset.sensors, texts_of(KEY) or ())
        except AnalysisError as error:  # it may be of the sensors of another checkpoint
            note(KEY, str(error))
            return ()
        st.session_state[KEY] = linked
    asked = st.session_state[KEY]
    found = in_order(checkpoint.arrays.dataset.sensors, asked)
    if lost := sorted(set(asked) - set(found)):
        if texts_of(KEY) is None:  # the visitor has dismissed those that are not here
            _show(checkpoint, found, "")
        else:
            say_missing(KEY, "Selected sensors", lost, found)
    return found


def select(checkpoint: OpenCheckpoint, ids: Iterable[str], *, made_in: str = "") -> None:
    """Select exactly these sensors, in all views.

    Args:
        checkpoint: the opened checkpoint.
        ids: the new selection.
        made_in: the view in which it was made, which therefore shows it already.
    """
    before, chosen = selected_ids(checkpoint), in_order(checkpoint.arrays.dataset.sensors, ids)
    if chosen != before:
        st.session_state[_PAST] = [*st.session_state.get(_PAST, ()), before][-_MOST_STEPS:]
        st.session_state[_FUTURE] = []
    _show(checkpoint, chosen, made_in)


def undo(checkpoint: OpenCheckpoint) -> None:
    """Go back to the selection before the last change; does nothing without one."""
    _step(checkpoint, _PAST, _FUTURE)


def redo(checkpoint: OpenCheckpoint) -> None:
    """Take back the last `undo`; does nothing without one."""
    _step(checkpoint, _FUTURE, _PAST)


def can_undo() -> bool:
    """Whether the selection was changed before."""
    return bool(st.session_state.get(_PAST))


def can_redo() -> bool:
    """Whether the last change was undone."""
    return bool(st.session_state.get(_FUTURE))


def _step(checkpoint: OpenCheckpoint, source: str, other: str) -> None:
    kept = list(st.session_state.get(source, ()))
    if kept:
        now = selected_ids(checkpoint)
        st.session_state[other] = [*st.session_state.get(other, ()), now]
        ids = kept.pop()
        st.session_state[source] = kept
        _show(checkpoint, in_order(checkpoint.arrays.dataset.sensors, ids), "")


def _show(checkpoint: OpenCheckpoint, chosen: Ids, made_in: str) -> None:
    """Store the selection, in the link too, for all views to draw."""
    st.session_state[KEY] = chosen
    choose(KEY, [encoded(checkpoint.arrays.dataset.sensors, chosen)] if chosen else [])
    if not chosen:
        forget(ISOLATE, page="explore")
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    st.session_state[_MADE_IN] = made_in


def is_adding() -> bool:
    """Whether sensors are added to the selection instead of replacing it."""
    return bool(st.session_state.get(_ADDING))


def take(checkpoint: OpenCheckpoint, ids: Iterable[str]) -> None:
    """Select sensors, or add them if *Add* is on."""
    select(checkpoint, {*selected_ids(checkpoint), *ids} if is_adding() else ids)


def toggle(checkpoint: OpenCheckpoint, ids: Iterable[str]) -> None:
    """Select only these sensors; if *Add* is on, add or remove them instead."""
    select(checkpoint, set(selected_ids(checkpoint)) ^ set(ids) if is_adding() else ids)


def drawn_in(view: str, chosen: Ids, about: Hashable = (), *, stays: bool = False) -> Drawn:
    """Return the key of a view's element and the selection to draw in it.

    The server cannot change the selection inside an element. So the element gets a new key and is
    redrawn when the selection was changed elsewhere.

    Args:
        view: name of the view.
        chosen: the selection.
        about: everything else that the element depends on; it is redrawn when this changes.
        stays: whether the browser updates the element, so that it need not be redrawn.
    """
    views: dict[str, Drawn] = st.session_state.setdefault(_DRAWN, {})
    known, about = views.get(view), (visit(), about)
    left = stays or st.session_state.get(_MADE_IN) == view
    if known is None or known.about != about or not left:
        views[view] = Drawn(f"{view}-{st.session_state.get(_VERSION, 0)}", chosen, about)
    return views[view]


def adding_widget() -> None:
    """Draw the switch that makes gestures add to the selection."""
    st.toggle("Add", key=_ADDING, help="Add to the selection instead of starting a new one.")
