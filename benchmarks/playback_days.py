"""How long the ST-mixed page prepares a day that plays, and how large it is."""

from __future__ import annotations

import json
import statistics
import time

import numpy as np

from analysis.readings.days import Day, clock_time
from app.choices.groups import MOST_SENSORS, Compared
from app.player.payload import Scene, payload
from app.session.city_map import drawn_places
from himnet.data.synthetic import synthetic_city

A_DAY, CLUSTERS, RANK = 288, 15, 16


def scene(sensors: int) -> Scene:
    """Return a day of a synthetic city in which the heatmap is as large as it may be."""
    rng = np.random.default_rng(0)
    hours = np.arange(A_DAY) / 12
    each, shown = max(sensors // CLUSTERS, MOST_SENSORS // 2), MOST_SENSORS // 2
    groups = [
        Compared(f"cluster {start}", "#0072b2", members, members[:shown])
        for start in (0, each)
        for members in [tuple(range(start, start + each))]
    ]
    values = rng.uniform(0, 70, (A_DAY, sensors)).astype(np.float32)
    day = Day(hours, np.arange(A_DAY), np.zeros((A_DAY, sensors, 0), np.float32), values)
    return Scene(
        sha256=f"city of {sensors}",
        about="",
        info=synthetic_city(num_nodes=sensors, days=2).info,
        day=day,
        clock=tuple(clock_time(at, A_DAY) for at in range(A_DAY)),
        groups=tuple(groups),
        chosen=0,
        coordinates=rng.normal(size=(A_DAY, sensors, RANK)),
        scale="sign",
    )


def prepared(sensors: int, runs: int) -> tuple[float, int]:
    """Return the seconds in which a day is prepared, and its bytes."""
    told, seconds = scene(sensors), []
    drawn_places(told.sha256, _sensors=told.info.sensors)  # the page's map has found the roads
    for _ in range(runs):
        payload.clear()
        began = time.perf_counter()
        data = payload(told.sha256, told.about, _scene=told)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), len(json.dumps(data))
