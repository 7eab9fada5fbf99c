"""The paper's figure 4: structure of the temporal and the spatial meta-parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from analysis.city.areas import area_names
from analysis.city.carriageways import drawn_apart, one_carriageway
from analysis.city.roads import positions
from analysis.errors import AnalysisError
from analysis.evidence.agreement import majority_names
from analysis.figures.cluster_colours import cluster_colours
from analysis.figures.colours import DAY_COLOURS, NEUTRAL
from analysis.figures.style import with_unit
from analysis.geometry.clustering import METHOD_NAMES, Labels
from analysis.geometry.projection import tsne
from analysis.geometry.similarity import Floats
from analysis.material import Material
from analysis.paper.arrange import Cell
from analysis.paper.canvas import INK, Width, beside, laid_out, legend_below, letter
from analysis.paper.captions import caption_of, omitted, panel_letters
from analysis.paper.cases import (
    FEWEST,
    Found,
    carriageway_cases,
    described,
    given_pair,
    most_congested,
    unlike_cases,
)
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
from analysis.paper.labels import place_labels
from analysis.paper.panels import (
    MARKERS,
    colour_bar,
    cosines,
    number_clusters,
    projection,
    said_of_scale,
    series,
)
from analysis.paper.save import Drawn
from analysis.paper.settings import FigureSettings
from analysis.paper.values import Values, week_of
from analysis.patterns.hours import hour_cosines, week_coordinates, week_hours
from analysis.readings.series import group_means, interval_means

Project = Callable[..., Floats]  # as `tsne`
_HOURS = {
    "mean": "mean over the seven days",
    "day": "one day",
    "tod": "time-of-day part only",
}
_APART_METRES = 30.0  # distance by which the carriageways are moved apart in the zoom
_HALF_HOUR = 1 / 48  # of a day
_MAPS, _OF_PAIR = ("d", "e"), ("e", "f")
_CELLS: Mapping[str, Cell] = {
    "a": Cell(),
    "b": Cell(left=6.5, right=14.5, bottom=7, square=True),
    "c": Cell(ratio=0.84),
    "d": Cell(share=1.35, ratio=0.55),
    "e": Cell(bottom=4.5, most=40),
    "f": Cell(left=9, bottom=8, share=1.35, ratio=0.55),
}
_DAY_AXIS_MM = 2.5  # below panel f, where its days are numbers and need a label


@dataclass(frozen=True)
class _Content:
    """What the panels show; only what a panel asks for is computed."""

    material: Material
    settings: FigureSettings
    project: Project

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letter in print of each panel that is drawn."""
        wanted = self.settings.panels_of("4")
        return panel_letters([name for name in wanted if name not in self.left_out])

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Why panels that are wanted cannot be drawn, as parts of sentences."""
        wanted, reasons = self.settings.panels_of("4"), dict[str, str]()
        for name in wanted:
            if name in _MAPS and self.city is None:
                reasons[name] = WITHOUT_PLACES
            elif name == "f" and self.values is None:
                reasons[name] = "there are neither readings nor a track"
            elif name in _OF_PAIR and not self.settings.case("4").clusters and not self.cases:
                reasons[name] = f"no two clusters of {FEWEST} or more sensors can be compared"
        return reasons

    @cached_property
    def labels(self) -> Labels:
        """Clusters (N,) of the sensors."""
        chosen = self.settings
        return self.material.clusters(
            chosen.space, k=chosen.clusters, method=chosen.method, seed=chosen.seed
        )

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """Colours of the clusters, by number, as in the explorer."""
        coordinates = self.material.spatial_coordinates(self.settings.space)
        return cluster_colours(self.material.info.sensors, coordinates, self.labels)

    @cached_property
    def city(self) -> City | None:
        """The places of the sensors, or None if they are not known."""
        return city_if_known(self.material.info.sensors, self.material.basemap)

    @cached_property
    def values(self) -> Values | None:
        """A week of readings or forecasts, if there are any."""
        return week_of(self.material, self.settings.case("4").date)

    @property
    def areas(self) -> tuple[str, ...]:
        """The road, or else the area (N,), of each sensor, "" if unknown."""
        return area_names(self.material.info.sensors)

    @property
    def freeway(self) -> str:
        """On whose carriageways the pair is; "" if it is not on those of one."""
        known = self.material.info.sensors.has_roads and not self.pair.unlike
        return self.pair.freeways[0] if known else ""

    @cached_property
    def cases(self) -> list[Found]:
        """The pairs of clusters that could be shown, the best first.

        They are the two carriageways of a freeway, or near and unlike if there are none of these.
        """
        found = [] if self.city is None else carriageway_cases(self.city, self.labels)
        if found:
            return found
        coordinates = self.material.spatial_coordinates(self.settings.space)
        series = coordinates.T if self.values is None else self.values.values
        return unlike_cases(self.labels, series, self.areas, self.city)

    @cached_property
    def pair(self) -> Found:
        """The pair of panels e and f, found or given."""
        given = self.settings.case("4").clusters
        if given is not None:
            return given_pair(given, self.cases, self.labels, self.areas)
        return self.cases[0]

    @cached_property
    def congested(self) -> dict[str, Any]:
        """The third cluster of panel f, found or given, as JSON types."""
        given = self.settings.case("4").clusters
        ranked = [] if self.values is None else most_congested(self.values.values, self.labels)
        others = [number for number, _ in ranked if number not in self.pair.clusters]
        third = others[0] if others else self.pair.clusters[0]
        if given is not None and len(given) == 3:
            third = given_pair((given[2], given[0]), [], self.labels, self.areas).clusters[0]
        return {
            "cluster": third,
            "given": given is not None and len(given) == 3,
            "score_is": "lowest mean over the week",
            "ranked": [[number, round(mean, 2)] for number, mean in ranked[:4]],
        }

    @property
    def bound(self) -> str:
        """Which carriageway of each freeway the map shows, in words; "" if it shows all."""
        side = self.settings.carriageway
        kept = one_carriageway(self.material.info.sensors, side)
        return "" if kept.all() else f", {side.replace(' and ', '- and ')}bound"

    def case(self) -> dict[str, Any]:
        """Return what was chosen, as JSON types; nothing without a panel that depends on it."""
        if not {"e", "f"} & set(self.letters):
            return {}
        given = self.settings.case("4").clusters is not None
        roads = majority_names(self.labels, self.areas)
        return (
            described(self.pair, self.cases, given=given)
            | ({"congested": self.congested} if "f" in self.letters else {})
            | {
                "sizes": np.bincount(self.labels).tolist(),
                "roads": {str(k): name for k, name in enumerate(roads) if name},
            }
        )


def figure4(
    material: Material, settings: FigureSettings, *, width: Width, project: Project | None = None
) -> Drawn:
    """Draw figure 4: hours (a, b), sensors (c), their map (d), a zoom (e) and speeds (f).

    Args:
        material: of the checkpoint.
        settings: every choice.
        width: of the column.
        project: `tsne`, or a function that returns the same and may remember it; None: `tsne`.

    Raises:
        AnalysisError: if the model has no such meta-parameters, for a case that does not exist, or
            if none of the chosen panels can be drawn.
    """
    content = _Content(material, settings, project or tsne)
    if not content.letters:
        name, why = next(iter(content.left_out.items()))
        raise AnalysisError(f"panel {name} cannot be drawn because {why}")
    case = content.case()
    cells = {name: _CELLS[name] for name in content.letters}
    if "f" in cells and not material.info.start:
        cells["f"] = replace(cells["f"], bottom=cells["f"].bottom + _DAY_AXIS_MM)
    figure, panels = laid_out(cells, width)
    draw = {"a": _hours, "b": _hour_cosines, "c": _sensors, "d": _map, "e": _zoom, "f": _speeds}
    for name, axes in panels.items():
        draw[name](axes, content)
    return Drawn(figure, _caption(content), case)


def _hours(axes: Axes, content: _Content) -> None:
    """Draw panel a: the 168 hours of a week, with one colour and name per day."""
    material, settings = content.material, content.settings
    coordinates = week_coordinates(material.model, settings.space)
    points = content.project(coordinates, perplexity=settings.perplexity, seed=settings.seed)
    _, days = week_hours()
    drawn = projection(axes, points, [DAY_COLOURS[day] for day in days], size=7)
    letter(axes, content.letters["a"], "hours of a week (t-SNE)", left_mm=1)
    middles = np.array([np.median(drawn[days == day], axis=0) for day in range(7)])
    place_labels(
        axes, middles, material.info.day_names, colours=list(DAY_COLOURS), points=drawn,
        boxed=False, start=3.0, fontsize=6, fontweight="bold",
    )  # fmt: skip


def _hour_cosines(axes: Axes, content: _Content) -> None:
    """Draw panel b: cosines between the hours of a day."""
    settings = content.settings
    matrix = _cosines_of_hours(content)
    image = cosines(axes, matrix, scale=settings.scale)
    ticks = list(range(0, 24, 6))
    axes.set_xticks(ticks, [str(hour) for hour in ticks])
    axes.set_yticks(ticks, [str(hour) for hour in ticks])
    axes.set_xlabel("hour of day")
    letter(axes, content.letters["b"], "similarity of hours", left_mm=6)
    colour_bar(beside(axes), image, "cosine")


def _cosines_of_hours(content: _Content) -> Floats:
    settings = content.settings
    return hour_cosines(
        content.material.model, settings.space, variant=settings.hours, day=settings.day
    )


def _sensors(axes: Axes, content: _Content) -> None:
    """Draw panel c: the sensors, with one colour and number per cluster."""
    settings, labels = content.settings, content.labels
    coordinates = content.material.spatial_coordinates(settings.space)
    points = content.project(coordinates, perplexity=settings.perplexity, seed=settings.seed)
    drawn = projection(axes, points, [content.colours[label] for label in labels], size=7)
    letter(axes, content.letters["c"], f"{labels.max() + 1} clusters (t-SNE)", left_mm=1)
    number_clusters(axes, drawn, labels, content.colours)


def _map(axes: Axes, content: _Content) -> None:
    """Draw panel d: the clusters on the freeways, one carriageway of each."""
    city, labels = _known(content.city), content.labels
    kept = one_carriageway(content.material.info.sensors, content.settings.carriageway)
    draw_city(axes, city)
    colours = [content.colours[label] for label in labels[kept]]
    is_apart = content.settings.carriageway == "both"
    places = places_apart(axes, city) if is_apart else city.places
    draw_sensors(axes, places[kept], colours, size=6)
    if "e" in content.letters:
        _mark_zoom(axes, content)
    letter(axes, content.letters["d"], f"clusters{content.bound}", left_mm=1)
    number_clusters(axes, places, labels, content.colours, shown=kept)
    name_freeways(axes, city)


def _mark_zoom(axes: Axes, content: _Content) -> None:
    """Draw a frame around the part of the map that panel e shows."""
    low, high = _zoomed(_known(content.city), content.pair)
    axes.add_patch(
        Rectangle(tuple(low), *(high - low), fill=False, edgecolor=INK, lw=0.7, zorder=6)
    )
    name = axes.annotate(
        content.letters["e"], (high[0], high[1]), xytext=(2, 0), textcoords="offset points",
        fontsize=6.5, fontweight="bold", va="top", ha="left", zorder=9,
    )  # fmt: skip
    name.set_in_layout(False)


def _known(city: City | None) -> City:
    """Return the city of a map, which is not drawn without one."""
    assert city is not None  # see `_Content.left_out`
    return city


def _zoomed(city: City, pair: Found) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the zoom in metres: around the pair's sensors on the freeway."""
    one, other = (city.places[list(members)] for members in pair.members)
    near = np.linalg.norm(one[:, None] - other, axis=-1)
    shown = np.concatenate([one[near.min(axis=1) < 1500], other[near.min(axis=0) < 1500]])
    shown = shown if len(shown) else np.concatenate([one, other])
    low, high = shown.min(axis=0), shown.max(axis=0)
    margin = 0.08 * max(high - low) + 100
    return low - margin, high + margin


