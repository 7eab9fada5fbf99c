"""The player on the ST-mixed page, and what follows where it stops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.moments import Day
from app.components import section
from app.groups import Compared
from app.links import linked_one
from app.playback import Scene, play
from app.session import OpenCheckpoint

TIME, LIKE = "time", "like"  # keys of widgets, and their names in the URL


def draw_player(
    checkpoint: OpenCheckpoint,
    day: Day,
    clock: Sequence[str],
    coordinates: NDArray[np.float64] | None,
    groups: Sequence[Compared],
    moment: int,
    *,
    about: str,
) -> None:
    """Draw the player; the moment at which it stops becomes the page's time of day.

    Args:
        checkpoint: of the model.
        day: that is played.
        clock: M texts of its moments.
        coordinates: (M, N, r), or None for a model without ST-mixed meta-parameters.
        groups: the compared sensors.
        moment: position of the chosen moment.
        about: which meta-parameters the coordinates are of.
    """
    info = checkpoint.arrays.dataset
    section(
        "How does the day run?",
        "Press play or the space bar, drag the clock, or step with the arrow keys: all pictures "
        "move together. A click on the map chooses the sensor that cosines are taken to.",
    )
    chosen = groups[0].shown[0]
    if coordinates is not None:
        names, roads = info.sensors.ids, info.sensors.roads or ("",) * len(info.sensors)
        chosen = linked_one(
            "Cosines on the map to",
            range(len(names)),
            default=chosen,
            name_of=lambda place: f"{names[place]} {roads[place]}".strip(),
            key=LIKE,
            width=260,
        )
    told = (int(day.steps[0]), day.are_readings, about, chosen, tuple(groups))
    scene = Scene(
        f"{checkpoint.sha256} {told}", info, day, tuple(clock), tuple(groups), chosen, coordinates
    )

    def to_moment(place: int) -> None:
        st.session_state[TIME] = clock[place]

    def to_sensor(place: int) -> None:
        st.session_state[LIKE] = place

    play(scene, moment, key="st-player", on_moment=to_moment, on_sensor=to_sensor)
