"""The player of the ST-mixed page: a day under one clock, drawn by the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from plotly.colors import get_colorscale

from analysis.colouring import VALUE_SCALE
from analysis.colours import DIVERGING, NEUTRAL
from analysis.moments import Day
from analysis.playback import (
    Curve,
    cosines_over_time,
    packed,
    plain,
    similarity_to,
    spread_curves,
    to_bytes,
)
from analysis.series import group_means
from app.city import drawn_places
from app.groups import Compared
from himnet.data.info import DatasetInfo

_HERE = Path(__file__).parent
_parts = {
    kind: (_HERE / f"playback.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
}
_player = st.components.v2.component(
    "himnet-player", html=_parts["html"], css=_parts["css"], js=_parts["js"]
)
_COSINES = (-1.0, 1.0)


@dataclass(frozen=True)
class Scene:
    """What is played.

    Attributes:
        sum: that tells it from all others.
        info: of the data set.
        day: the moments.
        clock: M texts of them.
        groups: the compared sensors.
        chosen: position of the sensor to which similarities on the map are.
        coordinates: (M, N, r), or None for a model without ST-mixed meta-parameters.
    """

    sum: str
    info: DatasetInfo
    day: Day
    clock: tuple[str, ...]
    groups: tuple[Compared, ...]
    chosen: int
    coordinates: NDArray[np.float64] | None


def play(
    scene: Scene,
    moment: int,
    *,
    key: str,
    on_moment: Callable[[int], None],
    on_sensor: Callable[[int], None],
) -> None:
    """Draw the player.

    Args:
        scene: what is played.
        moment: position of the moment that is shown first.
        key: of the element.
        on_moment: told the moment of a pause, or at which a drag ended.
        on_sensor: told the position of a sensor that was clicked on the map.
    """

    def heard(name: str, tell: Callable[[int], None]) -> Callable[[], None]:
        def take() -> None:
            value: Any = st.session_state[key].get(name)
            if isinstance(value, int):
                tell(value)

        return take

    data = _payload(scene.sum, _scene=scene) | {"moment": moment}
    _player(
        key=key,
        data=data,
        on_moment_change=heard("moment", on_moment),
        on_sensor_change=heard("sensor", on_sensor),
    )


@st.cache_data(max_entries=8, show_spinner="Preparing the day ...")
def _payload(scene_sum: str, *, _scene: Scene) -> dict[str, Any]:
    """Return what the browser draws, as JSON takes it."""
    scene, quantity = _scene, f"{_scene.info.quantity} ({_scene.info.unit})".replace(" ()", "")
    curves = _curves(scene)
    compared = "; frames are the groups"
    chosen = scene.info.sensors.ids[scene.chosen]
    places = _places(scene)
    has_st = scene.coordinates is not None
    speeds = _speed_ends(scene.day.values)
    return {
        "sum": scene.sum,
        "clock": list(scene.clock),
        "hours": plain(scene.day.hours, 4),
        "heat": _heat(scene),
        "layers": _layers(scene, chosen, quantity),
        "places": places,
        "series": _series(scene),
        "seriesAxis": _axis(speeds, quantity, _tick(speeds[1])),
        "curves": [_line(curve) for curve in curves],
        "curvesAxis": _axis(_COSINES, "cosine", 0.5),
        "titles": {
            "heat": f"How alike are the compared sensors{compared}" if has_st else None,
            "map": "Where is that: compared sensors are outlined" if places else None,
            "series": f"Mean {scene.info.quantity} of each group",
            "curves": "Mean cosine of pairs, and the range of 80 % of them" if curves else None,
        },
    }


def _heat(scene: Scene) -> dict[str, Any] | None:
    if scene.coordinates is None:
        return None
    members = [member for group in scene.groups for member in group.shown]
    frames, start = [], 0
    for group in scene.groups:
        frames.append({"start": start, "end": start + len(group.shown), "colour": group.colour})
        start += len(group.shown)
    return {
        "bytes": packed(to_bytes(cosines_over_time(scene.coordinates, members), *_COSINES)),
        "size": len(members),
        "scale": DIVERGING,
        "low": _COSINES[0],
        "high": _COSINES[1],
        "groups": frames,
        "unit": "cosine",
    }


def _layers(scene: Scene, chosen: str, quantity: str) -> list[dict[str, Any]]:
    """Return what the map can be coloured by."""
    layers = []
    if scene.coordinates is not None:
        cosines = similarity_to(scene.coordinates, scene.chosen)
        layers.append(_layer(f"cosine to {chosen}", cosines, _COSINES, DIVERGING, "cosine"))
    scale = get_colorscale(VALUE_SCALE)
    values, ends = scene.day.values, _speed_ends(scene.day.values)
    return [*layers, _layer(scene.info.quantity, values, ends, scale, scene.info.unit)]


def _layer(
    name: str, values: NDArray[Any], ends: tuple[float, float], scale: Any, unit: str
) -> dict[str, Any]:
    return {
        "name": name,
        "bytes": packed(to_bytes(values, *ends)),
        "scale": scale,
        "low": ends[0],
        "high": ends[1],
        "unit": unit,
    }


def _places(scene: Scene) -> dict[str, Any] | None:
    """Return the sensors and roads in a square of side 1, as wide as `aspect` says."""
    sensors = scene.info.sensors
    if not sensors.has_coordinates:
        return None
    (latitude, longitude), paths = drawn_places(scene.sum.split(" ")[0], _sensors=sensors)
    shrink = float(np.cos(np.radians(np.nanmean(latitude))))
    low = np.array([np.nanmin(longitude), np.nanmin(latitude)])
    span = np.array([np.nanmax(longitude), np.nanmax(latitude)]) - low
    span = np.maximum(span, 1e-6)
    roads: list[list[tuple[float, float]]] = [[]]
    for north, east in zip(*paths, strict=True):
        if np.isnan(north):
            roads.append([])
        else:
            roads[-1].append(
                (round((east - low[0]) / span[0], 4), round((north - low[1]) / span[1], 4))
            )
    members = [(member, group.colour) for group in scene.groups for member in group.members]
    if scene.coordinates is not None:
        members.append((scene.chosen, NEUTRAL))
    return {
        "x": plain((longitude - low[0]) / span[0], 4),
        "y": plain((latitude - low[1]) / span[1], 4),
        "aspect": float(np.clip(span[0] * shrink / span[1], 0.2, 5)),
        "roads": [road for road in roads if road],
        "members": members,
        "chosen": scene.chosen if scene.coordinates is not None else -1,
    }


def _series(scene: Scene) -> list[dict[str, Any]]:
    found = []
    for group in scene.groups:
        values = scene.day.values[:, list(group.members)]
        mean = group_means(values, np.zeros(values.shape[1], dtype=np.int64))[:, 0]
        found.append({"name": group.name, "colour": group.colour, "values": plain(mean, 2)})
    return found


def _curves(scene: Scene) -> list[Curve]:
    if scene.coordinates is None:
        return []
    found = spread_curves(
        scene.coordinates,
        [group.members for group in scene.groups],
        [group.name for group in scene.groups],
        [group.colour for group in scene.groups],
        across=NEUTRAL,
    )
    return [curve for curve in found if np.isfinite(curve.mean).any()]


def _line(curve: Curve) -> dict[str, Any]:
    return {
        "name": curve.name,
        "colour": curve.colour,
        "dashed": curve.name == "across",
        "values": plain(curve.mean),
        "low": plain(curve.low),
        "high": plain(curve.high),
    }


def _speed_ends(values: NDArray[np.floating]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (0.0, float(np.quantile(known, 0.995))) if known.size else (0.0, 1.0)


def _tick(high: float) -> float:
    """Return a round step that cuts the way from 0 to `high` into three to six parts."""
    power = 10.0 ** np.floor(np.log10(max(high, 1e-9)))
    return float(next(power * part for part in (0.2, 0.5, 1, 2) if high / (power * part) <= 6))


def _axis(ends: tuple[float, float], title: str, step: float) -> dict[str, Any]:
    """Return an axis with ticks at multiples of a step, from end to end."""
    low, high = ends[0], max(ends[1], ends[0] + step)
    ticks = np.arange(np.ceil(low / step), np.floor(high / step + 1e-9) + 1) * step
    return {"low": low, "high": high, "ticks": plain(ticks, 4), "title": title}
