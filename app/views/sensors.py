"""Further views of the sensors: over a week, pairwise similarity, and a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.figures.brackets import with_marked_rows
from analysis.figures.colours import NEUTRAL
from analysis.figures.selection import with_selected_mean
from analysis.figures.spatial import cluster_series, sensor_heatmap
from analysis.figures.style import with_unit
from analysis.geometry.similarity import cosine_matrix
from analysis.limits import sample
from analysis.material import Material
from analysis.readings.series import group_means
from analysis.readings.source import Source
from analysis.selection import positions_of
from app.choices.chosen import choose, texts_of
from app.choices.links import named_one
from app.choices.shared import ClusterSettings, one_of, space_label
from app.clock.moment import share_day, shared_day
from app.clock.readings import mean_values, say_what_is_drawn
from app.export import export, exported_chart
from app.messages import fragment, shown_as_message
from app.selection.linked import linked_table
from app.selection.selection import selected_ids
from app.session.cached import cluster_palette, spatial_coordinates
from app.session.city_map import geography
from app.session.opened import OpenCheckpoint
from app.views.components import named_rows, sample_note, section
from himnet import texts
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import DatasetInfo, Sensors

_MOST_SERIES = 3  # clusters drawn over a week if none is highlighted
_EVERYBODY = "all sensors"  # in place of clusters, for a model without them


@dataclass(frozen=True)
class Grouping:
    """The sensors' clusters, and which of them are highlighted.

    Attributes:
        labels: (N,) cluster numbers, or None for a model without clusters.
        settings: how the clusters were computed, or None.
        focus: highlighted clusters; empty for all.
    """

    labels: NDArray[np.int64] | None = None
    settings: ClusterSettings | None = None
    focus: tuple[int, ...] = ()

    @property
    def chosen(self) -> NDArray[np.bool_] | None:
        """Which sensors (N,) are highlighted; None for all."""
        return np.isin(self.labels, self.focus) if self.focus and self.labels is not None else None


@fragment
def draw_series(checkpoint: OpenCheckpoint, grouping: Grouping, material: Material) -> None:
    """Draw the mean reading of clusters over a week, with a widget for the week."""
    info, source = material.info, material.source
    quantity = texts.markdown(info.quantity)
    section(
        f"How does their {quantity} change over a week?",
        f"Mean {quantity} of the sensors of each cluster, and of the selected sensors; gaps where "
        "readings are missing.",
    )
    say_what_is_drawn(checkpoint, material)
    if source is None:
        return
    steps = _week_widget(info, source)
    labels, settings = grouping.labels, grouping.settings
    values = source.values(steps)
    means = group_means(
        values, np.zeros(info.num_nodes, dtype=np.int64) if labels is None else labels
    )
    shown = grouping.focus or tuple(range(min(_MOST_SERIES, means.shape[1])))
    names = {number: _EVERYBODY if labels is None else f"cluster {number}" for number in shown}
    figure = cluster_series(
        source.times[steps],
        means,
        shown,
        colours=(NEUTRAL,) if settings is None else cluster_palette(checkpoint.arrays, settings),
        names=names,
        quantity=info.quantity,
        unit=info.unit,
        meta={"checkpoint": checkpoint.sha256, "are_readings": source.are_readings},
    )
    places = positions_of(info.sensors, selected_ids(checkpoint))
    if len(places):
        with_selected_mean(figure, source.times[steps], values[:, places], unit=info.unit)
    exported_chart(
        figure,
        key="cluster-series",
        alt="Mean reading of clusters over a week",
        header=("time", *(f"{name} ({info.unit})" for name in names.values())),
        rows=lambda: named_rows(map(str, source.times[steps]), means[:, list(shown)]),
    )


def _week_widget(info: DatasetInfo, source: Source) -> NDArray[np.int64]:
    """Draw the widget for the week, initially that of the shared day; return its steps."""
    weeks, day = source.weeks, shared_day(info)
    labels = [source.week_label(week) for week in weeks]
    around = [label for label, week in zip(labels, weeks, strict=True) if day in source.days[week]]
    if around and texts_of("week") not in [[label] for label in around]:
        choose("week", around[:1])
    number = named_one(
        "Week",
        range(len(weeks)),
        name_of=labels.__getitem__,
        key="week",
        width=320,
        then=lambda number: share_day(int(source.days[weeks[number]].max()), info, source),
    )
    return np.asarray(weeks[number])


@fragment
def draw_similarity(checkpoint: OpenCheckpoint, grouping: Grouping) -> None:
    """Draw the similarity of all sensors, ordered by cluster or by road."""
    labels, settings = grouping.labels, grouping.settings
    if labels is None or settings is None:
        return
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    section(
        "How similar is each pair of sensors?",
        "Centred cosine similarity between the parameters of all sensors; blocks are clusters"
        f"{' or roads' if sensors.has_roads else ''}; red marks are the selected sensors.",
    )
    kinds = ("cluster", "road")
    by_road = sensors.has_roads and one_of("Ordered by", kinds, key="order") == "road"
    coordinates = spatial_coordinates(arrays, settings.choice)
    some = sample(len(sensors))
    sample_note(len(some), len(sensors))
    ids = [sensors.ids[place] for place in some]
    cosines = cosine_matrix((coordinates - coordinates.mean(axis=0))[some])
    whole = road_order(arrays) if by_road else np.argsort(labels, kind="stable")
    order = np.searchsorted(some, whole[np.isin(whole, some)])
    label = space_label(arrays.model, settings.choice)
    names = sensors.roads if by_road and sensors.roads else [str(label) for label in labels]
    figure = sensor_heatmap(
        cosines,
        order,
        [names[place] for place in some],
        ids=ids,
        title="centred cosine similarity",
        meta={"space": label, "checkpoint": arrays.sha256},
    )
    chosen = np.isin(np.asarray(ids)[order], selected_ids(checkpoint))
    if chosen.any():
        with_marked_rows(figure, chosen)
    exported_chart(
        figure,
        key="sensor-cosines",
        width=760,
        alt="Cosine similarity between all sensors",
        caption=f"Shown: centred cosines; {label}.",
        header=("sensor", *ids),
        rows=lambda: named_rows(ids, cosines),
    )


def road_order(arrays: CheckpointArrays) -> NDArray[np.int64]:
    """Return the sensors road by road, in the direction of travel; those without one come last."""
    sensors = arrays.dataset.sensors
    if not sensors.has_coordinates:
        return np.argsort(np.asarray(sensors.roads), kind="stable")
    roads = sorted(geography(arrays)[1], key=lambda road: road.label)
    found = [int(member) for road in roads for member in road.members]
    return np.array(found + sorted(set(range(len(sensors))) - set(found)))


def sensor_table(sensors: Sensors, labels: NDArray[np.int64] | None) -> pd.DataFrame:
    """Return a table of what is known about the sensors, a row each.

    Args:
        sensors: the N sensors.
        labels: (N,) clusters, or None.
    """
    known = ("name", "freeway", "direction", "latitude", "longitude")
    columns = {"sensor": sensors.ids, "cluster": labels}
    columns |= {name: getattr(sensors, name) for name in known}
    return pd.DataFrame({name: column for name, column in columns.items() if column is not None})


@shown_as_message()
def draw_table(checkpoint: OpenCheckpoint, grouping: Grouping, source: Source | None) -> None:
    """Draw a table with a row for each highlighted sensor."""
    info = checkpoint.arrays.dataset
    section(
        "Which sensors are they?",
        "One row per sensor; ticked rows are selected. Click a column title to sort.",
    )
    table = sensor_table(info.sensors, grouping.labels)
    if source is not None:
        name = with_unit(source.mean_name(info.quantity), info.unit)
        table[name] = mean_values(source).round(2)
    table = table if grouping.chosen is None else table[grouping.chosen]
    order = ["cluster", "sensor"] if grouping.labels is not None else ["sensor"]
    about = (checkpoint.sha256, grouping.settings, grouping.focus)
    linked_table(checkpoint, table.sort_values(order), view="sensor-table", about=about)
    export(None, key="sensor-table", header=list(table.columns), rows=table.to_numpy().tolist)
