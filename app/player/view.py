"""The player on the ST-mixed page, and what follows where it stops."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.cosines import ScaleName
from analysis.figures.playback import similarity_to
from analysis.readings.days import Day
from app.choices.chosen import choose
from app.choices.groups import Compared
from app.choices.links import linked_one
from app.choices.shared import SCALES, one_of
from app.clock.moment import TIME
from app.keep import keep
from app.player.component import play
from app.player.payload import Scene
from app.session.opened import OpenCheckpoint
from app.views.components import named_rows, section

LIKE = "like"  # key of the widget, and its name in the URL


def draw_player(
    checkpoint: OpenCheckpoint,
    day: Day,
    clock: Sequence[str],
    coordinates: NDArray[np.float64] | None,
    groups: Sequence[Compared],
    moment: int,
    *,
    about: str,
) -> ScaleName:
    """Draw the player and return the chosen colours of cosines.

    The moment at which it stops becomes the page's time of day.

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
    chosen, scale = groups[0].shown[0], next(iter(SCALES))
    if coordinates is not None:
        with st.container(horizontal=True):
            chosen = _likeness_widget(checkpoint, chosen)
            scale = one_of("Colours", list(SCALES), format_func=SCALES.__getitem__, key="st-scale")
    seen = hashlib.sha256(day.embedding.tobytes() + day.values.tobytes()).hexdigest()
    told = f"{about} {(seen, int(day.steps[0]), day.are_readings, chosen, scale, tuple(groups))}"
    scene = Scene(
        checkpoint.sha256, told, info, day, tuple(clock), tuple(groups), chosen, coordinates, scale
    )

    def to_time(time: str) -> None:
        choose(TIME, [time])

    def to_sensor(place: int) -> None:
        choose(LIKE, [str(place)])

    play(scene, moment, key="st-player", on_time=to_time, on_sensor=to_sensor)
    _keep_moment(scene, moment)
    return scale


def _likeness_widget(checkpoint: OpenCheckpoint, default: int) -> int:
    sensors = checkpoint.arrays.dataset.sensors
    roads = sensors.road_names
    return linked_one(
        "Cosines on the map to",
        range(len(sensors)),
        default=default,
        name_of=lambda place: f"{sensors.ids[place]} {roads[place]}".strip(),
        key=LIKE,
        width=260,
    )


def _keep_moment(scene: Scene, moment: int) -> None:
    """Draw the ways to keep what the map shows at a moment."""
    info, time = scene.info, scene.clock[moment]
    header = ["sensor", f"{info.quantity} at {time} ({info.unit})".replace(" ()", "")]
    columns = [scene.day.values[moment].astype(np.float64)]
    if scene.coordinates is not None:
        header.append(f"cosine to {info.sensors.ids[scene.chosen]} at {time}")
        now = similarity_to(scene.coordinates[[moment]], scene.chosen)[0]
        columns.append(now.astype(np.float64))
    table = np.stack(columns, axis=1)
    keep(None, key="st-now", header=header, rows=lambda: named_rows(info.sensors.ids, table))
