"""The bar above the linked views: what colours show, and whether the selection stands alone."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.choices.chosen import forget
from app.choices.links import linked_one, switch
from app.selection.selection import ISOLATE, selected_ids
from app.session.opened import OpenCheckpoint
from app.views.colours import COLOUR


def selection_bar(checkpoint: OpenCheckpoint, colours: Sequence[str]) -> tuple[bool, str | None]:
    """Draw the bar; return whether to isolate the selection, and what colours show.

    Args:
        checkpoint: the opened checkpoint.
        colours: what sensors can be coloured by; the first is the default.
    """
    chosen = selected_ids(checkpoint)
    colour = colours[0] if colours else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(colours) > 1:
            colour = linked_one(
                "Colour", list(colours), key=COLOUR, name_of=lambda name: f"Colour: {name}",
                default=colours[0], label_visibility="collapsed", width=180,
            )  # fmt: skip
        if not chosen:
            forget(ISOLATE)  # else the next selection would be isolated without having asked for it
        isolated = switch(
            "Isolate", key=ISOLATE, disabled=not chosen, help="Show only the selected sensors."
        )
    return isolated and bool(chosen), colour
