"""The chip in the sidebar: how many sensors are selected, and everything that changes that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from analysis.errors import AnalysisError
from analysis.search import examples, search, suggestions
from analysis.selection import inverted
from analysis.selection_link import fingerprint
from app.choices.shared import chosen_clusters
from app.messages import said
from app.selection.named import is_loaded, load_stored, named_popover, text_to_keep
from app.selection.selection import (
    adding_widget,
    can_redo,
    can_undo,
    redo,
    select,
    selected_ids,
    take,
    undo,
)
from app.session.cached import spatial_clusters
from app.session.opened import OpenCheckpoint

_WORDS, _CHIP = "find", "selection-chip"
_script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_chip = st.components.v2.component(
    "himnet-chip",
    html='<div class="count" role="status"></div>',
    css=".count { font: 600 .875rem var(--st-font); color: var(--st-text-color); }",
    js=_script,
)
_STYLE = """<style>
.st-key-selection { gap: .3rem; }
.st-key-selection-buttons button { padding: 0; min-height: 1.6rem; }
.st-key-selection-buttons button p { font-size: .84rem; }
</style>"""


def selection_chip(checkpoint: OpenCheckpoint) -> None:
    """Draw the number of selected sensors, and search, clear, invert, undo, redo and names.

    Args:
        checkpoint: the opened checkpoint.
    """
    st.html(_STYLE)
    with st.container(key="selection"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _draw_count(checkpoint)
            adding_widget()
        _draw_search(checkpoint)
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            gap="xsmall",
            key="selection-buttons",
        ):
            _draw_buttons(checkpoint)
            named_popover(checkpoint)


def _draw_count(checkpoint: OpenCheckpoint) -> None:
    sensors = checkpoint.arrays.dataset.sensors

    def stored() -> None:
        text = st.session_state[_CHIP].get("stored")
        if isinstance(text, str):
            load_stored(checkpoint, text)

    data = {
        "count": len(selected_ids(checkpoint)),
        "total": len(sensors),
        "sensors": fingerprint(sensors),
        "keep": text_to_keep(checkpoint),
        "loaded": is_loaded(checkpoint),
    }
    _chip(key=_CHIP, data=data, height=22, on_stored_change=said(stored))


def _draw_search(checkpoint: OpenCheckpoint) -> None:
    model, sensors = checkpoint.arrays.model, checkpoint.arrays.dataset.sensors
    count = 0 if model.why_not("spatial") else chosen_clusters(model).k
    cluster = f", cluster {min(4, count - 1)}" if count else ""
    st.selectbox(
        "Find sensors", suggestions(sensors, count), index=None,
        key=_WORDS, placeholder=f"Find: {examples(sensors)}{cluster} ...",
        accept_new_options=True, label_visibility="collapsed",
        on_change=said(lambda: _find(checkpoint)),
    )  # fmt: skip


def _find(checkpoint: OpenCheckpoint) -> None:
    words = str(st.session_state.get(_WORDS) or "")
    st.session_state[_WORDS] = None  # the field is empty again
    if not words.strip(" ,"):
        return
    arrays, labels = checkpoint.arrays, None
    if "c" in words.casefold() and not arrays.model.why_not("spatial"):  # it may name a cluster
        labels = spatial_clusters(arrays, chosen_clusters(arrays.model)).tolist()
    take(checkpoint, search(arrays.dataset.sensors, words, labels=labels))


def _draw_buttons(checkpoint: OpenCheckpoint) -> None:
    sensors = checkpoint.arrays.dataset.sensors

    def button(label: str, change: Callable[[], None]) -> None:
        key = f"selection-{label.lower()}"
        st.button(label, key=key, type="tertiary", on_click=said(change))

    # never disabled: charts change the selection without running the sidebar again
    button("Clear", lambda: select(checkpoint, ()))
    button("Invert", lambda: select(checkpoint, inverted(sensors, selected_ids(checkpoint))))
    button("Undo", lambda: _undo(checkpoint))
    button("Redo", lambda: _redo(checkpoint))


def _undo(checkpoint: OpenCheckpoint) -> None:
    if not can_undo():
        raise AnalysisError("there is no earlier selection to go back to")
    undo(checkpoint)


def _redo(checkpoint: OpenCheckpoint) -> None:
    if not can_redo():
        raise AnalysisError("no selection was undone")
    redo(checkpoint)
