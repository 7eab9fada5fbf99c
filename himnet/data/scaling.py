"""Mean and standard deviation over the training windows, without building the windows."""

from __future__ import annotations

import numpy as np

from himnet.data.dataset import Dataset
from himnet.errors import DataError
from himnet.scaler import Scaler


def training_scaler(dataset: Dataset) -> Scaler:
    """Return the published statistics: over the inputs of all training windows, zeros included.

    A step in k windows counts k times, as in the array (n, T, N) of windows. For METR-LA, mean
    and standard deviation are 54.40593 and 19.49374.

    Raises:
        DataError: if there are no training windows, or if all readings are the same.
    """
    index = dataset.splits["train"].index
    if not len(index):
        raise DataError(f"'{dataset.name}' has no training windows for mean and standard deviation")
    # +1 where a window's inputs begin, -1 where they end: the cumulative sum counts the windows
    edges = np.zeros(len(dataset.values) + 1)
    np.add.at(edges, index[:, 0], 1)
    np.add.at(edges, index[:, 1], -1)
    counts = np.cumsum(edges)[:-1]
    values = dataset.values.astype(np.float64)
    total = counts.sum() * dataset.num_nodes
    mean = float(counts @ values.sum(axis=1) / total)
    variance = float(counts @ np.square(values - mean).sum(axis=1) / total)
    if variance <= 0:
        raise DataError(
            f"all training readings of '{dataset.name}' are {mean:g}; there is nothing to learn"
        )
    return Scaler(mean, variance**0.5)