def _zoom(axes: Axes, content: _Content) -> None:
    """Draw panel e: two clusters on the two carriageways of one freeway, moved apart."""
    city, labels, pair = _known(content.city), content.labels, content.pair
    low, high = _zoomed(city, pair)
    inside = np.all((city.places >= low) & (city.places <= high), axis=1)
    apart = positions(drawn_apart(city.frame, city.roads, _APART_METRES * max(high - low) / 2000))
    draw_city(axes, city, around=inside, line_width=1.6)
    mine = np.isin(labels, pair.clusters)
    draw_sensors(axes, apart[inside & ~mine], NEUTRAL, size=4)
    members = inside & mine
    for k, marker in zip(pair.clusters, MARKERS, strict=False):
        own = apart[members & (labels == k)]
        draw_sensors(axes, own, content.colours[k], size=10, marker=marker)
    areas = majority_names(labels, content.areas)
    title = f"carriageways of {content.freeway}" if content.freeway else "two clusters"
    letter(axes, content.letters["e"], title, left_mm=1)
    for k, marker in zip(pair.clusters, MARKERS, strict=False):
        text = f"{k}: {areas[k]}" if areas[k] else str(k)
        axes.scatter([], [], s=10, color=content.colours[k], label=text, marker=marker)
    legend_below(axes, 2)


