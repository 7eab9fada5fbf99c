"""Matrices of pairs of objects, and their partial correlation by its definition."""

import numpy as np

COUNT = 20


def symmetric(seed, count=COUNT):
    values = np.random.default_rng(seed).normal(size=(count, count))
    return values + values.T


def partial(one, other, fixed, pairs=None):
    """The correlation of what a line through the fixed matrices leaves of both."""
    pairs = np.triu_indices(len(one), 1) if pairs is None else pairs
    design = np.column_stack([np.ones(len(pairs[0])), *(matrix[pairs] for matrix in fixed)])
    left = [
        matrix[pairs] - design @ np.linalg.lstsq(design, matrix[pairs])[0]
        for matrix in (one, other)
    ]
    return np.corrcoef(*left)[0, 1]
