"""The paper's figures 5 and 6: two clusters whose similarity follows the traffic of a day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from analysis.errors import AnalysisError
from analysis.evidence.agreement import majority_names
from analysis.figures.colours import NEUTRAL
from analysis.figures.cosines import ScaleName
from analysis.figures.style import with_unit
from analysis.geometry.clustering import METHOD_NAMES
from analysis.geometry.similarity import Floats
from analysis.material import Material
from analysis.paper.arrange import Cell
from analysis.paper.canvas import (
    Width,
    beside,
    cut_to,
    laid_out,
    legend_below,
    letter,
    panel,
    place_mm,
)
from analysis.paper.captions import caption_of, omitted, panel_letters
from analysis.paper.city import (
    WITHOUT_PLACES,
    City,
    city_if_known,
    draw_city,
    draw_sensors,
    name_freeways,
    places_apart,
    said_apart,
)
from analysis.paper.compared import Compared, Number, compare
from analysis.paper.labels import place_labels
from analysis.paper.panels import (
    MARKERS,
    colour_bar,
    cosines,
    said_of_scale,
    series,
    shade_periods,
)
from analysis.paper.save import Drawn
from analysis.paper.settings import FigureSettings
from analysis.patterns.over_a_day import (
    period_cosines,
    period_hours,
    said_of_late_start,
    without_common,
)
from analysis.readings.days import day_label
from analysis.readings.series import group_means

_LAST_HOUR: Mapping[Number, int] = {"5": 14, "6": 24}  # of the speeds, or of the whole day
_MEASURES = {
    "centred": "cosine after subtracting the mean over all sensors and moments of the day",
    "raw": "cosine",
    "rescaled": "cosine, rescaled from 0 to 1 within this figure",
}
_MAPS = ("a", "c")
_UNLIKE_TITLE = "ST-mixed meta-parameters of two clusters that are unlike"
_THIN_POINTS, _DOT_SIZE = 0.6, 0.5  # of the network around the two clusters, and of its sensors
# points from a panel to its letter; panel b has the names of the periods between, and the panels
# beside it have their letters at the same height
_ABOVE, _ABOVE_PERIODS = 4.0, 12.0
_NUMBER_MM = 3.0  # size of the number of a row or column in a heatmap
_LARGEST_MM = 40.0  # side of a heatmap
_GAP_MM = 5.0  # between heatmaps
_CELLS: Mapping[str, Cell] = {
    "a": Cell(top=8.5, share=1.25, ratio=0.55),
    "b": Cell(left=9, right=2, top=8.5, bottom=11, ratio=0.62),
    "c": Cell(ratio=0.42, share=1.25),
    "d": Cell(left=6.5, right=15, top=9.5, bottom=4.5, alone=True),
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
        AnalysisError: if the model has no ST-mixed or spatial meta-parameters, if only maps are
            chosen of sensors without coordinates, or for a day or case that does not exist.
    """
    city = city_if_known(material.info.sensors, material.basemap)
    wanted = settings.panels_of(number)
    maps = [name for name in wanted if name in _MAPS and city is None]
    letters = panel_letters([name for name in wanted if name not in maps])
    if not letters:
        raise AnalysisError(f"panel {' and '.join(maps)} cannot be drawn because {WITHOUT_PLACES}")
    with_sensors = bool({"c", "d"} & set(letters))
    compared = compare(material, city, settings, number, with_sensors=with_sensors)
    case = compared.case(with_sensors=with_sensors)
    by_period = _cosines(compared, settings) if "d" in letters else {}
    cells = {name: _CELLS[name] for name in letters}
    if by_period:
        count = len(by_period)
        cells["d"] = replace(cells["d"], ratio=1 / count, most=_LARGEST_MM)
    figure, panels = laid_out(cells, width)
    tops = {name: place_mm(axes)[1] for name, axes in panels.items()}
    for name, axes in panels.items():
        up = _ABOVE_PERIODS if tops[name] == tops.get("b") else _ABOVE
        if name == "b":
            _speeds(axes, letters[name], compared, settings, material, number)
        elif name == "d":
            _heatmaps(axes, letters[name], by_period, compared, settings)
        elif city is not None:
            draw = _clusters if name == "a" else _sensors
            draw(axes, letters[name], city, compared, up)
    caption = _caption(letters, material, settings, compared, by_period, city)
    unlike = _said_of_choice(compared, letters)
    return Drawn(
        figure, f"{caption}{unlike}{omitted(maps, WITHOUT_PLACES)}", case,
        title=_UNLIKE_TITLE if compared.pair.unlike else "",
    )  # fmt: skip


