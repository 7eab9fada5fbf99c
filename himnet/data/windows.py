"""Windows as index ranges of a series, and the published split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError

SPLITS = ("train", "val", "test")
USUAL_STEPS = (12, 12)  # T and T' of all published windows


@dataclass(frozen=True)
class Windows:
    """The windows of one split, as indices, never copies of the readings.

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
    """Return the published windows of a series: 23,974 / 3,425 / 6,850 for METR-LA.

    The windows are split, not the steps, so the last windows of a split and the first windows of
    the next one have up to 11 steps to forecast in common (for 12 + 12). This is kept, because
    published results are computed in this way.

    Args:
        num_steps: readings per sensor, T.
        fractions: of training, validation and test windows; they sum to 1.
        in_steps, out_steps: T and T' of a window.

    Raises:
        DataError: for invalid fractions or lengths, or a series too short for a window in each
            split.
    """
    if min(fractions) <= 0 or not math.isclose(sum(fractions), 1, abs_tol=1e-6):
        raise DataError(f"the split {fractions} is invalid; give three fractions that sum to 1")
    if min(in_steps, out_steps) < 1:
        raise DataError(f"windows need at least 1 + 1 steps, not {in_steps} + {out_steps}")
    count = max(0, num_steps - in_steps - out_steps + 1)
    train, test = round(count * fractions[0]), round(count * fractions[2])
    if min(train, test, count - train - test) < 1:
        raise DataError(
            f"a series of {num_steps} steps is too short for windows of {in_steps} + {out_steps} "
            f"in all three splits; use a longer one"
        )
    starts = np.arange(count, dtype=np.int64)[:, None]
    index = starts + np.array([0, in_steps, in_steps + out_steps])
    edges = (0, train, count - test, count)
    return {
        name: Windows(index[low:high])
        for name, low, high in zip(SPLITS, edges[:-1], edges[1:], strict=True)
    }


def checked_windows(index: Mapping[str, NDArray[np.generic]], num_steps: int) -> dict[str, Windows]:
    """Check start, middle and end of given windows against a series of `num_steps` readings.

    Windows of a split may overlap, and those of different splits may share steps, like the
    published ones, but no window may occur twice.

    Args:
        index: the arrays "train", "val" and "test", (n, 3) integers each.
        num_steps: readings per sensor, T.

    Raises:
        DataError: for a split without windows, a wrong shape or type, rows outside the series or
            out of order, windows of different lengths, or a window that is in two splits.
    """
    windows = {name: Windows(_rows(name, index[name], num_steps)) for name in SPLITS}
    lengths = {
        tuple(int(steps) for steps in row)
        for split in windows.values()
        for row in np.unique(np.diff(split.index, axis=1), axis=0)
    }
    if len(lengths) > 1:
        found = ", ".join(f"{before} + {after}" for before, after in sorted(lengths)[:4])
        raise DataError(f"index.npz has windows of different lengths ({found}); use one length")
    for one, other in combinations(SPLITS, 2):
        shared = np.intersect1d(windows[one].middles, windows[other].middles)
        if len(shared):
            raise DataError(
                f"{len(shared):,} windows of index.npz are in '{one}' and in '{other}', "
                f"the first at step {shared[0]}; a window must be in one split only"
            )
    return windows


def _rows(name: str, rows: NDArray[np.generic], num_steps: int) -> NDArray[np.int64]:
    """Return the checked windows of one split, (n, 3) int64."""
    if rows.ndim != 2 or rows.shape[1] != 3 or not np.issubdtype(rows.dtype, np.integer):
        raise DataError(
            f"'{name}' in index.npz is {rows.dtype} of shape {rows.shape}; it must be integers "
            f"(windows, 3): start, first step to forecast, end"
        )
    if not len(rows):
        raise DataError(f"'{name}' in index.npz has no windows; each split needs some")
    index = rows.astype(np.int64)
    rising = (index[:, 0] >= 0) & (np.diff(index, axis=1) > 0).all(axis=1)
    bad = np.flatnonzero(~rising | (index[:, 2] > num_steps))
    if len(bad):
        raise DataError(
            f"window {bad[0]} of '{name}' in index.npz is {index[bad[0]].tolist()}; start, first "
            f"step to forecast and end must increase, within the {num_steps} steps of data.npz"
        )
    bad = np.flatnonzero(np.diff(index[:, 0]) <= 0)
    if len(bad):
        raise DataError(
            f"the windows of '{name}' in index.npz are not in order at window {bad[0] + 1}; "
            f"each must start later than the previous one"
        )
    return index
