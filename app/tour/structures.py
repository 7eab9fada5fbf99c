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
from app.session.cached import (
    cluster_palette,
    projected,
    spatial_clusters,
    spatial_coordinates,
)
from app.session.city_map import drawn_places, map_style
from app.session.opened import OpenCheckpoint, open_material
from app.tour.slide import slide_chart
from app.tour.step import Answer, Step
from app.views.verdicts import verdict_on, verdict_words

LAYOUT = ProjectionSettings("t-SNE", 30.0, 0)
CHOICE = SpaceChoice()
_HEIGHT, _WIDTH = 500, 560  # pixels of a slide's map in a low window; it chooses its zoom by them
_EIGHT, _BESIDE, _EVENING = 8, (7, 9), 17  # hours that are compared
_PICTURE = "The picture alone does not show it"
_HOURS = ("7 and 9, the hours beside it", "17, in the evening rush", "None of these")
_NEAR, _ROAD = "They are near each other", "They share a road and a direction"
_NOT_NEAR = "Not that they are near each other"


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
    alt = "Projection of the hours of a week, one colour per day"
    slide_chart(figure, key="tour-days", alt=alt)

    def answer() -> str:
        return (
            f"{verdict_words(material, 'days')} The parameters of an hour are a term for the hour "
            "plus a term for the day, so any model, trained or not, has seven copies of one "
            "set of points, which often look like groups. **Groups alone prove nothing.**"
        )

    # whatever this model has learnt: untrained models show the groups too
    return Answer(answer, lambda: DAYS.options.index(_PICTURE))


def _draw_hours(checkpoint: OpenCheckpoint) -> Answer:
    cosines = hour_cosines(checkpoint.arrays.model, CHOICE, variant="tod")
    figure = hour_heatmap(cosines, meta={"checkpoint": checkpoint.sha256})
    slide_chart(figure, key="tour-hours", alt="Similarity of the hours of a day")
    row = cosines[_EIGHT]
    beside, evening = float(row[list(_BESIDE)].mean()), float(row[_EVENING])

    material = open_material(checkpoint)

    def answer() -> str:
        return (
            f"The cosine between 8:00 and the hours beside it, 7:00 and 9:00, is **{beside:+.2f}** "
            f"on average, and that between 8:00 and 17:00 **{evening:+.2f}**. "
            f"{verdict_words(material, 'hours')} The order of the day is not built in: the input "
            f"is only an index for each time of day. {_on_rush_hours(material)}"
        )

    def right() -> int:
        return 2 if max(beside, evening) <= 0 else int(evening > beside)

    return Answer(answer, right)


def _on_rush_hours(material: Material) -> str:
    """Say whether the hours of similar traffic are similar too, the question's other half."""
    result = verdict_on(material, "rush-hours")
    return "" if result is None else f"And the rush hours? {verdict_words(material, 'rush-hours')}"


def _draw_roads(checkpoint: OpenCheckpoint) -> Answer:
    arrays, settings = checkpoint.arrays, usual_clusters(checkpoint.arrays.model)
    labels, sensors = spatial_clusters(arrays, settings), arrays.dataset.sensors
    colouring = by_cluster(labels, cluster_palette(arrays, settings))
    roads = sensors.labels
    if sensors.has_coordinates:
        (latitude, longitude), ground = drawn_places(arrays)
        figure = city_scatter(
            latitude, longitude, ground, colouring, ids=sensors.ids, about=roads, height=_HEIGHT,
            width=_WIDTH, style=map_style(),
        )  # fmt: skip
    else:
        coordinates = spatial_coordinates(arrays, CHOICE)
        points = projected(coordinates, sensor_layout(len(coordinates)))
        figure = sensor_scatter(points, colouring, ids=sensors.ids, roads=roads, labels=labels)
    slide_chart(figure, key="tour-roads", alt="The sensors, coloured by cluster")

    material = open_material(checkpoint)

    def answer() -> str:
        if not sensors.has_roads:
            return "The roads of this city are not known, so this cannot be measured."
        return (
            f"{verdict_words(material, 'roads')} The locations of the sensors are not an input of "
            "the model, which has learnt from the readings alone."
        )

    def right() -> int | None:
        result = verdict_on(material, "roads")
        if result is None or result.verdict not in ("holds", "does not hold"):
            return None
        return ROADS.options.index(_ROAD if result.verdict == "holds" else _NEAR)

    return Answer(answer, right)


def _draw_areas(checkpoint: OpenCheckpoint) -> Answer:
    """Draw the map of a city without roads, and ask about places."""
    _draw_roads(checkpoint)
    material = open_material(checkpoint)
    result = verdict_on(material, "near-clusters")

    def answer() -> str:
        return (
            f"{verdict_words(material, 'near-clusters')} The locations of the sensors are not an "
            "input of the model, which has learnt from the readings alone."
        )

    def right() -> int | None:
        if result is None or result.verdict not in ("holds", "does not hold"):
            return None
        return AREAS.options.index(_NEAR if result.verdict == "holds" else _NOT_NEAR)

    return Answer(answer, right)


DAYS = Step(
    title="Does the model tell the days of the week apart?",
    tell="Each point is one hour of the week. t-SNE places points with similar generated "
    "parameters near each other; the colour is the day.",
    draw=_draw_days,
    ask="Has the model learnt that days differ?",
    options=("Yes, the groups show it", _PICTURE, "No"),
    page="temporal",
    space="temporal",
)
HOURS = Step(
    title="Which hours does it treat as similar?",
    tell="Each cell compares the parameters of two hours: blue if their cosine is positive, yellow "
    "if it is negative. On the diagonal, each hour is compared with itself.",
    draw=_draw_hours,
    ask="Which of these hours are most similar to 8 in the morning?",
    options=_HOURS,
    page="temporal",
    space="temporal",
)
_MAP_UNKNOWN = (
    "Sensors of the same colour have similar parameters. The map is not an input of the model, "
    "which only gets readings and an index for each sensor."
)
ROADS = Step(
    title="Does it know the roads?",
    tell=f"{_MAP_UNKNOWN} Carriageways that face each other are drawn apart.",
    draw=_draw_roads,
    ask="What do sensors of the same colour have in common?",
    options=(_NEAR, _ROAD, "Nothing"),
    page="spatial",
    space="spatial",
)
AREAS = replace(  # in place of roads, where there are none
    ROADS,
    title="Does it know which places are near each other?",
    tell=_MAP_UNKNOWN,
    draw=_draw_areas,
    options=(_NEAR, _NOT_NEAR),
)
