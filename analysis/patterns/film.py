"""How structure emerges in training: the snapshots of a run as frames of an animation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.evidence.agreement import PERMUTATIONS, AgreementName
from analysis.evidence.statistic import Statistic
from analysis.geometry.clustering import Labels, Method, cluster
from analysis.geometry.projection import chained_tsne
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import SpaceChoice, spatial_coordinates
from analysis.limits import is_large, left_out
from analysis.patterns.compare import matched
from analysis.patterns.structure import HourStructure, hour_structure, road_structure
from himnet.checkpoints import CheckpointArrays, load_arrays
from himnet.checkpoints.locate import find_snapshots
from himnet.forecasting.snapshot_metrics import measured_snapshot


@dataclass(frozen=True)
class Moment:
    """A model at one step of its training.

    Attributes:
        step: optimisation steps so far; None if the checkpoint does not say.
        checkpoint: the weights at that step.
    """

    step: int | None
    checkpoint: CheckpointArrays


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of the film.

    Attributes:
        step: optimisation steps so far; None if unknown.
        points: (N, 2) projection of the spatial meta-parameters.
        hours: the order of the hours; None without temporal meta-parameters.
        roads: agreement of this moment's own clusters with roads; None without known roads.
        error: mean absolute error on the test split over all horizons; None if not measured.
    """

    step: int | None
    points: Floats
    hours: HourStructure | None
    roads: Mapping[AgreementName, Statistic] | None
    error: float | None = None


@dataclass(frozen=True, eq=False)
class Film:
    """Frames of the same sensors in the same order, the trained model last.

    Attributes:
        frames: at least one.
        labels: (N,) clusters of the trained model, which colour all frames.
    """

    frames: tuple[Frame, ...]
    labels: Labels


def load_moments(checkpoint: str | Path) -> list[Moment]:
    """Load the snapshots of a training run in order of steps, followed by the trained model.

    Args:
        checkpoint: see `himnet.load_arrays`; without snapshots, only the trained model.

    Raises:
        CheckpointError: for a checkpoint or snapshot that cannot be used.
    """
    trained = load_arrays(checkpoint)
    moments = [
        Moment(step, measured_snapshot(load_arrays(path), trained))
        for step, path in find_snapshots(checkpoint)
    ]
    step = trained.training.get("steps")
    return [*moments, Moment(step if isinstance(step, int) else None, trained)]


def make_film(
    moments: Sequence[Moment],
    *,
    choice: SpaceChoice | None = None,
    k: int | None = None,
    method: Method | None = None,
    perplexity: float = 30.0,
    seed: int = 0,
    iterations: int = 500,
    draws: int = PERMUTATIONS,
) -> Film:
    """Project each moment, starting from the previous layout, and measure its structure.

    Args:
        moments: of one training run, the trained model last.
        choice: which meta-parameters.
        k, method: as for `analysis.geometry.clustering.cluster`.
        perplexity, seed, iterations: as for `analysis.geometry.projection.tsne`.
        draws: of the null models.

    Raises:
        AnalysisError: for no moments, models of other sensors or too many, or without spatial
            meta-parameters.
    """
    if not moments:
        raise AnalysisError("an animation needs at least one snapshot or trained model, not 0")
    count = moments[-1].checkpoint.model.num_nodes
    if is_large(count):
        raise AnalysisError(left_out("the animation of training, a t-SNE per snapshot,"))
    info = moments[-1].checkpoint.dataset
    for moment in moments:
        if not matched(moment.checkpoint.dataset, info).is_whole:
            raise AnalysisError(
                f"{moment.checkpoint.path.name} has different sensors from the trained model, or "
                f"another order; an animation consists of the snapshots of one training run"
            )
    coordinates = [spatial_coordinates(moment.checkpoint.model, choice) for moment in moments]
    layouts = chained_tsne(coordinates, perplexity=perplexity, seed=seed, iterations=iterations)
    labels = [cluster(points, k=k, method=method, seed=seed) for points in coordinates]
    frames = tuple(
        Frame(
            moment.step,
            points,
            hour_structure(moment.checkpoint.model, choice, draws=draws),
            road_structure(own, info.sensors, draws=draws),
            moment.checkpoint.metrics.get("test", {}).get("all", {}).get("mae"),
        )
        for moment, points, own in zip(moments, layouts, labels, strict=True)
    )
    return Film(frames, labels[-1])