def _said_of_choice(compared: Compared, letters: Mapping[str, str]) -> str:
    """Return why these two clusters are shown, if it is not for where freeways cross."""
    if not compared.pair.unlike or compared.given:
        return ""
    near = "near clusters" if compared.pair.nearest_first else "pairs of clusters"
    return (
        f" Of all {near}, the means of these two correlate least over the day "
        f"({1 - compared.pair.score:.2f})."
    )


def figure6(material: Material, settings: FigureSettings, *, width: Width) -> Drawn:
    """Draw figure 6: like figure 5, for the two other clusters that diverge most over the day.

    Arguments and errors as for `figure5`.
    """
    return figure5(material, settings, width=width, number="6")


def _clusters(axes: Axes, name: str, city: City, compared: Compared, up: float) -> None:
    """Draw panel a: all sensors of the two clusters on the map."""
    labels, clusters = compared.labels, compared.pair.clusters
    draw_city(axes, city, line_width=_THIN_POINTS)
    others = ~np.isin(labels, clusters)
    places = places_apart(axes, city)
    east, north = places[others].T
    axes.scatter(east, north, s=_DOT_SIZE, c=NEUTRAL, linewidths=0, zorder=3)
    for k, marker in zip(clusters, MARKERS, strict=False):
        draw_sensors(axes, places[labels == k], compared.colours[k], size=9, marker=marker)
    title = f"clusters {clusters[0]} and {clusters[1]}"
    letter(axes, name, title, left_mm=1, up=up)
    names = majority_names(labels, city.frame["freeway"].tolist())
    name_freeways(axes, city, only={names[k] for k in clusters})


def _freeways(city: City, compared: Compared) -> set[str]:
    """Return the freeways of the numbered sensors."""
    return set(city.frame["freeway"].to_numpy()[compared.everyone].tolist())


