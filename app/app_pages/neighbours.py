"""Neighbours: which sensors and hours have the most similar meta-parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.figures.city import city_scatter, with_mark_below
from analysis.figures.colouring import by_cosine
from analysis.figures.neighbours import neighbour_series, week_similarity
from analysis.figures.selection import with_selection
from analysis.geometry.similarity import cosine_matrix
from analysis.limits import is_large
from analysis.material import Material
from analysis.model import LearntModel
from analysis.patterns.hours import hour_cosines, week_coordinates
from analysis.patterns.neighbours import (
    CLOSE_METRES,
    FAR_METRES,
    NEAREST_SEARCHED,
    HourScope,
    Neighbour,
    SensorPair,
    SimilarHour,
    close_but_different,
    nearest_sensors,
    similar_but_far,
    similar_hours,
)
from analysis.patterns.relations import Relations, relations
from analysis.readings.days import clock_time, short_day
from analysis.readings.series import series_correlations
from app.choices.chosen import choose
from app.choices.links import linked_one, whole_number
from app.choices.shared import one_of, space_widgets
from app.choices.theme import is_dark
from app.choices.what_if import choose_sensor
from app.clock.readings import say_what_is_drawn
from app.export import export, exported_chart
from app.messages import fragment, said, show_error, shown_as_message
from app.selection.linked import SELECTING_TOOLS, say_points
from app.selection.selection import select
from app.session.cached import spatial_coordinates
from app.session.city_map import apart_note, drawn_places, map_style, placing_command
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.components import (
    WHERE_UNKNOWN,
    chart,
    missing_note,
    named_rows,
    page_header_with_settings,
    picture_title,
    section,
)
from himnet import texts
from himnet.data.info import Sensors

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from streamlit.delta_generator import DeltaGenerator

_SCOPES: dict[str, HourScope] = {"all hours of the week": "week", "times of day alone": "tod"}
_HEIGHT = 470  # pixels of the map
_DRAWN = 4  # neighbours whose series are drawn
# by key of a list: its title, which pairs are searched, and what is said of them, with roads and
# without
_PAIRS = {
    "n-far": (
        "Which are similar but far apart?", "most similar",
        f"More than {FAR_METRES / 1000:g} km apart", " and on different freeways",
        " Tick rows to select both sensors.",
    ),
    "n-close": (
        "Which are close but different?", "nearest",
        f"At most {CLOSE_METRES:g} m apart",
        "; facing sensors lie on the two carriageways of one freeway", "",
    ),
}  # fmt: skip
Found = Sequence[Neighbour]


@shown_as_message()
def _draw_table(checkpoint: OpenCheckpoint, material: Material, sensor: int, found: Found) -> None:
    """Draw the table of nearest sensors; ticking a row chooses that sensor."""
    source, sensors = material.source, material.info.sensors
    picture_title("Which sensors are most similar to it?")
    names = sensors.name or ("",) * len(sensors)
    correlations = [float("nan")] * len(found)
    if source is not None:
        week = source.values(np.arange(source.weeks[0].start, source.weeks[0].stop))
        correlations = list(series_correlations(week, sensor, [one.sensor for one in found]))
    table = pd.DataFrame(
        {
            "sensor": [sensors.ids[one.sensor] for one in found],
            "road": [one.road for one in found],
            "name": [names[one.sensor] for one in found],
            "cosine": [round(one.cosine, 3) for one in found],
            "metres apart": [None if one.metres is None else round(one.metres) for one in found],
            "correlation": np.round(correlations, 3),
        }
    )
    table = table if any(sensors.road_names) else table.drop(columns="road")
    table = table if sensors.name else table.drop(columns="name")
    table = table if sensors.has_coordinates else table.drop(columns="metres apart")
    key = f"n-table-{sensors.ids[sensor]}"

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            choose("sensor", [table["sensor"].iloc[rows[0]]])

    st.dataframe(table, hide_index=True, key=key, on_select=said(take), selection_mode="single-row")
    st.caption(
        "By the centred cosine of their spatial meta-parameters; the correlation is that of their "
        "series over the first week. Tick a row to choose that sensor."
    )
    ids = [sensors.ids[sensor], *table["sensor"]]
    st.button(
        "Select these sensors on all pages",
        icon=":material/select_all:",
        on_click=said(lambda: select(checkpoint, ids)),
    )
    export(None, key="n-nearest", header=list(table.columns), rows=table.to_numpy().tolist)


def _map_figure(
    checkpoint: OpenCheckpoint, related: Relations, sensor: int, found: Found
) -> go.Figure:
    """Return the map of all sensors, with the chosen one marked and its neighbours larger."""
    sensors = related.sensors
    (latitude, longitude), ground = drawn_places(checkpoint.arrays)
    roads = sensors.labels
    cosines, strong = related.cosines_to(sensor), [sensor, *(one.sensor for one in found)]
    figure = city_scatter(
        latitude, longitude, ground, by_cosine(cosines), ids=sensors.ids,
        about=[f"{road}\ncosine {one:.2f}" for road, one in zip(roads, cosines, strict=True)],
        always=strong, style=map_style(), height=_HEIGHT,
        meta={"checkpoint": checkpoint.sha256, "sensor": sensors.ids[sensor]},
    )  # fmt: skip
    with_selection(
        figure, [sensors.ids[place] for place in strong], trace=len(figure.data) - 1,
        on_dark=is_dark(),
    )  # fmt: skip
    with_mark_below(figure, latitude[sensor], longitude[sensor], colour=map_style().text)
    return figure


@shown_as_message()
def _draw_map(checkpoint: OpenCheckpoint, related: Relations, sensor: int, found: Found) -> None:
    sensors = related.sensors
    picture_title(f"Where are they?{apart_note(checkpoint.arrays)}")
    if sensors.latitude is None or sensors.longitude is None:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    figure = _map_figure(checkpoint, related, sensor, found)
    key = f"n-map-{sensors.ids[sensor]}"

    def take() -> None:
        event: Any = st.session_state.get(key)
        points = event["selection"]["points"] if event else []
        ids = [str(one["customdata"][0]) for one in points if one.get("customdata")]
        if len(ids) > 1:  # a lasso or a box; the page stays with its sensor
            choose("sensor", [sensors.ids[sensor]])
            select(checkpoint, ids)
        elif ids:
            choose("sensor", ids)

    chart(
        figure, key=key, alt="Map of the sensor and its neighbours", on_select=said(take),
        config=SELECTING_TOOLS,
    )  # fmt: skip
    st.caption(
        "The colour is the centred cosine to the sensor: blue is 1 (the same direction), grey 0 "
        "(what two random sensors have on average), yellow -1 (opposite). The sensor itself has a "
        "disc around it, and its neighbours are larger. Click a sensor to choose it."
    )
    say_points(len(sensors))
    table = np.stack([sensors.latitude, sensors.longitude, related.cosines_to(sensor)], axis=1)
    export(
        figure, key="n-map", header=("sensor", "latitude", "longitude", "cosine"),
        rows=lambda: named_rows(sensors.ids, table),
    )  # fmt: skip


@shown_as_message()
def _draw_series(checkpoint: OpenCheckpoint, material: Material, sensor: int, found: Found) -> None:
    info, source, sensors = material.info, material.source, material.info.sensors
    section(
        "Are their series similar?",
        f"{texts.markdown(info.quantity.capitalize())} of the sensor (thick line) and of its "
        f"{_DRAWN} nearest neighbours over the first week.",
    )
    say_what_is_drawn(checkpoint, material)
    if source is None:
        return
    steps = np.arange(source.weeks[0].start, source.weeks[0].stop)
    others = [one.sensor for one in found[:_DRAWN]]
    values = source.values(steps)
    figure = neighbour_series(
        source.times[steps], values, sensor, others, sensors=sensors, quantity=info.quantity,
        unit=info.unit, meta={"checkpoint": checkpoint.sha256},
    )  # fmt: skip
    names = [f"{sensors.ids[place]} ({info.unit})" for place in (sensor, *others)]
    exported_chart(
        figure, key="n-series", alt="Series of the sensor and its nearest neighbours",
        header=("time", *names),
        rows=lambda: named_rows(map(str, source.times[steps]), values[:, [sensor, *others]]),
    )  # fmt: skip


@shown_as_message()
def _draw_pairs(checkpoint: OpenCheckpoint, pairs: Sequence[SensorPair], key: str) -> None:
    """Draw one list of pairs; ticking a row selects both sensors on all pages."""
    sensors = checkpoint.arrays.dataset.sensors
    title, searched, apart, on_roads, hint = _PAIRS[key]
    section(title, f"{apart}{on_roads if sensors.has_roads else ''}.{hint}")
    if is_large(len(sensors)):
        st.caption(
            f"Each sensor is compared with the {NEAREST_SEARCHED} {searched} to it, not with all "
            "others; shares are estimated from random pairs."
        )
    if not pairs:
        st.caption("This data set has no such pair.")
        return
    names = sensors.name or ("",) * len(sensors)
    table = pd.DataFrame(
        {
            "first": [sensors.ids[pair.sensors[0]] for pair in pairs],
            "second": [sensors.ids[pair.sensors[1]] for pair in pairs],
            "roads": [" / ".join(filter(None, pair.roads)) for pair in pairs],
            "names": [" / ".join(names[place] for place in pair.sensors) for pair in pairs],
            "cosine": [round(pair.cosine, 3) for pair in pairs],
            "metres": [round(pair.metres) for pair in pairs],
            "facing": ["yes" if pair.facing else "" for pair in pairs],
        }
    )
    table = table if sensors.has_roads else table.drop(columns=["roads", "facing"])
    table = table if sensors.name else table.drop(columns="names")

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        select(checkpoint, table.iloc[rows][["first", "second"]].to_numpy().ravel().tolist())

    st.dataframe(table, hide_index=True, key=key, on_select=said(take), selection_mode="multi-row")
    export(None, key=key, header=list(table.columns), rows=table.to_numpy().tolist)


@fragment
def _draw_hours(model: LearntModel, names: Sequence[str]) -> None:
    """Draw the hours that are most similar to one; `names` are the days of the week."""
    section(
        "Which hours are similar to this one?",
        "Centred cosine between the temporal meta-parameters of the framed hour and those of all "
        "others.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = linked_one(
            "Day of the week", range(7), default=0, name_of=names.__getitem__, key="hour-day",
            width=180,
        )  # fmt: skip
        hour = whole_number("Hour", key="hour", min_value=0, max_value=23, value=8, width=130)
        scope = _SCOPES[one_of("Compare with", list(_SCOPES), key="hour-scope")]
    found = similar_hours(model, hour, day=day, scope=scope, centred=True, count=8)
    if scope == "week":
        cosines = cosine_matrix(week_coordinates(model), centred=True)
        cosines = cosines[day * 24 + hour].reshape(7, 24)
        figure = week_similarity(cosines, names, day=day, hour=hour)
    else:
        cosines = hour_cosines(model, variant="tod", centred=True)[[hour]]
        figure = week_similarity(cosines, ["any day"], day=None, hour=hour)
    picture, listed = st.columns([3, 1], gap="large")
    with picture:
        rows = names if scope == "week" else ("any day",)
        exported_chart(
            figure, key="n-hours", alt="Similarity of the hours of the week to one hour",
            header=("day", *map(str, range(24))), rows=lambda: named_rows(rows, cosines),
        )  # fmt: skip
    with listed:
        st.dataframe(_hour_table(found, names), hide_index=True)


def _hour_table(found: Sequence[SimilarHour], names: Sequence[str]) -> pd.DataFrame:
    days = ["" if one.day is None else f"{short_day(names[one.day])} " for one in found]
    hours = [f"{day}{clock_time(one.hour, 24)}" for day, one in zip(days, found, strict=True)]
    return pd.DataFrame({"hour": hours, "cosine": [round(one.cosine, 3) for one in found]})


def _answer(sensors: Sensors, sensor: int, found: Found) -> str:
    """Return in Markdown which sensor is the most similar one, and how many share the road."""
    if not found:
        return ""
    nearest, own = found[0], sensors.road_names[sensor]
    name, other = (texts.markdown(sensors.ids[at]) for at in (sensor, nearest.sensor))
    where = f" on {texts.markdown(nearest.road)}" if nearest.road else ""
    apart = "" if nearest.metres is None else f", {nearest.metres:,.0f} m away"
    told = f"Most similar to **{name}** is **{other}**{where}{apart} (cosine {nearest.cosine:.2f})."
    if not own:
        return told
    same = sum(one.road == own for one in found)
    road = texts.markdown(own)
    verb = "is" if same == 1 else "are"
    others = len(sensors) - 1
    by_chance = len(found) * (sensors.road_names.count(own) - 1) / others
    return (
        f"{told} **{same} of its {len(found)}** neighbours {verb} on its own road, {road}; "
        f"{len(found)} random sensors would have {by_chance:.1f} there on average."
    )


@shown_as_message()
def _draw_sensors(checkpoint: OpenCheckpoint, material: Material, behind: DeltaGenerator) -> None:
    """Draw the neighbours of a sensor, and pairs that are only similar or only close."""
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    with behind:
        choice = space_widgets("s", arrays.model)
    with st.container(horizontal=True, vertical_alignment="center"):
        sensor = choose_sensor(checkpoint)
        count = whole_number(
            "Neighbours", key="neighbours", min_value=1, max_value=30, value=8, width=130
        )
        answer = st.container()
    related = relations(spatial_coordinates(arrays, choice), sensors, centred=True)
    found = nearest_sensors(related, sensor, count=count)
    with answer:
        st.markdown(_answer(sensors, sensor, found))
    left, right = st.columns(2, gap="large")
    with left:
        _draw_table(checkpoint, material, sensor, found)
    with right:
        _draw_map(checkpoint, related, sensor, found)
    _draw_series(checkpoint, material, sensor, found)
    if sensors.has_coordinates:
        left, right = st.columns(2, gap="large")
        with left:
            _draw_pairs(checkpoint, similar_but_far(related), "n-far")
        with right:
            _draw_pairs(checkpoint, close_but_different(related), "n-close")


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    model = checkpoint.arrays.model
    behind = page_header_with_settings(
        "What does the model consider similar?",
        "Sensors and hours with the most similar meta-parameters. The model is given neither "
        "places nor distances.",
    )
    material = open_material(checkpoint)
    if why := model.why_not("spatial"):
        show_error(why)
    else:
        _draw_sensors(checkpoint, material, behind)
    if why := model.why_not("temporal"):
        show_error(why)
    else:
        _draw_hours(model, checkpoint.arrays.dataset.day_names)


draw(current_checkpoint())
