"""The choices behind the paper's figures that the paper does not state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

from analysis.city.carriageways import Carriageway
from analysis.errors import AnalysisError
from analysis.figures.cosines import ScaleName
from analysis.geometry.clustering import (
    DEFAULT_CLUSTERS,
    MOST_CLUSTERS,
    Method,
    number_of_clusters,
)
from analysis.geometry.spaces import PoolChoice, SpaceChoice
from analysis.patterns.hours import HourVariant
from analysis.patterns.over_a_day import PERIODS
from himnet.texts import clipped

Measure = Literal["centred", "raw", "rescaled"]
Figures = Literal["1", "3", "4", "5", "6", "7", "graph", "identity"]
FIGURES: tuple[Figures, ...] = get_args(Figures)
TITLES: Mapping[str, str] = {
    "1": "Two areas, a Sunday and a Monday",
    "3": "Error as a function of the embedding dimensions",
    "4": "Temporal and spatial meta-parameters",
    "5": "ST-mixed meta-parameters at a crossroads",
    "6": "ST-mixed meta-parameters of two clusters that diverge",
    "7": "Cost of training",
    "graph": "The learnt graph",
    "identity": "The identity curve",
}
OWN_FIGURES: tuple[Figures, ...] = ("graph", "identity")  # of this project, not of the paper
PANELS: Mapping[str, Mapping[str, str]] = {  # of each figure: letter in the paper, and content
    "1": {"a": "map", "b": "distributions", "c": "two days"},
    "3": {"a": "temporal", "b": "spatial", "c": "ST-mixed"},
    "4": {
        "a": "hours", "b": "similarity of hours", "c": "sensors", "d": "map", "e": "two clusters",
        "f": "a week",
    },
    "5": {"a": "map", "b": "a day", "c": "numbered sensors", "d": "similarity"},
    "6": {"a": "map", "b": "a day", "c": "numbered sensors", "d": "similarity"},
    "7": {"a": "time", "b": "memory", "c": "parameters"},
    "graph": {"a": "parts of a row", "b": "map", "c": "matrix"},
    "identity": {"a": "sensors", "b": "moments"},
}  # fmt: skip
DEFAULT_FONT = "DejaVu Sans"  # part of matplotlib: the same on every machine
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "pool": get_args(PoolChoice),
    "measure": get_args(Measure),
    "hours": get_args(HourVariant),
    "scale": get_args(ScaleName),
    "method": get_args(Method),
    "carriageway": tuple(side for side in get_args(Carriageway) if side != "both"),
}
_MOST_SENSORS = 20  # of a heatmap at column width whose rows are numbered
_LONGEST_NAME = 40  # of a period, in a legend
_LONGEST_ID = 200
_LONGEST_DATE = len("2012-03-01")
_LONGEST_FONT = 60


def heading(figure: str) -> str:
    """Return what stands before a figure's caption; only the paper's figures have a number.

    >>> heading("4"), heading("graph")
    ('Figure 4', "The learnt graph (not the paper's)")
    """
    return f"{TITLES[figure]} (not the paper's)" if figure in OWN_FIGURES else f"Figure {figure}"


def file_stem(figure: str) -> str:
    """Return the name of a figure's files, without their endings.

    >>> file_stem("4"), file_stem("graph")
    ('figure4', 'figure-graph')
    """
    return f"figure-{figure}" if figure in OWN_FIGURES else f"figure{figure}"


@dataclass(frozen=True)
class Case:
    """What a figure shows; None means that it is chosen automatically.

    Attributes:
        clusters: numbers of two clusters; figure 4 takes a third, the congested one.
        sensors: ids of single sensors, instead of typical sensors of the two clusters.
        date: ISO date of the day, or of the week's first day; a day's number if the data set has
            no calendar.
    """

    clusters: tuple[int, ...] | None = None
    sensors: tuple[str, ...] | None = None
    date: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, without what is chosen automatically."""
        given = {name: part for name, part in asdict(self).items() if part is not None}
        return {
            name: list(part) if isinstance(part, tuple) else part for name, part in given.items()
        }


