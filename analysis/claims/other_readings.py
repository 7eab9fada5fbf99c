"""A model on readings that are not its sensors' own: what remains does not come from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from himnet.data.dataset import Dataset


def with_permuted_readings(material: Material, seed: int) -> Material:
    """Return the model with the readings permuted among the sensors.

    Raises:
        AnalysisError: without the data set.
    """
    dataset = material.required_dataset()
    order = np.random.default_rng(seed).permutation(dataset.num_nodes)
    return _with_values(material, dataset, dataset.values[:, order])


def with_mean_readings(material: Material) -> Material:
    """Return the model with every sensor reading the network's mean; missing if all are.

    Raises:
        AnalysisError: without the data set.
    """
    dataset = material.required_dataset()
    known = ~dataset.missing()
    count = known.sum(axis=1)
    total = np.where(known, dataset.values, 0).sum(axis=1, dtype=np.float64)
    missing = dataset.info.missing_value or 0.0
    mean = np.where(count > 0, total / np.maximum(count, 1), missing)
    everyone = np.repeat(mean[:, None], dataset.num_nodes, axis=1).astype(np.float32)
    return _with_values(material, dataset, everyone)


def _with_values(material: Material, dataset: Dataset, values: NDArray[np.float32]) -> Material:
    return replace(material, track=None, dataset=replace(dataset, values=values))
