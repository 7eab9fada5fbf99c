"""The legend of a page's colours, whose entries light their sensors in all linked charts."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from analysis.figures.colouring import Colouring
from analysis.figures.colours import readable_on
from himnet import texts

_folder = Path(__file__).parent
_legend = st.components.v2.component(
    "himnet-legend",
    html='<div class="legend" role="group"></div>',
    css=(_folder / "legend.css").read_text(encoding="utf-8"),
    js=(_folder / "legend.js").read_text(encoding="utf-8"),
)


def group_legend(colouring: Colouring, *, key: str) -> None:
    """Draw the groups that colours show; nothing if they show values.

    The browser shows the sensors of one group alone while the mouse is on its entry, and after a
    click on it; the selection stays as it is. It knows them by the fourth column of `customdata`.

    Args:
        colouring: of the sensors.
        key: of the element.
    """
    if not colouring.kinds:
        return
    groups = [
        {
            "name": f"{colouring.name} {kind}",
            "shown": texts.plotly(f"{colouring.name} {kind}"),
            "kind": kind,
            "colour": colour,
            "ink": readable_on(colour),
            "hint": f"{colouring.name} {text}",
        }
        for kind, (text, colour) in zip(colouring.kinds, colouring.legend, strict=True)
    ]
    _legend(key=key, data={"name": colouring.name, "groups": groups})
