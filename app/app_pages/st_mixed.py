"""ST-mixed: how what is alike changes over a day."""

from __future__ import annotations

from collections.abc import Sequence
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
from analysis.limits import MOST_MEMBERS, is_large, some_of
from analysis.patterns.over_a_day import (
    PERIODS,
    group_similarity,
    period_cosines,
    separation,
    without_common,
)
from analysis.readings.days import Day, clock_time
from app.choices.groups import Compared, choose_groups, cluster_labels
from app.choices.shared import SCALES, one_of, space_widgets
from app.clock.days import choose_day
from app.clock.moment import clock_slider
from app.clock.readings import say_forecasts
from app.keep import keep
from app.messages import fragment, show_error, shown_as_message
from app.player.view import draw_player
from app.session.cached import space, why_not
from app.session.city_map import MapView, draw_map, placing_command, say_sample, show_map
from app.session.opened import current_checkpoint
from app.views.components import (
    WHERE_UNKNOWN,
    chart,
    missing_note,
    named_rows,
    page_header,
    section,
    statistic_box,
)
from himnet import texts

Measure = Literal["centred", "raw"]
_MEASURES: dict[Measure, str] = {"centred": "without what all share", "raw": "as they are"}
Coordinates = NDArray[np.float64]


def _clock(hour: float) -> str:
    per_day = checkpoint.arrays.dataset.steps_per_day
    return clock_time(hour * per_day / 24, per_day)


def _as_groups(groups: list[Compared], which: Literal["members", "shown"]) -> list[Group]:
    """Return groups whose members are positions among all drawn sensors, group after group."""
    found, start = [], 0
    for group in groups:
        count = len(getattr(group, which))
        found.append(Group(group.name, group.colour, tuple(range(start, start + count))))
        start += count
    return found


def _flat(groups: list[Compared], which: Literal["members", "shown"]) -> list[int]:
    return [member for group in groups for member in getattr(group, which)]


def _moment_widget(day: Day) -> int:
    """Draw the clock and return the position of the chosen moment."""
    clock = [_clock(hour) for hour in day.hours]
    start = clock[int(np.abs(day.hours - 8).argmin())]
    return clock.index(clock_slider(clock, start))


@shown_as_message()
def _draw_speeds(day: Day, groups: list[Compared], moment: int) -> None:
    info = checkpoint.arrays.dataset
    quantity = texts.markdown(info.quantity)
    section(
        f"How does their {quantity} run?",
        f"Mean {quantity} of each group, strong, and of its sensors, faint; gaps where "
        f"nothing was read. The red line is the chosen time.",
    )
    if not day.are_readings:
        say_forecasts(checkpoint, day.minutes_ahead)
    everyone = _flat(groups, "members")
    figure = speed_series(
        day.hours,
        day.values[:, everyone],
        _as_groups(groups, "members"),
        label=info.quantity,
        unit=info.unit,
        periods=PERIODS,
        cursor=float(day.hours[moment]),
        meta={"checkpoint": checkpoint.sha256, "are_readings": day.are_readings},
    )
    chart(figure, key="speeds", alt="Readings of the compared sensors over the day")
    keep(
        figure,
        key="speeds",
        header=("time", *(info.sensors.ids[number] for number in everyone)),
        rows=lambda: named_rows(map(_clock, day.hours), day.values[:, everyone]),
    )


@shown_as_message()
def _draw_heatmaps(
    day: Day, coordinates: Coordinates, groups: list[Compared], moment: int, scale: ScaleName
) -> None:
    section(
        "How alike are their parameters, and when?",
        "Cosine similarity between the parameters that the decoder makes for each sensor: mean "
        "over three periods, and at the chosen time. Frames are the groups.",
    )
    members = _flat(groups, "shown")
    own = coordinates[:, members]
    by_period = period_cosines(own, day.hours, PERIODS)
    panels = [(_period_title(name, day), cosines) for name, cosines in by_period.items()]
    panels.append((f"at {_clock(day.hours[moment])}", cosine_matrix(own[moment])))
    ids = [checkpoint.arrays.dataset.sensors.ids[number] for number in members]
    figure = similarity_panels(
        panels,
        _as_groups(groups, "shown"),
        names=[str(place + 1) for place in range(len(members))],
        ids=ids,
        scale=scale,
        meta={"space": choice.label, "measure": measure, "checkpoint": checkpoint.sha256},
    )
    chart(figure, key="st-cosines", alt="Similarity of the compared sensors at four times")
    absent = [name for name in PERIODS if name not in by_period]
    untold = f" No moment of this day lies in: {', '.join(absent)}." if absent else ""
    st.caption(f"Shown: cosines {_MEASURES[measure]}; {choice.label}.{untold}")
    keep(
        figure,
        key="st-cosines",
        header=("when", "sensor", *ids),
        rows=lambda: [
            (title, *row) for title, cosines in panels for row in named_rows(ids, cosines)
        ],
    )


def _period_title(name: str, day: Day) -> str:
    """Return a period with its hours; the first day of a data set begins when history is there."""
    start, end = PERIODS[name]
    first = float(day.hours[0])
    begins = _clock(max(start, first)) if first > start else f"{start:02g}"
    return f"{name}, {begins}–{end:02g} h"


