"""The player of the ST-mixed page: an animation of a day, drawn by the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app.messages import said
from app.player.payload import Scene, payload


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


_player = st.components.v2.component(
    "himnet-player",
    html=_text("player.html"),
    css=_text("player.css"),
    js=_text("panels.js") + _text("player.js"),
)


def play(
    scene: Scene,
    moment: int,
    *,
    key: str,
    on_time: Callable[[str], None],
    on_sensor: Callable[[int], None],
) -> None:
    """Draw the player.

    Args:
        scene: what is played.
        moment: position of the initial moment.
        key: key of the element.
        on_time: called with the text of the moment when playing is paused or a drag ends.
        on_sensor: called with the position of a sensor that is clicked on the map.
    """

    def stopped() -> None:
        told = _told(key, "moment")
        if told in scene.clock:  # else it belongs to a day that is no longer shown
            on_time(told)

    def clicked() -> None:
        told = _told(key, "sensor")
        if isinstance(told, int) and 0 <= told < len(scene.info.sensors):
            on_sensor(told)

    data = payload(scene.sha256, scene.about, _scene=scene) | {"moment": moment}
    _player(key=key, data=data, on_moment_change=said(stopped), on_sensor_change=said(clicked))


def _told(key: str, name: str) -> Any:
    """Return the value that the browser has just sent under a name."""
    return st.session_state[key].get(name)
