"""Base lines of attributions: the readings that those of a window are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.readings.series import sensor_means
from himnet.config import DAYS_PER_WEEK
from himnet.data.dataset import Dataset
from himnet.forecasting.baselines import week_slots, weekly_table
from himnet.limits import MAX_NUMBER

Named = Literal["weekly-mean", "mean", "last-day"]
BaseLine = Named | float
USUAL: Named = "weekly-mean"
WORDS: dict[Named, str] = {
    "weekly-mean": "each sensor's mean at that time of the week",
    "mean": "each sensor's mean",
    "last-day": "the readings of the day before",
}


def base_line(text: str) -> BaseLine:
    """Return the base line that a text names: one of `Named`, or a number in the data's unit.

    Raises:
        AnalysisError: for anything else.
    """
    for name in get_args(Named):
        if text == name:
            return name  # type: ignore[no-any-return]
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) <= MAX_NUMBER:
        raise AnalysisError(
            f"unknown base line '{text}'; choose {', '.join(get_args(Named))} or a number in the "
            f"data's unit"
        )
    return number


def base_line_words(kind: BaseLine, unit: str) -> str:
    """Return a base line in words.

    Args:
        kind: the base line.
        unit: of the data.
    """
    return f"{kind:g} {unit}".strip() if isinstance(kind, float) else WORDS[kind]


def training_end(dataset: Dataset) -> int:
    """Return the number of steps, from the first, that training saw; all without training."""
    train = dataset.splits.get("train")
    return int(train.index[:, 2].max()) if train else len(dataset.values)


@dataclass(frozen=True)
class BaseLines:
    """The base lines of a data set's windows, with the means that they need.

    Means are over the training steps; over all steps, if the data set has no training windows.

    Attributes:
        dataset: the readings.
    """

    dataset: Dataset

    @property
    def kinds(self) -> tuple[Named, ...]:
        """The base lines with names, the usual one first.

        Without the weekly mean if there are less than two weeks to take it over: it would be the
        readings themselves.
        """
        enough = training_end(self.dataset) >= 2 * DAYS_PER_WEEK * self.dataset.steps_per_day
        return tuple(kind for kind in get_args(Named) if enough or kind != "weekly-mean")

    def chosen(self, text: str | None) -> BaseLine:
        """Return the base line that a text names, see `base_line`; None takes the usual one.

        Raises:
            AnalysisError: for one that this data set does not have.
        """
        kind: BaseLine = self.kinds[0] if text is None else base_line(text)
        if not isinstance(kind, float) and kind not in self.kinds:
            raise AnalysisError(
                f"the base line '{kind}' takes means over two weeks or more, but there are "
                f"{training_end(self.dataset)} steps; choose {' or '.join(self.kinds)}"
            )
        return kind

    @cached_property
    def weekly(self) -> NDArray[np.float32]:
        """Mean (7 * steps per day, N) at each time of the week; `week_slots` numbers the rows."""
        return weekly_table(self.dataset, training_end(self.dataset))

    @cached_property
    def _means(self) -> NDArray[np.float32]:
        found = sensor_means(self.dataset.readings()[: training_end(self.dataset)])
        return np.where(np.isfinite(found), found, np.nanmean(found)).astype(np.float32)

    def of_window(self, middle: int, in_steps: int, kind: BaseLine = USUAL) -> NDArray[np.float32]:
        """Return the base line (T, N) of a window in the data's unit.

        Args:
            middle: first step to forecast.
            in_steps: T.
            kind: ``"weekly-mean"``: each sensor's mean at that time of the week; ``"mean"``: its
                mean; ``"last-day"``: its readings a day earlier, where they are missing the weekly
                mean; a number: that reading everywhere.

        Raises:
            AnalysisError: for a window without history, or without a day before it for
                ``"last-day"``.
        """
        dataset = self.dataset
        before = dataset.steps_per_day if kind == "last-day" else 0
        if not in_steps + before <= middle <= len(dataset.values):
            day = " and a day before it" if before else ""
            raise AnalysisError(
                f"the window before step {middle} needs {in_steps} steps{day} in the data; choose "
                f"a later moment"
            )
        steps = np.arange(middle - in_steps, middle)
        if isinstance(kind, float):
            return np.full((in_steps, dataset.num_nodes), kind, dtype=np.float32)
        if kind == "mean":
            return np.repeat(self._means[None], in_steps, axis=0)
        weekly = self.weekly[week_slots(dataset)[steps]]
        if kind == "weekly-mean":
            return weekly
        earlier = steps - before
        missing = dataset.missing()[earlier]
        return np.where(missing, weekly, dataset.values[earlier])
