"""A figure of the missing readings of a data set: when, and of which sensors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from analysis.paper.arrange import TALLEST_MM, PlaceMm
from analysis.paper.canvas import (
    GREY,
    INK,
    WIDTHS_MM,
    Width,
    cut_to,
    letter,
    panel,
    place_mm,
    sheet,
)
from analysis.paper.save import Drawn
from analysis.readings.days import MINUTES_PER_DAY, clock_time, duration_words
from analysis.readings.gaps import Gap, Gaps, find_gaps
from himnet.data.dataset import Dataset
from himnet.data.registry import credit_of, shown_name

_TOP_MM, _OVER_TIME_MM, _BETWEEN_MM, _BOTTOM_MM = 6.0, 12.0, 3.0, 9.0
_BY_SENSOR_MM, _RIGHT_MM = 13.0, 4.0
_LEFT_MM, _WIDEST_LEFT_MM = 10.0, 22.0
_LABEL_MM, _LETTER_MM = 5.0, 1.4  # of the axis, and of a name
_ROW_MM = 2.5  # in which a name has room
_TALLEST_RASTER_MM = TALLEST_MM - _TOP_MM - _OVER_TIME_MM - _BETWEEN_MM - _BOTTOM_MM
_RASTER_MM = 60.0
_LEAST_RASTER_MM = 25.0
_BAR_MM = 1.8
_LOWEST_TICK = 0.97  # of the sensors' axis
_DAYS_IN_HOURS = 2  # series up to this length have an axis of hours, without dates
_MOST_DAYS_IN_HOURS = 3  # longer gaps are told in days
# a single missing reading is visible beside none, which is white
_SHADES = LinearSegmentedColormap.from_list("missing", ("#d3d8df", INK), N=256).with_extremes(
    under="white", bad="white"
)
_SCALE = Normalize(np.finfo(float).tiny, 1.0)


def draw_gaps(dataset: Dataset, *, width: Width = "single") -> Drawn:
    """Draw the share of missing readings by time and sensor, over time, and by sensor.

    Args:
        dataset: with its readings.
        width: of the column.

    Returns:
        The figure; its caption names the longest gaps, and `case` has all numbers but the cells.
    """
    moments = _moments(dataset)
    gaps = find_gaps(dataset.values, dataset.info.missing_value, moments, dataset.steps_per_day)
    named = dataset.num_nodes * _ROW_MM <= _TALLEST_RASTER_MM
    high = max(dataset.num_nodes * _ROW_MM, _LEAST_RASTER_MM) if named else _RASTER_MM
    figure = sheet(width, _TOP_MM + _OVER_TIME_MM + _BETWEEN_MM + high + _BOTTOM_MM)
    left, top = _left_mm(dataset, named=named), _TOP_MM + _OVER_TIME_MM + _BETWEEN_MM
    wide = WIDTHS_MM[width] - left - _BETWEEN_MM - _BY_SENSOR_MM - _RIGHT_MM
    beside = left + wide + _BETWEEN_MM
    places, ends = _places(dataset, gaps, moments)
    above = panel(figure, (left, _TOP_MM, wide, _OVER_TIME_MM))
    raster = panel(figure, (left, top, wide, high))
    _over_time(above, gaps, places, ends)
    _raster(raster, gaps, places, ends)
    _time_axis(raster, dataset, ends)
    _sensor_axis(raster, dataset, named=named)
    _by_sensor(panel(figure, (beside, top, _BY_SENSOR_MM, high)), gaps)
    _key(figure, (beside, _TOP_MM + _OVER_TIME_MM / 2, _BY_SENSOR_MM, _BAR_MM))
    letter(above, "", f"Missing readings of {shown_name(dataset.name)}", left_mm=0)
    return Drawn(figure, _caption(dataset, gaps), case=_told(dataset, gaps))


def _moments(dataset: Dataset) -> NDArray[np.int64]:
    """Return each step's moment (T,) in steps since the midnight before the first one."""
    moments: NDArray[np.int64]
    if dataset.timestamps is None:
        moments = dataset.tod_index[0] + np.arange(len(dataset.values))
    else:
        days = dataset.timestamps.astype("datetime64[D]").astype(np.int64)
        moments = (days - days[0]) * dataset.steps_per_day + dataset.tod_index
    return moments


