"""The comparison of two checkpoints: what can be compared, and how far they agree.

The embeddings of two training runs differ by more than a rotation of the axes, and their cluster
numbers are unrelated. Therefore sensors are matched by their ids, layouts are aligned, clusters
are renumbered (`analysis.geometry.clustering.renumbered_like`), and the numbers
(`analysis.patterns.representations`) do not depend on axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.agreement import PERMUTATIONS, AgreementName, agreement
from analysis.evidence.statistic import Statistic
from analysis.geometry.clustering import Labels
from analysis.geometry.projection import FEWEST, pca, tsne, turned_onto
from analysis.geometry.similarity import Floats, cosine_matrix
from analysis.geometry.spaces import SpaceChoice, spatial_coordinates
from analysis.limits import is_large
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import DatasetInfo, Sensors
from himnet.studies.published import HORIZONS, METRICS

Alignment = Literal["start", "procrustes"]
SPLITS = ("test", "val")


@dataclass(frozen=True, eq=False)
class Matched:
    """The sensors that two models have in common, in the order of the first.

    Attributes:
        first, second: (n,) columns of the same sensors in each.
        left_out: number of sensors of each model that the other does not have.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    left_out: tuple[int, int]

    def __len__(self) -> int:
        return len(self.first)

    @property
    def is_whole(self) -> bool:
        """Whether both have the same sensors in the same order."""
        return self.left_out == (0, 0) and bool((self.first == self.second).all())


