"""Steps 3 to 5: days, hours, roads."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_cluster
from analysis.figures.spatial import sensor_scatter
from analysis.figures.temporal import hour_heatmap, hour_scatter
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import is_large, left_out
from analysis.material import Material
from analysis.patterns.hours import hour_cosines, week_coordinates, week_hours
from app.choices.shared import ProjectionSettings, usual_clusters
from app.session.cached import projected, spatial_clusters, spatial_coordinates
from app.session.city_map import drawn_places, map_style
from app.session.opened import OpenCheckpoint, open_material
from app.tour.step import Answer, Step
from app.views.components import chart
from app.views.verdicts import verdict_on, verdict_words

LAYOUT = ProjectionSettings("t-SNE", 30.0, 0)
CHOICE = SpaceChoice()
_HEIGHT = 430


def sensor_layout(count: int) -> ProjectionSettings:
    """Return the projection of that many sensors, with a note if it is not t-SNE."""
    if not is_large(count):
        return LAYOUT
    st.caption(f"{left_out('t-SNE', 'the first two principal components are shown')}.")
    return replace(LAYOUT, method="PCA")


def _draw_days(checkpoint: OpenCheckpoint) -> Answer:
    arrays, material = checkpoint.arrays, open_material(checkpoint)
    points = projected(week_coordinates(arrays.model, CHOICE), LAYOUT)
    hours, days = week_hours()
    figure = hour_scatter(points, hours, days, day_names=arrays.dataset.day_names)
    figure.update_layout(height=_HEIGHT)
    chart(figure, key="tour-days", alt="Projection of the hours of a week, one colour per day")

    return lambda: (
        f"{verdict_words(material, 'days')} The parameters of an hour are a term for the hour plus "
        "a term for the day, so any model, trained or not, shows seven copies of one group. "
        "**Groups alone prove nothing.**"
    )


def _draw_hours(checkpoint: OpenCheckpoint) -> Answer:
    cosines = hour_cosines(checkpoint.arrays.model, CHOICE, variant="tod")
    figure = hour_heatmap(cosines, meta={"checkpoint": checkpoint.sha256})
    figure.update_layout(height=_HEIGHT)
    chart(figure, key="tour-hours", width=560, alt="Similarity of the hours of a day")

    material = open_material(checkpoint)
    return lambda: (
        f"{verdict_words(material, 'hours')} The order of the day is not built in: the input is "
        f"only an index for each time of day. {_on_rush_hours(material)}"
    )


def _on_rush_hours(material: Material) -> str:
    """Say whether the hours of similar traffic are similar too, the question's other half."""
    result = verdict_on(material, "rush-hours")
    return "" if result is None else f"And the rush hours? {verdict_words(material, 'rush-hours')}"


def _draw_roads(checkpoint: OpenCheckpoint) -> Answer:
    arrays = checkpoint.arrays
    labels = spatial_clusters(arrays, usual_clusters(arrays.model))
    sensors, colouring = arrays.dataset.sensors, by_cluster(labels)
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

    material = open_material(checkpoint)

    def answer() -> str:
        if not sensors.has_roads:
            return "The roads of this city are not known, so this cannot be measured."
        return (
            f"{verdict_words(material, 'roads')} The locations of the sensors are not an input of "
            "the model, which has learnt from the speeds alone."
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
    tell="Each cell compares the parameters of two hours: blue if their cosine is positive, red if "
    "it is negative. On the diagonal, each hour is compared with itself.",
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
