"""Temporal: which hours and days the model treats similarly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from analysis.figures.cosines import ScaleName
from analysis.figures.temporal import (
    HOUR_NAMES,
    day_heatmap,
    hour_heatmap,
    hour_scatter,
    lag_curve,
)
from analysis.geometry.spaces import SpaceChoice
from analysis.material import Material
from analysis.patterns.hours import (
    HOURS_PER_DAY,
    ORDER_HOURS,
    HourPart,
    HourVariant,
    clock_order,
    cosines_by_lag,
    day_distances,
    hour_cosines,
    line_contrast,
    time_cosines,
    week_coordinates,
    week_hours,
    weekend_contrast,
)
from app.choices.links import named_one
from app.choices.shared import (
    SCALES,
    ProjectionSettings,
    one_of,
    projection_form,
    space_label,
    space_widgets,
)
from app.clock.moment import shared_weekday
from app.export import exported_chart
from app.messages import fragment, show_error, shown_as_message
from app.session.cached import day_clusters, projected, trust
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.components import (
    NEIGHBOURS_KEPT,
    named_rows,
    page_header,
    page_header_with_settings,
    picture_title,
    section,
    statistic_box,
)
from app.views.verdicts import draw_verdicts
from himnet.checkpoints import CheckpointArrays

_VARIANTS: dict[HourVariant, str] = {
    "mean": "mean over the seven days",
    "day": "one day",
    "tod": "time of day alone",
}
_PARTS: dict[HourPart, str] = {
    "start": "its first row, as in the paper",
    "whole": "the mean of its rows",
}
_OF_ROWS: dict[HourPart, str] = {
    "start": "its first, as in the paper",
    "whole": "the mean of its own",
}
_USUAL_VARIANT: HourVariant = "tod"
_COLOURS: tuple[Literal["day", "hour"], ...] = ("day", "hour")
_SILHOUETTE = (
    "How much closer an hour is to the hours of its own day than to those of the closest other "
    "day, from -1 to 1. A meta-parameter is the sum of a term for the hour and one for the day, so "
    "the days may form separate clusters in untrained models too: only a value above theirs is an "
    "effect of training."
)
_ORDER = (
    "Rank correlation between the similarity of two times and how close they are on a 24-hour "
    "clock: 1 if closer times are always more similar, 0 if there is no relation. Over all times "
    "of day, not only full hours, that are at most six hours apart."
)
_TITLE = "At which times does the model behave similarly?"
_SENTENCE = (
    "The model generates its temporal parameters from the time of day and the day of the week of "
    "the last reading."
)
_CLAIMS = ("days", "weekend", "hours", "rush-hours")
_HEIGHT = 450  # pixels of both pictures at the top


def _meta(arrays: CheckpointArrays, choice: SpaceChoice) -> dict[str, Any]:
    """Return what a figure records about the parameters that it shows."""
    return {"space": space_label(arrays.model, choice), "checkpoint": arrays.sha256}


@dataclass(frozen=True)
class _Choices:
    """What is shown, as chosen behind *Settings*."""

    space: SpaceChoice
    part: HourPart
    projection: ProjectionSettings
    colour_by: Literal["day", "hour"]
    variant: HourVariant
    day: int
    scale: ScaleName


def _settings(arrays: CheckpointArrays) -> _Choices:
    """Draw the settings of the page."""
    space = space_widgets("t", arrays.model)
    st.markdown("**Hours compared**")
    part = named_one(
        "An hour is", list(_PARTS), name_of=_PARTS.__getitem__, key="t-part",
        help="The dictionary has a row for each step of a day. Consecutive rows differ at random; "
        "the mean over an hour does not.",
    )  # fmt: skip
    variant, day = _variant_widgets(arrays.dataset.day_names, shared_weekday(arrays.dataset))
    scale: ScaleName = named_one(
        "Colour scale", list(SCALES), name_of=SCALES.__getitem__, key="t-scale"
    )
    st.markdown("**Projection**")
    colour_by = one_of("Colour", _COLOURS, key="t-colour")
    return _Choices(space, part, projection_form("t"), colour_by, variant, day, scale)


@fragment
def _draw_page(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw the page: its answer first, then the numbers behind it."""
    with page_header_with_settings(_TITLE, _SENTENCE):
        chosen = _settings(checkpoint.arrays)
    draw_verdicts(material, _CLAIMS)
    left, right = st.columns([8, 7], gap="medium")
    with left, shown_as_message():
        _draw_projection(checkpoint.arrays, chosen)
    with right, shown_as_message():
        _draw_hour_cosines(checkpoint.arrays, chosen)
    with shown_as_message():
        _draw_days(checkpoint.arrays, chosen.space)
    with shown_as_message():
        _draw_lags(checkpoint.arrays, chosen)
    with shown_as_message():
        _draw_numbers(checkpoint.arrays, chosen)


