"""Widgets for the exchange on the What if page: parameters of a sensor or of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from analysis.readings.days import clock_time
from analysis.selection import positions_of
from analysis.what_if.sensors_and_hours import Effect, Reach, least_alike
from app.choices.links import linked_one
from app.choices.shared import cluster_names, one_of
from app.selection.selection import selected_ids
from app.session.opened import OpenCheckpoint
from app.session.what_if import moved, swapped

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

OF_SENSORS, OF_MOMENTS = "a sensor's", "a moment's"
_ONE, _CLUSTER = "one sensor", "a cluster's mean"
_REACHES: dict[str, Reach] = {
    "pool query": "pool",
    "pool query and graph row": "row",
    "pool query, graph row and column": "embedding",
}
_WIDTH = 160


@dataclass(frozen=True)
class Exchange:
    """An exchange of parameters.

    Attributes:
        sensor: position of the sensor whose forecasts are shown.
        givers: positions of the sensors whose mean query it uses; empty for an exchange of time.
        reach: what the exchange of a sensor's query affects.
        tod_index, dow: the moment whose parameters are used; None keeps the window's own.
        words: text of the exchange, for a legend.
    """

    sensor: int
    givers: tuple[int, ...] = ()
    reach: Reach = "pool"
    tod_index: int | None = None
    dow: int | None = None
    words: str = ""

    @property
    def of_time(self) -> bool:
        """Whether the parameters of the moment are exchanged."""
        return not self.givers

    def effect(self, material: Material, steps: NDArray[np.int64]) -> Effect:
        """Return its effect on the windows with these last input steps (n,); shows progress."""
        if self.of_time:
            return moved(material, steps, self.tod_index, self.dow)
        return swapped(material, steps, (self.sensor,), self.givers, self.reach)


def choose_sensor(checkpoint: OpenCheckpoint, *, otherwise: int = 0) -> int:
    """Draw the widget for the sensor; the default is the first selected one.

    Args:
        checkpoint: the opened checkpoint.
        otherwise: position of the default if none is selected.
    """
    sensors = checkpoint.arrays.dataset.sensors
    chosen = positions_of(sensors, selected_ids(checkpoint))
    first = int(chosen[0]) if len(chosen) else otherwise
    return _sensor_widget(checkpoint, "Sensor", "sensor", first)


def choose_sensor_exchange(
    checkpoint: OpenCheckpoint,
    labels: NDArray[np.int64],
    material: Material,
    *,
    behind: DeltaGenerator,
) -> Exchange:
    """Draw the widgets for the sensors, or the cluster, and for what the exchange affects.

    Args:
        checkpoint: the opened checkpoint.
        labels: (N,) clusters.
        material: the checkpoint with its track and data set.
        behind: container of the settings.
    """
    sensors = checkpoint.arrays.dataset.sensors
    sensor = choose_sensor(checkpoint)
    kind = one_of("uses the parameters of", [_ONE, _CLUSTER], key="giver-kind")
    if kind == _ONE:
        usual = _second_selected(checkpoint, sensor)
        usual = least_alike(material, sensor) if usual is None else usual
        giver = _sensor_widget(checkpoint, "Which one", "giver", usual)
        givers: tuple[int, ...] = (giver,)
        words = f"with those of {sensors.ids[giver]}"
    else:
        names = cluster_names(labels, sensors)
        other = (int(labels[sensor]) + 1) % len(names)
        number = linked_one(
            "Which one", range(len(names)), default=other, key="giver-cluster", width=_WIDTH,
            name_of=names.__getitem__,
        )  # fmt: skip
        givers = tuple(np.flatnonzero(labels == number).tolist())
        words = f"with the mean of cluster {number}"
    with behind:
        reach = one_of(
            "What to exchange", list(_REACHES), key="reach",
            help="E_s has two uses: as the pool query it generates a sensor's parameters, and in "
            "the adaptive graph it determines how the sensor aggregates the others.",
        )  # fmt: skip
    return Exchange(sensor, givers, _REACHES[reach], words=words)


def choose_time_exchange(checkpoint: OpenCheckpoint) -> Exchange:
    """Draw the widgets for the moment whose temporal parameters are used."""
    info, per_day = checkpoint.arrays.dataset, checkpoint.arrays.model.steps_per_day
    clock = [clock_time(at, per_day) for at in range(per_day)]
    sensor = choose_sensor(checkpoint)
    day = linked_one(
        "uses the day", range(-1, 7), default=6, key="giver-day", width=_WIDTH,
        name_of=lambda number: "its own" if number < 0 else info.day_names[number],
    )  # fmt: skip
    time = linked_one(
        "and the time of day", range(-1, len(clock)), default=-1, key="giver-time",
        name_of=lambda row: "its own" if row < 0 else clock[row], width=_WIDTH,
    )  # fmt: skip
    told = [info.day_names[day]] if day >= 0 else []
    told += [clock[time]] if time >= 0 else []
    words = f"with those of {' '.join(told)}" if told else "with its own"
    return Exchange(
        sensor,
        tod_index=time if time >= 0 else None,
        dow=day if day >= 0 else None,
        words=words,
    )


def _second_selected(checkpoint: OpenCheckpoint, sensor: int) -> int | None:
    """Return the first selected sensor besides the given one; None without any."""
    chosen = positions_of(checkpoint.arrays.dataset.sensors, selected_ids(checkpoint))
    return next((int(place) for place in chosen if place != sensor), None)


def _sensor_widget(checkpoint: OpenCheckpoint, label: str, key: str, default: int) -> int:
    """Draw the widget for one sensor and return its position."""
    sensors = checkpoint.arrays.dataset.sensors
    labels = sensors.labels
    place = {name: number for number, name in enumerate(sensors.ids)}
    chosen = linked_one(
        label, sensors.ids, default=sensors.ids[default], key=key, width=_WIDTH,
        name_of=lambda name: f"{name} {labels[place[name]]}".strip(), filter_mode="contains",
    )  # fmt: skip
    return place[chosen]
