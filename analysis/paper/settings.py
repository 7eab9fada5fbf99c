"""The choices behind the paper's figures, which the paper does not state: one file holds them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from analysis.carriageways import Carriageway
from analysis.clustering import DEFAULT_CLUSTERS, Method
from analysis.dynamics import PERIODS
from analysis.errors import AnalysisError
from analysis.figures.cosines import ScaleName
from analysis.hours import HourVariant
from analysis.spaces import PoolChoice, SpaceChoice

Measure = Literal["centred", "raw", "rescaled"]
Figures = Literal["1", "3", "4", "5", "6", "7"]
FIGURES: tuple[Figures, ...] = get_args(Figures)
TITLES: Mapping[str, str] = {
    "1": "Two areas, a Sunday and a Monday",
    "3": "Error against the embeddings' dimensions",
    "4": "Temporal and spatial meta-parameters",
    "5": "ST-mixed meta-parameters at a crossroads",
    "6": "ST-mixed meta-parameters of two clusters that diverge",
    "7": "Cost of training",
}
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "pool": get_args(PoolChoice),
    "measure": get_args(Measure),
    "hours": get_args(HourVariant),
    "scale": get_args(ScaleName),
    "method": get_args(Method),
    "carriageway": tuple(side for side in get_args(Carriageway) if side != "both"),
}
_MOST_SENSORS = 20  # of a heatmap whose rows are numbered at column width


@dataclass(frozen=True)
class Case:
    """What a figure shows where it is not left to be found; None is found.

    Attributes:
        clusters: numbers of two clusters; figure 4 takes a third, the congested one.
        sensors: ids of single sensors, in place of those that are typical of the two clusters.
        date: ISO date of the day, or of the week's first; a day's number where the calendar of
            the data set is unknown.
    """

    clusters: tuple[int, ...] | None = None
    sensors: tuple[str, ...] | None = None
    date: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, without what is left to be found."""
        given = {name: part for name, part in asdict(self).items() if part is not None}
        return {
            name: list(part) if isinstance(part, tuple) else part for name, part in given.items()
        }


