"""The paper's figure 4: structure of the temporal and the spatial meta-parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from analysis.city.carriageways import drawn_apart, one_carriageway
from analysis.city.roads import positions
from analysis.errors import AnalysisError
from analysis.evidence.agreement import majority_names
from analysis.figures.cluster_colours import cluster_colours
from analysis.figures.colours import DAY_COLOURS, NEUTRAL
from analysis.figures.style import with_unit
from analysis.geometry.clustering import METHOD_NAMES, Labels
from analysis.geometry.projection import tsne
from analysis.material import Material
from analysis.paper.canvas import INK, Width, legend_below, letter, panel, sheet
from analysis.paper.cases import (
    Found,
    carriageway_cases,
    described,
    given_pair,
    most_congested,
)
from analysis.paper.city import City, city_of, draw_city, draw_sensors, name_freeways
from analysis.paper.labels import place_labels
from analysis.paper.panels import (
    MARKERS,
    colour_bar,
    cosines,
    number_clusters,
    projection,
    series,
)
from analysis.paper.save import Drawn
from analysis.paper.settings import FigureSettings
from analysis.paper.values import Values, week_of
from analysis.patterns.hours import hour_cosines, week_coordinates, week_hours
from analysis.readings.series import group_means
from himnet.data.info import DatasetInfo, Sensors

_HOURS = {
    "mean": "mean over the seven days",
    "day": "one day",
    "tod": "time-of-day part only",
}
_APART_METRES = 30.0  # distance by which the carriageways are moved apart in the zoom
# millimetres from the left and the top, width, height; "bar" is the colour bar of b
_HEIGHT_MM: Mapping[Width, float] = {"double": 112, "single": 229}
_PLACES_MM: Mapping[Width, Mapping[str, tuple[float, float, float, float]]] = {
    "double": {
        "a": (3, 8, 62, 36), "b": (77, 8, 36, 36), "bar": (114.5, 8, 2, 36), "c": (129, 8, 48, 36),
        "d": (3, 57, 76, 43), "e": (86, 57, 38, 43), "f": (136, 57, 41, 43),
    },
    "single": {
        "a": (2, 7, 37, 25), "b": (45, 7, 25, 25), "bar": (71, 7, 1.6, 25), "c": (2, 43, 80, 42),
        "d": (2, 94, 80, 44), "e": (2, 147, 80, 32), "f": (10, 192, 72, 26),
    },
}  # fmt: skip


def figure4(material: Material, settings: FigureSettings, *, width: Width) -> Drawn:
    """Draw figure 4: hours (a, b), sensors (c), their map (d), a zoom (e) and speeds (f).

    Args:
        material: of the checkpoint.
        settings: every choice.
        width: of the column.

    Raises:
        AnalysisError: if the model has no such meta-parameters or coordinates, or for a case that
            does not exist.
    """
    labels = material.clusters(
        settings.space, k=settings.clusters, method=settings.method, seed=settings.seed
    )
    colours = cluster_colours(
        material.info.sensors, material.spatial_coordinates(settings.space), labels
    )
    city = city_of(material.info.sensors)
    values = week_of(material, settings.case("4").date)
    pair, congested, case = _case(city, labels, values, settings)
    figure = sheet(width, _HEIGHT_MM[width])
    panels = {name: panel(figure, place) for name, place in _PLACES_MM[width].items()}
    _hours(panels["a"], material, settings)
    _hour_cosines(panels["b"], panels["bar"], material, settings)
    _sensors(panels["c"], material, settings, labels, colours)
    _map(panels["d"], city, labels, colours, material.info.sensors, settings, pair)
    _zoom(panels["e"], city, labels, colours, pair)
    _speeds(panels["f"], labels, colours, values, (*pair.clusters, congested), material)
    return Drawn(figure, _caption(material, settings, values, pair, case), case)


def _hours(axes: Axes, material: Material, settings: FigureSettings) -> None:
    """Draw panel a: the 168 hours of a week, with one colour and name per day."""
    coordinates = week_coordinates(material.model, settings.space)
    points = tsne(coordinates, perplexity=settings.perplexity, seed=settings.seed)
    _, days = week_hours()
    projection(axes, points, [DAY_COLOURS[day] for day in days], size=7)
    letter(axes, "a", "hours of a week (t-SNE)", left_mm=1)
    middles = np.array([np.median(points[days == day], axis=0) for day in range(7)])
    place_labels(
        axes, middles, material.info.day_names, colours=list(DAY_COLOURS), points=points,
        boxed=False, start=3.0, fontsize=6, fontweight="bold",
    )  # fmt: skip


def _hour_cosines(axes: Axes, bar: Axes, material: Material, settings: FigureSettings) -> None:
    """Draw panel b: cosines between the hours of a day."""
    matrix = hour_cosines(material.model, settings.space, variant=settings.hours, day=settings.day)
    image = cosines(axes, matrix, scale=settings.scale)
    ticks = list(range(0, 24, 6))
    axes.set_xticks(ticks, [str(hour) for hour in ticks])
    axes.set_yticks(ticks, [str(hour) for hour in ticks])
    axes.set_xlabel("hour of day")
    letter(axes, "b", "similarity of hours", left_mm=7)
    colour_bar(bar, image, "cosine")
    if settings.scale == "paper" and (matrix < 0).any():
        axes.set_xlabel("hour of day (hatched: below 0)")


def _sensors(
    axes: Axes,
    material: Material,
    settings: FigureSettings,
    labels: Labels,
    colours: Sequence[str],
) -> None:
    """Draw panel c: the sensors, with one colour and number per cluster."""
    coordinates = material.spatial_coordinates(settings.space)
    points = tsne(coordinates, perplexity=settings.perplexity, seed=settings.seed)
    projection(axes, points, [colours[label] for label in labels], size=9)
    letter(axes, "c", f"{len(labels)} sensors in {labels.max() + 1} clusters (t-SNE)", left_mm=1)
    number_clusters(axes, points, labels, colours)


def _map(
    axes: Axes,
    city: City,
    labels: Labels,
    colours: Sequence[str],
    sensors: Sensors,
    settings: FigureSettings,
    pair: Found,
) -> None:
    """Draw panel d: the clusters on the freeways, one carriageway of each."""
    kept = one_carriageway(sensors, settings.carriageway)
    draw_city(axes, city)
    own = [colours[label] for label in labels[kept]]
    draw_sensors(axes, city.places[kept], own, size=8)
    low, high = _zoomed(city, pair)
    axes.add_patch(
        Rectangle(tuple(low), *(high - low), fill=False, edgecolor=INK, lw=0.7, zorder=6)
    )
    name = axes.annotate(
        "e", (high[0], high[1]), xytext=(2, 0), textcoords="offset points", fontsize=6.5,
        fontweight="bold", va="top", ha="left", zorder=9,
    )  # fmt: skip
    name.set_in_layout(False)
    bound = "" if kept.all() else f", {settings.carriageway.replace(' and ', '- and ')}bound"
    letter(axes, "d", f"clusters on the map{bound}", left_mm=1)
    number_clusters(axes, city.places, labels, colours, shown=kept)
    name_freeways(axes, city)


def _zoomed(city: City, pair: Found) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the zoom in metres: around the pair's sensors on the freeway."""
    one, other = (city.places[list(members)] for members in pair.members)
    near = np.linalg.norm(one[:, None] - other, axis=-1)
    shown = np.concatenate([one[near.min(axis=1) < 1500], other[near.min(axis=0) < 1500]])
    shown = shown if len(shown) else np.concatenate([one, other])
    low, high = shown.min(axis=0), shown.max(axis=0)
    margin = 0.08 * max(high - low) + 100
    return low - margin, high + margin


