"""The identity curve beside a model's file, in ``measured.safetensors``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from analysis.checked import (
    checked_count,
    checked_fields,
    checked_interval,
    checked_number,
    checked_size,
    stored_part,
)
from analysis.errors import AnalysisError
from analysis.evidence.intervals import Interval
from analysis.evidence.mantel import NULLS
from analysis.identity.curve import FIXED, SHARES, Association, Comparison, Cost, Identity
from analysis.identity.measure import REACHES
from analysis.identity.moments import MOMENT_CLASSES
from analysis.identity.partners import MATCHED, SENSOR_CLASSES
from analysis.material import Material
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part, save_measured
from himnet.limits import MAX_DAYS, MAX_SENSORS, MAX_STEPS_PER_DAY

PART = "identity"
_Kind = TypeVar("_Kind")
_MOST_WINDOWS = MAX_DAYS * MAX_STEPS_PER_DAY
_MOST = 10**15  # readings
_MOST_DRAWS = 100_000


def save_identity(material: Material, found: Identity, *, command: str) -> Path:
    """Write what was measured beside the model; errors as `himnet.checkpoints.save_measured`.

    Args:
        material: the model with its data set.
        found: what was measured.
        command: that measures it.

    Raises:
        AnalysisError: if it is partial.
    """
    if found.is_partial:
        raise AnalysisError(
            f"{found.windows} of {found.planned} windows are measured, and only a complete result "
            "can be saved; run the command again without --so-far"
        )
    arrays, data = material.arrays, material.sums[2]
    told = asdict(found)
    return save_measured(arrays.path, arrays.sha256, PART, told, data=data, command=command)


def stored_identity(arrays: CheckpointArrays) -> tuple[Identity, Part] | None:
    """Return what was measured before, and its origin; None if nothing was.

    Raises:
        AnalysisError: for a part that does not hold such a result of this model's sensors.
    """
    sensors = arrays.model.num_nodes
    return stored_part(arrays, PART, lambda part: _identity(part, sensors), command="identity")


def _identity(part: Part, sensors: int) -> Identity:
    """Check a result, which may come from anyone, and return it.

    Raises:
        KeyError, TypeError, ValueError: for anything but a valid one.
    """
    told = checked_fields(part.value, Identity)
    windows = checked_count(told["planned"], _MOST_WINDOWS, least=1)
    if part.arrays or (told["windows"], told["sensors"]) != (windows, sensors):
        raise ValueError("of other sensors, or partial")
    found = Identity(
        windows,
        windows,
        checked_count(told["days"], min(windows, MAX_DAYS), least=1),
        sensors,
        checked_size(told["own"]),
        _each(told["costs"], lambda one: _cost(one, sensors, windows)),
        _each(told["comparisons"], lambda one: _comparison(one, sensors)),
        _each(told["associations"], _association),
    )
    _check_once([(one.name, one.reach) for one in found.costs])
    _check_once([(one.name, one.reach) for one in found.comparisons])
    _check_once([(one.fixed, one.reach) for one in found.associations])
    return found


def _cost(told: Any, sensors: int, windows: int) -> Cost:
    told = checked_fields(told, Cost)
    of_moments = told["reach"] is None
    _one_of(told["name"], MOMENT_CLASSES if of_moments else SENSOR_CLASSES)
    if not of_moments:
        _one_of(told["reach"], REACHES)
    share = told["share"]
    if share is not None and (of_moments or told["name"] not in SHARES):
        raise ValueError("a share of a class that has none")
    return Cost(
        told["name"],
        told["reach"],
        checked_count(told["draws"], _MOST_DRAWS, least=1),
        checked_count(told["counted"], windows if of_moments else sensors),
        checked_count(told["readings"], _MOST),
        checked_size(told["own"]),
        checked_size(told["mae"]),
        checked_interval(told["difference"]),
        _interval_or_none(share),
    )


def _comparison(told: Any, sensors: int) -> Comparison:
    told = checked_fields(told, Comparison)
    _one_of(told["name"], MATCHED)
    _one_of(told["reach"], REACHES)
    return Comparison(
        told["name"],
        told["reach"],
        sensors=checked_count(told["sensors"], sensors, least=1),
        pairs=checked_count(told["pairs"], sensors * _MOST_DRAWS, least=1),
        cost=checked_number(told["cost"]),
        matched=checked_number(told["matched"]),
        by_any=checked_number(told["by_any"]),
        difference=checked_interval(told["difference"]),
        share=_interval_or_none(told["share"]),
        matched_share=_interval_or_none(told["matched_share"]),
        correlation_gap=checked_number(told["correlation_gap"]),
        level_gap=checked_number(told["level_gap"]),
    )


def _association(told: Any) -> Association:
    told = checked_fields(told, Association)
    _one_of(told["reach"], REACHES)
    fixed = tuple(told["fixed"])
    if [one for one in FIXED if one in fixed] != list(fixed):
        raise ValueError("nothing that is held fixed")
    _one_of(told["null"], NULLS)
    p_value = checked_number(told["p_value"])
    if p_value < 0 or p_value > 1:  # NaN for a value that is undefined
        raise ValueError("no p value")
    return Association(
        told["reach"],
        fixed,
        pairs=checked_count(told["pairs"], MAX_SENSORS**2),
        value=checked_number(told["value"]),
        null=told["null"],
        null_mean=checked_number(told["null_mean"]),
        null_low=checked_number(told["null_low"]),
        null_high=checked_number(told["null_high"]),
        p_value=p_value,
        draws=checked_count(told["draws"], _MOST_DRAWS),
    )


def _each(told: Any, read: Callable[[Any], _Kind]) -> tuple[_Kind, ...]:
    if not isinstance(told, list):
        raise TypeError("no list")
    return tuple(read(one) for one in told)


def _check_once(names: list[tuple[Any, ...]]) -> None:
    if len(set(names)) < len(names):
        raise ValueError("the same twice")


def _one_of(value: Any, names: Mapping[str, Any] | tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in names:
        raise ValueError("an unknown name")


def _interval_or_none(told: Any) -> Interval | None:
    return None if told is None else checked_interval(told)
