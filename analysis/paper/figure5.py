"""The paper's figures 5 and 6: two clusters whose similarity follows the traffic of a day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.figures.colours import NEUTRAL, cluster_colour
from analysis.figures.cosines import ScaleName
from analysis.figures.style import with_unit
from analysis.geometry.clustering import METHOD_NAMES
from analysis.geometry.similarity import Floats
from analysis.material import Material
from analysis.paper.canvas import Width, cut_to, legend_below, letter, panel, sheet
from analysis.paper.city import City, city_of, draw_city, draw_sensors, name_freeways
from analysis.paper.compared import Compared, Number, compare
from analysis.paper.labels import place_labels
from analysis.paper.panels import (
    MARKERS,
    colour_bar,
    cosines,
    series,
    shade_periods,
)
from analysis.paper.save import Drawn
from analysis.paper.settings import FigureSettings
from analysis.patterns.over_a_day import period_cosines, without_common
from analysis.readings.days import clock_time, day_label
from analysis.readings.series import group_means

_LAST_HOUR: Mapping[Number, int] = {"5": 14, "6": 24}  # of the speeds, or of the whole day
_MEASURES = {
    "centred": "cosine after subtracting the mean over all sensors and moments of the day",
    "raw": "cosine",
    "rescaled": "cosine, rescaled from 0 to 1 within this figure",
}
_NUMBERS_MM = 5.0  # below a heatmap
_NUMBER_MM = 3.0  # size of the number of a row or column in a heatmap

_Places = Mapping[str, tuple[float, float, float, float]]
_HEIGHT_MM: Mapping[Width, float] = {"double": 119, "single": 186}
_PLACES_MM: Mapping[Width, _Places] = {
    "double": {"map": (3, 8, 54, 44), "series": (68, 11, 50, 36), "zoom": (123, 8, 54, 44)},
    "single": {"map": (2, 7, 80, 36), "series": (10, 55, 72, 28), "zoom": (2, 103, 80, 40)},
}
_HEATMAPS_MM: Mapping[Width, tuple[float, float, float, float]] = {  # left, top, right, gap
    "double": (10, 71, 159, 9),
    "single": (7, 157, 68, 4),
}


def figure5(
    material: Material, settings: FigureSettings, *, width: Width, number: Number = "5"
) -> Drawn:
    """Draw figure 5: two clusters at a crossroads (a), speeds (b), sensors (c), cosines (d).

    Args:
        material: of the checkpoint.
        settings: every choice.
        width: of the column.
        number: ``"6"`` draws the other figure of this kind; see `figure6`.

    Raises:
        AnalysisError: if the model has no ST-mixed or spatial meta-parameters, if the sensors have
            no coordinates, or for a day or case that does not exist.
    """
    city = city_of(material.info.sensors, material.basemap)
    compared, case = compare(material, city, settings, number)
    figure = sheet(width, _HEIGHT_MM[width])
    panels = {name: panel(figure, place) for name, place in _PLACES_MM[width].items()}
    _clusters(panels["map"], city, compared)
    _speeds(panels["series"], compared, settings, material, number)
    _sensors(panels["zoom"], city, compared)
    by_period = _cosines(compared, settings)
    places = _heatmap_places(width, len(by_period))
    heatmaps = [panel(figure, place) for place in places[:-1]]
    _heatmaps(heatmaps, panel(figure, places[-1]), by_period, compared, settings, places[0][2])
    return Drawn(figure, _caption(material, settings, compared, by_period), case)


def figure6(material: Material, settings: FigureSettings, *, width: Width) -> Drawn:
    """Draw figure 6: like figure 5, for the two other clusters that diverge most over the day.

    Arguments and errors as for `figure5`.
    """
    return figure5(material, settings, width=width, number="6")


def _clusters(axes: Axes, city: City, compared: Compared) -> None:
    """Draw panel a: all sensors of the two clusters on the map."""
    labels, clusters = compared.labels, compared.pair.clusters
    draw_city(axes, city, line_width=1.2)
    others = ~np.isin(labels, clusters)
    draw_sensors(axes, city.places[others], NEUTRAL, size=1.5)
    for k, marker in zip(clusters, MARKERS, strict=False):
        draw_sensors(axes, city.places[labels == k], cluster_colour(k), size=9, marker=marker)
    named = [
        f"{k} ({name})" if name else str(k)
        for k, name in zip(clusters, compared.pair.freeways, strict=True)
    ]
    letter(axes, "a", f"clusters {' and '.join(named)}", left_mm=1)
    name_freeways(axes, city, only=_freeways(city, compared))


def _freeways(city: City, compared: Compared) -> set[str]:
    """Return the freeways of the numbered sensors."""
    return set(city.frame["freeway"].to_numpy()[compared.everyone].tolist())


def _speeds(
    axes: Axes,
    compared: Compared,
    settings: FigureSettings,
    material: Material,
    number: Number,
) -> None:
    """Draw panel b: the mean readings of the two clusters over the day."""
    latest = max(end for _, end in settings.periods.values())
    last_hour = _LAST_HOUR[number] if latest <= _LAST_HOUR[number] else 24
    info, values = material.info, compared.values
    means = group_means(values.values, compared.labels)
    curves = {f"cluster {k}": (cluster_colour(k), means[:, k]) for k in compared.pair.clusters}
    series(axes, values.hours, curves, label=with_unit(info.quantity, info.unit))
    axes.set_xlim(0, last_hour)
    axes.set_xticks(range(0, last_hour + 1, 2 if last_hour <= 14 else 4))
    axes.set_xlabel("hour of day")
    shade_periods(axes, settings.periods)
    letter(axes, "b", f"mean {info.quantity}", left_mm=7, up=12)
    legend_below(axes, 2, gap=19.0)


def _sensors(axes: Axes, city: City, compared: Compared) -> None:
    """Draw panel c: the numbered sensors."""
    everyone = compared.everyone
    shown = np.zeros(len(city.places), dtype=bool)
    shown[everyone] = True
    draw_city(axes, city, around=shown, line_width=1.2)
    for k, own, marker in zip(compared.pair.clusters, compared.sensors, MARKERS, strict=False):
        draw_sensors(axes, city.places[list(own)], cluster_colour(k), size=11, marker=marker)
    letter(axes, "c", f"{len(everyone)} sensors", left_mm=1)
    place_labels(
        axes, city.places[everyone], [str(place + 1) for place in range(len(everyone))],
        colours=[cluster_colour(int(compared.labels[sensor])) for sensor in everyone],
        points=city.places[everyone], start=5.0, fontsize=6,
    )  # fmt: skip
    name_freeways(axes, city, only=_freeways(city, compared))


def _cosines(compared: Compared, settings: FigureSettings) -> dict[str, Floats]:
    """Return the mean cosines (n, n) of the numbered sensors in each period that has a moment."""
    coordinates = compared.coordinates
    if settings.measure == "centred":
        coordinates = without_common(coordinates)
    own = coordinates[:, compared.everyone]
    found = period_cosines(own, compared.day.hours, settings.periods)
    if not found:
        raise AnalysisError(
            f"no moment of this day is in {', '.join(settings.periods)}; choose other periods or "
            f"another day"
        )
    if settings.measure != "rescaled":
        return found
    every = np.stack(list(found.values()))
    low, span = float(every.min()), max(float(np.ptp(every)), 1e-12)
    return {name: (matrix - low) / span for name, matrix in found.items()}


def _heatmap_places(width: Width, count: int) -> list[tuple[float, float, float, float]]:
    """Return the positions of the heatmaps and of their colour bar."""
    left, top, right, gap = _HEATMAPS_MM[width]
    room = _HEIGHT_MM[width] - top - _NUMBERS_MM
    side = min((right - left - gap * (count - 1)) / count, room)
    places = [(left + place * (side + gap), top, side, side) for place in range(count)]
    end = places[-1][0] + side
    return [*places, (end + 2.6, top, 1.8, side)]


def _heatmaps(
    panels: Sequence[Axes],
    bar: Axes,
    by_period: Mapping[str, Floats],
    compared: Compared,
    settings: FigureSettings,
    side_mm: float,
) -> None:
    """Draw panel d: the cosines of the numbered sensors in each period, one scale for all."""
    every = np.stack(list(by_period.values()))
    count = every.shape[1]
    step = math.ceil(count * _NUMBER_MM / side_mm)
    scale: ScaleName = "paper" if settings.measure == "rescaled" else settings.scale
    for place, (axes, (name, matrix)) in enumerate(zip(panels, by_period.items(), strict=True)):
        image = cosines(axes, matrix, scale=scale, among=every)
        numbers = list(range(0, count, step))
        axes.set_xticks(numbers, [str(number + 1) for number in numbers])
        axes.set_yticks(numbers, [str(number + 1) for number in numbers])
        if place:
            axes.set_yticklabels([])
        _name_period(axes, name, settings.periods[name])
        _bracket(axes, compared, count)
    letter(panels[0], "d", "", left_mm=6, up=5.0)
    colour_bar(bar, image, "similarity" if settings.measure == "rescaled" else "cosine")


def _name_period(axes: Axes, name: str, hours: tuple[float, float]) -> None:
    """Write a period and its hours above a heatmap, on two lines if one is too short."""
    wide, clock = axes.get_window_extent().width, f"{hours[0]:g}–{hours[1]:g} h"
    title = axes.set_title(name, fontsize=6, pad=5.5)
    cut_to(title, wide)
    cut = title.get_text()
    title.set_text(f"{cut}, {clock}")
    if title.get_window_extent().width > wide:
        title.set_text(f"{cut}\n{clock}")


def _bracket(axes: Axes, compared: Compared, count: int) -> None:
    """Draw a bar in each cluster's colour along its rows and columns."""
    start = 0
    for cluster, own in zip(compared.pair.clusters, compared.sensors, strict=True):
        ends = [start - 0.42, start + len(own) - 0.58]
        for across, up in (([count - 0.25] * 2, ends), (ends, [-0.75] * 2)):
            axes.plot(
                across, up, color=cluster_colour(cluster), lw=1.8, clip_on=False, zorder=4,
                solid_capstyle="butt",
            )  # fmt: skip
        start += len(own)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)