def _zoom(axes: Axes, city: City, labels: Labels, colours: Sequence[str], pair: Found) -> None:
    """Draw panel e: two clusters on the two carriageways of one freeway, moved apart."""
    low, high = _zoomed(city, pair)
    inside = np.all((city.places >= low) & (city.places <= high), axis=1)
    apart = positions(drawn_apart(city.frame, city.roads, _APART_METRES * max(high - low) / 2000))
    draw_city(axes, city, around=inside, line_width=3.0)
    mine = np.isin(labels, pair.clusters)
    draw_sensors(axes, apart[inside & ~mine], NEUTRAL, size=6)
    members = inside & mine
    for k, marker in zip(pair.clusters, MARKERS, strict=False):
        own = apart[members & (labels == k)]
        draw_sensors(axes, own, colours[k], size=14, marker=marker)
    roads = majority_names(labels, city.frame["road"].tolist())
    freeway = pair.freeways[0]
    letter(axes, "e", f"two carriageways of {freeway}" if freeway else "two clusters", left_mm=1)
    for k, marker in zip(pair.clusters, MARKERS, strict=False):
        text = f"{k}: {roads[k]}" if roads[k] else str(k)
        axes.scatter([], [], s=14, color=colours[k], label=text, marker=marker)
    legend_below(axes, 2)


