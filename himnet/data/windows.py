"""Windows as index ranges into a series, and the published split into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Windows:
    """The windows of one split, never copies of the readings.

    Attributes:
        index: (n, 3) int64 rows of start, middle and end: inputs are steps start to middle - 1,
            the steps to forecast are middle to end - 1.
    """

    index: NDArray[np.int64]

    @property
    def middles(self) -> NDArray[np.int64]:
        """First step to forecast of each window, (n,)."""
        middles: NDArray[np.int64] = self.index[:, 1]
        return middles

    def __len__(self) -> int:
        return len(self.index)


def split_windows(
    num_steps: int,
    fractions: tuple[float, float, float],
    *,
    in_steps: int = 12,
    out_steps: int = 12,
) -> dict[str, Windows]:
    """Cut a series into the published windows: 23,974 / 3,425 / 6,850 for METR-LA.

    The windows, not the steps, are split, so those at a border share steps with the next split: they
    reach up to 11 steps across it. That is kept, since the field's numbers rest on it.

    Args:
        num_steps: readings per sensor, T.
        fractions: of training, validation and test windows.
        in_steps, out_steps: T and T'.

    Raises:
        DataError: when the series is too short for a window in each split.
    """
    count = max(0, num_steps - in_steps - out_steps + 1)
    train, test = round(count * fractions[0]), round(count * fractions[2])
    if min(train, test, count - train - test) < 1:
        raise DataError(
            f"a series of {num_steps} steps is too short for windows of {in_steps} + {out_steps} "
            f"in all three splits; give a longer one"
        )
    starts = np.arange(count, dtype=np.int64)[:, None]
    index = starts + np.array([0, in_steps, in_steps + out_steps])
    edges = (0, train, count - test, count)
    return {
        name: Windows(index[low:high])
        for name, low, high in zip(SPLITS, edges[:-1], edges[1:], strict=True)
    }


def checked_windows(index: Mapping[str, NDArray[np.int64]], num_steps: int) -> dict[str, Windows]:
    """Check start, middle and end of given windows against a series of `num_steps` readings.

    Raises:
        DataError: for a missing split, another shape, another type, or rows that are out of
            order or reach outside the series.
    """
    windows = {}
    for name in SPLITS:
        if name not in index:
            raise DataError(f"index.npz has no array '{name}'; it needs train, val and test")
        rows = index[name]
        if rows.ndim != 2 or rows.shape[1] != 3 or not np.issubdtype(rows.dtype, np.integer):
            raise DataError(
                f"the windows '{name}' are {rows.dtype} of shape {rows.shape}; they must be "
                f"integers (n, 3): start, middle, end"
            )
        rows = rows.astype(np.int64)
        ordered = (0 <= rows[:, 0]) & (rows[:, 0] < rows[:, 1]) & (rows[:, 1] < rows[:, 2])
        bad = np.flatnonzero(~ordered | (rows[:, 2] > num_steps))
        if len(bad):
            raise DataError(
                f"window {bad[0]} of '{name}' is {rows[bad[0]].tolist()}; start, middle and end "
                f"must rise and stay within the {num_steps} steps of the series"
            )
        lengths = np.diff(rows, axis=1)
        if len(lengths) and (lengths != lengths[0]).any():
            raise DataError(f"the windows of '{name}' differ in length; all must be alike")
        windows[name] = Windows(rows)
    return windows
