"""Temporal: which hours and days the model treats similarly."""

from __future__ import annotations

from collections.abc import Sequence
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
from analysis.patterns.hours import (
    ORDER_HOURS,
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
from app.choices.shared import SCALES, one_of, projection_form, space_label, space_widgets
from app.clock.moment import shared_weekday
from app.export import exported_chart
from app.messages import fragment, show_error, shown_as_message
from app.session.cached import day_clusters, projected, trust
from app.session.opened import OpenCheckpoint, current_checkpoint
from app.views.components import (
    NEIGHBOURS_KEPT,
    named_rows,
    page_header,
    section,
    statistic_box,
)
from himnet.checkpoints import CheckpointArrays

_VARIANTS: dict[HourVariant, str] = {
    "mean": "mean over the seven days",
    "day": "one day",
    "tod": "time of day alone",
}
_USUAL_VARIANT: HourVariant = "tod"
_COLOURS: tuple[Literal["day", "hour"], ...] = ("day", "hour")
_SILHOUETTE = (
    "How much closer an hour is to the hours of its own day than to those of the closest other "
    "day, from -1 to 1. A meta-parameter is the sum of a term for the hour and one for the day, so "
    "the days form separate clusters in untrained models too: only a value above theirs is an "
    "effect of training."
)
_ORDER = (
    "Rank correlation between the similarity of two times and how close they are on a 24-hour "
    "clock: 1 if closer times are always more similar, 0 if there is no relation. Over all times "
    "of day, not only full hours, that are at most six hours apart."
)
SQUARE = 640  # pixels; width of a square figure with its colour bar


def _meta(arrays: CheckpointArrays, choice: SpaceChoice) -> dict[str, Any]:
    """Return what a figure records about the parameters that it shows."""
    return {"space": space_label(arrays.model, choice), "checkpoint": arrays.sha256}


@fragment
def _draw_projection(checkpoint: OpenCheckpoint, choice: SpaceChoice) -> None:
    arrays = checkpoint.arrays
    section(
        "Do the hours of a week form groups?",
        "Each point is one hour of one day, placed by the parameters that the model generates for "
        "it; neighbouring points have similar parameters. Lines join the hours of a day in order.",
    )
    picture, controls = st.columns([3, 1], gap="large")
    with controls:
        settings = projection_form("t")
        colour_by = one_of("Colour", _COLOURS, key="t-colour")
    coordinates = week_coordinates(arrays.model, choice)
    points = projected(coordinates, settings)
    hours, days = week_hours()
    names = arrays.dataset.day_names
    with picture:
        figure = hour_scatter(
            points,
            hours,
            days,
            day_names=names,
            colour_by=colour_by,
            meta=_meta(arrays, choice) | vars(settings),
        )
        rows = list(zip(days, hours, points.round(4).tolist(), strict=True))
        exported_chart(
            figure,
            key="hours",
            alt="Projection of the 168 hours of a week, one colour per day",
            header=("day", "hour", "x", "y"),
            rows=lambda: ((names[day], HOUR_NAMES[hour], *point) for day, hour, point in rows),
        )
    with controls:
        statistic_box("Silhouette by day", day_clusters(arrays, choice, matched=True), _SILHOUETTE)
        other = day_clusters(arrays, choice, matched=False)
        st.caption(
            f"With dictionaries as initialised: {other.draws} untrained models have a mean of "
            f"**{other.null_mean:.2f}**; p = {other.p_value:.2g}."
        )
        statistic_box("Trustworthiness", trust(coordinates, points), NEIGHBOURS_KEPT)


@fragment
def _draw_hours(checkpoint: OpenCheckpoint, choice: SpaceChoice) -> None:
    variant, day = _USUAL_VARIANT, 0
    with shown_as_message():
        variant, day = _draw_hour_cosines(checkpoint.arrays, choice)
    with shown_as_message():
        _draw_lags(checkpoint.arrays, choice, variant, day)


def _draw_hour_cosines(arrays: CheckpointArrays, choice: SpaceChoice) -> tuple[HourVariant, int]:
    """Draw the similarity of hours; return which ones were chosen."""
    names = arrays.dataset.day_names
    section(
        "Which hours of a day are similar?",
        "Cosine similarity between the parameters of two hours: blue if they point in the same "
        "direction, yellow if in opposite directions.",
    )
    picture, controls = st.columns([3, 1], gap="large")
    with controls:
        variant, day = _variant_widgets(names, shared_weekday(arrays.dataset))
        scale: ScaleName = named_one(
            "Colour scale", list(SCALES), name_of=SCALES.__getitem__, key="t-scale"
        )
    cosines = hour_cosines(arrays.model, choice, variant=variant, day=day)
    told = f"{_VARIANTS[variant]}" + (f": {names[day]}" if variant == "day" else "")
    with picture:
        figure = hour_heatmap(cosines, scale=scale, meta=_meta(arrays, choice) | {"variant": told})
        exported_chart(
            figure,
            key="hour-cosines",
            width=SQUARE,
            alt="Cosine similarity between the hours of a day",
            caption=f"Shown: {told}; {space_label(arrays.model, choice)}.",
            header=("hour", *HOUR_NAMES),
            rows=lambda: named_rows(HOUR_NAMES, cosines),
        )
    with controls:
        statistic_box(
            "Order of hours", clock_order(arrays.model, choice, variant=variant, day=day), _ORDER
        )
    return variant, day


def _draw_lags(
    arrays: CheckpointArrays, choice: SpaceChoice, variant: HourVariant, day: int
) -> None:
    lags, means = cosines_by_lag(time_cosines(arrays.model, choice, variant=variant, day=day))
    section(
        "How does similarity change with the time between?",
        "Mean cosine similarity of two times of day by the hours between them, the shorter way "
        f"around the clock. The order is measured up to {ORDER_HOURS:g} h (not shaded).",
    )
    curve = lag_curve(lags, means, within=ORDER_HOURS, meta=_meta(arrays, choice))
    exported_chart(
        curve,
        key="hour-lags",
        alt="Similarity of two times of day by the hours between them",
        header=("hours apart", "mean cosine"),
        rows=lambda: zip(lags.round(4).tolist(), means.round(5).tolist(), strict=True),
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


def _about_line(value: float, line: float) -> str:
    """Say what days on a line would give, which know of no weekend."""
    told = f"Days at equal distances on a line, in their order, have a value of **{line:.2f}**"
    return f"{told}." if value > line else f"{told}: this value is **no sign of a weekend**."


@fragment
def _draw_days(checkpoint: OpenCheckpoint, choice: SpaceChoice) -> None:
    arrays = checkpoint.arrays
    names = arrays.dataset.day_names
    section(
        "Which days are similar?",
        "Distance between the parameters of two days at the same hour; it is equal for all hours.",
    )
    distances = day_distances(arrays.model, choice)
    picture, controls = st.columns([3, 1], gap="large")
    with picture:
        figure = day_heatmap(distances, day_names=names, meta=_meta(arrays, choice))
        exported_chart(
            figure,
            key="day-distances",
            width=540,
            alt="Distances between the days of a week",
            header=("day", *names),
            rows=lambda: named_rows(names, distances),
        )
    with controls:
        weekend = checkpoint.arrays.dataset.weekend
        if weekend:
            contrast = weekend_contrast(distances, weekend)
            statistic_box(
                "Weekend separation",
                contrast,
                "Mean distance between weekdays and weekend, over that within each of them: above "
                "1, the weekend is separate. With seven days, p cannot be below 1 / 21.",
            )
            st.caption(_about_line(contrast.value, line_contrast(weekend)))
        else:
            st.caption("The weekend days of this data set are not known.")


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    model = checkpoint.arrays.model
    page_header(
        "At which times does the model behave similarly?",
        "The model generates its temporal parameters from the time of day and the day of the week "
        "of the last reading.",
    )
    if why := model.why_not("temporal"):
        show_error(why)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = space_widgets("t", model)
    _draw_projection(checkpoint, choice)
    _draw_hours(checkpoint, choice)
    _draw_days(checkpoint, choice)


draw(current_checkpoint())
