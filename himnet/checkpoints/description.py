"""The description in a checkpoint, checked entry by entry, since it may come from anyone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.errors import CheckpointError, HimNetError
from himnet.limits import (
    MAX_DAYS,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_ERROR,
    MAX_STEPS_PER_DAY,
    MAX_TEXT,
    MIN_DEVIATION,
    check_span,
    is_count,
    is_line,
    is_number,
    moment,
)
from himnet.metrics import METRICS
from himnet.scaler import Scaler
from himnet.texts import clipped


@dataclass(frozen=True)
class Description:
    """The description in every checkpoint.

    Attributes:
        config: the model's configuration.
        scaler: of the training windows.
        dataset: identity of the data set it was trained on.
        training: how it was trained; with the known keys.
        metrics: by split, as `himnet evaluate --json` prints them.
    """

    config: HimNetConfig
    scaler: Scaler
    dataset: DatasetInfo
    training: dict[str, Any]
    metrics: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the metadata of a file."""
        return {
            "config": self.config.to_dict(),
            "scaler": self.scaler.to_dict(),
            "dataset": self.dataset.to_dict(),
            "training": self.training,
            "metrics": self.metrics,
        }


def parse_description(file: Path, content: Mapping[str, Any]) -> Description:
    """Read the result of `Description.to_dict` from the metadata of a file.

    Raises:
        CheckpointError: for parts that are missing, unknown, of a wrong type or contradictory.
    """
    parts = Description.__dataclass_fields__.keys()
    if content.keys() != parts:
        raise CheckpointError(
            f"{file} describes {clipped(sorted(content))} instead of {sorted(parts)}; write it "
            f"again with this version"
        )
    try:
        _check_types(content)
        description = Description(
            HimNetConfig.from_dict(content["config"]),
            Scaler(**content["scaler"]),
            DatasetInfo.from_dict(content["dataset"]),
            content["training"],
            content["metrics"],
        )
        info = description.dataset
        check_span(info.start, info.num_steps or 0, info.step_minutes)
    except (HimNetError, ArithmeticError, TypeError, ValueError, KeyError) as error:
        why = f"there is no {error}" if isinstance(error, KeyError) else clipped(error, 300)
        raise CheckpointError(f"{file} has an invalid description: {why}; get it again") from error
    check_agreement(file, description.config, description.dataset)
    return description


def check_agreement(file: Path, config: HimNetConfig, dataset: DatasetInfo) -> None:
    """Compare the model's sizes with those of its data set.

    Raises:
        CheckpointError: if they differ.
    """
    for what, of_model, of_data in config.misfits(dataset.num_nodes, dataset.steps_per_day):
        raise CheckpointError(
            f"the model of {file} has {of_model} {what}, but its data set "
            f"'{clipped(dataset.name, 60)}' has {of_data}; name the data set that it was trained on"
        )


def _check_types(content: Mapping[str, Any]) -> None:
    """Refuse values that the classes would accept but that cause errors later.

    Raises:
        TypeError, ValueError: that name the entry.
    """
    for part in content:
        if not isinstance(content[part], dict):
            raise TypeError(f"'{part}' is not a JSON object")
    _check_scaler(content["scaler"])
    dataset = content["dataset"]
    stated = _LATER | dataset
    for name, (fits, wanted) in _DATASET.items():
        if not fits(stated.get(name)):
            told = clipped(repr(stated.get(name)), 60)
            raise ValueError(f"the data set's '{name}' is {told}, not {wanted}")
    _check_sensors(dataset["sensors"])
    for name in ("training", "metrics"):
        check_told(name, content[name])
    for split, measured in content["metrics"].items():
        check_metrics(split, measured)


def check_told(name: str, value: Any) -> None:
    """Refuse free-form JSON that is too large for pages.

    Raises:
        ValueError: that gives the name.
    """
    if (entries := _entries(name, value, MAX_DEPTH)) > MAX_ENTRIES:
        raise ValueError(f"'{name}' has {entries:,} entries; up to {MAX_ENTRIES:,} are read")


