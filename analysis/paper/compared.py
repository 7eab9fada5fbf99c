"""What figures 5 and 6 compare: two clusters and some of their sensors, chosen or given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from analysis.city.areas import area_names
from analysis.errors import AnalysisError
from analysis.figures.cluster_colours import cluster_colours, differ
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import learnt_space
from analysis.material import Material, sensor_positions
from analysis.paper.cases import (
    FEWEST,
    Found,
    crossing_cases,
    described,
    diverging_cases,
    given_pair,
    unlike_cases,
)
from analysis.paper.city import City
from analysis.paper.settings import FigureSettings
from analysis.paper.values import chosen_day
from analysis.patterns.over_a_day import typical_members
from analysis.readings.days import Day, DayValues, day_label

Number = Literal["5", "6"]
_PEAK = "morning"  # the period in which figure 5's clusters diverge
_ABSENT = {
    "5": f"no two clusters of {FEWEST} or more sensors have readings that can be compared",
    "6": f"no two clusters of {FEWEST} or more sensors have readings and different colours, apart "
    "from those of figure 5",
}


@dataclass(frozen=True, eq=False)
class Compared:
    """Two clusters, some of their sensors, and a day; only what is asked for is computed.

    Attributes:
        date: the day; see `Material.days`.
        labels: (N,) clusters.
        pair: the two clusters.
        cases: all pairs that were found, the best first.
        given: whether the two were given.
        values: readings or forecasts of the day.
    """

    date: int
    labels: Labels
    pair: Found
    cases: list[Found]
    given: bool
    values: DayValues
    material: Material = field(repr=False)
    settings: FigureSettings
    number: Number

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """Colours of the clusters, by number."""
        return _colours(self.material, self.settings, self.labels)

    @cached_property
    def day(self) -> Day:
        """The moments of the day with E_st."""
        return self.material.day(self.date)

    @cached_property
    def coordinates(self) -> Floats:
        """Coordinates (M, N, r) isometric to the ST-mixed meta-parameters of `day`.

        Raises:
            AnalysisError: if the model has none.
        """
        space = learnt_space(self.material.model, "moment", self.settings.space)
        return space.coordinates(self.day.embedding)

    @cached_property
    def sensors(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Positions of the numbered sensors of each cluster."""
        return _sensors(self)

    @property
    def everyone(self) -> list[int]:
        """Positions of all numbered sensors, starting with the first cluster."""
        return [sensor for own in self.sensors for sensor in own]

    def case(self, *, with_sensors: bool) -> dict[str, Any]:
        """Return what was chosen as JSON types, with the numbered sensors or without."""
        ids = self.material.info.sensors.ids
        told = described(self.pair, self.cases, given=self.given) | {
            "date": day_label(self.date, self.material.info)
        }
        if with_sensors:
            told["sensors"] = [[ids[sensor] for sensor in own] for own in self.sensors]
        return told


def compare(
    material: Material,
    city: City | None,
    settings: FigureSettings,
    number: Number,
    *,
    with_sensors: bool = True,
) -> Compared:
    """Choose what is compared, or take what is given.

    Args:
        material: of the checkpoint.
        city: of its sensors, or None if their places are not known.
        settings: every choice.
        number: of the figure.
        with_sensors: whether numbered sensors are shown, which ST-mixed meta-parameters choose.

    Raises:
        AnalysisError: if the model has no such meta-parameters, if no case is found, or for a day
            or cluster that does not exist.
    """
    if with_sensors:
        learnt_space(material.model, "moment", settings.space)
    labels = material.clusters(
        settings.space, k=settings.clusters, method=settings.method, seed=settings.seed
    )
    date = chosen_day(material, settings.case(number).date)
    colours = _colours(material, settings, labels)
    pair, cases, given = _pair(material, city, labels, colours, settings, number)
    return Compared(
        date, labels, pair, cases, given, material.values_of(date), material, settings, number
    )