def _draw_projection(arrays: CheckpointArrays, chosen: _Choices) -> None:
    picture_title("Do the hours of a week form groups?")
    coordinates = week_coordinates(arrays.model, chosen.space, part=chosen.part)
    points = projected(coordinates, chosen.projection)
    hours, days = week_hours()
    names = arrays.dataset.day_names
    figure = hour_scatter(
        points,
        hours,
        days,
        day_names=names,
        colour_by=chosen.colour_by,
        height=_HEIGHT,
        meta=_meta(arrays, chosen.space) | vars(chosen.projection) | {"part": chosen.part},
    )
    rows = list(zip(days, hours, points.round(4).tolist(), strict=True))
    axes = f"{chosen.projection.method} 1", f"{chosen.projection.method} 2"
    exported_chart(
        figure,
        key="hours",
        alt="Projection of the 168 hours of a week, one colour per day",
        caption="One point is one hour of one day; near points have similar parameters. Lines join "
        f"the hours of a day in order{_of_hour(arrays, chosen)}.",
        header=("day", "hour", *axes),
        rows=lambda: ((names[day], HOUR_NAMES[hour], *point) for day, hour, point in rows),
    )


def _of_hour(arrays: CheckpointArrays, chosen: _Choices) -> str:
    """Say what an hour is where it has several rows of the dictionary; begins with a semicolon."""
    if arrays.model.steps_per_day <= HOURS_PER_DAY:
        return ""
    return f"; of the rows of the dictionary, an hour is {_OF_ROWS[chosen.part]}"


def _draw_hour_cosines(arrays: CheckpointArrays, chosen: _Choices) -> None:
    names, choice = arrays.dataset.day_names, chosen.space
    told = _VARIANTS[chosen.variant]
    told += f": {names[chosen.day]}" if chosen.variant == "day" else ""
    picture_title("Which hours of a day are similar?")
    cosines = hour_cosines(
        arrays.model, choice, variant=chosen.variant, day=chosen.day, part=chosen.part
    )
    meta = _meta(arrays, choice) | {"variant": told, "part": chosen.part}
    figure = hour_heatmap(cosines, scale=chosen.scale, height=_HEIGHT, meta=meta)
    exported_chart(
        figure,
        key="hour-cosines",
        alt="Cosine similarity between the hours of a day",
        caption="Cosine similarity between the parameters of two hours: 1 in the same direction, "
        f"-1 in opposite directions. Shown: {told}; "
        f"{space_label(arrays.model, choice)}{_of_hour(arrays, chosen)}.",
        header=("hour", *HOUR_NAMES),
        rows=lambda: named_rows(HOUR_NAMES, cosines),
    )


def _draw_lags(arrays: CheckpointArrays, chosen: _Choices) -> None:
    lags, means = cosines_by_lag(
        time_cosines(arrays.model, chosen.space, variant=chosen.variant, day=chosen.day)
    )
    section(
        "How does similarity change with the time between?",
        "Mean cosine similarity of two times of day by the hours between them, the shorter way "
        f"around the clock. The order is measured up to {ORDER_HOURS:g} h (not shaded).",
    )
    curve = lag_curve(lags, means, within=ORDER_HOURS, meta=_meta(arrays, chosen.space))
    exported_chart(
        curve,
        key="hour-lags",
        alt="Similarity of two times of day by the hours between them",
        header=("hours apart", "mean cosine"),
        rows=lambda: zip(lags.round(4).tolist(), means.round(5).tolist(), strict=True),
    )