@dataclass(frozen=True)
class Accuracy:
    """One error of two models, as stated in their checkpoints.

    Attributes:
        split: ``"val"`` or ``"test"``.
        horizon: ``"all"`` steps, or a number of steps ahead.
        metric: ``"mae"``, ``"rmse"`` or ``"mape"``.
        first, second: the errors, None if not measured.
    """

    split: str
    horizon: str
    metric: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        """Second minus first, negative if the second is better; None if one is unknown."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


def matched(first: DatasetInfo, second: DatasetInfo) -> Matched:
    """Find the sensors that two models have in common, by their ids.

    Ids that only number the columns ("0", "1", ...) identify a sensor within one data set only; two
    such data sets match if they have equally many sensors and no two different names.

    Raises:
        AnalysisError: for models with fewer than 4 sensors in common.
    """
    if _is_numbered(first.sensors) and _is_numbered(second.sensors):
        names = {info.name for info in (first, second) if info.name}
        if len(first.sensors) != len(second.sensors) or len(names) > 1:
            raise AnalysisError(
                f"the sensors of '{first.name}' ({len(first.sensors)}) and '{second.name}' "
                f"({len(second.sensors)}) are only numbered, so sensors cannot be matched; "
                f"compare two models of one data set"
            )
    columns = {name: column for column, name in enumerate(second.sensors.ids)}
    here = [column for column, name in enumerate(first.sensors.ids) if name in columns]
    if len(here) < FEWEST:
        raise AnalysisError(
            f"the models of '{first.name}' and '{second.name}' have {len(here)} sensors in common; "
            f"choose two with {FEWEST} or more"
        )
    there = [columns[first.sensors.ids[column]] for column in here]
    left_out = len(first.sensors) - len(here), len(second.sensors) - len(there)
    return Matched(np.array(here), np.array(there), left_out)


def spatial_pair(
    first: CheckpointArrays, second: CheckpointArrays, choice: SpaceChoice | None = None
) -> tuple[Floats, Floats]:
    """Return coordinates (n, r) and (n, r') of the spatial meta-parameters of shared sensors.

    Raises:
        AnalysisError: for models that cannot be compared, or without these meta-parameters.
    """
    shared = matched(first.dataset, second.dataset)
    one, other = (spatial_coordinates(loaded.model, choice) for loaded in (first, second))
    return one[shared.first], other[shared.second]


def aligned_layouts(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    alignment: Alignment = "start",
    perplexity: float = 30.0,
    seed: int = 0,
    iterations: int = 500,
) -> tuple[Floats, Floats]:
    """Project two sets of vectors of the same n items so that their layouts can be compared.

    The first layout does not depend on the second. More than `analysis.limits.MOST_QUADRATIC`
    items are projected by principal components, and the second layout is rotated onto the first.

    Args:
        first: (n, p).
        second: (n, q).
        alignment: ``"start"`` initialises the second t-SNE with the first layout; ``"procrustes"``
            initialises it with its own principal components and rotates the result onto the first
            layout, so that only shared structure coincides.
        perplexity, seed, iterations: as for `analysis.geometry.projection.tsne`.

    Returns:
        Two layouts (n, 2).

    Raises:
        AnalysisError: as `tsne`, for different numbers of items, or an unknown alignment.
    """
    settings: Any = {"perplexity": perplexity, "seed": seed, "iterations": iterations}
    onto = pca(first).points if is_large(len(first)) else tsne(first, **settings)
    return onto, aligned_layout(second, onto, alignment=alignment, **settings)


def aligned_layout(
    second: NDArray[Any],
    onto: Floats,
    *,
    alignment: Alignment = "start",
    perplexity: float = 30.0,
    seed: int = 0,
    iterations: int = 500,
) -> Floats:
    """Project vectors so that the result can be compared with a layout of the same items.

    Args:
        second: (n, q).
        onto: (n, 2), the first layout of `aligned_layouts`.
        alignment, perplexity, seed, iterations: as for `aligned_layouts`.

    Returns:
        The second layout (n, 2) of `aligned_layouts`; errors as there.
    """
    if is_large(len(onto)):
        return turned_onto(pca(second).points, onto)
    if alignment not in ("start", "procrustes"):
        raise AnalysisError(f"there is no alignment '{alignment}'; choose start or procrustes")
    start = onto if alignment == "start" else None
    own = tsne(second, perplexity=perplexity, seed=seed, iterations=iterations, start=start)
    return own if alignment == "start" else turned_onto(own, onto)


def cluster_agreement(
    first: Labels,
    second: Labels,
    *,
    kind: AgreementName = "ARI",
    cells: Labels | None = None,
    draws: int = PERMUTATIONS,
    seed: int = 0,
) -> Statistic:
    """Compare two clusterings of the same sensors, whatever the numbers of the clusters.

    Null model: the second's labels permuted, among all sensors or within neighbourhoods.

    Args:
        first, second: (n,).
        kind: the adjusted Rand index or the normalised mutual information.
        cells: (n,) from `analysis.evidence.agreement.neighbourhoods`; None permutes among all.
        draws, seed: of the null model.

    Raises:
        AnalysisError: for fewer than two sensors, or different numbers of them.
    """
    if len(first) != len(second):
        raise AnalysisError(
            f"clusters of {len(first)} and {len(second)} sensors cannot be compared; give both of "
            f"the same sensors"
        )
    names = [f"cluster {label}" for label in first]
    return agreement(second, names, kind=kind, cells=cells, draws=draws, seed=seed)


def cosine_difference(
    first: NDArray[Any], second: NDArray[Any], *, centred: bool = False
) -> Floats:
    """Return the cosines of the second minus those of the first, (n, n) in [-2, 2].

    Args:
        first: (n, p).
        second: (n, q) of the same n items in the same order.
        centred: compare centred cosines.

    Raises:
        AnalysisError: for different numbers of items.
    """
    if len(first) != len(second):
        raise AnalysisError(
            f"cosines of {len(first)} and {len(second)} vectors cannot be subtracted; give both "
            f"of the same sensors"
        )
    return cosine_matrix(second, centred=centred) - cosine_matrix(first, centred=centred)


def accuracies(
    first: Mapping[str, Any], second: Mapping[str, Any], *, splits: tuple[str, ...] = SPLITS
) -> tuple[Accuracy, ...]:
    """Return the errors stated in two checkpoints, except those that neither states.

    Args:
        first, second: metrics of the checkpoints.
        splits: of the windows.
    """
    rows = (
        Accuracy(split, horizon, metric, *(_error(m, split, horizon, metric) for m in both))
        for both in ((first, second),)
        for split in splits
        for horizon in HORIZONS
        for metric in METRICS
    )
    return tuple(row for row in rows if (row.first, row.second) != (None, None))


def _error(metrics: Mapping[str, Any], split: str, horizon: str, metric: str) -> float | None:
    value = metrics.get(split, {}).get(horizon, {}).get(metric)
    return float(value) if isinstance(value, int | float) else None


def _is_numbered(sensors: Sensors) -> bool:
    return sensors.ids == Sensors.numbered(len(sensors)).ids