@dataclass(frozen=True)
class FigureSettings:
    """Every choice behind the figures.

    Attributes:
        pool, bias, layer: which generated parameters count; see `SpaceChoice`. `layer` counts
            from 1.
        measure: of ST-mixed similarity: ``"centred"`` removes the mean over sensors and moments of
            the day, ``"raw"`` is the cosine, ``"rescaled"`` stretches the raw cosines of one
            figure from 0 to 1.
        hours: of figure 4b; see `analysis.hours.hour_cosines`.
        day: of figure 4b where `hours` is ``"day"``: 0 to 6.
        scale: of colours; see `analysis.figures.cosines.scale_options`.
        perplexity, seed: of t-SNE; the seed is that of k-means too.
        clusters: how many.
        method: of clustering.
        carriageway: the one that figure 4d shows.
        each: sensors of each cluster in figures 5 and 6.
        periods: name to first and last hour; the last does not count.
        cases: by figure, what is not to be found.
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

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise AnalysisError(
                    f"the setting '{name}' is {getattr(self, name)!r}; choose "
                    f"{', '.join(map(str, allowed))}"
                )
        _check_numbers(self)
        _check_periods(self.periods)
        for figure, case in self.cases.items():
            _check_case(figure, case)

    @property
    def space(self) -> SpaceChoice:
        """Which generated parameters count."""
        layer = self.layer if self.layer == "all" else self.layer - 1
        return SpaceChoice(pool=self.pool, bias=self.bias, layer=layer)

    def case(self, figure: str) -> Case:
        """Return what is given of a figure's case."""
        return self.cases.get(figure, Case())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; `from_dict` reads them."""
        return asdict(self) | {
            "perplexity": float(self.perplexity),
            "periods": {name: list(map(float, hours)) for name, hours in self.periods.items()},
            "cases": {figure: case.to_dict() for figure, case in sorted(self.cases.items())},
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> FigureSettings:
        """Read what `to_dict` wrote; what is missing has its default.

        Raises:
            AnalysisError: for a setting that is unknown or impossible.
        """
        known = {part.name for part in fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise AnalysisError(
                f"there is no setting '{unknown[0]}'; choose of {', '.join(sorted(known))}"
            )
        content = dict(given)
        try:
            if "periods" in content:
                content["periods"] = {
                    str(name): (float(hours[0]), float(hours[1]))
                    for name, hours in content["periods"].items()
                }
            if "cases" in content:
                content["cases"] = {
                    str(figure): _case(case) for figure, case in content["cases"].items()
                }
            return cls(**content)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            if isinstance(error, AnalysisError):
                raise
            raise AnalysisError(
                f"the settings cannot be understood ({error}); compare them with figures.json"
            ) from error


def read_settings(path: str | Path) -> FigureSettings:
    """Read a settings file: the JSON of `FigureSettings.to_dict`, or a whole figures.json.

    Raises:
        AnalysisError: for a file that cannot be read or understood.
    """
    content = _read_json(path)
    if isinstance(content, dict) and isinstance(content.get("settings"), dict):
        content = content["settings"]
    if not isinstance(content, dict):
        raise AnalysisError(f"{path} must hold one JSON object of settings, as figures.json does")
    return FigureSettings.from_dict(content)


def read_width(path: str | Path) -> float | None:
    """Return the width in millimetres at which the figures of a figures.json were drawn.

    None for a file of settings alone.

    Raises:
        AnalysisError: for a file that cannot be read.
    """
    content = _read_json(path)
    figures = content.get("figures") if isinstance(content, dict) else None
    drawn = list(figures.values()) if isinstance(figures, dict) else []
    return drawn[0].get("width_mm") if drawn and isinstance(drawn[0], dict) else None


def _read_json(path: str | Path) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnalysisError(f"{path} cannot be read as JSON ({error}); correct it") from error


def with_case(settings: FigureSettings, figures: tuple[str, ...], case: Case) -> FigureSettings:
    """Return the settings with what is given of a case put over that of some figures."""
    given = {name: part for name, part in asdict(case).items() if part is not None}
    cases = dict(settings.cases)
    for figure in figures:
        if given:
            cases[figure] = replace(settings.case(figure), **given)
    return replace(settings, cases=cases)


def _case(given: Mapping[str, Any]) -> Case:
    parts = dict(given)
    if parts.get("clusters") is not None:
        parts["clusters"] = tuple(int(number) for number in parts["clusters"])
    if parts.get("sensors") is not None:
        parts["sensors"] = tuple(str(name) for name in parts["sensors"])
    return Case(**parts)


def _check_numbers(settings: FigureSettings) -> None:
    layer = settings.layer
    allowed = (
        ("perplexity", settings.perplexity, 1, 1000),
        ("clusters", settings.clusters, 2, 25),
        ("each", settings.each, 1, _MOST_SENSORS // 2),
        ("day", settings.day, 0, 6),
        ("seed", settings.seed, 0, 2**32 - 1),
        ("layer", 1 if layer == "all" else layer, 1, 1000),
    )
    for name, value, low, high in allowed:
        whole = isinstance(value, int) or (name == "perplexity" and isinstance(value, float))
        if not whole or isinstance(value, bool) or not low <= value <= high:
            raise AnalysisError(f"the setting '{name}' is {value!r}; choose {low} to {high}")
    if not isinstance(settings.bias, bool):
        raise AnalysisError(f"the setting 'bias' is {settings.bias!r}; choose true or false")


def _check_periods(periods: Mapping[str, tuple[float, float]]) -> None:
    for name, (start, end) in periods.items():
        if not 0 <= start < end <= 24:
            raise AnalysisError(
                f"the period '{name}' is from {start:g} to {end:g} h; choose hours from 0 to 24, "
                f"the first before the last"
            )
    if not 1 <= len(periods) <= 4:
        raise AnalysisError(f"{len(periods)} periods are given; choose 1 to 4")


def _check_case(figure: str, case: Case) -> None:
    if figure not in FIGURES:
        raise AnalysisError(f"there is no figure '{figure}'; choose {', '.join(FIGURES)}")
    most = 3 if figure == "4" else 2
    if case.clusters is not None and not (
        2 <= len(case.clusters) <= most and len(set(case.clusters)) == len(case.clusters)
    ):
        raise AnalysisError(
            f"figure {figure} takes {'two or three' if most == 3 else 'two'} different clusters, "
            f"not {list(case.clusters)}"
        )
    if case.sensors is not None and not (
        2 <= len(case.sensors) <= _MOST_SENSORS and len(set(case.sensors)) == len(case.sensors)
    ):
        raise AnalysisError(
            f"figure {figure} takes 2 to {_MOST_SENSORS} different sensors, not "
            f"{', '.join(case.sensors)}"
        )
    if case.date is not None and not _is_day(case.date):
        raise AnalysisError(f"'{case.date}' is no date; write it as 2012-03-01")


def _is_day(text: str) -> bool:
    """Whether a text is an ISO date, or a number for data without a calendar."""
    try:
        return text.isdecimal() or dt.date.fromisoformat(text) is not None
    except (TypeError, ValueError, AttributeError):
        return False