def _left_mm(dataset: Dataset, *, named: bool) -> float:
    """Return the room for the axis of sensors, by the length of their names if they are written."""
    letters = max(map(len, dataset.sensors.ids)) if named else 0
    return min(max(_LEFT_MM, _LABEL_MM + 1 + _LETTER_MM * letters), _WIDEST_LEFT_MM)


def _places(
    dataset: Dataset, gaps: Gaps, moments: NDArray[np.int64]
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return where cells begin and end on the time axis (B + 1,), and where the readings do."""
    borders = (gaps.first_cell + np.arange(gaps.share.shape[1] + 1)) * gaps.cell_steps
    ends = np.array([moments[0], moments[-1] + 1])
    scale = 24 if _in_hours(dataset) else 1
    first = 0.0
    if dataset.timestamps is not None:
        first = float(date2num(dataset.timestamps[0].astype("datetime64[D]")))
    places, limits = (first + scale * steps / dataset.steps_per_day for steps in (borders, ends))
    return places, (float(limits[0]), float(limits[1]))


def _in_hours(dataset: Dataset) -> bool:
    """Whether the time axis counts hours: there are neither dates nor many days."""
    days = len(dataset.values) / dataset.steps_per_day
    return dataset.timestamps is None and days <= _DAYS_IN_HOURS


def _over_time(
    axes: Axes, gaps: Gaps, places: NDArray[np.float64], ends: tuple[float, float]
) -> None:
    axes.stairs(np.nan_to_num(gaps.over_time), places, fill=True, color=GREY, lw=0)
    axes.set_xlim(ends)
    axes.set_xticks([])
    axes.set_ylim(0, _most(gaps.over_time))
    _in_percent(axes.yaxis)


def _by_sensor(axes: Axes, gaps: Gaps) -> None:
    borders = np.arange(len(gaps.share) + 1) * gaps.cell_sensors
    axes.stairs(gaps.by_group, borders, orientation="horizontal", fill=True, color=GREY, lw=0)
    axes.set_ylim(len(gaps.by_sensor), 0)
    axes.set_yticks([])
    axes.set_xlim(0, _most(gaps.by_group))
    _in_percent(axes.xaxis, prune="lower")  # where the last date may stand
    axes.set_xlabel("share missing")


def _in_percent(axis: Axis, *, prune: Literal["lower"] | None = None) -> None:
    axis.set_major_locator(MaxNLocator(2, prune=prune))
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}%"))


def _most(shares: NDArray[np.float64]) -> float:
    """Return the end of an axis of shares."""
    most = float(np.nanmax(shares))
    return min(1.05 * most, 1.0) or 1.0


def _raster(axes: Axes, gaps: Gaps, places: NDArray[np.float64], ends: tuple[float, float]) -> None:
    bottom = len(gaps.share) * gaps.cell_sensors
    axes.imshow(
        gaps.share, cmap=_SHADES, norm=_SCALE, interpolation="nearest", aspect="auto",
        extent=(float(places[0]), float(places[-1]), bottom, 0),
    )  # fmt: skip
    axes.set_xlim(ends)
    axes.set_ylim(len(gaps.by_sensor), 0)
    empty = np.isnan(gaps.over_time).astype(np.int8)
    turns = np.flatnonzero(np.diff(empty, prepend=0, append=0))
    for begin, end in turns.reshape(-1, 2):
        axes.axvspan(
            places[begin], places[end], facecolor="none", edgecolor=GREY, hatch="//////", lw=0
        )
    if not gaps.longest:
        axes.text(
            0.5, 0.5, "no reading is missing", transform=axes.transAxes, ha="center", va="center"
        )


def _time_axis(axes: Axes, dataset: Dataset, ends: tuple[float, float]) -> None:
    if dataset.timestamps is None:
        axes.locator_params(axis="x", nbins=6)
        axes.set_xlabel("hour" if _in_hours(dataset) else "days since the first midnight")
        return
    locator = AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    if ends[1] - ends[0] <= 1:
        axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))
        axes.set_xlabel(f"time from {dataset.timestamps[0].astype('datetime64[D]')}")
    else:
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_xlabel("date")


def _sensor_axis(axes: Axes, dataset: Dataset, *, named: bool) -> None:
    if not named:
        ticks = MaxNLocator(6, integer=True).tick_values(0, dataset.num_nodes)
        # one at the lower end would touch the first date
        axes.set_yticks([tick for tick in ticks if tick <= _LOWEST_TICK * dataset.num_nodes])
        axes.set_ylabel("sensor (position from 0)")
        return
    middles = np.arange(dataset.num_nodes) + 0.5
    axes.set_yticks(middles, dataset.sensors.ids)
    axes.tick_params(axis="y", length=0)
    left, _, _, _ = place_mm(axes)
    labels = axes.get_yticklabels()
    for label in labels:
        cut_to(label, axes.get_window_extent().x0 * (1 - _LABEL_MM / left))
    axes.set_yticks(middles, [label.get_text() for label in labels])
    axes.set_ylabel("sensor")


def _key(figure: Figure, place: PlaceMm) -> None:
    """Draw the scale of shades."""
    bar = figure.colorbar(
        ScalarMappable(_SCALE, _SHADES), cax=panel(figure, place), orientation="horizontal"
    )
    bar.outline.set_visible(False)
    bar.set_ticks([0, 1], labels=[">0%", "100%"])
    least, most = bar.ax.get_xticklabels()
    least.set_horizontalalignment("left")
    most.set_horizontalalignment("right")
    bar.ax.set_title("share missing", fontsize=6)


def _caption(dataset: Dataset, gaps: Gaps) -> str:
    info = dataset.info
    cells = _count(gaps.cell_sensors, "sensor")
    days = gaps.cell_steps // dataset.steps_per_day
    minutes = gaps.cell_steps * info.step_minutes
    span = _count(days, "day") if days else duration_words(minutes)
    parts = [
        f"Missing readings of {shown_name(dataset.name)}: {gaps.share_missing:.2%} of "
        f"{_count(dataset.num_nodes, 'sensor')} at {_count(len(dataset.values), 'step')}",
        f"A cell is {cells} and {span}, and its darkness is the share missing; white: none",
        "Above: share missing over time; right: by sensor",
    ]
    if np.isnan(gaps.over_time).any():
        parts.append("Hatched: times without rows")
    if not gaps.longest:
        parts.append("No reading is missing")
    else:
        listed = "; ".join(_said(dataset, gap) for gap in gaps.longest)
        parts.append(f"Longest gaps: {listed}")
    if gaps.silent:
        parts.append(f"All sensors are missing at {_count(gaps.silent, 'step')}")
    if credit := credit_of(info):
        parts.append(f"Data: {credit}")
    return ". ".join(parts) + "."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _said(dataset: Dataset, gap: Gap) -> str:
    minutes = gap.steps * dataset.info.step_minutes
    days = minutes / MINUTES_PER_DAY
    span = f"{days:,.1f} days" if days > _MOST_DAYS_IN_HOURS else duration_words(minutes)
    who = f"sensor {dataset.sensors.ids[gap.sensor]}"
    if gap.sensors == dataset.num_nodes > 1:
        who = "all sensors"
    elif gap.sensors > 1:
        who = f"{who} and {_count(gap.sensors - 1, 'other')}"
    return f"{who}, {_count(gap.steps, 'step')} ({span}) from {_moment(dataset, gap.start)}"


def _moment(dataset: Dataset, step: int) -> str:
    """Return the moment of a step, or its day (from 1) and time without a calendar."""
    at = clock_time(int(dataset.tod_index[step]), dataset.steps_per_day)
    if dataset.timestamps is not None:
        return f"{dataset.timestamps[step].astype('datetime64[D]')} {at}"
    day = (int(dataset.tod_index[0]) + step) // dataset.steps_per_day
    return f"day {day + 1} {at}"


def _told(dataset: Dataset, gaps: Gaps) -> dict[str, Any]:
    """Return all numbers but the cells, as JSON types."""
    ids = dataset.sensors.ids
    return {
        "dataset": dataset.name,
        "data": credit_of(dataset.info),
        "share_missing": gaps.share_missing,
        "silent_steps": gaps.silent,
        "cell": {"steps": gaps.cell_steps, "sensors": gaps.cell_sensors},
        "longest": [
            {
                "sensor": ids[gap.sensor],
                "sensors": gap.sensors,
                "from": _moment(dataset, gap.start),
                "steps": gap.steps,
            }
            for gap in gaps.longest
        ],
        "by_sensor": dict(zip(ids, gaps.by_sensor.tolist(), strict=True)),
    }
