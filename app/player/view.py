"""The player on the ST-mixed page and its widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.figures.cosines import ScaleName
from analysis.figures.playback import similarity_to
from app.choices.links import linked_one
from app.choices.shared import SCALES, one_of
from app.export import export
from app.player.component import LIKE, play
from app.player.payload import Scene
from app.views.components import named_rows
from himnet.data.info import Sensors

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def draw_player(scene: Scene, moment: int, behind: DeltaGenerator) -> ScaleName:
    """Draw the player and return the chosen colour scale of cosines.

    The moment at which it stops becomes the page's time of day.

    Args:
        scene: what is played, with the default sensor and colour scale.
        moment: position of the chosen moment.
        behind: container of the settings.
    """
    if scene.coordinates is not None:
        with behind:
            chosen = _likeness_widget(scene.info.sensors, scene.chosen)
            scale = one_of(
                "Colour scale", list(SCALES), format_func=SCALES.__getitem__, key="st-scale"
            )
        scene = replace(scene, chosen=chosen, scale=scale)
    play(scene, moment)
    st.caption(
        "Press play or the space bar, drag the slider, or step with the arrow keys: all charts "
        "show the same moment. Click a sensor on the map to show the cosines to it."
    )
    _keep_moment(scene, moment)
    return scene.scale


def _likeness_widget(sensors: Sensors, default: int) -> int:
    labels = sensors.labels
    return linked_one(
        "Map shows cosines to",
        range(len(sensors)),
        default=default,
        name_of=lambda place: f"{sensors.ids[place]} {labels[place]}".strip(),
        key=LIKE,
    )


def _keep_moment(scene: Scene, moment: int) -> None:
    """Draw the export of the values that the map shows at a moment."""
    info, time = scene.info, scene.clock[moment]
    header = ["sensor", f"{info.quantity} at {time} ({info.unit})".replace(" ()", "")]
    columns = [scene.day.values[moment].astype(np.float64)]
    if scene.coordinates is not None:
        header.append(f"cosine to {info.sensors.ids[scene.chosen]} at {time}")
        now = similarity_to(scene.coordinates[[moment]], scene.chosen)[0]
        columns.append(now.astype(np.float64))
    table = np.stack(columns, axis=1)
    export(None, key="st-now", header=header, rows=lambda: named_rows(info.sensors.ids, table))
