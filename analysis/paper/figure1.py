"""The paper's figure 1: two areas of a city, their speeds, and a Sunday and a Monday."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.figures.colours import DAY_COLOURS, NEUTRAL, PALETTE
from analysis.figures.style import with_unit
from analysis.material import Material
from analysis.paper.areas import (
    RUNNERS_UP,
    Area,
    AreaPair,
    differing_areas,
    differing_groups,
    neighbourhood_size,
)
from analysis.paper.arrange import Cell
from analysis.paper.canvas import GREY, Width, laid_out, letter
from analysis.paper.captions import caption_of, omitted, panel_letters
from analysis.paper.city import (
    WITHOUT_PLACES,
    City,
    city_if_known,
    draw_city,
    draw_sensors,
    name_freeways,
)
from analysis.paper.labels import place_labels
from analysis.paper.panels import series
from analysis.paper.save import Drawn
from analysis.paper.settings import FigureSettings
from analysis.readings.days import date_of
from analysis.readings.series import sensor_means
from himnet.data.info import DatasetInfo

NAMES = ("A", "B")
AREA_COLOURS = (PALETTE[5], PALETTE[13])  # distinct from Sunday's and Monday's
_SUNDAY = 6  # as in datetime.date.weekday
_KNOWN_SHARE = 0.5  # of a day's moments; a day with fewer values is not drawn
_PLOT = Cell(left=10, right=2.5, bottom=7, ratio=1.0, most=42)
_CELLS: Mapping[Width, Mapping[str, Cell]] = {
    "single": {"a": Cell(ratio=0.5, alone=True), "b": _PLOT, "c": _PLOT},
    "double": {"a": Cell(share=1.5, ratio=0.5), "b": _PLOT, "c": _PLOT},
}
_BINS = 30
_BIN_WIDTHS = (1, 2, 5, 10)  # times a power of ten


@dataclass(frozen=True)
class _Days:
    """An area's mean over a Sunday and the Monday after it.

    Attributes:
        sunday: its date.
        hours: (M,) of a day.
        means: (2, M), NaN if there is none.
    """

    sunday: dt.date
    hours: NDArray[np.float64]
    means: NDArray[np.float64]


def figure1(material: Material, settings: FigureSettings, *, width: Width) -> Drawn:
    """Draw figure 1: two areas (a), the distributions of their readings (b), two days of one (c).

    The areas are the two neighbourhoods whose readings differ most, or without coordinates the two
    clusters of sensors. If no Sunday and the Monday after it can be shown, panel c is omitted, and
    panel a without coordinates; the caption says why.

    Args:
        material: of the checkpoint; without its data set, forecasts replace readings.
        settings: the case may give the Sunday's date.
        width: of the column.

    Raises:
        AnalysisError: without any day, or for a date that is not such a Sunday.
    """
    city = city_if_known(material.info.sensors, material.basemap)
    values, ahead = _all_values(material)
    pairs = _pairs(material, settings, city, values)
    best = pairs[0]
    wanted = [name for name in settings.panels_of("1") if name != "a" or city is not None]
    maps = [name for name in settings.panels_of("1") if name not in wanted]
    days = None
    if "c" in wanted:
        days = _sunday_and_monday(material, best.areas[0], settings.case("1").date)
    letters = panel_letters([name for name in wanted if name != "c" or days is not None])
    if not letters:
        name, why = ("c", _without_days(material.info)) if "c" in wanted else ("a", WITHOUT_PLACES)
        raise AnalysisError(f"panel {name} cannot be drawn because {why}")
    figure, panels = laid_out({name: _CELLS[width][name] for name in letters}, width)
    for name, axes in panels.items():
        if name == "a" and city is not None:
            letter(axes, letters[name], "two areas", left_mm=1)
            _draw_map(axes, city, best)
        elif name == "b":
            letter(axes, letters[name], f"{material.info.quantity} in both {_kind(city)}s")
            _draw_distributions(axes, best, material.info)
        elif days is not None:
            letter(axes, letters[name], f"{_kind(city)} A on two days")
            _draw_days(axes, days, material.info)
    case = {
        **best.to_dict(),
        "score_is": "1-Wasserstein distance between the distributions of "
        f"two {_kind(city)}s' readings",
        "unit": material.info.unit,
        "members": [[material.info.sensors.ids[n] for n in area.members] for area in best.areas],
        "sunday": None if days is None else days.sunday.isoformat(),
        "minutes_ahead": ahead,
        "runners_up": [pair.to_dict() for pair in pairs[1 : 1 + RUNNERS_UP]],
    }
    caption = _caption(letters, best, days, material.info, len(values), ahead, kind=_kind(city))
    absent = ["c"] if "c" in wanted and days is None else []
    caption += omitted(maps, WITHOUT_PLACES) + omitted(absent, _without_days(material.info))
    return Drawn(figure, caption, case)


def _kind(city: City | None) -> str:
    return "area" if city is not None else "cluster"


def _pairs(
    material: Material,
    settings: FigureSettings,
    city: City | None,
    values: NDArray[np.float32],
) -> list[AreaPair]:
    """Return the pairs of areas by how much their readings differ, or of clusters without places.

    Raises:
        AnalysisError: if there are no two of them with readings.
    """
    if city is not None:
        return differing_areas(city.places, values, city.frame["freeway"].tolist())
    labels = material.clusters(
        settings.space, k=settings.clusters, method=settings.method, seed=settings.seed
    )
    return differing_groups(labels, values, material.info.sensors.freeway or [""] * len(labels))


def _all_values(material: Material) -> tuple[NDArray[np.float32], float]:
    """Return all readings (T, N), or else the track's forecasts and their horizon in minutes."""
    if material.dataset is not None:
        return material.dataset.readings(), 0
    if not material.days:
        raise AnalysisError(
            f"figure 1 needs readings or a track, but there is no track next to "
            f"{material.arrays.path}, and {material.dataset_problem}"
        )
    days = [material.values_of(number) for number in material.days]
    return np.concatenate([day.values for day in days]), days[0].minutes_ahead