def _caption(
    material: Material,
    settings: FigureSettings,
    compared: Compared,
    by_period: Mapping[str, NDArray[np.floating]],
) -> str:
    first, second = compared.pair.clusters
    ahead = compared.values.minutes_ahead
    source = (
        f"forecasts of the model, {ahead:g} minutes ahead, because there are no readings"
        if ahead
        else "readings"
    )
    absent = [name for name in settings.periods if name not in by_period]
    late = float(compared.day.hours[0])
    begun = [name for name, (start, end) in settings.periods.items() if start < late < end]
    hatched = " Hatched cells are below 0." if settings.scale == "paper" else ""
    notes = f" No moment of the day is in {', '.join(absent)}." if absent else ""
    if begun:
        per_day = material.info.steps_per_day
        clock = clock_time(late * per_day / 24, per_day)
        notes += f" The first moment with twelve input steps, {clock}, is in {begun[0]}."
    return (
        f"(a) All sensors of clusters {first} and {second} of {settings.clusters} "
        f"({METHOD_NAMES[settings.method]}). (b) Mean {material.info.quantity} of each cluster on "
        f"{day_label(compared.date, material.info)}: {source}. (c) The numbered sensors. (d) Mean "
        f"similarity of their ST-mixed meta-parameters in each period "
        f"({_MEASURES[settings.measure]}); bars mark the clusters.{hatched}{notes} "
        f"Meta-parameters: {settings.space.label}."
    )
