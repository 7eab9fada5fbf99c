"""Similarities and distances of the spatial meta-parameters: Gram matrix against expansion.

Run `python -m benchmarks.analysis_matrices`. For every choice of pools and biases, it computes raw
and centred cosines and distances between all sensors, both from the coordinates of the Gram matrix
and from the generated parameters, with the same formulas in float64. The weights are random, of
METR-LA's size. The exit status is 1 if the two disagree.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from analysis.geometry.similarity import cosine_matrix, distance_matrix
from analysis.geometry.spaces import PoolChoice, SpaceChoice, learnt_space, spatial_queries
from benchmarks.report import command_line, describe, machine, markdown_table, write_json
from himnet.config import HimNetConfig
from himnet.model.parameters import HimNetParameters
from himnet.model.untrained import untrained_weights
from himnet.presets import preset

Array = NDArray[np.float64]
Weights = Mapping[str, NDArray[np.float32]]
CHOICES = [
    SpaceChoice(pool=pool, bias=bias)
    for pool, bias in itertools.product(get_args(PoolChoice), (True, False))
]
TARGET = 40.0
TOLERANCE = 1e-6


def matrices_of(points: Array) -> list[Array]:
    """Return raw cosines, centred cosines and distances between the rows of (n, r)."""
    return [cosine_matrix(points), cosine_matrix(points, centred=True), distance_matrix(points)]


def through_gram(weights: Weights, config: HimNetConfig) -> list[Array]:
    """Compute all matrices as the explorer does, in the coordinates of the Gram matrix."""
    model = HimNetParameters(weights, config)
    spaces = (learnt_space(model, "spatial", choice) for choice in CHOICES)
    return [m for space in spaces for m in matrices_of(space.coordinates(spatial_queries(model)))]


def through_expansion(weights: Weights, config: HimNetConfig) -> list[Array]:
    """Compute all matrices from the generated parameters theta = E P."""
    model = HimNetParameters(weights, config)
    return [m for choice in CHOICES for m in matrices_of(expanded(model, choice))]


def expanded(model: HimNetParameters, choice: SpaceChoice) -> Array:
    """Return the generated parameters (N, S) of the chosen pools, all layers concatenated."""
    queries, parts = spatial_queries(model), []
    for (_, name), pool in model.pools("spatial").items():
        if choice.pool not in ("both", name):
            continue
        parts.append(pool.generate_weights(queries).reshape(len(queries), -1))
        if choice.bias:
            parts.append(pool.generate_biases(queries))
    return np.concatenate(parts, axis=1)


def largest_difference(ours: list[Array], expected: list[Array]) -> float:
    """Return the largest difference, of distances relative to the largest distance."""
    return max(
        float(np.abs(mine - other).max() / max(1.0, np.abs(other).max()))
        for mine, other in zip(ours, expected, strict=True)
    )


def seconds(action: Callable[[], object], repeats: int) -> float:
    """Return the mean seconds of a run, averaged over repeats."""
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - start) / repeats


def measure(weights: Weights, config: HimNetConfig, runs: int) -> dict[str, Any]:
    """Time both ways alternately; return medians over the runs."""
    ways = {"gram": (through_gram, 10), "expanded": (through_expansion, 1)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    difference = largest_difference(
        through_gram(weights, config), through_expansion(weights, config)
    )  # and a warm-up
    for _ in range(runs):
        for name, (way, repeats) in ways.items():
            times[name].append(seconds(lambda way=way: way(weights, config), repeats))  # type: ignore[misc]
    medians = {f"{name}_s": statistics.median(values) for name, values in times.items()}
    return medians | {"largest_difference": difference, "runs": times}


def print_report(result: dict[str, Any]) -> None:
    """Print figures and verdict as Markdown."""
    print(f"{describe(result['machine'])}\n")
    print(f"largest difference between the two: {result['largest_difference']:.1e}\n")
    rows = [
        ("generated parameters", f"{result['expanded_s'] * 1e3:.1f} ms"),
        ("Gram matrix", f"{result['gram_s'] * 1e3:.1f} ms"),
        ("ratio", f"{result['ratio']:.0f} (at least {TARGET:g})"),
    ]
    print(markdown_table((f"all {3 * len(CHOICES)} matrices", "median"), rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 if the two ways disagree."""
    parser = command_line("analysis_matrices", __doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(argv)
    config, where = preset("METRLA").model, machine()
    with threadpool_limits(args.threads):
        figures = measure(untrained_weights(config, seed=0), config, args.runs)
    ratio = figures["expanded_s"] / figures["gram_s"]
    result = {"machine": where, "threads": args.threads, "ratio": ratio, **figures}
    print_report(result)
    write_json(args.json, result)
    return 0 if result["largest_difference"] <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