def _sunday_and_monday(material: Material, area: Area, given: str | None) -> _Days | None:
    """Return the first Sunday that can be shown with the Monday after it, or the given one.

    Raises:
        AnalysisError: for a given date that is not a Sunday or cannot be shown with its Monday.
    """
    if given is not None:
        return _given_days(material, area, dt.date.fromisoformat(given))
    if not material.info.start:
        return None
    days = set(material.days)
    for number in sorted(days):
        if date_of(number).weekday() == _SUNDAY and number + 1 in days:
            found = _days(material, area, number)
            if (np.isfinite(found.means).mean(axis=1) >= _KNOWN_SHARE).all():
                return found
    return None


def _given_days(material: Material, area: Area, sunday: dt.date) -> _Days:
    if not material.info.start:
        raise AnalysisError(
            f"the data set '{material.info.name}' has no dates, so {sunday} cannot be found; omit "
            f"the date"
        )
    if sunday.weekday() != _SUNDAY:
        raise AnalysisError(
            f"{sunday} is a {sunday:%A}; figure 1 shows a Sunday and the Monday after it, so give "
            f"the date of a Sunday"
        )
    return _days(material, area, (sunday - date_of(0)).days)


def _days(material: Material, area: Area, number: int) -> _Days:
    count = material.info.steps_per_day
    means = np.full((2, count), np.nan)
    for row, day in enumerate((number, number + 1)):
        found = material.values_of(day)
        steps = np.round(found.hours * count / 24).astype(np.int64)
        means[row, steps] = sensor_means(found.values[:, area.members].T)
    return _Days(date_of(number), np.arange(count) * 24 / count, means)


def _draw_map(axes: Axes, city: City, pair: AreaPair) -> None:
    draw_city(axes, city)
    inside = np.concatenate([area.members for area in pair.areas])
    others = np.setdiff1d(np.arange(len(city.places)), inside)
    draw_sensors(axes, city.places[others], NEUTRAL, size=6)
    for area, colour in zip(pair.areas, AREA_COLOURS, strict=True):
        draw_sensors(axes, city.places[area.members], colour, size=14)
    middles = np.array([city.places[area.members].mean(axis=0) for area in pair.areas])
    place_labels(
        axes, middles, NAMES, colours=AREA_COLOURS, points=city.places, start=8.0, fontsize=7
    )
    name_freeways(axes, city)