def _draw_numbers(arrays: CheckpointArrays, chosen: _Choices) -> None:
    """Draw statistics for the chosen settings; the verdicts above are those of *Claims*."""
    section(
        "How strong is the structure with these settings?",
        "The same questions for the parameters and hours chosen under *Settings*. The verdicts at "
        "the top are about the default settings and do not change with them; the silhouette always "
        "takes the first row of an hour.",
    )
    model, choice = arrays.model, chosen.space
    columns = st.columns(4)
    with columns[0]:
        days = day_clusters(arrays, choice, matched=True)
        statistic_box("Silhouette by day", days, _SILHOUETTE, has_verdict=True)
        other = day_clusters(arrays, choice, matched=False)
        st.caption(
            f"With dictionaries as initialised: {other.draws} untrained models have a mean of "
            f"**{other.null_mean:.2f}**; p = {other.p_value:.2g}."
        )
    with columns[1]:
        order = clock_order(model, choice, variant=chosen.variant, day=chosen.day)
        statistic_box("Order of hours", order, _ORDER, has_verdict=True)
    with columns[2]:
        _draw_weekend(arrays, choice)
    with columns[3]:
        coordinates = week_coordinates(model, choice, part=chosen.part)
        kept = trust(coordinates, projected(coordinates, chosen.projection))
        statistic_box("Trustworthiness", kept, NEIGHBOURS_KEPT)


def _draw_weekend(arrays: CheckpointArrays, choice: SpaceChoice) -> None:
    weekend = arrays.dataset.weekend
    if not weekend:
        st.caption("The weekend days of this data set are not known.")
        return
    contrast = weekend_contrast(day_distances(arrays.model, choice), weekend)
    statistic_box(
        "Weekend separation",
        contrast,
        "Mean distance between weekdays and weekend, over that within each of them: above 1, the "
        "weekend is separate. With seven days, p cannot be below 1 / 21.",
        has_verdict=True,
    )
    st.caption(
        f"Days at equal distances on a line, in their order, have a value of "
        f"**{line_contrast(weekend):.2f}**."
    )


def _variant_widgets(names: Sequence[str], weekday: int) -> tuple[HourVariant, int]:
    """Draw the widgets for the hours to compare; the day is initially `weekday`."""
    variant: HourVariant = named_one(
        "Hours compared",
        list(_VARIANTS),
        name_of=_VARIANTS.__getitem__,
        default=_USUAL_VARIANT,
        key="t-variant",
        help="A meta-parameter is the sum of a term for the hour and one for the day. The term for "
        "the day dominates, so all hours look similar; time of day alone leaves it out.",
    )
    if variant != "day":
        return variant, 0
    day = named_one("Day", range(7), default=weekday, name_of=names.__getitem__, key="t-day")
    return variant, day


def _draw_days(arrays: CheckpointArrays, choice: SpaceChoice) -> None:
    names = arrays.dataset.day_names
    section(
        "Which days are similar?",
        "Distance between the parameters of two days at the same hour; it is equal for all hours.",
    )
    distances = day_distances(arrays.model, choice)
    figure = day_heatmap(distances, day_names=names, meta=_meta(arrays, choice))
    exported_chart(
        figure,
        key="day-distances",
        width=540,
        alt="Distances between the days of a week",
        header=("day", *names),
        rows=lambda: named_rows(names, distances),
    )


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    if why := checkpoint.arrays.model.why_not("temporal"):
        page_header(_TITLE, _SENTENCE)
        show_error(why)
        return
    _draw_page(checkpoint, open_material(checkpoint))


draw(current_checkpoint())
