"""The player of the ST-mixed page: an animation of a day, drawn by the browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.choices.chosen import choose
from app.clock.moment import TIME
from app.messages import said
from app.player.payload import Scene, payload

LIKE = "like"  # key of the widget for the sensor, and its name in the URL
_KEY = "st-player"


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


_player = st.components.v2.component(
    "himnet-player",
    html=_text("player.html"),
    css=_text("player.css"),
    js=_text("ground.js") + _text("panels.js") + _text("player.js"),
)


def play(scene: Scene, moment: int) -> None:
    """Draw the player.

    The moment at which playing is paused or a drag ends becomes the time of day, and a sensor that
    is clicked on the map the one that similarities are shown to.

    Args:
        scene: what is played.
        moment: position of the initial moment.
    """

    def stopped() -> None:
        told = st.session_state[_KEY].get("moment")  # what the browser has just sent
        if told in scene.clock:  # else it belongs to a day that is no longer shown
            choose(TIME, [told])

    def clicked() -> None:
        told = st.session_state[_KEY].get("sensor")
        if isinstance(told, int) and 0 <= told < len(scene.info.sensors):
            choose(LIKE, [str(told)])

    data = payload(scene.sha256, scene.about, _scene=scene) | {"moment": moment}
    _player(key=_KEY, data=data, on_moment_change=said(stopped), on_sensor_change=said(clicked))
