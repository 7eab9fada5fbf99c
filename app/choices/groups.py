"""Widgets for the sensors that the ST-mixed page compares: two clusters, or any sensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.colours import palette_colour
from analysis.patterns.over_a_day import diverging_pair, typical_members
from analysis.readings.days import Day
from app.choices.chosen import choose, texts_of, visit
from app.choices.links import linked_many, linked_one, whole_number
from app.choices.shared import cluster_form, cluster_names, one_of
from app.selection.selection import selected_ids
from app.session.cached import cluster_palette, spatial_clusters
from app.session.opened import OpenCheckpoint

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

MOST_SENSORS = 40  # in a heatmap with readable cells
_FIRST = 10  # sensors to compare if none is selected
_BY_CLUSTER, _BY_SENSOR = "two clusters", "any sensors"
_KIND = "compare"  # key of the kind, and its name in the URL
_STARTED = "compare_started"  # the visit of the page, and the kind that it began with


@dataclass(frozen=True)
class Compared:
    """A named group of sensors with a colour.

    Attributes:
        name: such as ``"cluster 3"``.
        colour: ``#rrggbb``.
        members: positions of all its sensors in the data set.
        shown: positions of the sensors that heatmaps show.
    """

    name: str
    colour: str
    members: tuple[int, ...]
    shown: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Clusters:
    """The sensors' clusters.

    Attributes:
        labels: (N,) cluster numbers.
        colours: ``#rrggbb`` of the clusters, by number.
    """

    labels: NDArray[np.int64]
    colours: tuple[str, ...]


def sensor_clusters(checkpoint: OpenCheckpoint) -> Clusters | None:
    """Draw the settings of the clustering and return the clusters with their colours.

    Returns None, and says why, for a model without spatial meta-parameters.
    """
    model = checkpoint.arrays.model
    if model.why_not("spatial"):
        st.caption("This model has no clusters, because it has no spatial meta-parameters.")
        return None
    arrays, settings = checkpoint.arrays, cluster_form(model)
    return Clusters(spatial_clusters(arrays, settings), cluster_palette(arrays, settings))


def choose_groups(
    checkpoint: OpenCheckpoint,
    clusters: Clusters | None,
    day: Day,
    coordinates: NDArray[np.float64] | None,
    *,
    behind: DeltaGenerator,
) -> list[Compared]:
    """Draw the widgets for the compared sensors and return them in groups; empty for none.

    Args:
        checkpoint: the opened checkpoint.
        clusters: of the sensors, or None.
        day: the day shown; the two clusters that differ most on it are the default.
        coordinates: (M, N, r) of the day, to find the most typical sensors of a cluster; with
            None, its first sensors are used.
        behind: container of the settings.
    """
    kinds = [_BY_SENSOR] if clusters is None else [_BY_CLUSTER, _BY_SENSOR]
    kind = one_of("Compare", kinds, key=_KIND, default=_usual_kind(checkpoint, kinds))
    if clusters is None or kind == _BY_SENSOR:
        return _any_sensors(checkpoint, clusters)
    return _two_clusters(checkpoint, clusters, day, coordinates, behind)


def _usual_kind(checkpoint: OpenCheckpoint, kinds: list[str]) -> str:
    """Return the kind that the page starts with: the selected sensors if there are several.

    What is selected later on the page does not change what it compares.
    """
    usual = _BY_SENSOR if len(selected_ids(checkpoint)) > 1 else kinds[0]
    started, asked = st.session_state.get(_STARTED), (visit(), checkpoint.sha256)
    if started is None or started[0] != asked:
        st.session_state[_STARTED] = (asked, usual)
    elif started[1] != usual and texts_of(_KIND) is None:
        choose(_KIND, [started[1]])
    return usual


def _two_clusters(
    checkpoint: OpenCheckpoint,
    clusters: Clusters,
    day: Day,
    coordinates: NDArray[np.float64] | None,
    behind: DeltaGenerator,
) -> list[Compared]:
    labels = clusters.labels
    names = cluster_names(labels, checkpoint.arrays.dataset.sensors)
    pair = diverging_pair(day.values, labels)
    chosen = []
    for place, default in zip("ab", pair, strict=True):
        chosen.append(
            linked_one(
                "Cluster" if place == "a" else "and cluster",
                range(len(names)),
                default=default,
                name_of=names.__getitem__,
                key=f"cluster-{place}",
                width=160,
            )
        )
    with behind:
        count = whole_number(
            "Sensors per cluster", key="each", min_value=1, max_value=MOST_SENSORS // 2, value=5,
            help="Sensors of each cluster in the heatmaps, the closest to its centre. "
            "Curves and means are over all of its sensors.",
        )  # fmt: skip
    groups = []
    for number in dict.fromkeys(chosen):
        members = np.flatnonzero(labels == number).tolist()
        shown = members[:count]
        if coordinates is not None:
            shown = typical_members(coordinates.mean(axis=0), members, count)
        name = f"cluster {number}"
        groups.append(Compared(name, clusters.colours[number], tuple(members), tuple(shown)))
    return groups


def _any_sensors(checkpoint: OpenCheckpoint, clusters: Clusters | None) -> list[Compared]:
    """Draw the widget for single sensors; group them by cluster, otherwise by road."""
    sensors = checkpoint.arrays.dataset.sensors
    roads, labels = sensors.road_names, sensors.labels
    place = {name: number for number, name in enumerate(sensors.ids)}
    selected = selected_ids(checkpoint)
    chosen = linked_many(
        "Sensors",
        sensors.ids,
        default=selected[:MOST_SENSORS] or sensors.ids[:_FIRST],
        name_of=lambda name: f"{name} {labels[place[name]]}".strip(),
        key="sensors",
        max_selections=MOST_SENSORS,
        select_all=False,
        filter_mode="contains",
        help="Initially the selected sensors. Type part of an id or of a name.",
    )
    by_name: dict[str, list[int]] = {}
    for name in chosen:
        number = place[name]
        group = roads[number] or "sensors"
        group = group if clusters is None else f"cluster {clusters.labels[number]}"
        by_name.setdefault(group, []).append(number)
    return [
        Compared(
            name,
            palette_colour(order)
            if clusters is None
            else clusters.colours[clusters.labels[members[0]]],
            tuple(members),
            tuple(members),
        )
        for order, (name, members) in enumerate(sorted(by_name.items()))
    ]