def _draw_distributions(axes: Axes, pair: AreaPair, info: DatasetInfo) -> None:
    """Draw the share of each area's readings in each bin."""
    low = min(float(area.readings[0]) for area in pair.areas)
    high = max(float(area.readings[-1]) for area in pair.areas)
    step = _bin_width(high - low)
    edges = np.arange(np.floor(low / step), np.floor(high / step) + 2) * step
    styles = ("solid", (0, (4, 1.2)))
    for name, area, colour, style in zip(NAMES, pair.areas, AREA_COLOURS, styles, strict=True):
        shares = 100 * np.histogram(area.readings, edges)[0] / len(area.readings)
        axes.stairs(shares, edges, fill=True, color=colour, alpha=0.15)
        axes.stairs(
            shares, edges, color=colour, linestyle=style, lw=0.9,
            label=f"{name}: mean {area.mean:.0f}",
        )  # fmt: skip
    unit = f" {info.unit}" if info.unit else ""
    axes.set_xlabel(with_unit(info.quantity, info.unit))
    axes.set_ylabel(f"readings per {step:g}{unit} (%)")
    axes.set_ylim(0, 1.06 * axes.get_ylim()[1])
    axes.grid(axis="y", color=GREY, alpha=0.2, lw=0.4)
    axes.legend(loc="best", borderpad=0.2)


def _bin_width(span: float) -> float:
    """Return a round width that divides a range into about 30 bins."""
    wanted = max(span, 1e-6) / _BINS
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(min((width * power for width in _BIN_WIDTHS), key=lambda w: abs(w - wanted)))


def _draw_days(axes: Axes, days: _Days, info: DatasetInfo) -> None:
    monday = days.sunday + dt.timedelta(days=1)
    named = {
        f"{date:%a %-d %b}": (DAY_COLOURS[date.weekday()], mean)
        for date, mean in zip((days.sunday, monday), days.means, strict=True)
    }
    series(axes, days.hours, named, label=f"mean {with_unit(info.quantity, info.unit)}")
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel("time of day (h)")
    axes.legend(loc="best", borderpad=0.2)


def _caption(
    letters: Mapping[str, str],
    best: AreaPair,
    days: _Days | None,
    info: DatasetInfo,
    moments: int,
    ahead: float,
    *,
    kind: str,
) -> str:
    unit = f" {info.unit}" if info.unit else ""
    sizes = " and ".join(str(len(area.members)) for area in best.areas)
    what = (
        f"forecasts of the model, {ahead:g} minutes ahead, instead of readings"
        if ahead
        else "readings"
    )
    areas = f"two {kind}s of {info.name or 'the data set'} with {sizes} sensors"
    parts = {
        "a": f"{areas[0].upper()}{areas[1:]}.",
        "b": f"Distributions of the {info.quantity}s of {'both' if 'a' in letters else 'the'} "
        f"{kind}s: {what} at {moments:,} moments.",
        "c": "",
    }
    if days is not None:
        parts["c"] = (
            f"Mean {info.quantity} of {kind} A on Sunday, {days.sunday}, and on the following "
            f"Monday{'' if 'b' in letters else f': {what}'}."
        )
    size = neighbourhood_size(info.num_nodes)
    every = f"compact neighbourhoods of about {size} sensors" if kind == "area" else "clusters"
    return (
        f"{caption_of(letters, parts)} Of all {every}, "
        f"{'these two' if 'a' in letters else f'{kind}s A and B, {areas},'} differ most: the "
        f"1-Wasserstein distance between the distributions of their values is "
        f"{best.score:.1f}{unit}. {kind.capitalize()} A is the one with the lower mean."
    )


def _without_days(info: DatasetInfo) -> str:
    """Return why no Sunday is shown with its Monday, as a part of a sentence."""
    return (
        "there are no values for any Sunday together with the following Monday"
        if info.start
        else "the data set has no dates"
    )