def _speeds(axes: Axes, content: _Content) -> None:
    """Draw panel f: a week of the mean readings of three clusters, in means of half an hour."""
    info, values = content.material.info, content.values
    assert values is not None  # see `_Content.left_out`
    letter(axes, content.letters["f"], f"mean {info.quantity} of clusters", left_mm=7)
    means = group_means(values.values, content.labels)
    days, means = interval_means(values.days, means, max(_HALF_HOUR, 1 / info.steps_per_day))
    chosen = dict.fromkeys((*content.pair.clusters, content.congested["cluster"]))
    curves = {f"cluster {k}": (content.colours[k], means[:, k]) for k in chosen}
    series(axes, days, curves, label=with_unit(info.quantity, info.unit))
    last = int(np.ceil(values.days[-1]))
    axes.set_xlim(0, last)
    axes.set_xticks(range(last + 1), [""] * (last + 1))
    axes.set_xticks(np.arange(last) + 0.5, values.day_names(info), minor=True)
    axes.tick_params(axis="x", which="minor", length=0)
    if not info.start:
        axes.set_xlabel("day", labelpad=0)
    legend_below(axes, 3, gap=11.0 if info.start else 18.0)


def _caption(content: _Content) -> str:
    letters = content.letters
    parts = {"a": _said_of_hours, "b": _said_of_cosines, "c": _said_of_sensors, "d": _said_of_map,
             "e": _said_of_pair, "f": _said_of_speeds}  # fmt: skip
    text = caption_of(letters, {name: parts[name](content) for name in letters})
    whys = dict.fromkeys(content.left_out.values())
    absent = {why: [name for name, own in content.left_out.items() if own == why] for why in whys}
    left_out = "".join(omitted(names, why) for why, names in absent.items())
    return f"{text} Meta-parameters: {content.settings.space.label}.{left_out}"


