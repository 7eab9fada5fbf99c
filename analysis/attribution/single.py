"""One forecast explained: its attribution, with occlusion beside it if that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.account import Account, account_of, rank_agreement
from analysis.attribution.baselines import BaseLine, BaseLines, base_line_words
from analysis.attribution.reach import City
from analysis.city.along import Seen
from analysis.errors import AnalysisError
from analysis.material import Material
from analysis.readings.days import clock_time, readings_at
from himnet.data.dataset import Dataset

if TYPE_CHECKING:
    from himnet.forecasting.attribution import Attribution

Occlusion = Literal["sensors", "readings"]
_LISTED = 10  # sensors


@dataclass(frozen=True)
class Explained:
    """One forecast explained.

    Attributes:
        material: the model with the data set that it read.
        found: the attribution.
        kind: of the base line.
        baseline: (T, N) in the data's unit.
        readings: (T, N), NaN if missing.
        falls: of occlusion, (T, N) or (N,); None if it was not wanted.
        seen: all sensors as seen from the one that is forecast.
    """

    material: Material
    found: Attribution
    kind: BaseLine
    baseline: NDArray[np.float32] = field(repr=False)
    readings: NDArray[np.float32] = field(repr=False)
    falls: NDArray[np.float32] | None = field(repr=False)
    seen: Seen = field(repr=False)

    @property
    def account(self) -> Account:
        """The attribution in a few numbers."""
        return account_of(self.found.values, self.seen)

    @property
    def sensor_falls(self) -> NDArray[np.float32] | None:
        """Falls of occlusion (N,) by sensor; None if they are by reading, or not wanted."""
        return self.falls if self.falls is not None and self.falls.ndim == 1 else None

    @property
    def agreement(self) -> float:
        """Rank correlation of both methods, over sensors or readings; NaN without occlusion."""
        if self.falls is None:
            return float("nan")
        values = self.found.values.astype(np.float64)
        totals = values if self.falls.ndim > 1 else values.sum(axis=0)
        return rank_agreement(totals.ravel(), self.falls.ravel())


def explain(
    material: Material,
    middle: int,
    sensor: int,
    horizon: int,
    *,
    baseline: str | None = None,
    occlusion: Occlusion | None = None,
    tell: Callable[[str, float], None] | None = None,
) -> Explained:
    """Attribute one forecast; imports torch and captum.

    Args:
        material: the model with a data set.
        middle: first step to forecast of the window.
        sensor: position of the sensor that is forecast.
        horizon: which of the T' steps, from 1.
        baseline: name of the base line or a number, see `analysis.attribution.baselines`; None for
            the usual one.
        occlusion: what is replaced by the base line beside it, one at a time; None for nothing.
        tell: called with what is computed and its completed share; what it raises ends it.

    Raises:
        AnalysisError: without data set, for a window without history, or another base line.
        InputError: for a horizon that the model does not have.
        ConfigError: if captum is not installed.
    """
    from himnet.forecasting.attribution import attribute, occlude

    def telling(what: str) -> Callable[[float], None] | None:
        return None if tell is None else lambda share: tell(what, share)

    dataset, steps = material.required_dataset(), material.model.in_steps
    lines = BaseLines(dataset)
    kind = lines.chosen(baseline)
    base = lines.of_window(middle, steps, kind)
    asked = (material.forecaster, middle, sensor, horizon, base)
    found = attribute(*asked, tell=telling("attribute"))
    falls = None
    if occlusion is not None:
        falls = occlude(*asked, by_step=occlusion == "readings", tell=telling("occlude"))
    readings = readings_at(dataset, np.arange(middle - steps, middle))
    seen = City(material.info.sensors).seen(sensor)
    return Explained(material, found, kind, base, readings, falls, seen)


def moment_text(dataset: Dataset, step: int) -> str:
    """Return the moment of a step, which may be beyond the last reading."""
    if dataset.timestamps is not None:
        seconds = round(60 * dataset.info.step_minutes * step)
        at = dataset.timestamps[0] + np.timedelta64(seconds, "s")
        return str(at.astype("datetime64[m]")).replace("T", " ")
    time = (int(dataset.tod_index[0]) + step) % dataset.steps_per_day
    return f"step {step}, {clock_time(time, dataset.steps_per_day)}"


def told(one: Explained) -> dict[str, Any]:
    """Return an explained forecast as JSON types; all sensors, those of the largest sizes first."""
    found, account, material, falls = one.found, one.account, one.material, one.sensor_falls
    dataset, ids = material.required_dataset(), material.info.sensors.ids
    of_sensors = [
        {
            "sensor": ids[place],
            "attribution": float(account.totals[place]),
            "size": float(account.sizes[place]),
            "km": float(one.seen.km[place]),
            "along_km": float(one.seen.along[place]),
        }
        | ({} if falls is None else {"occlusion": float(falls[place])})
        for place in account.order.tolist()
    ]
    minutes = material.info.step_minutes
    return {
        "unit": material.info.unit,
        "sensor": ids[found.sensor],
        "made_at": moment_text(dataset, found.middle - 1),
        "for": moment_text(dataset, found.middle + found.horizon - 1),
        "horizon": found.horizon,
        "minutes_ahead": found.horizon * minutes,
        "on_own_forecasts": material.is_on_own_forecasts,
        "base_line": one.kind,
        **{name: getattr(found, name) for name in ("forecast", "base", "gap", "steps")},
        "complete": found.is_complete,
        "shares": {name: getattr(account, name) for name in ("own", "upstream", "downstream")},
        "half_within_km": account.km,
        "half_within_minutes": account.back * minutes,
        "by_step": found.values.sum(axis=1, dtype=np.float64).tolist(),
        "by_sensor": of_sensors,
        "occlusion_agreement": one.agreement,
    }


def text(one: Explained, unit: str) -> str:
    """Return an explained forecast as plain text.

    Args:
        one: the forecast.
        unit: of the readings.
    """
    of, account = told(one), one.account
    complete = "" if of["complete"] else ", above the tolerance, so the parts are approximate"
    lines = [
        f"sensor {of['sensor']}, made at {of['made_at']} for {of['for']}: {of['forecast']:.2f} "
        f"{unit}",
        f"from the base line ({base_line_words(one.kind, unit)}): {of['base']:.2f} {unit}; the "
        f"readings moved it by {of['forecast'] - of['base']:+.2f} {unit}",
        f"gap of completeness {of['gap']:+.2g} {unit} with {of['steps']} steps{complete}",
        "",
        f"{'sensor':<20} {'attribution':>12} {'size':>8}"
        + ("" if one.sensor_falls is None else f" {'occlusion':>10}"),
    ]
    for place, row in zip(account.order.tolist(), of["by_sensor"][:_LISTED], strict=False):
        fall = f" {row['occlusion']:>+10.3f}" if "occlusion" in row else ""
        where = one.seen.words(place)
        lines.append(
            f"{row['sensor']:<20} {row['attribution']:>+12.3f} {row['size']:>8.3f}{fall}  {where}"
        )
    return "\n".join([*lines, *_summary(one, of)])


def _summary(one: Explained, of: dict[str, Any]) -> list[str]:
    account = one.account
    if not np.isfinite(account.own):
        return ["", "no reading moved the forecast: all are missing or equal to the base line"]
    lines = ["", f"of all sizes, {account.own:.0%} is the sensor's own"]
    if one.seen.knows_road:
        lines[-1] += (
            f", {account.upstream:.0%} upstream and {account.downstream:.0%} downstream along its "
            "road"
        )
    near = f" and of other sensors within {account.km:.1f} km" if np.isfinite(account.km) else ""
    lines.append(
        f"half of all is in the last {of['half_within_minutes']:g} minutes before the forecast was "
        f"made (0: in the last reading){near}"
    )
    if np.isfinite(one.agreement):
        over = "readings" if one.sensor_falls is None else "sensors"
        lines.append(f"rank correlation with occlusion over {over}: {one.agreement:.3f}")
    return lines


def checked_horizon(horizon: int | None, material: Material) -> int:
    """Return a horizon from 1 to T'; None is the last.

    Raises:
        AnalysisError: for one that the model does not have.
    """
    most = material.model.out_steps
    if horizon is None:
        return most
    if not 1 <= horizon <= most:
        raise AnalysisError(f"--horizon {horizon} is not one of this model's; choose 1 to {most}")
    return horizon
