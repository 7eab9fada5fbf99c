"""Time to prepare a day for the ST-mixed page, and its size."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import replace

import numpy as np

from analysis.readings.days import Day
from app.choices.groups import MOST_SENSORS, Compared
from app.player.payload import Scene, payload
from app.session.city_map import drawn_places
from himnet.checkpoints import load_arrays
from himnet.data.synthetic import synthetic_city

A_DAY, CLUSTERS, RANK = 288, 15, 16


def scene(sensors: int) -> Scene:
    """Return a day of a synthetic city with a heatmap of the largest size."""
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
    city = synthetic_city(num_nodes=sensors, days=2).info
    return Scene(
        replace(load_arrays("metr-la"), sha256=f"city of {sensors}", dataset=city),
        day=day,
        groups=tuple(groups),
        coordinates=rng.normal(size=(A_DAY, sensors, RANK)),
        label="",
        measure="raw",
        chosen=0,
        scale="sign",
    )


def prepared(sensors: int, runs: int) -> tuple[float, int]:
    """Return the seconds to prepare a day, and its bytes."""
    told, seconds = scene(sensors), []
    drawn_places(told.arrays)  # the page's map has computed the roads
    for run in range(runs):
        began = time.perf_counter()
        data = payload(told.sha256, str(run), _scene=told)  # another name, so nothing is cached
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), len(json.dumps(data))
