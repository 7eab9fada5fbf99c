"""The error of each cluster's sensors with the meta-parameters of every other cluster.

All sensors of cluster i take the mean query of cluster j at once, the others keep theirs, and the
error of i's sensors is measured: k x k forward passes for each batch of windows. They take minutes
on a CPU, so the sums are cached on disk, by the settings that they depend on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.cache import cache_file, keep_cached, read_cached
from analysis.errors import AnalysisError
from analysis.evidence.intervals import DRAWS, Floats, by_day, cell_intervals
from analysis.evidence.statistic import Statistic, against
from analysis.forecasts.windows import checked_steps, days_of, truth_after, window_errors
from analysis.geometry.clustering import Labels
from analysis.material import Material
from analysis.what_if.sensors_and_hours import (
    Reach,
    own_queries,
    passes,
    spatial_changes,
    with_query_of,
)
from himnet.progress import progress

FORMAT = "himnet-cluster-errors/1"
WINDOWS = 20  # METR-LA with 15 clusters: below three minutes on two CPU cores
PERMUTATIONS = 999
_LARGEST = 1e9  # mean error that is accepted from a file
_MOST_READINGS = 1e15
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Harm:
    """How the exchanges between different clusters change the errors.

    Attributes:
        worse: how many increase the error: their 95 % interval over days is above zero.
        pairs: of how many.
        mean: change of the error, in the data's unit.
    """

    worse: int
    pairs: int
    mean: float

    @property
    def by_chance(self) -> float:
        """How many intervals would be above zero if no exchange had an effect.

        Each interval stands alone; none is corrected for the number of pairs.
        """
        return 0.025 * self.pairs


@dataclass(frozen=True)
class ClusterMatrix:
    """Sums of absolute errors by day, and the statistics derived from them.

    Attributes:
        steps: (n,) last input step of each window.
        sums: (D, k, k) of cluster i's sensors with the mean query of cluster j.
        own_sums: (D, k) of cluster i's sensors with each sensor's own query: the baseline, which
            differs from the diagonal.
        counts: (D, k) number of readings of cluster i's sensors.
        kept: the file with the sums; None if there is no folder or it cannot be written.
    """

    steps: NDArray[np.int64]
    sums: Floats = field(repr=False)
    own_sums: Floats = field(repr=False)
    counts: Floats = field(repr=False)
    kept: Path | None = None

    @property
    def error(self) -> Floats:
        """Masked mean absolute error (k, k) in the data's unit, NaN without readings."""
        return _means(self.sums, self.counts[..., None])

    @property
    def own(self) -> Floats:
        """Masked mean absolute error (k,) with the sensors' own queries."""
        return _means(self.own_sums, self.counts)

    @property
    def excess(self) -> Floats:
        """By how much the error grows, (k, k): `error` minus `own` of the same row."""
        return self.error - self.own[:, None]

    def excess_interval(self, *, draws: int = DRAWS, seed: int = 0) -> tuple[Floats, Floats]:
        """Return the edges (k, k) of the 95 % intervals of `excess`, by a bootstrap over days."""
        grown = self.sums - self.own_sums[..., None]
        return cell_intervals(grown, self.counts[..., None], draws=draws, seed=seed)

    def harm(self) -> Harm:
        """Return how many exchanges increase the error, and by how much on average."""
        low, _ = self.excess_interval()
        off = ~np.eye(len(low), dtype=bool)
        mean = float(np.nanmean(self.excess[off])) if off.any() else float("nan")
        return Harm(int((low[off] > 0).sum()), int(off.sum()), mean)

    def advantage(self, *, draws: int = PERMUTATIONS, seed: int = 0) -> Statistic:
        """Return how much better a cluster's own mean query is for it than another cluster's.

        The mean over clusters of (mean of the row off the diagonal - diagonal), in the data's unit.
        Null model: the columns permuted, so that each cluster takes a random one for its own.

        Args:
            draws, seed: of the permutations.

        Raises:
            AnalysisError: for fewer than two clusters with readings.
        """
        read = np.flatnonzero(self.counts.sum(axis=0) > 0)
        error = self.error[np.ix_(read, read)]
        count = len(error)
        if count < 2:
            raise AnalysisError("a single cluster has no other to compare with; choose 2 or more")

        def measure(order: NDArray[np.int64]) -> float:
            diagonal = error[np.arange(count), order]
            return float(((error.sum(axis=1) - diagonal) / (count - 1) - diagonal).mean())

        rng = np.random.default_rng(seed)
        found = [measure(rng.permutation(count)) for _ in range(draws)]
        return against(measure(np.arange(count)), found, null="cluster queries permuted")