def _speeds(
    axes: Axes,
    labels: Labels,
    colours: Sequence[str],
    values: Values | None,
    chosen: tuple[int, ...],
    material: Material,
) -> None:
    """Draw panel f: a week of the mean readings of three clusters."""
    info = material.info
    letter(axes, "f", f"mean {info.quantity} of clusters", left_mm=7)
    if values is None:
        axes.text(
            0.5, 0.5, "no readings\nand no track", transform=axes.transAxes, ha="center",
            va="center",
        )  # fmt: skip
        axes.set_axis_off()
        return
    means = group_means(values.values, labels)
    curves = {f"cluster {k}": (colours[k], means[:, k]) for k in dict.fromkeys(chosen)}
    series(axes, values.days, curves, label=with_unit(info.quantity, info.unit))
    last = int(np.ceil(values.days[-1]))
    axes.set_xlim(0, last)
    axes.set_xticks(range(last + 1), [""] * (last + 1))
    axes.set_xticks(np.arange(last) + 0.5, values.day_names(info), minor=True)
    axes.tick_params(axis="x", which="minor", length=0)
    if not info.start:
        axes.set_xlabel("day", labelpad=0)
    legend_below(axes, 3, gap=11.0 if info.start else 18.0)


def _case(
    city: City, labels: Labels, values: Values | None, settings: FigureSettings
) -> tuple[Found, int, dict[str, Any]]:
    """Choose the pair for panel e and the congested cluster for panel f, or take what is given."""
    cases, given = carriageway_cases(city, labels), settings.case("4").clusters
    if given is None and not cases:
        raise AnalysisError(
            "no two clusters are the two carriageways of one freeway; give two with --clusters"
        )
    roads = city.frame["road"].tolist()
    pair = cases[0] if given is None else given_pair(given, cases, labels, roads)
    ranked = [] if values is None else most_congested(values.values, labels)
    others = [entry for entry in ranked if entry[0] not in pair.clusters]
    congested = others[0][0] if others else pair.clusters[0]
    if given is not None and len(given) == 3:
        congested = given_pair((given[2], given[0]), [], labels, roads).clusters[0]
    case = described(pair, cases, given=given is not None) | {
        "congested": {
            "cluster": congested,
            "given": given is not None and len(given) == 3,
            "score_is": "lowest mean over the week",
            "ranked": [[number, round(mean, 2)] for number, mean in ranked[:4]],
        },
        "sizes": np.bincount(labels).tolist(),
        "roads": {str(k): name for k, name in enumerate(majority_names(labels, roads)) if name},
    }
    return pair, congested, case


def _caption(
    material: Material,
    settings: FigureSettings,
    values: Values | None,
    pair: Found,
    case: dict[str, Any],
) -> str:
    clusters = f"{len(case['sizes'])} clusters by {METHOD_NAMES[settings.method]}"
    hours = _HOURS[settings.hours]
    if settings.hours == "day":
        hours = material.info.day_names[settings.day]
    kept = one_carriageway(material.info.sensors, settings.carriageway)
    bound = "" if kept.all() else f", {settings.carriageway.replace(' and ', '- and ')}bound"
    return (
        f"(a) t-SNE (perplexity {settings.perplexity:g}, seed {settings.seed}) of the temporal "
        f"meta-parameters of the 168 hours of a week, one colour per day. They are the sum of a "
        f"time-of-day part and a day-of-week part, so days are separated in untrained models too. "
        f"(b) Cosine similarity between hours: {hours}. (c) t-SNE of the spatial meta-parameters, "
        f"{clusters}, numbered by size. (d) The same clusters on the map{bound}. (e) Clusters "
        f"{pair.clusters[0]} and {pair.clusters[1]} on {pair.freeways[0] or 'their roads'}, with "
        f"the carriageways moved apart. (f) {_said_of_speeds(values, pair, case, material.info)} "
        f"Meta-parameters: {settings.space.label}."
    )


def _said_of_speeds(
    values: Values | None, pair: Found, case: dict[str, Any], info: DatasetInfo
) -> str:
    if values is None:
        return "Empty, because there are neither readings nor a track."
    third = case["congested"]["cluster"]
    lowest = "" if case["congested"]["given"] else ", which has the lowest mean of the others"
    also = "" if third in pair.clusters else f" and of cluster {third}{lowest}"
    return f"Mean {info.quantity} of these two clusters{also}. {values.said(info)}"