def _colours(material: Material, settings: FigureSettings, labels: Labels) -> tuple[str, ...]:
    """Return the colours of the clusters, by number, as in the explorer."""
    coordinates = material.spatial_coordinates(settings.space)
    return cluster_colours(material.info.sensors, coordinates, labels)


def _pair(
    material: Material,
    city: City | None,
    labels: Labels,
    colours: Sequence[str],
    settings: FigureSettings,
    number: Number,
) -> tuple[Found, list[Found], bool]:
    """Return the two clusters, all pairs that were found, and whether the two were given."""
    asked = settings.case(number)
    cases = _cases(material, city, labels, settings, number)
    clusters = asked.clusters
    if clusters is None and asked.sensors is not None:
        clusters = _clusters_of(sensor_positions(material.info, asked.sensors), labels)
    if clusters is not None:
        return given_pair(clusters, cases, labels, area_names(material.info.sensors)), cases, True
    if number == "6":  # the clusters of figure 5 touch, so their colours usually differ anyway
        cases = [case for case in cases if differ(colours, case.clusters)]
    if not cases:
        raise AnalysisError(f"{_ABSENT[number]}; give two clusters with --clusters")
    return cases[0], cases, False


def _clusters_of(places: Sequence[int], labels: Labels) -> tuple[int, ...]:
    """Return the two clusters to which some sensors belong."""
    clusters = tuple(dict.fromkeys(int(labels[place]) for place in places))
    if len(clusters) != 2:
        named = ", ".join(map(str, clusters))
        raise AnalysisError(
            f"the sensors belong to {len(clusters)} clusters ({named}); choose sensors of two"
        )
    return clusters


def _cases(
    material: Material,
    city: City | None,
    labels: Labels,
    settings: FigureSettings,
    number: Number,
) -> list[Found]:
    """Return the pairs of clusters for figure 5, or for figure 6 without the clusters of 5."""
    crossing = _crossing_or_unlike(material, city, labels, settings)
    if number == "5":
        return crossing
    given = settings.case("5").clusters
    taken = given or (crossing[0].clusters if crossing else ())
    values = material.values_of(chosen_day(material, settings.case("6").date)).values
    names = area_names(material.info.sensors)
    return diverging_cases(labels, values, names, unit=material.info.unit, without=taken)


def _crossing_or_unlike(
    material: Material, city: City | None, labels: Labels, settings: FigureSettings
) -> list[Found]:
    """Return the pairs of clusters where freeways cross, or near and unlike ones without any."""
    five = material.values_of(chosen_day(material, settings.case("5").date))
    start, end = settings.periods.get(_PEAK, next(iter(settings.periods.values())))
    peak = (five.hours >= start) & (five.hours < end)
    when = f", {start:g}-{end:g} h"
    crossing = (
        []
        if city is None
        else crossing_cases(
            city, labels, five.values[peak], each=settings.each, unit=material.info.unit, when=when
        )
    )
    return crossing or unlike_cases(labels, five.values, area_names(material.info.sensors), city)


def _sensors(compared: Compared) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbered sensors of each cluster: given, from the case, or typical ones."""
    pair, settings = compared.pair, compared.settings
    given = settings.case(compared.number).sensors
    if given is not None:
        places = sensor_positions(compared.material.info, given)
        return _given_sensors(places, pair, compared.labels)
    if pair.nearest_first and all(len(own) >= 2 for own in pair.members):
        return pair.members[0][: settings.each], pair.members[1][: settings.each]
    mean = compared.coordinates.mean(axis=0)
    typical = [tuple(typical_members(mean, list(own), settings.each)) for own in pair.members]
    return typical[0], typical[1]


def _given_sensors(
    places: Sequence[int], pair: Found, labels: Labels
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    first, second = pair.clusters
    one, other = (tuple(p for p in places if labels[p] == k) for k in pair.clusters)
    if len(one) + len(other) < len(places) or not one or not other:
        raise AnalysisError(
            f"the sensors must belong to clusters {first} and {second}, at least one to each; give "
            f"their clusters with --clusters, or other sensors"
        )
    return one, other
