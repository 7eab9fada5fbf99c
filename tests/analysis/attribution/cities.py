"""A city of two carriageways with a model that reads it, for tests of attributions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.attribution.measure import Found, Plan
from analysis.attribution.sample import draw_triples
from analysis.material import Material
from himnet.data.dataset import Dataset
from tests.analysis.what_if.lively import material, town

COUNT, OCCLUDED = 14, 3


def long_town(**changes) -> Dataset:
    """A city with two weeks of training and more."""
    return town(**{"days": 28, **changes})


def explained_town(folder, **changes) -> Material:
    """A model with its city."""
    return material(folder, dataset=long_town(**changes))


def small_plan(of: Material, **changes) -> Plan:
    """A few forecasts to attribute."""
    made = Plan(of, draw_triples(of, count=COUNT), occluded=OCCLUDED)
    return replace(made, **changes)


def made_up(plan: Plan, values: np.ndarray) -> Found:
    """Attributions that nobody measured."""
    count = len(values)
    return Found(
        values.astype(np.float32),
        values.sum(axis=1).astype(np.float32)[: plan.occluded],
        np.stack([values.sum(axis=(1, 2)), np.zeros(count)], axis=1),
        np.zeros(count),
        np.full(count, 8),
        np.ones(count, dtype=np.int64),
    )
