"""Steps 3 to 5: days, hours, roads."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_cluster
from analysis.figures.spatial import sensor_scatter
from analysis.figures.temporal import hour_heatmap, hour_scatter
from analysis.figures.tour_matrix import told
from analysis.geometry.clustering import methods_for, number_of_clusters
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import is_large, left_out
from analysis.patterns.hours import clock_order, hour_cosines, week_coordinates, week_hours
from app.choices.shared import ClusterSettings, ProjectionSettings
from app.session.cached import (
    cluster_palette,
    day_clusters,
    projected,
    road_agreement,
    spatial_clusters,
    spatial_coordinates,
)
from app.session.city_map import drawn_places, map_style
from app.session.opened import OpenCheckpoint
from app.tour.step import Answer, Step
from app.views.components import chart

LAYOUT = ProjectionSettings("t-SNE", 30.0, 0)
CHOICE = SpaceChoice()
_HEIGHT = 430


def usual_clusters(checkpoint: OpenCheckpoint) -> ClusterSettings:
    """Return the settings of the clusters in the tour, which are the defaults."""
    count = checkpoint.arrays.model.num_nodes
    return ClusterSettings(CHOICE, number_of_clusters(count), methods_for(count)[0], 0)


def sensor_layout(count: int) -> ProjectionSettings:
    """Return the projection of that many sensors, with a note if it is not t-SNE."""
    if not is_large(count):
        return LAYOUT
    st.caption(f"{left_out('t-SNE', 'the first two principal components are shown')}.")
    return replace(LAYOUT, method="PCA")


def _draw_days(checkpoint: OpenCheckpoint) -> Answer:
    arrays = checkpoint.arrays
    points = projected(week_coordinates(arrays.model, CHOICE), LAYOUT)
    hours, days = week_hours()
    figure = hour_scatter(points, hours, days, day_names=arrays.dataset.day_names)
    figure.update_layout(height=_HEIGHT)
    chart(figure, key="tour-days", alt="Projection of the hours of a week, one colour per day")

    def answer() -> str:
        matched, unmatched = (day_clusters(arrays, CHOICE, matched=same) for same in (True, False))
        if unmatched.is_above and not matched.is_above:
            return (
                "**It depends on the comparison.** Days are separated more clearly than in "
                f"untrained models (silhouette **{unmatched.value:.2f}**, there "
                f"{unmatched.null_mean:.2f} on average), but not more than in untrained models "
                "whose days and hours are spread as widely as here "
                f"({matched.null_mean:.2f}). The parameters of an hour are a "
                "term for the hour plus a term for the day, so any model shows seven copies of one "
                "group. Groups alone prove nothing. (For this one trained model.)"
            )
        return told(
            matched,
            "Days are separated **more clearly than in untrained models**.",
            "The picture shows separate groups, but **so do untrained models**: the parameters of "
            "an hour are a term for the hour plus a term for the day, so any model shows seven "
            "copies of one group. Groups alone prove nothing.",
        )

    return answer


def _draw_hours(checkpoint: OpenCheckpoint) -> Answer:
    cosines = hour_cosines(checkpoint.arrays.model, CHOICE, variant="tod")
    figure = hour_heatmap(cosines, meta={"checkpoint": checkpoint.sha256})
    figure.update_layout(height=_HEIGHT)
    chart(figure, key="tour-hours", width=560, alt="Similarity of the hours of a day")

    def answer() -> str:
        return told(
            clock_order(checkpoint.arrays.model, CHOICE),
            "The closer two hours are on the clock, within six hours, the more similar they are: "
            "**the model has learnt the order of the day**. It is not built in: the input is only "
            "an index for each time of day.",
            "Hours that are close on the clock are **no more similar than others**: this model "
            "has not learnt the order of the day.",
        )

    return answer


def _draw_roads(checkpoint: OpenCheckpoint) -> Answer:
    arrays, settings = checkpoint.arrays, usual_clusters(checkpoint)
    labels = spatial_clusters(arrays, settings)
    sensors = arrays.dataset.sensors
    colouring = by_cluster(labels, cluster_palette(arrays, settings))
    roads = sensors.road_names
    if sensors.has_coordinates:
        (latitude, longitude), paths = drawn_places(arrays)
        figure = city_scatter(
            latitude, longitude, paths, colouring, ids=sensors.ids, about=roads, height=_HEIGHT,
            style=map_style(),
        )  # fmt: skip
    else:
        coordinates = spatial_coordinates(arrays, CHOICE)
        points = projected(coordinates, sensor_layout(len(coordinates)))
        figure = sensor_scatter(points, colouring, ids=sensors.ids, roads=roads, labels=labels)
    chart(figure, key="tour-roads", alt="The sensors, coloured by cluster")

    def answer() -> str:
        if not sensors.has_roads:
            return "The roads of this city are not known, so this cannot be measured."
        return told(
            road_agreement(arrays, settings, "ARI"),
            "Clusters follow roads and directions, **more than proximity alone explains**. The "
            "locations of the sensors are not an input of the model: it learnt this from the "
            "speeds.",
            "Clusters follow roads **no more than proximity alone explains**.",
        )

    return answer


DAYS = Step(
    title="Does the model tell the days of the week apart?",
    tell="Each point is one hour of the week. t-SNE places points with similar generated "
    "parameters near each other; the colour is the day.",
    draw=_draw_days,
    ask="Has the model learnt that days differ?",
    options=("Yes, the groups show it", "The picture alone does not show it", "No"),
    page="temporal",
    space="temporal",
)
HOURS = Step(
    title="Which hours does it treat as similar?",
    tell="Each cell compares the parameters of two hours: blue if their cosine is positive, yellow "
    "if it is negative. On the diagonal, each hour is compared with itself.",
    draw=_draw_hours,
    ask="Which hours are similar to 8 in the morning?",
    options=("7 and 9 o'clock", "Those with similar traffic, such as 17", "Both"),
    page="temporal",
    space="temporal",
)
ROADS = Step(
    title="Does it know the roads?",
    tell="Sensors of the same colour have similar parameters. The map is not an input of the "
    "model, which only gets speeds and an index for each sensor.",
    draw=_draw_roads,
    ask="What do sensors of the same colour have in common?",
    options=("They are near each other", "They share a road and a direction", "Nothing"),
    page="spatial",
    space="spatial",
)
