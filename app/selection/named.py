"""Named selections: kept in the browser for each set of sensors, and in files."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from analysis.errors import AnalysisError
from analysis.selection import MOST_NAMED, Ids, from_json, is_name, to_json
from analysis.selection_link import fingerprint
from app.messages import said
from app.selection.selection import select, selected_ids
from app.session.opened import OpenCheckpoint
from app.views.components import download
from himnet import texts

_NAMED, _CHANGED, _LOADED = "named_selections", "named_changed", "named_loaded"
_NAME, _FILE = "selection_name", "selection_file"


def named_selections(checkpoint: OpenCheckpoint) -> dict[str, Ids]:
    """Return the visitor's named selections of the sensors of a checkpoint."""
    every: dict[str, dict[str, Ids]] = st.session_state.setdefault(_NAMED, {})
    return every.setdefault(fingerprint(checkpoint.arrays.dataset.sensors), {})


def is_loaded(checkpoint: OpenCheckpoint) -> bool:
    """Whether the browser has told what it keeps of these sensors."""
    return fingerprint(checkpoint.arrays.dataset.sensors) in st.session_state.get(_LOADED, ())


def load_stored(checkpoint: OpenCheckpoint, text: str) -> None:
    """Take over what the browser keeps; a text that `to_json` did not write is left alone."""
    sensors = checkpoint.arrays.dataset.sensors
    key, named = fingerprint(sensors), named_selections(checkpoint)
    st.session_state.setdefault(_LOADED, set()).add(key)
    st.session_state.setdefault(_CHANGED, set()).discard(key)
    named.clear()
    with suppress(AnalysisError):
        named.update(from_json(text, sensors))


def text_to_keep(checkpoint: OpenCheckpoint) -> str | None:
    """Return what the browser shall keep, None if nothing has changed in this visit."""
    key = fingerprint(checkpoint.arrays.dataset.sensors)
    if key not in st.session_state.get(_CHANGED, ()):
        return None
    return _as_text(checkpoint)


def _as_text(checkpoint: OpenCheckpoint) -> str:
    return to_json(named_selections(checkpoint), dataset=checkpoint.arrays.dataset.name)


def _has_changed(checkpoint: OpenCheckpoint) -> None:
    key = fingerprint(checkpoint.arrays.dataset.sensors)
    st.session_state.setdefault(_CHANGED, set()).add(key)


def named_popover(checkpoint: OpenCheckpoint) -> None:
    """Draw the popover that names selections, and saves and loads them."""
    named = named_selections(checkpoint)
    with st.popover("Saved", type="tertiary"):
        st.text_input("Name of this selection", key=_NAME, max_chars=60)
        st.button(
            "Save under this name", on_click=said(lambda: _keep(checkpoint)), type="primary",
            key="selection-keep",
        )  # fmt: skip
        for name, ids in named.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    f"{texts.markdown(name)} ({len(ids)})", key=f"selection-of-{name}",
                    on_click=said(lambda ids=ids: select(checkpoint, ids)), type="tertiary",
                )  # fmt: skip
                st.button(
                    "Delete", key=f"selection-without-{name}", type="tertiary",
                    on_click=said(lambda name=name: _drop(checkpoint, name)),
                )  # fmt: skip
        st.caption("Names are kept in this browser.")
        if named:
            text = _as_text(checkpoint)
            download("Save all to a file", text, "selections.json", "application/json")
        st.file_uploader(
            "Load a file", type=["json"], key=_FILE, max_upload_size=1,
            on_change=said(lambda: _load(checkpoint)),
        )  # fmt: skip


def _keep(checkpoint: OpenCheckpoint) -> None:
    name, chosen = str(st.session_state.get(_NAME, "")).strip(), selected_ids(checkpoint)
    named = named_selections(checkpoint)
    if not chosen:
        raise AnalysisError("no sensor is selected, so there is nothing to save")
    if not is_name(name):
        raise AnalysisError("a selection needs a name of 1 to 60 characters; enter one above")
    if len(named) >= MOST_NAMED and name not in named:
        raise AnalysisError(f"at most {MOST_NAMED} selections can be saved; reuse a name")
    named[name] = chosen
    _has_changed(checkpoint)


def _drop(checkpoint: OpenCheckpoint, name: str) -> None:
    named_selections(checkpoint).pop(name, None)
    _has_changed(checkpoint)


def _load(checkpoint: OpenCheckpoint) -> None:
    given = st.session_state.get(_FILE)
    if given is not None:
        loaded = from_json(given.getvalue(), checkpoint.arrays.dataset.sensors)
        named_selections(checkpoint).update(loaded)
        _has_changed(checkpoint)
