"""The selection bar: search, clear, invert, isolate, add, and named selections."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.selection import MOST_NAMED, Ids, from_json, inverted, is_name, search, to_json
from app.choices.links import linked_one, switch
from app.messages import said
from app.selection.selection import (
    MOST_IN_LINK,
    adding_widget,
    named_selections,
    select,
    selected_ids,
    take,
)
from app.session.opened import OpenCheckpoint
from app.views.colours import COLOUR
from app.views.components import download
from himnet import texts

ISOLATE = "isolate"
_WORDS, _NAME, _FILE = "find", "selection_name", "selection_file"


def selection_bar(
    checkpoint: OpenCheckpoint, labels: NDArray | None, colours: Sequence[str]
) -> tuple[bool, str | None]:
    """Draw the bar; return whether to isolate the selection, and what colours show.

    Args:
        checkpoint: the opened checkpoint.
        labels: (N,) clusters to search by, or None.
        colours: what sensors can be coloured by; the first is the default.
    """
    sensors, chosen = checkpoint.arrays.dataset.sensors, selected_ids(checkpoint)
    colour = colours[0] if colours else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            "Find sensors", key=_WORDS, placeholder="Find: id, freeway, US-101 N, cluster 3",
            on_change=said(lambda: _find(checkpoint, labels)), width=270,
            label_visibility="collapsed",
        )  # fmt: skip
        if len(colours) > 1:
            colour = linked_one(
                "Colour", list(colours), key=COLOUR, name_of=lambda name: f"Colour: {name}",
                default=colours[0], label_visibility="collapsed", width=180,
            )  # fmt: skip
        _buttons(checkpoint, chosen)
        adding_widget()
        isolated = switch("Isolate", key=ISOLATE, help="Show only the selected sensors.")
        _named_popover(checkpoint, chosen)
    _say_count(len(chosen), len(sensors))
    return isolated and bool(chosen), colour


def _buttons(checkpoint: OpenCheckpoint, chosen: Ids) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    st.button(
        "Clear",
        on_click=said(lambda: select(checkpoint, ())),
        disabled=not chosen,
        key="selection-clear",
    )
    st.button(
        "Invert",
        on_click=said(lambda: select(checkpoint, inverted(sensors, selected_ids(checkpoint)))),
        key="selection-invert",
    )


def _say_count(count: int, total: int) -> None:
    """Show how many sensors are selected, or how to select some."""
    if not count:
        st.markdown(
            f"None of {total:,} sensors is selected: draw a lasso around points, click a point, "
            "search, or tick rows. Double-click a chart to clear the selection."
        )
        return
    short = " Too many to fit in the link; save them to a file." * (count > MOST_IN_LINK)
    st.markdown(f"**{count:,}** of {total:,} sensors selected.{short}")


def _find(checkpoint: OpenCheckpoint, labels: NDArray | None) -> None:
    words = st.session_state.get(_WORDS, "")
    if words.strip():
        known = None if labels is None else [int(label) for label in labels]
        found = search(checkpoint.arrays.dataset.sensors, words, labels=known)
        take(checkpoint, found)


def _named_popover(checkpoint: OpenCheckpoint, chosen: Ids) -> None:
    """Draw the popover that names selections, and saves and loads them."""
    named = named_selections()
    with st.popover("Saved", icon=":material/bookmark:"):
        st.text_input("Name of this selection", key=_NAME, max_chars=60)
        st.button(
            "Save under this name", on_click=said(lambda: _keep(chosen)), disabled=not chosen,
            type="primary", key="selection-keep",
        )  # fmt: skip
        for name, ids in named.items():
            st.button(
                f"{texts.markdown(name)} ({len(ids)})",
                key=f"selection-of-{name}",
                on_click=said(lambda ids=ids: select(checkpoint, ids)),
                type="tertiary",
            )
        if named:
            text = to_json(named, dataset=checkpoint.arrays.dataset.name)
            download("Save all to a file", text, "selections.json", "application/json")
        st.file_uploader(
            "Load a file", type=["json"], key=_FILE, max_upload_size=1,
            on_change=said(lambda: _load(checkpoint)),
        )  # fmt: skip


def _keep(chosen: Ids) -> None:
    name = str(st.session_state.get(_NAME, "")).strip()
    named = named_selections()
    if not is_name(name):
        raise AnalysisError("a selection needs a name of 1 to 60 characters; enter one above")
    if len(named) >= MOST_NAMED and name not in named:
        raise AnalysisError(f"at most {MOST_NAMED} selections can be saved; reuse a name")
    named[name] = chosen


def _load(checkpoint: OpenCheckpoint) -> None:
    given = st.session_state.get(_FILE)
    if given is not None:
        loaded = from_json(given.getvalue(), checkpoint.arrays.dataset.sensors)
        named_selections().update(loaded)