def cluster_matrix(
    material: Material,
    labels: Labels,
    steps: ArrayLike,
    *,
    reach: Reach = "pool",
    cache_dir: str | Path | None = None,
    show: bool = False,
    tell: Callable[[float], None] | None = None,
) -> ClusterMatrix:
    """Measure each cluster with the mean query of every cluster, or load the cached result.

    Args:
        material: a checkpoint with its data set.
        labels: (N,) clusters 0 to k - 1, from `analysis.geometry.clustering.cluster`.
        steps: (n,) last input step of each window; `WINDOWS` of `window_steps` take minutes.
        reach: see `analysis.what_if.sensors_and_hours.swap_sensors`.
        cache_dir: folder for the cached result; None for no cache. A cached file that is damaged,
            or was made with other settings, is ignored.
        show: whether to show a progress bar.
        tell: called with the completed share, 0 to 1.

    Raises:
        AnalysisError: without data set, windows or spatial meta-parameters, or for labels that do
            not number the clusters of these sensors.
        DataError: for windows that extend beyond the data.
    """
    own, dataset = own_queries(material), material.required_dataset()
    windows, labels = checked_steps(steps, dataset), checked_labels(labels, len(own))
    settings: dict[str, Any] = {
        "checkpoint": material.arrays.sha256,
        "dataset": dataset.info.sha256,
        "missing_value": dataset.info.missing_value,
        "labels": labels.tolist(),
        "steps": windows.tolist(),
        "reach": reach,
    }
    path = cache_file(cache_dir, "clusters", settings)
    truth = truth_after(dataset, windows, material.model.out_steps)
    if path is not None and path.is_file():
        there = (~np.isnan(truth)).sum(axis=1) @ _members(labels)
        found = _read(path, settings, by_day(there, days_of(dataset, windows)))
        if found is not None:
            return ClusterMatrix(windows, **found, kept=path)
    members = [np.flatnonzero(labels == number) for number in range(labels.max() + 1)]
    queries = {
        (i, j): spatial_changes(with_query_of(own, members[i], members[j]), reach)
        for i, j in product(range(len(members)), repeat=2)
    }
    made = _measure(material, labels, windows, truth, queries, show=show, tell=tell)
    return ClusterMatrix(windows, **made, kept=keep_cached(path, FORMAT, settings, made))


def _measure(
    material: Material,
    labels: Labels,
    windows: NDArray[np.int64],
    truth: NDArray[np.float32],
    queries: dict[tuple[int, int], dict[str, NDArray[np.float32]]],
    *,
    show: bool,
    tell: Callable[[float], None] | None,
) -> dict[str, Floats]:
    """Return the arrays of a `ClusterMatrix` by name."""
    k = int(labels.max()) + 1
    sums, own_sums = np.empty((len(windows), k, k)), np.empty((len(windows), k))
    counts = np.empty((len(windows), k))
    # a cluster's sums are sums over its sensors: (n, N) times (N, k)
    member = _members(labels)
    done, total = 0, len(windows) * len(queries)
    with progress(description="swap clusters", total=total, unit="pass", enabled=show) as bar:
        for part, batch in passes(material, windows):
            of_sensors, there = window_errors(batch.forecast(), truth[part])
            own_sums[part], counts[part] = of_sensors @ member, there @ member
            for (i, j), changes in queries.items():
                chosen = labels == i
                forecast = batch.forecast(**changes)[..., chosen]
                of_sensors, _ = window_errors(forecast, truth[part][..., chosen])
                sums[part, i, j] = of_sensors.sum(axis=1)
                done += part.stop - part.start
                bar.update(part.stop - part.start)
                if tell is not None:
                    tell(done / total)
    days = days_of(material.required_dataset(), windows)
    tables = {"sums": sums, "own_sums": own_sums, "counts": counts}
    return {name: by_day(table, days) for name, table in tables.items()}


def _members(labels: Labels) -> Floats:
    """Return the membership of sensors in clusters, (N, k) of 0 and 1."""
    members: Floats = (labels[:, None] == np.arange(labels.max() + 1)).astype(np.float64)
    return members


def _read(path: Path, settings: dict[str, Any], counts: Floats) -> dict[str, Floats] | None:
    """Return the arrays of a cached file; None if it differs in any way from what `_measure` makes.

    Args:
        path: of the file, which may come from anyone.
        settings: expected in the file.
        counts: (D, k) expected in the file; they determine the shapes of the others.
    """
    kept = read_cached(path, FORMAT, max_bytes=MAX_BYTES)
    if kept is None or kept[0] != settings:
        return None
    arrays = kept[1]
    try:
        check_sums(arrays, counts)
    except ValueError:
        return None
    return arrays


def check_sums(arrays: Mapping[str, NDArray[Any]], counts: Floats) -> None:
    """Check the arrays of a `ClusterMatrix` from a file, which may come from anyone.

    Args:
        arrays: ``sums``, ``own_sums`` and ``counts``.
        counts: (D, k) that they must have.

    Raises:
        ValueError: for other names, shapes or types, or impossible numbers.
    """
    days, k = counts.shape
    shapes = {"sums": (days, k, k), "own_sums": (days, k), "counts": (days, k)}
    found = {name: (array.shape, array.dtype) for name, array in arrays.items()}
    if found != {name: (shape, np.dtype(np.float64)) for name, shape in shapes.items()}:
        raise ValueError("other arrays")
    sound = np.array_equal(arrays["counts"], counts) and all(
        # NaN fails the comparison; without readings there is no error
        ((errors >= 0) & (errors <= _LARGEST * readings)).all()
        for errors, readings in (
            (arrays["sums"], counts[..., None]),
            (arrays["own_sums"], counts),
        )
    )
    if not (sound and (counts <= _MOST_READINGS).all()):
        raise ValueError("impossible sums")


def _means(sums: Floats, counts: Floats) -> Floats:
    """Return the means over all days, NaN without readings."""
    top, bottom = sums.sum(axis=0), np.broadcast_to(counts.sum(axis=0), sums.shape[1:])
    means: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return means


def checked_labels(labels: Labels, count: int) -> Labels:
    """Return clusters (N,) as whole numbers.

    Args:
        labels: of the sensors.
        count: of sensors, N.

    Raises:
        AnalysisError: unless they number the clusters of that many sensors from 0.
    """
    numbers = np.asarray(labels, dtype=np.int64)
    if numbers.shape != (count,):
        raise AnalysisError(f"there are {numbers.size} labels for {count} sensors; give one each")
    found = np.unique(numbers)
    if not np.array_equal(found, np.arange(len(found))):
        raise AnalysisError(
            f"the clusters are numbered {found.tolist()}; number them from 0 without gaps"
        )
    return numbers
