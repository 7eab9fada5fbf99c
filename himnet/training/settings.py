"""The settings that define a training run: optimisation, schedule, sampling, seed (no torch)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from himnet.config import PRECISIONS, HimNetConfig
from himnet.data.dataset import Dataset
from himnet.errors import ConfigError, TrainingError
from himnet.presets import PRESETS

Loss = Literal["mae", "huber"]
Schedule = Literal["paper", "one-cycle"]
LIKE_WITHOUT_PRESET = "METRLA"  # whose optimisation settings a data set without preset uses

# A resumed run may change these without becoming a different run.
_FREE = frozenset({"epochs", "patience", "snapshots"})
_INTEGERS = {"batch_size": 1, "epochs": 1, "patience": 1, "tf_decay_steps": 0, "seed": 0}


@dataclass(frozen=True)
class TrainingSettings:
    """Settings; two runs with equal settings, data and model sizes end with the same weights.

    Attributes:
        loss: ``"mae"`` (masked) or ``"huber"``, on de-normalised values.
        learning_rate: Adam's; the peak of the one-cycle schedule.
        weight_decay: Adam's own, coupled L2 term.
        eps: Adam's.
        clip: largest norm of the gradient over all parameters.
        schedule: ``"paper"`` (x 0.1 at each milestone) or ``"one-cycle"``.
        milestones: epochs after which the paper's schedule multiplies by 0.1.
        epochs: maximum number of epochs; the length of the one-cycle schedule.
        patience: number of epochs without a better validation MAE after which training stops.
        batch_size: windows per step, over all workers.
        tf_decay_steps: s in the scheduled-sampling probability s / (s + exp(i / s)); 0: never the
            truth.
        precision: of the matrix products, ``"float32"``, ``"tf32"`` (CUDA) or ``"bfloat16"``.
        seed: of initialisation, order of the windows and sampling draws.
        ema: decay of the averaged weights, which are evaluated and saved; None: no averaging.
        dictionary_std: standard deviation of the dictionaries' initial values; with the published
            1, weight decay needs a few thousand steps to reduce them below what is learnt.
        snapshots: steps after which the weights are also saved; 0: before the first step.
        init: the checkpoint with the initial weights, as it was named; None: random weights.
    """

    loss: Loss = "mae"
    learning_rate: float = 1e-3
    weight_decay: float = 5e-4
    eps: float = 1e-3
    clip: float = 5.0
    schedule: Schedule = "paper"
    milestones: tuple[int, ...] = (30, 40)
    epochs: int = 200
    patience: int = 20
    batch_size: int = 16
    tf_decay_steps: int = 6000
    precision: str = "float32"
    seed: int = 0
    ema: float | None = None
    dictionary_std: float = 1.0
    snapshots: tuple[int, ...] = ()
    init: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (
            ("loss", get_args(Loss)),
            ("schedule", get_args(Schedule)),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in allowed:
                raise ConfigError(
                    f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}"
                )
        for name, least in _INTEGERS.items():
            _check_integer(name, getattr(self, name), least)
        for name, least in (("milestones", 1), ("snapshots", 0)):
            for entry in getattr(self, name):
                _check_integer(f"every entry of {name}", entry, least)
        for name in ("learning_rate", "eps", "clip", "dictionary_std"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"{name} must be a number above 0, not {getattr(self, name)}")
        if not 0 <= self.weight_decay < math.inf:
            raise ConfigError(f"weight_decay must be 0 or above, not {self.weight_decay}")
        if self.ema is not None and not 0 < self.ema < 1:
            raise ConfigError(f"ema must be a decay between 0 and 1, not {self.ema}")
        if self.init is not None and self.dictionary_std != 1:
            raise ConfigError(
                f"dictionary_std {self.dictionary_std} is for random dictionaries, but init takes "
                f"those of '{self.init}'; omit one of the two"
            )

    @classmethod
    def for_dataset(cls, name: str, given: Mapping[str, Any] | None = None) -> TrainingSettings:
        """Return the paper's settings for a data set, overridden by the given settings.

        A data set without preset is trained like METR-LA.

        Raises:
            ConfigError: for a value that is not allowed.
        """
        chosen = PRESETS.get(name, PRESETS[LIKE_WITHOUT_PRESET])
        own = ("loss", "weight_decay", "milestones", "tf_decay_steps")
        defaults = {name: getattr(chosen, name) for name in own}
        return cls(**{**defaults, **(given or {})})

    def resumed(self, given: Mapping[str, Any]) -> TrainingSettings:
        """Return the settings for resuming a stored run with some given settings.

        Raises:
            TrainingError: for a given setting that would make it a different run.
        """
        free = _FREE - ({"epochs"} if self.schedule == "one-cycle" else set())
        for name, value in given.items():
            if name not in free:
                check_same(name, getattr(self, name), value)
        return replace(self, **{name: given[name] for name in free & set(given)})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> TrainingSettings:
        """Read what `to_dict` wrote; missing settings have their defaults."""
        unknown = sorted(set(stored) - {field.name for field in fields(cls)})
        if unknown:
            raise ConfigError(
                f"the stored settings have {unknown[0]!r}, which this version does not know; use "
                f"the version that stored them, or start a new run"
            )
        return cls(**with_tuples(stored))


def model_config(dataset: Dataset, given: Mapping[str, Any] | None = None) -> HimNetConfig:
    """Return the model for a data set: the paper's sizes, if any, overridden by `given`.

    Sensors, steps per day and the window's T and T' are the data set's.

    Raises:
        ConfigError: for a size that is not allowed.
    """
    before, ahead = dataset.window_steps
    of_data = {
        "num_nodes": dataset.num_nodes,
        "steps_per_day": dataset.steps_per_day,
        "in_steps": before,
        "out_steps": ahead,
    }
    base = PRESETS[dataset.name].model if dataset.name in PRESETS else HimNetConfig(2)
    return replace(base, **{**of_data, **(given or {})})


def with_tuples(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as read from JSON with tuples in place of lists."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}


def check_same(what: str, stored: Any, given: Any) -> None:
    """Check that a run is not resumed as a different one.

    Raises:
        TrainingError: if the two values differ.
    """
    if stored != given:
        raise TrainingError(
            f"the run to resume has {what} {stored!r}, but {given!r} was given; omit the option "
            f"to continue, or start a new run with another --out"
        )


def _check_integer(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConfigError(f"{name} must be an integer of at least {least}, not {value!r}")
