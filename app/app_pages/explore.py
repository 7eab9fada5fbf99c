"""Explore: one selection of sensors in the projection, on the map, over time and in a table."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.brackets import runs, with_brackets, with_ids
from analysis.figures.city import city_scatter
from analysis.figures.colouring import Colouring
from analysis.figures.selection import spread, spread_series
from analysis.figures.spatial import sensor_heatmap, sensor_scatter
from analysis.geometry.similarity import cosine_matrix
from analysis.limits import sample
from analysis.material import Material
from analysis.readings.source import Source
from analysis.selection import positions_of
from app.choices.layouts import shown_projection
from app.choices.shared import ClusterSettings, ProjectionSettings, cluster_form, space_label
from app.clock.moment import moment_widgets
from app.clock.readings import say_what_is_drawn
from app.export import export, exported_chart
from app.messages import fragment, shown_as_message
from app.selection.bar import selection_bar
from app.selection.legend import group_legend
from app.selection.linked import link_charts, linked_chart, linked_table
from app.selection.selection import selected_ids
from app.session.cached import cluster_palette, projected, spatial_clusters, spatial_coordinates
from app.session.city_map import apart_note, drawn_places, map_style, placing_command
from app.session.keys import cached
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.colours import colour_names, coloured
from app.views.components import (
    WHERE_UNKNOWN,
    missing_note,
    named_rows,
    page_header_with_settings,
    picture_title,
    sample_note,
    section,
)
from app.views.sensors import sensor_table
from app.views.special import say_what_is_special
from himnet import texts
from himnet.checkpoints import CheckpointArrays

if TYPE_CHECKING:
    import plotly.graph_objects as go

_PROJECTION = ProjectionSettings("t-SNE", 30.0, 0)
_VIEWS = ("e-projection", "e-map")
_MOST_CELLS = 120  # per side of the heatmap, which is half a page wide
_HEIGHT = 400
Ints = NDArray[np.int64]
Shown = Ints | None  # positions of the sensors that are drawn; None draws all


def _alone(values: NDArray[np.float64], shown: Shown) -> NDArray[np.float64]:
    """Return values (N, ...) with NaN for all sensors except those shown."""
    if shown is None:
        return values
    found = np.full_like(values, np.nan)
    found[shown] = values[shown]
    return found


def _clusters(arrays: CheckpointArrays, settings: ClusterSettings | None) -> Ints | None:
    """Return the cluster (N,) of each sensor; None for a model without clusters."""
    return None if settings is None else spatial_clusters(arrays, settings)


@shown_as_message()
def _draw_projection(
    checkpoint: OpenCheckpoint, settings: ClusterSettings, colouring: Colouring, shown: Shown
) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    picture_title("By their parameters: nearby points are similar")
    projection = shown_projection(_PROJECTION, len(sensors), sha256=arrays.sha256, key="e-tsne")
    points = projected(spatial_coordinates(arrays, settings.choice), projection)
    labels = spatial_clusters(arrays, settings)

    def figure() -> go.Figure:
        drawn = sensor_scatter(
            _alone(points, shown), colouring, ids=sensors.ids, labels=labels,
            roads=sensors.labels,
            meta={"space": space_label(arrays.model, settings.choice), "checkpoint": arrays.sha256},
        )  # fmt: skip
        margin = {"l": 4, "r": 4, "t": 28, "b": 4}
        drawn.update_layout(height=_HEIGHT, showlegend=False, margin=margin)
        return drawn.update_yaxes(scaleanchor=None)

    linked_chart(
        checkpoint, figure, view="e-projection", trace=0,
        about=(_about(checkpoint, settings, colouring, shown), projection),
        alt="Projection of the sensors; the selected ones are emphasised",
        header=("sensor", "cluster", "x", "y"),
        rows=lambda: zip(sensors.ids, labels.tolist(), *points.round(4).T.tolist(), strict=True),
    )  # fmt: skip


@shown_as_message()
def _draw_map(
    checkpoint: OpenCheckpoint, settings: ClusterSettings | None, colouring: Colouring, shown: Shown
) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    picture_title(f"By their locations{apart_note(arrays)}")
    if sensors.latitude is None or sensors.longitude is None:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    style = map_style()

    def figure() -> go.Figure:
        (latitude, longitude), ground = drawn_places(arrays)
        labels, roads = _clusters(arrays, settings), sensors.labels
        clusters = [""] * len(sensors) if labels is None else [f"cluster {k}" for k in labels]
        about = ["\n".join(filter(None, told)) for told in zip(roads, clusters, strict=True)]
        return city_scatter(
            _alone(latitude, shown), _alone(longitude, shown), ground, colouring, ids=sensors.ids,
            about=about, style=style, height=_HEIGHT, meta={"checkpoint": arrays.sha256},
        )  # fmt: skip

    table = np.stack([sensors.latitude, sensors.longitude], axis=1)
    linked_chart(
        checkpoint, figure, view="e-map", trace=-1,
        about=_about(checkpoint, settings, colouring, shown),
        alt="Map of the sensors; the selected ones are emphasised",
        header=("sensor", "latitude", "longitude"),
        rows=lambda: named_rows(sensors.ids, table),
    )  # fmt: skip


def _about(
    checkpoint: OpenCheckpoint, settings: ClusterSettings | None, colouring: Colouring, shown: Shown
) -> Hashable:
    """Return everything except the selection that a chart of all sensors depends on."""
    alone = None if shown is None else tuple(shown.tolist())
    return checkpoint.sha256, settings, colouring, alone, map_style()


@cached(16)
def _spread_of_all(source: Source, first: int, last: int) -> NDArray[np.float64]:
    """Return `spread` of all sensors over the steps from `first` to `last`."""
    return spread(source.values(np.arange(first, last + 1)))


@fragment
def _draw_series(checkpoint: OpenCheckpoint, material: Material, places: Ints) -> None:
    info, source = material.info, material.source
    quantity = texts.markdown(info.quantity)
    section(
        f"Their {quantity}",
        f"Mean {quantity} of the selected sensors and of all sensors; the shaded band is the range "
        "from the 10th to the 90th percentile; the dashed line marks the time chosen on all pages.",
    )
    say_what_is_drawn(checkpoint, material)
    if source is None:
        return
    steps, moment = moment_widgets(material, source)
    groups = {"all sensors": _spread_of_all(source, int(steps[0]), int(steps[-1]))}
    if len(places):
        groups[f"selected ({len(places)})"] = spread(source.values(steps)[:, places])
    figure = spread_series(
        source.times[steps], groups, quantity=info.quantity, unit=info.unit,
        cursor=source.times[moment],
        meta={"checkpoint": checkpoint.sha256, "are_readings": source.are_readings},
    )  # fmt: skip
    parts = [f"{name}, {part}" for name in groups for part in ("mean", "10 %", "90 %")]
    table = np.concatenate(list(groups.values())).T
    exported_chart(
        figure, key="e-series", alt="Mean and spread of the selected sensors over time",
        header=("time", *parts), rows=lambda: named_rows(map(str, source.times[steps]), table),
    )  # fmt: skip


@shown_as_message()
def _draw_similarity(arrays: CheckpointArrays, settings: ClusterSettings, places: Ints) -> None:
    section(
        "How similar are they?",
        "Centred cosine similarity between the parameters of the selected sensors, or of all "
        "sensors if fewer than two are selected; brackets mark clusters.",
    )
    labels, sensors = spatial_clusters(arrays, settings), arrays.dataset.sensors
    everyone = places if len(places) > 1 else np.arange(len(sensors))
    shown = everyone[sample(len(everyone))]
    sample_note(len(shown), len(everyone))
    order = shown[np.argsort(labels[shown], kind="stable")]
    coordinates = spatial_coordinates(arrays, settings.choice)
    own = coordinates[order] - coordinates.mean(axis=0)
    cosines = cosine_matrix(own)
    ids, label = [sensors.ids[at] for at in order], space_label(arrays.model, settings.choice)
    figure = sensor_heatmap(
        cosines, np.arange(len(order)), [""] * len(order), ids=ids, most_cells=_MOST_CELLS,
        title="centred cosine similarity",
        meta={"space": label, "sensors": len(order), "checkpoint": arrays.sha256},
    )  # fmt: skip
    cells = len(figure.data[0].x)
    starts = labels[order][:: -(-len(order) // cells)]
    palette = cluster_palette(arrays, settings)
    with_ids(figure, ids)
    with_brackets(figure, runs([str(k) for k in starts], [palette[k] for k in starts]), cells)
    figure.update_layout(height=_HEIGHT + 40)
    exported_chart(
        figure, key="e-cosines", alt="Cosine similarity between the selected sensors",
        header=("sensor", *ids), rows=lambda: named_rows(ids, cosines),
    )  # fmt: skip


@shown_as_message()
def _draw_table(checkpoint: OpenCheckpoint, settings: ClusterSettings | None, shown: Shown) -> None:
    arrays = checkpoint.arrays
    section("Which sensors are they?", "Ticked rows are selected and come first.")
    table = sensor_table(arrays.dataset.sensors, _clusters(arrays, settings))
    table = table if shown is None else table.iloc[shown]
    alone = None if shown is None else tuple(shown.tolist())
    linked_table(
        checkpoint, table, view="e-table", about=(checkpoint.sha256, settings, alone),
        selected_first=True, height=280,
    )  # fmt: skip
    export(None, key="e-table", header=list(table.columns), rows=table.to_numpy().tolist)


@fragment
def _draw_linked(
    checkpoint: OpenCheckpoint, settings: ClusterSettings | None, material: Material
) -> None:
    """Draw all views of the selection; only they run again when it changes."""
    labels, source = _clusters(checkpoint.arrays, settings), material.source
    isolated, colour = selection_bar(checkpoint, colour_names(checkpoint, labels, source))
    link_charts(checkpoint, _VIEWS)
    places = positions_of(material.info.sensors, selected_ids(checkpoint))
    say_what_is_special(material, settings, places)
    shown = places if isolated else None
    colouring = coloured(colour, checkpoint, settings, source)
    group_legend(colouring, key="e-legend")
    upper, lower = st.columns(2, gap="medium"), st.columns(2, gap="medium")
    # the browser updates the charts above by itself; views that need the server come first
    with lower[0]:
        _draw_series(checkpoint, material, places)
    if settings is not None:
        with lower[1]:
            _draw_similarity(checkpoint.arrays, settings, places)
    _draw_table(checkpoint, settings, shown)
    if settings is not None:
        with upper[0]:
            _draw_projection(checkpoint, settings, colouring, shown)
    with upper[1]:
        _draw_map(checkpoint, settings, colouring, shown)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    model, settings = checkpoint.arrays.model, None
    behind = page_header_with_settings(
        "What is special about these sensors?",
        "All views on all pages show the same selection of sensors, and can change it.",
    )
    material = open_material(checkpoint)
    if why := model.why_not("spatial"):
        st.caption(texts.markdown(why))
    else:
        with behind:
            settings = cluster_form(model)
    _draw_linked(checkpoint, settings, material)


draw(current_checkpoint())
