"""The data that the player of the ST-mixed page draws, ready for JSON."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plotly.colors import get_colorscale

from analysis.city.maps import DARK, LIGHT
from analysis.figures.colouring import VALUE_SCALE
from analysis.figures.colours import NEUTRAL
from analysis.figures.cosines import ScaleName, scale_options
from analysis.figures.places import in_a_rectangle
from analysis.figures.playback import (
    cosines_over_time,
    packed,
    plain,
    similarity_to,
    spread_curves,
    ticks_between,
    to_bytes,
    value_ends,
)
from analysis.limits import MOST_MEMBERS, is_large, some_of
from analysis.readings.days import Day, clock_time
from analysis.readings.series import group_means
from app.choices.groups import Compared
from app.session.city_map import apart_note, drawn_degrees, ground_of
from app.session.keys import cached
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import DatasetInfo


@dataclass(frozen=True, eq=False)
class Scene:
    """What is played.

    Attributes:
        arrays: the checkpoint.
        day: the day, with M moments.
        groups: the compared sensors.
        coordinates: (M, N, r), or None for a model without ST-mixed meta-parameters.
        label: text that says which meta-parameters the coordinates represent.
        measure: ``"centred"`` or ``"raw"``.
        chosen: position of the sensor that the map shows similarities to.
        scale: the colour scale of cosines.
    """

    arrays: CheckpointArrays
    day: Day
    groups: tuple[Compared, ...]
    coordinates: NDArray[np.float64] | None
    label: str
    measure: str
    chosen: int
    scale: ScaleName

    @property
    def info(self) -> DatasetInfo:
        """The data set."""
        return self.arrays.dataset

    @property
    def sha256(self) -> str:
        """Checksum of the checkpoint."""
        return self.arrays.sha256

    @cached_property
    def clock(self) -> tuple[str, ...]:
        """The times of the moments as text, (M,)."""
        per_day = self.info.steps_per_day
        return tuple(clock_time(hour * per_day / 24, per_day) for hour in self.day.hours)

    @cached_property
    def about(self) -> str:
        """A text that identifies the scene among all scenes of the checkpoint."""
        day = self.day
        seen = hashlib.sha256(day.embedding.tobytes() + day.values.tobytes()).hexdigest()
        played = (seen, int(day.steps[0]), day.are_readings, self.chosen, self.scale, self.groups)
        return f"{self.label} {self.measure} {played}"


@cached(8, "Preparing the day ...")
def payload(sha256: str, about: str, *, _scene: Scene) -> dict[str, Any]:
    """Return all frames of a day.

    Args:
        sha256: checksum of the checkpoint.
        about: `Scene.about`.
        _scene: what is played; the two others identify it in the cache.
    """
    scene, name = _scene, _scene.info.quantity
    layers = [_value_layer(scene)] if scene.coordinates is None else [
        _likeness_layer(scene, scene.coordinates), _value_layer(scene)
    ]  # fmt: skip
    series, curves, places = _series(scene), _curves(scene), _places(scene)
    heat = None if scene.coordinates is None else _heat(scene, scene.coordinates)
    return {
        "sum": f"{sha256} {about}",
        "clock": list(scene.clock),
        "hours": plain(scene.day.hours, 4),
        "heat": heat,
        "layers": layers,
        "places": places,
        "series": series,
        "seriesAxis": _axis(series, f"{name} ({scene.info.unit})".replace(" ()", ""), 0.0)
        | {"unit": scene.info.unit},
        "curves": curves,
        "curvesAxis": _axis(curves, "cosine") | {"unit": ""},
        "titles": {
            "heat": heat and "Similarity of the compared sensors; frames mark the groups",
            "map": places and f"Map; the compared sensors are outlined{apart_note(scene.arrays)}",
            "series": _series_title(scene),
            "curves": _curves_title(scene) if curves else None,
        },
    }


def _series_title(scene: Scene) -> str:
    name = scene.info.quantity
    if scene.day.are_readings:
        return f"Mean {name} of each group"
    return f"Mean forecast {name} of each group (there are no readings)"


def _layer(
    name: str, values: NDArray[Any], ends: tuple[float, float], scale: Any, unit: str
) -> dict[str, Any]:
    """Return values, their colours, and whether some lie outside the scale."""
    low, high = ends
    known = values[np.isfinite(values)]
    return {
        "name": name,
        "bytes": packed(to_bytes(values, low, high)),
        "scale": scale,
        "low": low,
        "high": high,
        "under": bool((known < low - 1e-3).any()),
        "over": bool((known > high + 1e-3).any()),
        "unit": unit,
    }


def _cosine_layer(
    name: str, cosines: NDArray[Any], others: NDArray[Any], scale: ScaleName
) -> dict[str, Any]:
    """Return cosines and their colours; `others` are those between two different sensors."""
    options = scale_options(others if others.size else cosines, scale)
    ends = (options["cmin"], options["cmax"])
    layer = _layer(name, cosines, ends, options["colorscale"], "cosine")
    return layer | {"over": layer["over"] and scale != "spread"}  # a sensor's cosine to itself is 1


def _heat(scene: Scene, coordinates: NDArray[np.float64]) -> dict[str, Any]:
    members = [member for group in scene.groups for member in group.shown]
    frames, start = [], 0
    for group in scene.groups:
        frames.append({"start": start, "end": start + len(group.shown), "colour": group.colour})
        start += len(group.shown)
    cosines = cosines_over_time(coordinates, members)
    others = cosines[:, ~np.eye(len(members), dtype=bool)]
    return _cosine_layer("heat", cosines, others, scene.scale) | {
        "size": len(members),
        "ids": [scene.info.sensors.ids[member] for member in members],
        "groups": frames,
    }


def _likeness_layer(scene: Scene, coordinates: NDArray[np.float64]) -> dict[str, Any]:
    cosines = similarity_to(coordinates, scene.chosen)
    others = np.delete(cosines, scene.chosen, axis=1)
    name = f"cosine to {scene.info.sensors.ids[scene.chosen]}"
    return _cosine_layer(name, cosines, others, scene.scale)


def _value_layer(scene: Scene) -> dict[str, Any]:
    values, info = scene.day.values, scene.info
    colours = get_colorscale(VALUE_SCALE)
    return _layer(info.quantity, values, value_ends(values), colours, info.unit)


def _places(scene: Scene) -> dict[str, Any] | None:
    sensors = scene.info.sensors
    if not sensors.has_coordinates:
        return None
    places = in_a_rectangle(*drawn_degrees(scene.arrays), ground_of(scene.arrays))
    return {
        "x": plain(places.x, 4),
        "y": plain(places.y, 4),
        "ids": sensors.ids,
        "aspect": places.aspect,
        "north": places.north,
        "ground": places.ground,
        "inks": {"light": asdict(LIGHT), "dark": asdict(DARK)},
        "members": [(one, group.colour) for group in scene.groups for one in group.members],
        "chosen": -1 if scene.coordinates is None else scene.chosen,
    }


def _series(scene: Scene) -> list[dict[str, Any]]:
    found = []
    for group in scene.groups:
        values = scene.day.values[:, list(group.members)]
        mean = group_means(values, np.zeros(values.shape[1], dtype=np.int64))[:, 0]
        found.append({"name": group.name, "colour": group.colour, "values": plain(mean, 2)})
    return found


def _curves(scene: Scene) -> list[dict[str, Any]]:
    if scene.coordinates is None:
        return []
    found = spread_curves(
        scene.coordinates,
        [some_of(group.members, scene.info.num_nodes) for group in scene.groups],
        [group.name for group in scene.groups],
        [group.colour for group in scene.groups],
        across=NEUTRAL,
    )
    return [
        {
            "name": curve.name,
            "colour": curve.colour,
            "dashed": curve.name == "between",
            "values": plain(curve.mean, 4),
            "low": plain(curve.low, 4),
            "high": plain(curve.high, 4),
        }
        for curve in found
        if np.isfinite(curve.mean).any()
    ]


def _curves_title(scene: Scene) -> str:
    title = "Mean cosine of pairs, and the middle 80 % of them"
    if not is_large(scene.info.num_nodes):
        return title
    return f"{title}, for a random sample of up to {MOST_MEMBERS} sensors of each group"


def _axis(lines: list[dict[str, Any]], title: str, *ends: float) -> dict[str, Any]:
    """Return an axis that contains all lines and the given ends."""
    rows = [
        row for line in lines for name in ("values", "low", "high") for row in line.get(name, ())
    ]
    known = [value for value in (*rows, *ends) if value is not None] or [0.0, 1.0]
    ticks = ticks_between(min(known), max(known))
    return {"low": ticks[0], "high": ticks[-1], "ticks": ticks, "title": title}
