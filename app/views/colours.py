"""What the colour of a sensor shows, the same on all pages."""

from __future__ import annotations

from numpy.typing import NDArray

from analysis.city.areas import area_kind, area_names
from analysis.figures.colouring import Colouring, by_cluster, by_name, by_value
from analysis.figures.colours import NEUTRAL
from analysis.readings.source import Source
from app.choices.shared import ClusterSettings
from app.clock.readings import mean_values
from app.session.cached import cluster_palette, spatial_clusters
from app.session.opened import OpenCheckpoint

COLOUR = "colour"  # key of the widget, and its name in the URL


def colour_names(
    checkpoint: OpenCheckpoint, labels: NDArray | None, source: Source | None
) -> list[str]:
    """Return what sensors can be coloured by.

    Args:
        checkpoint: the opened checkpoint.
        labels: (N,) clusters, or None.
        source: values over time, or None.
    """
    info, sensors = checkpoint.arrays.dataset, checkpoint.arrays.dataset.sensors
    names = ["cluster"] if labels is not None else []
    names += ["freeway"] if any(map(str.strip, sensors.freeway or ())) else []
    names += ["road"] if sensors.has_roads else []
    names += ["area"] if area_kind(sensors) == "area" else []
    names += [source.mean_name(info.quantity)] if source is not None else []
    return names


def coloured(
    name: str | None,
    checkpoint: OpenCheckpoint,
    settings: ClusterSettings | None,
    source: Source | None,
) -> Colouring:
    """Return the colours of the sensors.

    Args:
        name: one of `colour_names`; None draws all sensors in one colour.
        checkpoint: the opened checkpoint.
        settings: of the clusters, or None for a model without them.
        source: values over time, or None.
    """
    info, sensors = checkpoint.arrays.dataset, checkpoint.arrays.dataset.sensors
    if name is None:
        unknown = ("unknown",) * len(sensors)
        return Colouring("group", unknown, (NEUTRAL,) * len(sensors), ())
    if name == "cluster" and settings is not None:
        arrays = checkpoint.arrays
        return by_cluster(spatial_clusters(arrays, settings), cluster_palette(arrays, settings))
    if source is not None and name == source.mean_name(info.quantity):
        values = mean_values(source)
        return by_value(values, name=name, unit=info.unit)
    if name == "area":
        return by_name(area_names(sensors), name=name)
    return by_name((sensors.freeway if name == "freeway" else sensors.roads) or (), name=name)
