"""Spatial: which sensors the model treats alike, and whether they share a road."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis.agreement import AgreementName, majority_names
from analysis.carriageways import Carriageway
from analysis.colouring import Colouring, by_cluster, by_name, by_value
from analysis.figures.spatial import cluster_series, sensor_heatmap, sensor_scatter
from analysis.series import group_means
from analysis.similarity import cosine_matrix
from app.cached import (
    cluster_quality,
    projected,
    road_agreement,
    spatial_clusters,
    spatial_coordinates,
    trust,
)
from app.choices import (
    ClusterSettings,
    ProjectionSettings,
    cluster_form,
    drop_unless,
    projection_form,
)
from app.city import MapView, draw_map, geography, map_file, show_map
from app.components import chart, csv_button, missing_note, page_header, section, statistic_box
from app.messages import shown_as_message
from app.readings import Source, current_source, mean_values, say_what_is_drawn
from app.session import current_checkpoint

_CARRIAGEWAYS: dict[Carriageway, str] = {
    "both": "both",
    "north and east": "north- and eastbound",
    "south and west": "south- and westbound",
}
_AGREEMENTS: tuple[tuple[AgreementName, str, str], ...] = (
    ("ARI", "Roads: Rand index", "Clusters against freeway and direction: adjusted Rand index."),
    ("NMI", "Roads: information", "Clusters against freeway and direction: mutual information."),
)
_NEARBY = (
    "1 is full agreement. In the null, sensors near each other swap clusters, so that being near "
    "does not count as sharing a road."
)
_MOST_SERIES = 3  # clusters drawn over a week before anybody has chosen


def _colouring(labels: NDArray[np.int64], name: str) -> Colouring:
    """Return the colours of the sensors by what the visitor chose."""
    sensors, info = checkpoint.arrays.dataset.sensors, checkpoint.arrays.dataset
    if name == "freeway" and sensors.freeway:
        return by_name(sensors.freeway, name="freeway")
    if name == "road" and sensors.roads:
        return by_name(sensors.roads, name="road")
    if name.startswith("mean") and source is not None:
        return by_value(
            mean_values(checkpoint.sha256, source.are_readings, _source=source),
            name=name,
            unit=info.unit,
        )
    return by_cluster(labels)


def _colour_names() -> list[str]:
    """Return what sensors can be coloured by, as far as it is known."""
    info = checkpoint.arrays.dataset
    names = ["cluster"]
    names += ["freeway"] if info.sensors.freeway else []
    names += ["road"] if info.sensors.has_roads else []
    return names + ([f"mean {info.quantity}"] if source is not None else [])


def _focus_widget(labels: NDArray[np.int64]) -> list[int]:
    """Draw the choice of clusters to look at, for the whole page."""
    sensors = checkpoint.arrays.dataset.sensors
    roads = majority_names(labels, sensors.roads or ("",) * len(sensors))
    count = len(roads)
    drop_unless("focus", lambda chosen: all(number < count for number in chosen))
    return st.multiselect(
        "Clusters to look at",
        list(range(count)),
        format_func=lambda number: f"{number} {roads[number]}".strip(),
        key="focus",
        bind="query-params",
        placeholder="all",
        select_all=False,
        filter_mode="contains",
        help="The others are drawn faintly, the map zooms to these, and the series shows them. "
        "Beside the number: the road of most members.",
    )


def _chosen_sensors(labels: NDArray[np.int64], focus: list[int]) -> NDArray[np.bool_] | None:
    return np.isin(labels, focus) if focus else None


@shown_as_message()
def _draw_statistics(settings: ClusterSettings, projection: ProjectionSettings) -> None:
    arrays, sha256 = checkpoint.arrays, checkpoint.sha256
    boxes = [
        (
            "Silhouette",
            cluster_quality(sha256, settings, _arrays=arrays),
            "How much nearer a sensor is to its own cluster than to the nearest other one, from "
            "-1 to 1.",
        )
    ]
    if arrays.dataset.sensors.has_roads:
        boxes += [
            (name, road_agreement(sha256, settings, kind, _arrays=arrays), f"{told} {_NEARBY}")
            for kind, name, told in _AGREEMENTS
        ]
    coordinates = spatial_coordinates(sha256, settings.choice, _arrays=arrays)
    if len(coordinates) >= 4:
        key = (sha256, "sensors", settings.choice, projection.perplexity, projection.seed)
        points = projected(*key, _coordinates=coordinates)
        kept = trust(*key, _coordinates=coordinates, _points=points)
        boxes.append(("Neighbours kept", kept, "Trustworthiness: how far neighbours in the "
                      "picture are neighbours among the meta-parameters; 1 is all."))  # fmt: skip
    for column, box in zip(st.columns(len(boxes)), boxes, strict=True):
        with column:
            statistic_box(*box)


@shown_as_message()
def _draw_projection(
    labels: NDArray[np.int64],
    colouring: Colouring,
    settings: ClusterSettings,
    projection: ProjectionSettings,
    focus: list[int],
) -> None:
    sensors, sha256 = checkpoint.arrays.dataset.sensors, checkpoint.sha256
    coordinates = spatial_coordinates(sha256, settings.choice, _arrays=checkpoint.arrays)
    key = (sha256, "sensors", settings.choice, projection.perplexity, projection.seed)
    points = projected(*key, _coordinates=coordinates)
    figure = sensor_scatter(
        points,
        colouring,
        ids=sensors.ids,
        roads=sensors.roads or ("",) * len(sensors),
        labels=labels,
        emphasised=_chosen_sensors(labels, focus),
        meta={"space": settings.choice.label, **vars(projection), "checkpoint": sha256},
    )
    chart(figure, key="sensors", alt="t-SNE of the sensors, coloured by cluster")


@st.fragment
@shown_as_message()
def _draw_map(labels: NDArray[np.int64], colouring: Colouring, focus: list[int]) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    section(
        "Where are they?",
        "The same sensors and colours on the freeways, drawn as lines through the sensors of each. "
        "Opposite carriageways lie some 50 m apart: show one, or draw them apart.",
    )
    if not sensors.has_coordinates:
        missing_note(
            "It is not known where the sensors of this data set are. This adds it, with a file of "
            "the columns id, latitude, longitude, freeway, direction:",
            "python -m himnet convert model.pt DST.safetensors --sensors sensors.csv ...",
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        carriageway: Carriageway = st.segmented_control(
            "Carriageways",
            list(_CARRIAGEWAYS),
            format_func=_CARRIAGEWAYS.__getitem__,
            default="both",
            required=True,
            key="carriageway",
            bind="query-params",
            disabled=not sensors.has_roads,
        )
        apart = st.toggle(
            "Draw them apart", key="apart", bind="query-params", disabled=not sensors.has_roads
        )
        zoom = st.toggle(
            "Zoom to the clusters looked at", value=True, key="zoom", bind="query-params",
            disabled=not focus,
        )  # fmt: skip
    chosen = _chosen_sensors(labels, focus) if zoom else None
    view = MapView(carriageway, apart, chosen)
    show_map(draw_map(checkpoint.sha256, sensors, colouring, view), key="map")
    st.download_button(
        "Map as a page",
        lambda: map_file(draw_map(checkpoint.sha256, sensors, colouring, view)),
        file_name="himnet-map.html",
        mime="text/html",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


@st.fragment
@shown_as_message()
def _draw_series(labels: NDArray[np.int64], focus: list[int], source: Source | None) -> None:
    info = checkpoint.arrays.dataset
    section(
        f"How does their {info.quantity} run over a week?",
        f"Mean {info.quantity} of each cluster's sensors; gaps where nothing was read.",
    )
    say_what_is_drawn(checkpoint, source)
    if source is None:
        return
    choices = source.weeks
    drop_unless("week", lambda week: week < len(choices))
    week = choices[
        st.selectbox(
            "Week",
            range(len(choices)),
            format_func=lambda number: source.week_label(choices[number]),
            key="week",
            bind="query-params",
            width=320,
        )
    ]
    steps = np.arange(week.start, week.stop)
    means = group_means(source.values(steps), labels)
    shown = focus or list(range(min(_MOST_SERIES, means.shape[1])))
    figure = cluster_series(
        source.times[steps],
        means,
        shown,
        quantity=info.quantity,
        unit=info.unit,
        meta={"checkpoint": checkpoint.sha256, "are_readings": source.are_readings},
    )
    chart(figure, key="cluster-series", alt="Mean reading of clusters over a week")
    rows = zip(source.times[steps], means[:, shown].round(3).tolist(), strict=True)
    csv_button(
        "Series",
        ("time", *(f"cluster {k} ({info.unit})" for k in shown)),
        ((str(time), *row) for time, row in rows),
        name="cluster-series",
    )


@st.fragment
@shown_as_message()
def _draw_similarity(labels: NDArray[np.int64], settings: ClusterSettings) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    section(
        "How alike are any two of them?",
        "Cosine similarity between the parameters of all sensors, what all of them share taken "
        "out; blocks are clusters, or roads.",
    )
    by_road = sensors.has_roads and st.segmented_control(
        "In order of", ["cluster", "road"], default="cluster", required=True, key="order",
        bind="query-params",
    ) == "road"  # fmt: skip
    coordinates = spatial_coordinates(checkpoint.sha256, settings.choice, _arrays=checkpoint.arrays)
    groups = list(sensors.roads or ()) if by_road else [str(label) for label in labels]
    order = _road_order() if by_road else np.argsort(labels, kind="stable")
    figure = sensor_heatmap(
        cosine_matrix(coordinates, centred=True),
        order,
        groups,
        ids=sensors.ids,
        title="centred cosine similarity",
        meta={"space": settings.choice.label, "checkpoint": checkpoint.sha256},
    )
    chart(figure, key="sensor-cosines", width=760, alt="Cosine similarity between all sensors")


def _road_order() -> NDArray[np.int64]:
    """Return the sensors road by road, in order of travel; those of no road come last."""
    sensors = checkpoint.arrays.dataset.sensors
    if not sensors.has_coordinates:
        return np.argsort(np.asarray(sensors.roads), kind="stable")
    roads = sorted(geography(checkpoint.sha256, _sensors=sensors)[1], key=lambda road: road.label)
    found = [int(member) for road in roads for member in road.members]
    return np.array(found + sorted(set(range(len(sensors))) - set(found)))


def _draw_table(labels: NDArray[np.int64], focus: list[int]) -> None:
    info, sensors = checkpoint.arrays.dataset, checkpoint.arrays.dataset.sensors
    section("Which sensors are they?", "A row per sensor; click on a title to sort.")
    columns = {"sensor": list(sensors.ids), "cluster": labels}
    for name in ("freeway", "direction", "latitude", "longitude"):
        if getattr(sensors, name) is not None:
            columns[name] = list(getattr(sensors, name))
    if source is not None:
        means = mean_values(checkpoint.sha256, source.are_readings, _source=source)
        columns[f"mean {info.quantity} ({info.unit})".replace(" ()", "")] = means.round(2)
    table = pd.DataFrame(columns)
    chosen = _chosen_sensors(labels, focus)
    table = table if chosen is None else table[chosen]
    st.dataframe(table.sort_values(["cluster", "sensor"]), hide_index=True, height=320)
    csv_button("Sensors", list(table.columns), table.to_numpy().tolist(), name="sensors")


checkpoint = current_checkpoint()
page_header(
    "Which sensors are alike?",
    "The spatial encoder makes the parameters of each sensor from a learnt row of numbers; nobody "
    "told it where the sensors are.",
)
source = current_source(checkpoint)
picture, controls = st.columns([3, 1], gap="large")
with controls:
    settings = cluster_form(checkpoint.arrays.config)
    with st.expander("Projection"):
        projection = projection_form("s")
labels = spatial_clusters(checkpoint.sha256, settings, _arrays=checkpoint.arrays)
with picture:
    section(
        "Do they form clusters?",
        f"Each point is a sensor by its {settings.choice.label}; near points have similar "
        "parameters.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = _colour_names()
        drop_unless("colour", names.__contains__)
        colour = st.segmented_control(
            "Colour", names, default="cluster", required=True, key="colour", bind="query-params"
        )
        focus = _focus_widget(labels)
    colouring = _colouring(labels, colour)
    _draw_projection(labels, colouring, settings, projection, focus)
_draw_statistics(settings, projection)
_draw_map(labels, colouring, focus)
_draw_series(labels, focus, source)
_draw_similarity(labels, settings)
_draw_table(labels, focus)
