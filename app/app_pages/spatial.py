"""Spatial: which sensors the model treats similarly, and whether they share a road."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.city.carriageways import Carriageway
from analysis.evidence.agreement import AgreementName
from analysis.figures.colouring import Colouring
from analysis.figures.spatial import sensor_scatter
from analysis.readings.source import Source
from app.choices.layouts import is_asked_for, shown_projection
from app.choices.links import linked_many, switch
from app.choices.shared import (
    ClusterSettings,
    ProjectionSettings,
    cluster_form,
    cluster_names,
    one_of,
    projection_form,
    space_label,
)
from app.messages import fragment, show_error, shown_as_message
from app.selection.legend import group_legend
from app.selection.linked import link_charts, linked_chart
from app.selection.selection import selected_ids
from app.session.cached import (
    cluster_quality,
    projected,
    road_agreement,
    spatial_clusters,
    spatial_coordinates,
    trust,
)
from app.session.city_map import MapView, draw_map, map_file, placing_command, say_sample, show_map
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.colours import COLOUR, colour_names, coloured
from app.views.components import (
    NEIGHBOURS_KEPT,
    WHERE_UNKNOWN,
    download,
    missing_note,
    page_header,
    section,
    statistic_box,
)
from app.views.sensors import Grouping, draw_series, draw_similarity, draw_table
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import Sensors

_CARRIAGEWAYS: dict[Carriageway, str] = {
    "both": "both",
    "north and east": "north- and eastbound",
    "south and west": "south- and westbound",
}
_AGREEMENTS: tuple[tuple[AgreementName, str, str], ...] = (
    ("ARI", "ARI with roads", "Adjusted Rand index of clusters and roads (freeway and direction)."),
    ("NMI", "NMI with roads", "Normalised mutual information of clusters and roads."),
)
_PROJECTION = "sensors"  # key of the chart
_NEARBY = (
    "1 is full agreement. The null model permutes the cluster labels among nearby sensors, so that "
    "proximity alone does not count as sharing a road."
)


def _colour_widget(
    checkpoint: OpenCheckpoint, settings: ClusterSettings | None, source: Source | None
) -> Colouring:
    """Draw the widget that chooses what colours show; return the colours of the sensors."""
    labels = None if settings is None else spatial_clusters(checkpoint.arrays, settings)
    names = colour_names(checkpoint, labels, source)
    name = one_of("Colour", names, key=COLOUR) if names else None
    return coloured(name, checkpoint, settings, source)


def _focus_widget(sensors: Sensors, labels: NDArray[np.int64]) -> tuple[int, ...]:
    """Draw the widget that chooses the highlighted clusters of the page."""
    names = cluster_names(labels, sensors)
    chosen = linked_many(
        "Highlighted clusters",
        range(len(names)),
        name_of=names.__getitem__,
        key="focus",
        placeholder="all",
        select_all=False,
        filter_mode="contains",
        help="The other clusters are drawn faintly, the map zooms to these, and the series shows "
        "them. The name beside a number is the road of most members.",
    )
    return tuple(chosen)


def _draw_clusters(checkpoint: OpenCheckpoint, source: Source | None) -> tuple[Grouping, Colouring]:
    """Draw settings, projection and statistics; return the clusters and the colours."""
    arrays, model = checkpoint.arrays, checkpoint.arrays.model
    picture, controls = st.columns([3, 1], gap="large")
    with controls:
        settings = cluster_form(model)
        with st.expander("Projection"):
            projection = projection_form("s")
    labels = spatial_clusters(arrays, settings)
    grouping, colouring = Grouping(labels, settings), coloured(None, checkpoint, None, None)
    with picture, shown_as_message():
        section(
            "Do they form clusters?",
            f"Sensors by their {space_label(model, settings.choice)}; neighbouring points have "
            "similar parameters. Select sensors on all pages with the lasso or a click.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            colouring = _colour_widget(checkpoint, settings, source)
            focus = _focus_widget(arrays.dataset.sensors, labels)
            grouping = Grouping(labels, settings, focus)
        projection = shown_projection(
            projection, len(labels), sha256=checkpoint.sha256, key="s-tsne"
        )
        _draw_projection(checkpoint, settings, projection, colouring, grouping)
    _draw_statistics(arrays, settings, projection)
    return grouping, colouring


@shown_as_message()
def _draw_projection(
    checkpoint: OpenCheckpoint,
    settings: ClusterSettings,
    projection: ProjectionSettings,
    colouring: Colouring,
    grouping: Grouping,
) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    labels = spatial_clusters(arrays, settings)
    points = projected(spatial_coordinates(arrays, settings.choice), projection)
    figure = sensor_scatter(
        points,
        colouring,
        ids=sensors.ids,
        roads=sensors.road_names,
        labels=labels,
        emphasised=grouping.chosen,
        meta={
            "space": space_label(arrays.model, settings.choice),
            **vars(projection),
            "checkpoint": arrays.sha256,
        },
    )
    group_legend(colouring, key="s-legend")
    linked_chart(
        checkpoint, figure, view=_PROJECTION, trace=0,
        about=(arrays.sha256, settings, projection, colouring, grouping.focus),
        alt="Projection of the sensors, coloured by cluster; the selected ones are emphasised",
        header=("sensor", "cluster", "x", "y"),
        rows=lambda: zip(sensors.ids, labels.tolist(), *points.round(4).T.tolist(), strict=True),
    )  # fmt: skip


@shown_as_message()
def _draw_statistics(
    arrays: CheckpointArrays, settings: ClusterSettings, projection: ProjectionSettings
) -> None:
    about = arrays.sha256, settings, projection
    if not is_asked_for(about, arrays.model.num_nodes, key="s-numbers"):
        return
    boxes = [
        (
            "Silhouette",
            cluster_quality(arrays, settings),
            "How much closer a sensor is to its own cluster than to the closest other cluster, "
            "from -1 to 1.",
        )
    ]
    if arrays.dataset.sensors.has_roads:
        boxes += [
            (name, road_agreement(arrays, settings, kind), f"{told} {_NEARBY}")
            for kind, name, told in _AGREEMENTS
        ]
    coordinates = spatial_coordinates(arrays, settings.choice)
    if len(coordinates) >= 4:
        kept = trust(coordinates, projected(coordinates, projection))
        boxes.append(("Trustworthiness", kept, NEIGHBOURS_KEPT))
    for column, box in zip(st.columns(len(boxes)), boxes, strict=True):
        with column:
            statistic_box(*box)


@fragment
def _draw_map(checkpoint: OpenCheckpoint, colouring: Colouring, grouping: Grouping) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    section(
        "Where are they?",
        "The same sensors in the same colours; rings mark the selected ones."
        + (
            " Roads are drawn as lines through their sensors; if the two carriageways overlap, "
            "show one of them, or separate them."
            if sensors.has_roads and sensors.has_coordinates
            else ""
        ),
    )
    if not sensors.has_coordinates:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    view = _view_widgets(sensors.has_roads, grouping)
    selected = np.isin(sensors.ids, selected_ids(checkpoint))
    show_map(draw_map(arrays, colouring, view, selected=selected), key="map")
    say_sample(sensors)
    download(
        "Map as an HTML page",
        lambda: map_file(draw_map(arrays, colouring, view, selected=selected)),
        "himnet-map.html",
        "text/html",
        type="tertiary",
    )


def _view_widgets(has_roads: bool, grouping: Grouping) -> MapView:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        carriageway = one_of(
            "Carriageways",
            list(_CARRIAGEWAYS),
            format_func=_CARRIAGEWAYS.__getitem__,
            key="carriageway",
            disabled=not has_roads,
        )
        apart = switch("Separate the carriageways", key="apart", disabled=not has_roads)
        zoom = switch(
            "Zoom to the highlighted clusters",
            default=True,
            key="zoom",
            disabled=not grouping.focus,
        )
    return MapView(carriageway, apart, grouping.chosen if zoom else None)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "Which sensors are similar?",
        "The model generates the parameters of each sensor from an embedding that it has learnt; "
        "it is not given the locations of the sensors.",
    )
    material = open_material(checkpoint)
    link_charts(checkpoint, [_PROJECTION])
    grouping, colouring = Grouping(), coloured(None, checkpoint, None, None)
    with shown_as_message():
        if why := checkpoint.arrays.model.why_not("spatial"):
            show_error(why)
            colouring = _colour_widget(checkpoint, None, material.source)
        else:
            grouping, colouring = _draw_clusters(checkpoint, material.source)
    _draw_map(checkpoint, colouring, grouping)
    draw_series(checkpoint, grouping, material)
    draw_similarity(checkpoint, grouping)
    draw_table(checkpoint, grouping, material.source)


draw(current_checkpoint())
