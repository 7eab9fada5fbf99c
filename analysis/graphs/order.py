"""The order of sensors in which a graph's matrix is drawn: along roads, or by clusters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.city.roads import find_roads, sensor_frame
from analysis.errors import AnalysisError
from analysis.material import Material


@dataclass(frozen=True)
class Group:
    """Sensors that are drawn next to each other.

    Attributes:
        name: of the road or cluster; "" for the sensors without one.
        members: (n,) positions of the sensors, in order.
    """

    name: str
    members: NDArray[np.int64] = field(repr=False)


def sensor_order(material: Material) -> tuple[list[Group], str]:
    """Return all sensors in groups, and what these are.

    Roads in the order of travel, the longest first, with sensors without a road last; else
    clusters of the spatial meta-parameters; else the columns of the data set.
    """
    sensors, count = material.info.sensors, material.info.num_nodes
    if sensors.has_coordinates and sensors.has_roads:
        groups = [Group(road.label, road.members) for road in find_roads(sensor_frame(sensors))]
        rest = np.setdiff1d(np.arange(count), np.concatenate([group.members for group in groups]))
        return [*groups, *([Group("", rest)] if len(rest) else [])], "roads"
    try:
        labels = material.clusters()
    except AnalysisError:
        return [Group("", np.arange(count))], "columns in the data set"
    numbers = np.unique(labels)
    return [
        Group(f"cluster {number}", np.flatnonzero(labels == number)) for number in numbers
    ], "clusters"