@shown_as_message()
def _draw_curves(day: Day, coordinates: Coordinates, groups: list[Compared], moment: int) -> None:
    section(
        "How does that change over the day?",
        "Mean similarity within each group, and across the groups (dashed).",
    )
    members = [group.members for group in groups]
    found = group_similarity(coordinates, members)
    curves = [
        (f"within {group.name}", group.colour, values)
        for group, values in zip(groups, found.within, strict=True)
        if len(group.members) > 1
    ]
    if len(groups) > 1:
        curves.append(("across", NEUTRAL, found.across))
    if not curves:
        st.caption("A single sensor has nobody to be alike with; choose more.")
        return
    picture, number = st.columns([3, 1], gap="large")
    with picture:
        figure = similarity_curves(
            day.hours,
            curves,
            periods=PERIODS,
            cursor=float(day.hours[moment]),
            meta={"space": choice.label, "checkpoint": checkpoint.sha256},
        )
        chart(figure, key="st-curves", alt="Similarity within and across groups over the day")
        keep(
            figure,
            key="st-curves",
            header=("time", *(name for name, *_ in curves)),
            rows=lambda: zip(map(_clock, day.hours), *(c[2].round(5) for c in curves), strict=True),
        )
    with number:
        if len(groups) > 1 and max(map(len, members)) > 1:
            _draw_separation(coordinates, members)


def _draw_separation(coordinates: Coordinates, members: Sequence[Sequence[int]]) -> None:
    """Draw by how much groups are alike within, less across."""
    count = coordinates.shape[1]
    statistic_box(
        "Within less across",
        separation(coordinates, [some_of(group, count) for group in members]),
        "Mean similarity within groups less that across them, over the whole day. In the null the "
        "sensors are dealt out to the groups at random.",
    )
    if is_large(count):
        st.caption(f"Of up to {MOST_MEMBERS} sensors of each group, drawn at random.")


@shown_as_message()
def _draw_map(groups: list[Compared]) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    section("Where are they?", "The compared sensors; the others are drawn faintly.")
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
    show_map(draw_map(checkpoint.sha256, sensors, colouring, view), key="st-map")
    say_sample(sensors)


@shown_as_message()
def _draw_table(groups: list[Compared]) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    roads = sensors.roads or ("",) * len(sensors)
    section("Which sensors are in the heatmaps?", "By their numbers there.")
    named = [(group.name, member) for group in groups for member in group.shown]
    table = pd.DataFrame(
        [
            (place + 1, sensors.ids[member], roads[member], name)
            for place, (name, member) in enumerate(named)
        ],
        columns=["number", "sensor", "road", "group"],
    )
    table = table if sensors.has_roads else table.drop(columns="road")
    st.dataframe(table, hide_index=True)
    keep(None, key="st-sensors", header=list(table.columns), rows=table.to_numpy().tolist)


@fragment
def _draw_day(day: Day, compared: Coordinates | None, groups: list[Compared]) -> None:
    """Draw everything that the clock moves; the clock runs none of the rest again."""
    above = st.container()  # the player shows the moment that the widget below it chooses
    moment = _moment_widget(day)
    scale = next(iter(SCALES))
    with above, shown_as_message():
        clock = [_clock(hour) for hour in day.hours]
        about = f"{choice.label} {measure}"
        scale = draw_player(checkpoint, day, clock, compared, groups, moment, about=about)
    _draw_speeds(day, groups, moment)
    if compared is not None:
        _draw_heatmaps(day, compared, groups, moment, scale)
        _draw_curves(day, compared, groups, moment)


checkpoint = current_checkpoint()
page_header(
    "How does what is alike change?",
    "The decoder makes its parameters from what the encoders have just seen, anew for each sensor "
    "and each moment.",
)
problem = why_not("st", checkpoint)
if problem is not None:
    show_error(problem)
with st.expander("Which parameters, and which clusters?", icon=":material/tune:"):
    left, right = st.columns(2, gap="large")
    with left:
        choice = space_widgets("st", checkpoint.arrays.config)
        measure = one_of(
            "Similarity",
            list(_MEASURES),
            format_func=_MEASURES.__getitem__,
            key="measure",
            help="One direction dominates these parameters, so raw cosines all lie near 1. "
            "Without the mean over all sensors and all moments of the day, they show how sensors "
            "and moments differ.",
        )
    with right:
        labels = cluster_labels(checkpoint)
with st.container(horizontal=True, vertical_alignment="bottom"):
    day = choose_day(checkpoint)
    if day is not None:
        coordinates = None
        if problem is None:
            st_parameters = space(checkpoint.sha256, "st", choice, _arrays=checkpoint.arrays)
            coordinates = st_parameters.coordinates(day.embedding)
        groups = choose_groups(checkpoint, labels, day, coordinates)
if day is not None:
    if coordinates is not None and measure == "centred":
        coordinates = without_common(coordinates)
    _draw_day(day, coordinates, groups)
    _draw_map(groups)
    _draw_table(groups)
