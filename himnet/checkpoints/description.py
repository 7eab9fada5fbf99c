"""What a checkpoint says about itself, checked entry by entry: the file may come from anybody."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from himnet.checkpoints.header import clipped
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo
from himnet.errors import CheckpointError, HimNetError
from himnet.scaler import Scaler

_MAX_DEPTH = 6
_MAX_TEXT = 20_000
_METRICS = ("mae", "rmse", "mape")


@dataclass(frozen=True)
class Description:
    """What every checkpoint says about itself.

    Attributes:
        config: the model's configuration.
        scaler: of the training windows.
        dataset: identity of the data set it was trained on.
        training: how it was trained; keys as far as they are known.
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
    """Read what `Description.to_dict` returned, out of the metadata of a file.

    Raises:
        CheckpointError: for parts that are missing, unknown, of a wrong type or in contradiction.
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
    except (HimNetError, ArithmeticError, TypeError, ValueError, KeyError) as error:
        why = f"no {error}" if isinstance(error, KeyError) else clipped(error, 300)
        raise CheckpointError(f"{file} describes itself wrongly: {why}; get it again") from error
    check_agreement(file, description.config, description.dataset)
    return description


def check_agreement(file: Path, config: HimNetConfig, dataset: DatasetInfo) -> None:
    """Compare the model's sizes with those of its data set.

    Raises:
        CheckpointError: where they differ.
    """
    for what, of_model, of_data in (
        ("sensors", config.num_nodes, dataset.num_nodes),
        ("steps per day", config.steps_per_day, dataset.steps_per_day),
    ):
        if of_model != of_data:
            raise CheckpointError(
                f"the model of {file} has {of_model} {what}, but its data set "
                f"'{clipped(dataset.name, 60)}' has {of_data}; name the data set that it was "
                f"trained on"
            )


def _check_types(content: Mapping[str, Any]) -> None:
    """Refuse what the classes themselves would take but cannot work with later.

    Raises:
        TypeError, ValueError: that name the entry.
    """
    for part in content:
        if not isinstance(content[part], dict):
            raise TypeError(f"'{part}' is no JSON object")
    if not all(type(value) in (int, float) for value in content["scaler"].values()):
        raise TypeError("the scaler holds something else than numbers")
    dataset = content["dataset"]
    for name, (fits, wanted) in _DATASET.items():
        if not fits(dataset.get(name)):
            told = clipped(repr(dataset.get(name)), 60)
            raise ValueError(f"the data set's '{name}' is {told}, not {wanted}")
    for name, value in dataset["sensors"].items():
        _check_column(name, value)
    for name in ("training", "metrics"):
        if not _is_plain(content[name], _MAX_DEPTH):
            raise ValueError(f"'{name}' is nested too deeply or holds endless text")
    for split, measured in content["metrics"].items():
        _check_metrics(split, measured)


def _check_column(name: str, column: Any) -> None:
    numeric = name in ("latitude", "longitude")
    if column is None and name != "ids":
        return
    fits = (lambda entry: type(entry) in (int, float)) if numeric else _is_line
    if not isinstance(column, list) or not all(fits(entry) for entry in column):
        raise TypeError(f"the sensors' '{clipped(name, 40)}' are no list of plain values")


def _check_metrics(split: str, measured: Any) -> None:
    if not isinstance(measured, dict):
        raise TypeError(f"the metrics of '{clipped(split, 40)}' are no JSON object")
    for steps, values in measured.items():
        if steps != "all" and not steps.isdecimal():
            continue
        if not isinstance(values, dict):
            raise TypeError(f"the metrics of step '{clipped(steps, 40)}' are no JSON object")
        for metric in _METRICS:
            if type(values.get(metric)) not in (int, float, type(None)):
                raise TypeError(f"the {metric} of '{clipped(split, 40)}' is no number")


def _is_plain(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(
            _is_line(key) and _is_plain(entry, depth - 1) for key, entry in value.items()
        )
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(entry, depth - 1) for entry in value)
    return not isinstance(value, str) or len(value) <= _MAX_TEXT


def _is_line(value: Any) -> bool:
    """Whether something is a text that fits on a line and in a table."""
    return isinstance(value, str) and len(value) <= 500 and (not value or value.isprintable())


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**40


def _is_moment(value: Any) -> bool:
    try:
        return dt.datetime.fromisoformat(value).tzinfo is None
    except (TypeError, ValueError):
        return False


def _is_sum(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


_DATASET: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_is_line, "a short text"),
    "sensors": (lambda value: isinstance(value, dict), "a JSON object"),
    "steps_per_day": (_is_count, "a whole number above 0"),
    "start": (_or_none(_is_moment), "a local date and time"),
    "num_steps": (_or_none(_is_count), "a whole number above 0"),
    "first_weekday": (_or_none(lambda value: type(value) is int and 0 <= value <= 6), "0 to 6"),
    "missing_value": (_or_none(_is_number), "a number"),
    "unit": (_is_line, "a short text"),
    "quantity": (_is_line, "a short text"),
    "sha256": (_or_none(_is_sum), "a sha256"),
}