def _check_scaler(scaler: Mapping[str, Any]) -> None:
    if scaler.keys() != {"mean", "std"} or not all(map(is_number, scaler.values())):
        raise TypeError("the scaler is not a 'mean' and a 'std' of plausible size")
    if not scaler["std"] >= MIN_DEVIATION:
        raise ValueError(f"the scaler's deviation is {scaler['std']}, not {MIN_DEVIATION} or more")


def _check_sensors(sensors: Mapping[str, Any]) -> None:
    if unknown := sorted(set(sensors) - set(Sensors.__dataclass_fields__)):
        raise ValueError(f"its sensors have the unknown columns {clipped(unknown, 60)}")
    for name, column in sensors.items():
        if column is None and name != "ids":
            continue
        fits = is_number if name in ("latitude", "longitude") else is_line
        if not isinstance(column, list) or not all(fits(entry) for entry in column):
            raise TypeError(f"the sensors' '{name}' are not a list of plain values")
    if not all(name.strip() for name in sensors["ids"]):
        raise ValueError("a sensor has a blank id")


def check_metrics(split: str, measured: Any) -> None:
    """Refuse invalid metrics of a split; they are as in `himnet evaluate --json`.

    Raises:
        TypeError, ValueError: that name the split.
    """
    told = clipped(split, 40)
    if not isinstance(measured, dict):
        raise TypeError(f"the metrics of '{told}' are not a JSON object")
    if not _or_none(_is_whole)(measured.get("windows")):
        raise ValueError(f"the windows of '{told}' are not a number of windows")
    for steps, values in measured.items():
        if steps != "all" and not steps.isdecimal():
            continue
        if not isinstance(values, dict):
            raise TypeError(f"the metrics of step '{clipped(steps, 40)}' are not a JSON object")
        for metric in METRICS:
            value = values.get(metric)  # None: there were no readings
            if value is not None and not (is_number(value, MAX_ERROR) and value >= 0):
                raise ValueError(f"the {metric} of '{told}' is {clipped(value, 40)}, not 0 or more")


def _entries(name: str, value: Any, depth: int) -> int:
    """Count the values of free-form JSON, at all depths.

    Raises:
        ValueError: for what a page cannot show.
    """
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        if not depth or not all(map(is_line, value if isinstance(value, dict) else ())):
            raise ValueError(f"'{name}' is nested too deeply, or has a key that is too long")
        return len(value) + sum(_entries(name, part, depth - 1) for part in parts)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ValueError(f"'{name}' has a text of {len(value):,} characters, above {MAX_TEXT:,}")
    if isinstance(value, int) and abs(value) >= 2**64:
        raise ValueError(f"'{name}' has a number of {len(str(abs(value)))} digits, beyond 64 bits")
    return 0


def _is_whole(value: Any) -> bool:
    return is_count(value, MAX_DAYS * MAX_STEPS_PER_DAY)


def _is_moment(value: Any) -> bool:
    try:
        return moment(value) is not None
    except (TypeError, ValueError):
        return False


def is_sha256(value: Any) -> bool:
    """Whether something is a sha256 in hexadecimal."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


_DATASET: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (is_line, "a short text"),
    "sensors": (lambda value: isinstance(value, dict), "a JSON object"),
    "steps_per_day": (
        lambda value: is_count(value, MAX_STEPS_PER_DAY) and value > 0,
        f"a whole number from 1 to {MAX_STEPS_PER_DAY:,}",
    ),
    "start": (_or_none(_is_moment), "a local date and time of the years 1 to 9998"),
    "num_steps": (
        _or_none(lambda value: _is_whole(value) and value > 0),
        f"a whole number of steps, up to {MAX_DAYS:,} days",
    ),
    "first_weekday": (_or_none(lambda value: is_count(value, 6)), "0 to 6"),
    "missing_value": (_or_none(is_number), "a number of plausible size"),
    "unit": (is_line, "a short text"),
    "quantity": (is_line, "a short text"),
    "sha256": (_or_none(is_sha256), "a sha256"),
    "source": (is_line, "a short text"),
    "licence": (is_line, "a short text"),
}
_LATER = {"source": "", "licence": ""}  # keys that earlier versions did not write
