"""Spatial: which sensors the model treats similarly, and whether they share a road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.city.areas import area_kind, has_several_roads
from analysis.city.carriageways import Carriageway
from analysis.city.maps import LocalMap
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
from app.messages import show_error, shown_as_message
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
from app.session.city_map import (
    MapView,
    apart_note,
    draw_map,
    map_file,
    placing_command,
    say_sample,
    selected_in_sample,
    show_map,
)
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.colours import COLOUR, colour_names, coloured
from app.views.components import (
    NEIGHBOURS_KEPT,
    WHERE_UNKNOWN,
    download,
    missing_note,
    page_header_with_settings,
    picture_title,
    section,
    statistic_box,
)
from app.views.sensors import Grouping, draw_series, draw_similarity, draw_table
from app.views.verdicts import draw_verdicts
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import Sensors

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_CARRIAGEWAYS: dict[Carriageway, str] = {
    "both": "both",
    "north and east": "north- and eastbound",
    "south and west": "south- and westbound",
}
_AGREEMENTS: tuple[tuple[AgreementName, str, str], ...] = (
    ("ARI", "ARI with roads", "Adjusted Rand index of clusters and roads (freeway and direction)."),
    ("NMI", "NMI with roads", "Normalised mutual information of clusters and roads."),
)
_PROJECTION, _MAP = "sensors", "map"  # keys of what shows the selection
_CLAIMS = ("clusters", "roads", "carriageways", "series")
_WITHOUT_ROADS = ("clusters", "near-clusters", "distance", "series")
_HEIGHT = 380  # pixels of both pictures at the top
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
    st.markdown("Colour", width="content")
    name = one_of("Colour", names, key=COLOUR, label_visibility="collapsed") if names else None
    return coloured(name, checkpoint, settings, source)


def _focus_widget(sensors: Sensors, labels: NDArray[np.int64]) -> tuple[int, ...]:
    """Draw the widget that chooses the highlighted clusters of the page."""
    names, kind = cluster_names(labels, sensors), area_kind(sensors)
    named = f" The name beside a number is the {kind} of most members." if kind else ""
    chosen = linked_many(
        "Highlighted clusters",
        range(len(names)),
        name_of=names.__getitem__,
        key="focus",
        placeholder="highlight some clusters",
        label_visibility="collapsed",
        select_all=False,
        filter_mode="contains",
        help="The other clusters are drawn faintly, the map zooms to these, and the series shows "
        f"them.{named}",
    )
    return tuple(chosen)


@dataclass(frozen=True)
class _Shown:
    """What the page shows, as chosen above its pictures and behind *Settings*.

    Attributes:
        grouping: the clusters; none for a model without them.
        colouring: colours of the sensors.
        view: what the map shows.
        projection: of the sensors; None without clusters.
    """

    grouping: Grouping
    colouring: Colouring
    view: MapView
    projection: ProjectionSettings | None = None


def _choose(checkpoint: OpenCheckpoint, source: Source | None, behind: DeltaGenerator) -> _Shown:
    """Draw the widgets above the pictures, and the settings."""
    arrays, model = checkpoint.arrays, checkpoint.arrays.model
    why = model.why_not("spatial")
    labels, settings, projection = None, None, None
    with behind:
        if not why:
            st.markdown("**Clusters**")
            settings = cluster_form(model)
            labels = spatial_clusters(arrays, settings)
            st.markdown("**Projection**")
            projection = projection_form("s")
            projection = shown_projection(
                projection, len(labels), sha256=checkpoint.sha256, key="s-tsne"
            )
        map_settings = st.container()
    grouping, focus = Grouping(), tuple[int, ...]()
    with st.container(horizontal=True, vertical_alignment="center"):
        colouring = _colour_widget(checkpoint, settings, source)
        if labels is not None and settings is not None:
            focus = _focus_widget(arrays.dataset.sensors, labels)
            grouping = Grouping(labels, settings, focus)
    view = MapView("both", apart=True, focus=grouping.chosen)
    if arrays.dataset.sensors.has_coordinates:
        with map_settings:
            st.markdown("**Map**")
            view = _view_widgets(arrays.dataset.sensors.has_roads, grouping)
    return _Shown(grouping, colouring, view, projection)


def _draw_pictures(checkpoint: OpenCheckpoint, shown: _Shown) -> None:
    """Draw the projection and the map side by side."""
    settings = shown.grouping.settings
    if settings is None or shown.projection is None:
        _draw_map(checkpoint, shown)
        return
    group_legend(shown.colouring, key="s-legend")
    left, right = st.columns(2, gap="medium")
    with left:
        picture_title("Do they form clusters?")
        _draw_projection(checkpoint, shown, settings, shown.projection)
    with right:
        _draw_map(checkpoint, shown)


@shown_as_message()
def _draw_projection(
    checkpoint: OpenCheckpoint,
    shown: _Shown,
    settings: ClusterSettings,
    projection: ProjectionSettings,
) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    labels = spatial_clusters(arrays, settings)
    points = projected(spatial_coordinates(arrays, settings.choice), projection)
    meta = {"space": space_label(arrays.model, settings.choice), **vars(projection)}
    axes = f"{projection.method} 1", f"{projection.method} 2"
    figure = linked_chart(
        checkpoint,
        lambda: sensor_scatter(
            points, shown.colouring, ids=sensors.ids, roads=sensors.labels, labels=labels,
            emphasised=shown.grouping.chosen, height=_HEIGHT,
            meta=meta | {"checkpoint": arrays.sha256},
        ),
        view=_PROJECTION, trace=0,
        about=(arrays.sha256, settings, projection, shown.colouring, shown.grouping.focus),
        alt="Projection of the sensors, coloured by cluster; the selected ones are emphasised",
        header=("sensor", "cluster", *axes),
        rows=lambda: zip(sensors.ids, labels.tolist(), *points.round(4).T.tolist(), strict=True),
    )  # fmt: skip
    scales = "" if figure.layout.yaxis.scaleanchor else " Each axis has its own scale."
    st.caption(
        f"Sensors by their {space_label(arrays.model, settings.choice)}; near points have similar "
        f"parameters.{scales} Select with the lasso or a click."
    )


@shown_as_message()
def _draw_statistics(
    arrays: CheckpointArrays, settings: ClusterSettings, projection: ProjectionSettings
) -> None:
    about = arrays.sha256, settings, projection
    section(
        "How clear are these clusters?",
        "For the clusters chosen under *Settings*; the verdicts at the top are about the default "
        "ones and do not change with them.",
    )
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
            statistic_box(*box, has_verdict=box[0] != "Trustworthiness")


@shown_as_message()
def _draw_map(checkpoint: OpenCheckpoint, shown: _Shown) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    is_apart = shown.view.apart and shown.view.carriageway == "both"
    picture_title(f"Where are they?{apart_note(arrays) if is_apart else ''}")
    if not sensors.has_coordinates:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    selected = np.isin(sensors.ids, selected_ids(checkpoint))

    def drawn(
        marked: NDArray[np.bool_] | None, *, has_legend: bool, alone: bool = False
    ) -> LocalMap:
        return draw_map(
            arrays, shown.colouring, shown.view,
            selected=marked, has_legend=has_legend, alone=alone,
        )  # fmt: skip

    # the groups are named above both pictures
    has_legend = shown.projection is None
    show_map(drawn(selected_in_sample(selected), has_legend=has_legend), key=_MAP, height=_HEIGHT)
    st.caption(
        "The same sensors in the same colours; rings mark the selected ones, a click selects one."
    )
    say_sample(sensors)
    download(
        "Map as an HTML page",
        lambda: map_file(drawn(selected, has_legend=True, alone=True)),
        "himnet-map.html",
        "text/html",
        type="tertiary",
    )


def _view_widgets(has_roads: bool, grouping: Grouping) -> MapView:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        carriageway: Carriageway = "both"
        apart = False
        if has_roads:
            carriageway = one_of(
                "Carriageways",
                list(_CARRIAGEWAYS),
                format_func=_CARRIAGEWAYS.__getitem__,
                key="carriageway",
            )
            apart = switch(
                "Separate the carriageways", key="apart", default=True,
                help="Draw the sensors of each carriageway on its own side of the road, farther "
                "apart than they are.",
            )  # fmt: skip
        zoom = switch(
            "Zoom to the highlighted clusters",
            default=True,
            key="zoom",
            disabled=not grouping.focus,
        )
    return MapView(carriageway, apart, grouping.chosen if zoom else None)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    behind = page_header_with_settings(
        "Which sensors are similar?",
        "By their parameters, which the model has learnt without knowing where they are.",
    )
    material = open_material(checkpoint)
    if why := checkpoint.arrays.model.why_not("spatial"):
        show_error(why)
    else:
        has_roads = has_several_roads(checkpoint.arrays.dataset.sensors)
        draw_verdicts(material, _CLAIMS if has_roads else _WITHOUT_ROADS)
    shown = _choose(checkpoint, material.source, behind)
    _draw_pictures(checkpoint, shown)
    link_charts(checkpoint, [_PROJECTION, _MAP])
    draw_series(checkpoint, shown.grouping, material)
    if shown.grouping.settings is not None and shown.projection is not None:
        _draw_statistics(checkpoint.arrays, shown.grouping.settings, shown.projection)
    draw_similarity(checkpoint, shown.grouping)
    draw_table(checkpoint, shown.grouping, material.source)


draw(current_checkpoint())