def _speeds(
    axes: Axes,
    name: str,
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
    curves = {f"cluster {k}": (compared.colours[k], means[:, k]) for k in compared.pair.clusters}
    series(axes, values.hours, curves, label=with_unit(info.quantity, info.unit))
    axes.set_xlim(0, last_hour)
    axes.set_xticks(range(0, last_hour + 1, 2 if last_hour <= 14 else 4))
    axes.set_xlabel("hour of day")
    shade_periods(axes, settings.periods)
    letter(axes, name, f"mean {info.quantity}", left_mm=7, up=_ABOVE_PERIODS)
    legend_below(axes, 2, gap=19.0)


def _sensors(axes: Axes, name: str, city: City, compared: Compared, up: float) -> None:
    """Draw panel c: the numbered sensors."""
    everyone = compared.everyone
    shown = np.zeros(len(city.places), dtype=bool)
    shown[everyone] = True
    draw_city(axes, city, around=shown, line_width=1.2)
    for k, own, marker in zip(compared.pair.clusters, compared.sensors, MARKERS, strict=False):
        draw_sensors(axes, city.places[list(own)], compared.colours[k], size=11, marker=marker)
    letter(axes, name, f"{len(everyone)} sensors", left_mm=1, up=up)
    place_labels(
        axes, city.places[everyone], [str(place + 1) for place in range(len(everyone))],
        colours=[compared.colours[compared.labels[sensor]] for sensor in everyone],
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


def _heatmaps(
    axes: Axes,
    name: str,
    by_period: Mapping[str, Floats],
    compared: Compared,
    settings: FigureSettings,
) -> None:
    """Draw panel d: the cosines of the numbered sensors in each period, one scale for all."""
    every = np.stack(list(by_period.values()))
    count = every.shape[1]
    panels = _split(axes, len(by_period))
    step = math.ceil(count * _NUMBER_MM / place_mm(panels[0])[2])
    scale = _scale(settings)
    for place, (one, (period, matrix)) in enumerate(zip(panels, by_period.items(), strict=True)):
        image = cosines(one, matrix, scale=scale, among=every)
        numbers = list(range(0, count, step))
        one.set_xticks(numbers, [str(number + 1) for number in numbers])
        one.set_yticks(numbers, [str(number + 1) for number in numbers])
        if place:
            one.set_yticklabels([])
        _name_period(one, period, settings.periods[period])
        _bracket(one, compared, count)
    letter(panels[0], name, "", left_mm=6, up=5.0)
    title = "similarity" if settings.measure == "rescaled" else "cosine"
    colour_bar(beside(panels[-1], gap=2.6), image, title)


def _split(axes: Axes, count: int) -> list[Axes]:
    """Replace axes by `count` square ones, side by side."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    left, top, wide, high = place_mm(axes)
    axes.remove()
    side = min((wide - _GAP_MM * (count - 1)) / count, high)
    return [
        panel(figure, (left + place * (side + _GAP_MM), top, side, side)) for place in range(count)
    ]


def _scale(settings: FigureSettings) -> ScaleName:
    return "paper" if settings.measure == "rescaled" else settings.scale


def _name_period(axes: Axes, name: str, hours: tuple[float, float]) -> None:
    """Write a period and its hours above a heatmap, on two lines if one is too short."""
    wide, clock = axes.get_window_extent().width, period_hours(hours)
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
                across, up, color=compared.colours[cluster], lw=1.8, clip_on=False, zorder=4,
                solid_capstyle="butt",
            )  # fmt: skip
        start += len(own)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)


def _caption(
    letters: Mapping[str, str],
    material: Material,
    settings: FigureSettings,
    compared: Compared,
    by_period: Mapping[str, Floats],
    city: City | None,
) -> str:
    first, second = (
        f"{k} ({road})" if road else str(k)
        for k, road in zip(compared.pair.clusters, compared.pair.freeways, strict=True)
    )
    ahead = compared.values.minutes_ahead
    source = (
        f"forecasts of the model, {ahead:g} minutes ahead, because there are no readings"
        if ahead
        else "readings"
    )
    clusters = f"clusters {first} and {second} of {settings.clusters} "
    clusters += f"({METHOD_NAMES[settings.method]})"
    date = day_label(compared.date, material.info)
    parts = {
        "a": f"All sensors of {clusters}{said_apart(city)}.",
        "b": f"Mean {material.info.quantity} of {clusters} on {date}: {source}.",
        "c": f"The numbered sensors of {clusters}.",
    }
    if "a" in letters:
        parts["b"] = f"Mean {material.info.quantity} of each cluster on {date}: {source}."
        parts["c"] = "The numbered sensors."
    if "d" in letters:
        whose = "their ST-mixed meta-parameters"
        if "c" not in letters:
            whose = (
                f"the ST-mixed meta-parameters of {len(compared.everyone)} sensors of {clusters}"
            )
        day = "" if "b" in letters else f" on {date}"
        parts["d"] = (
            f"Mean similarity of {whose} in each period{day} ({_MEASURES[settings.measure]}); bars "
            f"mark the clusters.{_notes_on_periods(material, settings, compared, by_period)}"
        )
    return f"{caption_of(letters, parts)} Meta-parameters: {settings.space.label}."


def _notes_on_periods(
    material: Material,
    settings: FigureSettings,
    compared: Compared,
    by_period: Mapping[str, Floats],
) -> str:
    """Return sentences on the colours, and on periods without a moment or with late first ones."""
    notes = " " + said_of_scale(np.stack(list(by_period.values())), _scale(settings))
    absent = [name for name in settings.periods if name not in by_period]
    if absent:
        notes += f" No moment of the day is in {', '.join(absent)}."
    first, per_day = float(compared.day.hours[0]), material.info.steps_per_day
    return notes + said_of_late_start(settings.periods, first, per_day, material.model.in_steps)