def _said_of_hours(content: _Content) -> str:
    settings = content.settings
    return (
        f"t-SNE (perplexity {settings.perplexity:g}, seed {settings.seed}) of the temporal "
        f"meta-parameters of the 168 hours of a week, one colour per day; each axis has its own "
        f"scale. They are the sum of a time-of-day part and a day-of-week part, so days may be "
        f"separated in untrained models too."
    )


def _said_of_cosines(content: _Content) -> str:
    settings = content.settings
    hours = _HOURS[settings.hours]
    if settings.hours == "day":
        hours = content.material.info.day_names[settings.day]
    matrix = _cosines_of_hours(content)
    return f"Cosine similarity between hours: {hours}. {said_of_scale(matrix, settings.scale)}"


def _said_of_sensors(content: _Content) -> str:
    settings = content.settings
    return (
        f"t-SNE (perplexity {settings.perplexity:g}, seed {settings.seed}) of the spatial "
        f"meta-parameters of {len(content.labels)} sensors, each axis with its own scale; "
        f"{_said_of_clusters(content)}"
    )


def _said_of_map(content: _Content) -> str:
    is_apart = content.settings.carriageway == "both"
    apart = said_apart(content.city) if is_apart else ""
    if "c" in content.letters:
        return f"The same clusters on the map{content.bound}{apart}."
    clusters = _said_of_clusters(content).removesuffix(".")
    return f"The sensors on the map{content.bound}: {clusters}{apart}."


def _said_of_clusters(content: _Content) -> str:
    method = METHOD_NAMES[content.settings.method]
    return f"{content.labels.max() + 1} clusters by {method}, numbered by size."


def _said_of_pair(content: _Content) -> str:
    pair = _said_of_numbers(content)
    if content.pair.unlike or not content.material.info.sensors.has_roads:
        return f"{pair[0].upper()}{pair[1:]}{_said_of_choice(content)}."
    where = content.freeway or "their roads"
    return f"{pair[0].upper()}{pair[1:]} on {where}, with the carriageways moved apart."


def _said_of_numbers(content: _Content) -> str:
    """Return the numbers of the pair, and of how many clusters if no other panel says it."""
    first, second = content.pair.clusters
    if {"c", "d"} & set(content.letters):
        return f"clusters {first} and {second}"
    method = METHOD_NAMES[content.settings.method]
    return f"clusters {first} and {second} of {content.labels.max() + 1} ({method})"


def _said_of_choice(content: _Content) -> str:
    """Return why two clusters without a common freeway are shown, as a part of a sentence."""
    if content.settings.case("4").clusters is not None:
        return ""
    of = "meta-parameters" if content.values is None else f"mean {content.material.info.quantity}s"
    near = "near clusters" if content.pair.nearest_first else "clusters"
    return f", whose {of} correlate least of all {near} ({1 - content.pair.score:.2f})"


def _said_of_speeds(content: _Content) -> str:
    values, pair, info = content.values, content.pair, content.material.info
    assert values is not None  # see `_Content.left_out`
    third = content.congested["cluster"]
    lowest = "" if content.congested["given"] else ", which has the lowest mean of the others"
    also = "" if third in pair.clusters else f", and of cluster {third}{lowest}"
    who = "these two clusters"
    if "e" not in content.letters:
        who = _said_of_numbers(content) + (_said_of_choice(content) if pair.unlike else "")
    means = ", in means of 30 minutes" if info.step_minutes < 30 else ""
    return f"Mean {info.quantity} of {who}{also}{means}. {values.said(info)}"