@dataclass(frozen=True)
class FigureSettings:
    """Every choice behind the figures.

    Attributes:
        pool, bias, layer: which generated parameters are used; see `SpaceChoice`. `layer` counts
            from 1.
        measure: of ST-mixed similarity: ``"centred"`` subtracts the mean over sensors and moments
            of the day, ``"raw"`` is the cosine, ``"rescaled"`` maps the raw cosines of one figure
            to the range from 0 to 1.
        hours: of figure 4b; see `analysis.patterns.hours.hour_cosines`.
        day: of figure 4b where `hours` is ``"day"``: 0 to 6.
        scale: of colours; see `analysis.figures.cosines.scale_options`.
        perplexity, seed: of t-SNE; the seed is also that of k-means.
        clusters: number of clusters.
        method: of clustering.
        carriageway: the carriageway shown in figure 4d.
        each: sensors per cluster in figures 5 and 6.
        periods: name to begin (inclusive) and end (exclusive), in hours.
        cases: by figure, what is not chosen automatically.
        panels: by figure, the letters of the panels to draw; all where it is not given.
        font: of all texts; see `analysis.paper.lettering`.
        svg_text: whether the text of SVG files stays text, instead of outlines.
    """

    pool: PoolChoice = "both"
    bias: bool = True
    layer: int | Literal["all"] = "all"
    measure: Measure = "centred"
    hours: HourVariant = "tod"
    day: int = 0
    scale: ScaleName = "sign"
    perplexity: float = 30.0
    seed: int = 0
    clusters: int = DEFAULT_CLUSTERS
    method: Method = "ward"
    carriageway: Carriageway = "north and east"
    each: int = 5
    periods: Mapping[str, tuple[float, float]] = field(default_factory=lambda: dict(PERIODS))
    cases: Mapping[str, Case] = field(default_factory=dict)
    panels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    font: str = DEFAULT_FONT
    svg_text: bool = False

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _wrong(name, getattr(self, name), ", ".join(map(str, allowed)))
        _check_numbers(self)
        _check_periods(self.periods)
        for figure, case in self.cases.items():
            _check_case(figure, case)
        for figure, panels in self.panels.items():
            _check_panels(figure, panels)
        _check_lettering(self)

    @classmethod
    def of_sensors(cls, count: int) -> FigureSettings:
        """Return the defaults for so many sensors."""
        return cls(clusters=max(2, number_of_clusters(count)))

    @property
    def space(self) -> SpaceChoice:
        """Which generated parameters are used."""
        layer = self.layer if self.layer == "all" else self.layer - 1
        return SpaceChoice(pool=self.pool, bias=self.bias, layer=layer)

    def case(self, figure: str) -> Case:
        """Return the given part of a figure's case."""
        return self.cases.get(figure, Case())

    def panels_of(self, figure: str) -> tuple[str, ...]:
        """Return the letters of the panels of a figure that are drawn, in alphabetical order."""
        return tuple(sorted(self.panels.get(figure, PANELS[figure])))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; `from_dict` reads them."""
        return asdict(self) | {
            "perplexity": float(self.perplexity),
            "periods": {name: list(map(float, hours)) for name, hours in self.periods.items()},
            "cases": {figure: case.to_dict() for figure, case in sorted(self.cases.items())},
            "panels": {figure: sorted(panels) for figure, panels in sorted(self.panels.items())},
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> FigureSettings:
        """Read what `to_dict` wrote; missing settings have their defaults.

        Raises:
            AnalysisError: for an unknown or invalid setting.
        """
        known = {part.name for part in fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise AnalysisError(
                f"there is no setting '{unknown[0]}'; choose from {', '.join(sorted(known))}"
            )
        content = dict(given)
        for name, read in (("periods", _period), ("cases", _case), ("panels", _panels)):
            if name in content:
                if not isinstance(content[name], Mapping):
                    raise _not_understood(name, content[name])
                content[name] = {str(key): read(part) for key, part in content[name].items()}
        return cls(**content)


def with_case(settings: FigureSettings, figures: tuple[str, ...], case: Case) -> FigureSettings:
    """Return the settings with the case of some figures overridden by the given parts."""
    given = {name: part for name, part in asdict(case).items() if part is not None}
    cases = dict(settings.cases)
    for figure in figures:
        if given:
            cases[figure] = replace(settings.case(figure), **given)
    return replace(settings, cases=cases)


def with_panels(
    settings: FigureSettings, figures: tuple[str, ...], panels: tuple[str, ...]
) -> FigureSettings:
    """Return the settings with the panels of some figures overridden.

    Raises:
        AnalysisError: for a panel that a figure does not have.
    """
    return replace(settings, panels={**settings.panels, **dict.fromkeys(figures, panels)})


def _period(given: Any) -> tuple[float, float]:
    if not isinstance(given, list | tuple) or len(given) != 2 or not all(map(_is_number, given)):
        raise _not_understood("periods", given)
    return float(given[0]), float(given[1])


def _case(given: Any) -> Case:
    known = {part.name for part in fields(Case)}
    if not isinstance(given, Mapping) or not set(given) <= known:
        raise _not_understood("cases", given)
    parts = dict(given)
    for name in ("clusters", "sensors"):
        part = parts.get(name)
        if part is None:
            continue
        if not isinstance(part, list | tuple) or not all(type(one) in (int, str) for one in part):
            raise _not_understood(name, part)
        parts[name] = tuple(part if name == "clusters" else map(str, part))
    return Case(**parts)


def _panels(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise _not_understood("panels", given)
    return tuple(given)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _not_understood(name: str, given: Any) -> AnalysisError:
    return AnalysisError(
        f"the settings are invalid: '{name}' is {clipped(repr(given), 60)}; compare them with "
        f"figures.json"
    )


def _wrong(name: str, value: Any, allowed: str) -> AnalysisError:
    return AnalysisError(f"the setting '{name}' is {clipped(repr(value), 60)}; choose {allowed}")


def _check_numbers(settings: FigureSettings) -> None:
    layer = settings.layer
    allowed = (
        ("perplexity", settings.perplexity, 1, 1000),
        ("clusters", settings.clusters, 2, MOST_CLUSTERS),
        ("each", settings.each, 1, _MOST_SENSORS // 2),
        ("day", settings.day, 0, 6),
        ("seed", settings.seed, 0, 2**32 - 1),
        ("layer", 1 if layer == "all" else layer, 1, 1000),
    )
    for name, value, low, high in allowed:
        whole = isinstance(value, int) or (name == "perplexity" and isinstance(value, float))
        if not whole or isinstance(value, bool) or not low <= value <= high:
            raise _wrong(name, value, f"{low} to {high}")
    if not isinstance(settings.bias, bool):
        raise _wrong("bias", settings.bias, "true or false")


def _check_periods(periods: Mapping[str, tuple[float, float]]) -> None:
    for name, (start, end) in periods.items():
        if not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
            raise AnalysisError(
                f"a period is called {clipped(repr(name), 60)}; choose one line of 1 to "
                f"{_LONGEST_NAME} characters"
            )
        if not 0 <= start < end <= 24:
            raise AnalysisError(
                f"the period '{name}' is from {start:g} to {end:g} h; choose hours from 0 to 24, "
                f"with the begin before the end"
            )
    if not 1 <= len(periods) <= 4:
        raise AnalysisError(f"{len(periods)} periods are given; choose 1 to 4")


def _check_figure(figure: str) -> None:
    if figure not in FIGURES:
        raise AnalysisError(
            f"there is no figure '{clipped(figure, 60)}'; choose {', '.join(FIGURES)}"
        )


def _check_panels(figure: str, panels: tuple[str, ...]) -> None:
    _check_figure(figure)
    known = ", ".join(PANELS[figure])
    if not panels:
        raise AnalysisError(f"no panel of figure {figure} is chosen; choose from {known}")
    for name in panels:
        if name not in PANELS[figure]:
            raise AnalysisError(
                f"figure {figure} has no panel '{clipped(name, 60)}'; choose from {known}"
            )
    if len(set(panels)) < len(panels):
        raise AnalysisError(
            f"a panel of figure {figure} is chosen twice, {clipped(', '.join(panels), 60)}; choose "
            f"each once"
        )


def _check_lettering(settings: FigureSettings) -> None:
    font = settings.font
    if not (isinstance(font, str) and font.isprintable() and 0 < len(font) <= _LONGEST_FONT):
        raise _wrong("font", font, "the name of a font")
    if not isinstance(settings.svg_text, bool):
        raise _wrong("svg_text", settings.svg_text, "true or false")


def _check_case(figure: str, case: Case) -> None:
    _check_figure(figure)
    most = 3 if figure == "4" else 2
    if case.clusters is not None and not (
        2 <= len(case.clusters) <= most
        and len(set(case.clusters)) == len(case.clusters)
        and all(type(number) is int and 0 <= number < MOST_CLUSTERS for number in case.clusters)
    ):
        raise AnalysisError(
            f"figure {figure} takes {'two or three' if most == 3 else 'two'} different clusters, "
            f"numbered from 0 to {MOST_CLUSTERS - 1}, not {clipped(list(case.clusters), 60)}"
        )
    if case.sensors is not None and not (
        2 <= len(case.sensors) <= _MOST_SENSORS
        and len(set(case.sensors)) == len(case.sensors)
        and max(map(len, case.sensors)) <= _LONGEST_ID
    ):
        raise AnalysisError(
            f"figure {figure} takes 2 to {_MOST_SENSORS} different sensors, not "
            f"{clipped(', '.join(case.sensors))}"
        )
    if case.date is not None and not _is_day(case.date):
        raise AnalysisError(f"'{clipped(case.date, 60)}' is not a date; write it as 2012-03-01")


def _is_day(text: Any) -> bool:
    """Whether a text is an ISO date, or a day's number for data without a calendar."""
    if not isinstance(text, str) or not text.isascii() or len(text) > _LONGEST_DATE:
        return False
    if text.isdecimal():
        return len(text) < len("20120301")
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
