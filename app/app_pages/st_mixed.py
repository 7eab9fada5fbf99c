"""ST-mixed: how the similarity of sensors changes over a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.colouring import Colouring
from analysis.figures.colours import NEUTRAL
from analysis.figures.cosines import ScaleName
from analysis.figures.st_mixed import Group, similarity_curves, similarity_panels, speed_series
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import MOST_MEMBERS, is_large, some_of
from analysis.material import Material
from analysis.model import LearntModel
from analysis.patterns.over_a_day import (
    PERIODS,
    group_similarity,
    period_cosines,
    period_hours,
    said_of_late_start,
    separation,
    without_common,
)
from app.choices.groups import Compared, choose_groups, sensor_clusters
from app.choices.links import switch
from app.choices.shared import SCALES, one_of, space_label, space_widgets
from app.clock.days import choose_day
from app.clock.moment import clock_slider
from app.clock.readings import say_forecasts
from app.export import export, exported_chart
from app.messages import fragment, show_error, shown_as_message
from app.player.payload import Scene
from app.player.view import draw_player
from app.selection.linked import link_charts
from app.session.cached import space
from app.session.city_map import MapView, draw_map, placing_command, say_sample, show_map
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.components import (
    WHERE_UNKNOWN,
    missing_note,
    named_rows,
    page_header_with_settings,
    section,
    statistic_box,
)
from app.views.verdicts import draw_verdicts
from himnet import texts
from himnet.data.info import Sensors

_MEASURES = ("centred", "raw")
_CLAIMS = ("within-clusters", "divergence")
_MAP = "st-map"  # key of the map
Coordinates = NDArray[np.float64]


def _as_groups(groups: Sequence[Compared], which: Literal["members", "shown"]) -> list[Group]:
    """Return the groups with members renumbered as positions among all drawn sensors."""
    found, start = [], 0
    for group in groups:
        count = len(getattr(group, which))
        found.append(Group(group.name, group.colour, tuple(range(start, start + count))))
        start += count
    return found


def _flat(groups: Sequence[Compared], which: Literal["members", "shown"]) -> list[int]:
    return [member for group in groups for member in getattr(group, which)]


@shown_as_message()
def _draw_speeds(scene: Scene, moment: int) -> None:
    info, day, groups = scene.info, scene.day, scene.groups
    quantity = texts.markdown(info.quantity)
    section(
        f"How does their {quantity} change over the day?",
        f"Mean {quantity} of each group (thick lines) and {quantity} of its sensors (faint lines); "
        "gaps where readings are missing. The red line marks the chosen time.",
    )
    everyone = _flat(groups, "members")
    figure = speed_series(
        day.hours,
        day.values[:, everyone],
        _as_groups(groups, "members"),
        label=info.quantity,
        unit=info.unit,
        periods=PERIODS,
        cursor=float(day.hours[moment]),
        meta={"checkpoint": scene.sha256, "are_readings": day.are_readings},
    )
    exported_chart(
        figure,
        key="speeds",
        alt="Readings of the compared sensors over the day",
        header=("time", *(info.sensors.ids[number] for number in everyone)),
        rows=lambda: named_rows(scene.clock, day.values[:, everyone]),
    )


@shown_as_message()
def _draw_heatmaps(scene: Scene, coordinates: Coordinates, moment: int, scale: ScaleName) -> None:
    section(
        "How similar are their parameters, and when?",
        "Cosine similarity between the parameters that the model generates for each sensor: mean "
        "over three periods, and at the chosen time. Frames mark the groups.",
    )
    members = _flat(scene.groups, "shown")
    own = coordinates[:, members]
    by_period = period_cosines(own, scene.day.hours, PERIODS)
    panels = [
        (f"{name}, {period_hours(PERIODS[name])}", cosines) for name, cosines in by_period.items()
    ]
    panels.append((f"at {scene.clock[moment]}", cosine_matrix(own[moment])))
    ids = [scene.info.sensors.ids[number] for number in members]
    figure = similarity_panels(
        panels,
        _as_groups(scene.groups, "shown"),
        names=[str(place + 1) for place in range(len(members))],
        ids=ids,
        scale=scale,
        meta={"space": scene.label, "measure": scene.measure, "checkpoint": scene.sha256},
    )
    absent = [name for name in PERIODS if name not in by_period]
    late = said_of_late_start(
        PERIODS, float(scene.day.hours[0]), scene.info.steps_per_day, scene.arrays.model.in_steps
    )
    untold = f" This day has no moments in the periods: {', '.join(absent)}." if absent else ""
    exported_chart(
        figure,
        key="st-cosines",
        alt="Similarity of the compared sensors at four times",
        caption=f"Shown: {scene.measure} cosines; {scene.label}.{untold}{late}",
        header=("when", "sensor", *ids),
        rows=lambda: [
            (title, *row) for title, cosines in panels for row in named_rows(ids, cosines)
        ],
    )


@shown_as_message()
def _draw_curves(scene: Scene, coordinates: Coordinates, moment: int) -> None:
    section(
        "How does that change over the day?",
        "Mean similarity within each group, and between the groups (dashed).",
    )
    hours, groups = scene.day.hours, scene.groups
    members = [group.members for group in groups]
    found = group_similarity(coordinates, members)
    curves = [
        (f"within {group.name}", group.colour, values)
        for group, values in zip(groups, found.within, strict=True)
        if len(group.members) > 1
    ]
    if len(groups) > 1:
        curves.append(("between", NEUTRAL, found.across))
    if not curves:
        st.caption("A single sensor cannot be compared; choose at least two.")
        return
    picture, number = st.columns([3, 1], gap="large")
    with picture:
        figure = similarity_curves(
            hours,
            curves,
            periods=PERIODS,
            cursor=float(hours[moment]),
            meta={"space": scene.label, "checkpoint": scene.sha256},
        )
        exported_chart(
            figure,
            key="st-curves",
            alt="Similarity within and between groups over the day",
            header=("time", *(name for name, *_ in curves)),
            rows=lambda: zip(scene.clock, *(c[2].round(5) for c in curves), strict=True),
        )
    with number:
        if len(groups) > 1 and max(map(len, members)) > 1:
            _draw_separation(coordinates, members)


def _draw_separation(coordinates: Coordinates, members: Sequence[Sequence[int]]) -> None:
    """Draw the difference between within-group and between-group similarity."""
    count = coordinates.shape[1]
    statistic_box(
        "Within minus between",
        separation(coordinates, [some_of(group, count) for group in members]),
        "Mean similarity within groups minus that between groups, over the whole day. In the null "
        "model, sensors are assigned to the groups at random.",
        has_verdict=True,
    )
    if is_large(count):
        st.caption(f"For a random sample of up to {MOST_MEMBERS} sensors of each group.")


@shown_as_message()
def _draw_map(checkpoint: OpenCheckpoint, groups: Sequence[Compared]) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    section(
        "Where are they?",
        "The compared sensors; the others are drawn faintly. A click selects one on all pages.",
    )
    if not sensors.has_coordinates:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    colours, names = [NEUTRAL] * len(sensors), ["other"] * len(sensors)
    focus = np.zeros(len(sensors), dtype=bool)
    for group in groups:
        for member in group.members:
            colours[member], names[member] = group.colour, group.name
            focus[member] = True
    legend = tuple((group.name, group.colour) for group in groups)
    colouring = Colouring("group", tuple(names), tuple(colours), legend)
    view = MapView("both", sensors.has_roads, focus)
    show_map(draw_map(checkpoint.arrays, colouring, view), key=_MAP)
    link_charts(checkpoint, [_MAP])
    say_sample(sensors)


@shown_as_message()
def _draw_table(sensors: Sensors, groups: Sequence[Compared]) -> None:
    labels = sensors.labels
    section("Which sensors are in the heatmaps?", "The numbers are those in the heatmaps.")
    known = "name" if sensors.name else "road"
    named = [(group.name, member) for group in groups for member in group.shown]
    table = pd.DataFrame(
        [
            (place + 1, sensors.ids[member], labels[member], name)
            for place, (name, member) in enumerate(named)
        ],
        columns=["number", "sensor", known, "group"],
    )
    table = table if any(labels) else table.drop(columns=known)
    st.dataframe(table, hide_index=True)
    export(None, key="st-sensors", header=list(table.columns), rows=table.to_numpy().tolist)


def _draw_charts(scene: Scene, checkpoint: OpenCheckpoint, moment: int) -> None:
    """Draw charts of what the player shows, to keep and to print."""
    _draw_speeds(scene, moment)
    if scene.coordinates is not None:
        _draw_heatmaps(scene, scene.coordinates, moment, scene.scale)
        _draw_curves(scene, scene.coordinates, moment)
    _draw_map(checkpoint, scene.groups)
    _draw_table(scene.info.sensors, scene.groups)


def _parameter_widgets(model: LearntModel) -> tuple[SpaceChoice, str]:
    """Draw the widgets that choose meta-parameters and whether they are centred."""
    choice = space_widgets("st", model)
    return choice, one_of(
        "Similarity",
        _MEASURES,
        key="measure",
        help="One direction dominates these parameters, so raw cosines are all near 1. Centred: "
        "the mean over all sensors and all moments of the day is subtracted, so cosines show how "
        "sensors and moments differ.",
    )


@fragment
def _draw_page(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw the page; a new time of day or other settings run it again."""
    arrays, model = checkpoint.arrays, checkpoint.arrays.model
    behind = page_header_with_settings(
        "How does similarity change over a day?",
        "The model generates these parameters from its input, for each sensor at each moment.",
    )
    if why := model.why_not("moment"):
        show_error(why)
    with behind:
        choice, measure = _parameter_widgets(model)
        clusters = sensor_clusters(checkpoint)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = choose_day(checkpoint, material)
        if day is None:
            return
        coordinates = None
        if not why:
            coordinates = space(arrays, "moment", choice).coordinates(day.embedding)
        groups = tuple(choose_groups(checkpoint, clusters, day, coordinates, behind=behind))
    if not groups:
        st.info("No sensor is chosen: choose one or more above.", icon=":material/info:")
        return
    if coordinates is not None and measure == "centred":
        coordinates = without_common(coordinates)
    label, first = space_label(model, choice), groups[0].shown[0]
    scene = Scene(arrays, day, groups, coordinates, label, measure, first, next(iter(SCALES)))
    usual = scene.clock[int(np.abs(scene.day.hours - 8).argmin())]
    with behind:
        moment = scene.clock.index(clock_slider(scene.clock, usual))
    if not why:
        draw_verdicts(material, _CLAIMS)
    with shown_as_message():
        scene = replace(scene, scale=draw_player(scene, moment, behind))
    if not day.are_readings:
        say_forecasts(material, day.minutes_ahead)
    if switch(
        "Charts to keep and print", key="charts",
        help="The readings, the heatmaps of three periods, the curves and the map of this day as "
        "separate charts at the chosen time, each with its numbers.",
    ):  # fmt: skip
        _draw_charts(scene, checkpoint, moment)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    _draw_page(checkpoint, open_material(checkpoint))


draw(current_checkpoint())
