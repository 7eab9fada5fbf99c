"""Comparison of two models: the models to choose from, and cached results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.city.roads import positions
from analysis.errors import AnalysisError
from analysis.evidence.agreement import AgreementName, neighbourhoods
from analysis.evidence.statistic import Statistic
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import is_large, sample
from analysis.patterns.compare import (
    Alignment,
    aligned_layout,
    cluster_agreement,
    matched,
    spatial_pair,
)
from analysis.patterns.film import Film, load_moments, make_film
from analysis.patterns.hours import week_coordinates
from analysis.patterns.representations import (
    Rearrangements,
    linear_cka,
    rsa,
    sensor_rearrangements,
    week_rearrangements,
)
from app.choices.shared import ClusterSettings, Projection, ProjectionSettings
from app.session.cached import projected, spatial_clusters
from app.session.city_map import geography
from app.session.claims import KnownClaims, claims_beside, known_claims
from app.session.keys import cached
from app.session.measured import when
from app.session.opened import (
    OpenCheckpoint,
    arrays_at,
    checkpoint_names,
    named_checkpoint,
    open_material,
    stamp,
)
from himnet import texts
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.locate import find_snapshots, measured_file
from himnet.forecasting.snapshot_metrics import (
    KIND,
    measured_snapshot,
    stored_snapshot_metrics,
)

UNTRAINED = "untrained"
_SNAPSHOT = "step "


def choices_of_other(checkpoint: OpenCheckpoint) -> list[str]:
    """Return the names of models to compare with: snapshots, an untrained one, the others."""
    steps = [] if checkpoint.uploaded else [n for n, _ in find_snapshots(checkpoint.arrays.path)]
    others = [name for name in checkpoint_names() if name != checkpoint.name]
    return [*(f"{_SNAPSHOT}{step}" for step in reversed(steps)), UNTRAINED, *others]


def other_model(checkpoint: OpenCheckpoint, name: str) -> OpenCheckpoint:
    """Return a model by a name of `choices_of_other`.

    Raises:
        CheckpointError: if it cannot be read.
    """
    arrays = checkpoint.arrays
    if name == UNTRAINED:
        return OpenCheckpoint(arrays.untrained(seed=0), name)
    if name.startswith(_SNAPSHOT):
        path = dict(find_snapshots(arrays.path))[int(name.removeprefix(_SNAPSHOT))]
        return OpenCheckpoint(measured_snapshot(arrays_at(path), arrays), name)
    return named_checkpoint(name)


def known_of(checkpoint: OpenCheckpoint) -> KnownClaims | None:
    """Return the claims of one of the two models if they were measured, else None.

    Raises:
        AnalysisError: for stored claims that are damaged.
    """
    if checkpoint.name in checkpoint_names():
        return known_claims(open_material(checkpoint))
    return claims_beside(checkpoint.arrays)


def origin_of_errors(
    checkpoint: OpenCheckpoint, trained: OpenCheckpoint, split: str = "test"
) -> str:
    """Return when the errors of one of the two models were measured, in plain text; "" if never.

    Args:
        checkpoint: the model.
        trained: the model of which it may be a snapshot.
        split: that was measured on.
    """
    arrays = checkpoint.arrays
    if split not in arrays.metrics:
        return ""
    part = arrays.measured.used.get(f"metrics/{split}")
    if split in stored_snapshot_metrics(trained.arrays, arrays.sha256):
        part = trained.arrays.measured.used[f"{KIND}/{split}"]
    return "when it was trained" if part is None else when(part)


def measuring_command(checkpoint: OpenCheckpoint, trained: OpenCheckpoint) -> str | None:
    """Return the command that measures the errors of a model; None for an untrained one."""
    words = ["python", "-m", "himnet", "evaluate"]
    if checkpoint.name == UNTRAINED:
        return None
    if checkpoint.name.startswith(_SNAPSHOT):
        return texts.command(*words, trained.argument, "--snapshots", "--save")
    return texts.command(*words, checkpoint.argument, "--save")


def testing_command(checkpoint: OpenCheckpoint) -> str | None:
    """Return the command that tests the claims about a model; None for one without a name."""
    if checkpoint.name not in checkpoint_names():
        return None
    words = ("--checkpoint", checkpoint.argument, "--save")
    return texts.command("python", "-m", "analysis", "claims", *words)


def aligned(
    first: NDArray[Any], second: NDArray[Any], alignment: Alignment
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two layouts (n, 2) of the sensors that two models share.

    The first is the usual projection, which other pages have often computed already.

    Args:
        first, second: (n, r) coordinates.
        alignment: as for `analysis.patterns.compare.aligned_layouts`.
    """
    method: Projection = "PCA" if is_large(len(first)) else "t-SNE"
    onto = projected(first, ProjectionSettings(method, 30.0, 0))
    return onto, _beside(second, onto, alignment)


@cached(8, "Aligning two projections ...")
def _beside(
    second: NDArray[Any], onto: NDArray[np.float64], alignment: Alignment
) -> NDArray[np.float64]:
    return aligned_layout(second, onto, alignment=alignment)


def pair_of_clusters(
    one: CheckpointArrays, other: CheckpointArrays, settings: ClusterSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the clusters (n,) of shared sensors in both models, each with its own numbers."""
    shared = matched(one.dataset, other.dataset)
    first, second = spatial_clusters(one, settings), spatial_clusters(other, settings)
    return first[shared.first], second[shared.second]


@cached(16, "Comparing clusters ...")
def agreement_of(
    one: CheckpointArrays, other: CheckpointArrays, settings: ClusterSettings, kind: AgreementName
) -> Statistic:
    """Return the agreement of two models' clusters; null: labels permuted among nearby sensors."""
    first, second = pair_of_clusters(one, other, settings)
    return cluster_agreement(first, second, kind=kind, cells=_cells(one, other))


@cached(16, "Comparing representations ...")
def representations_of(
    first: CheckpointArrays, second: CheckpointArrays, choice: SpaceChoice
) -> dict[str, Statistic]:
    """Return CKA and RSA of two models for the sensors and for the hours of the week.

    A part that either model lacks has no entry.
    """
    found: dict[str, Statistic] = {}
    for what in ("sensors", "hours"):
        try:
            among: Rearrangements
            if what == "sensors":
                points = spatial_pair(first, second, choice)
                cells, count = _cells(first, second), len(points[0])
                some = sample(count)
                points = points[0][some], points[1][some]
                among = sensor_rearrangements(
                    len(some), cells=None if cells is None else cells[some]
                )
                if len(some) < count:
                    among = replace(among, null=f"{among.null}, {len(some):,} drawn at random")
            else:
                points = week_coordinates(first.model), week_coordinates(second.model)
                among = week_rearrangements()
        except AnalysisError:
            continue
        found[f"CKA of {what}"] = linear_cka(*points, among)
        found[f"RSA of {what}"] = rsa(*points, among, centred=True)
    return found


def has_film(checkpoint: OpenCheckpoint) -> bool:
    """Return whether there are snapshots next to a checkpoint."""
    return not checkpoint.uploaded and bool(find_snapshots(checkpoint.arrays.path))


def film_of(checkpoint: OpenCheckpoint, settings: ClusterSettings) -> Film:
    """Return the animation of a training run.

    Args:
        checkpoint: with snapshots next to it.
        settings: of the clusters that give the colours.
    """
    path = checkpoint.arrays.path
    files = [(step, stamp(file)) for step, file in find_snapshots(path)]
    about = (*files, stamp(measured_file(path)))
    return _film(checkpoint.arrays, about, settings)


@cached(4, "Projecting the snapshots ...")
def _film(arrays: CheckpointArrays, about: tuple[Any, ...], settings: ClusterSettings) -> Film:
    return make_film(
        load_moments(arrays.path), choice=settings.choice, k=settings.k, method=settings.method
    )


def _cells(one: CheckpointArrays, other: CheckpointArrays) -> NDArray[np.int64] | None:
    """Return neighbourhoods (n,) of the shared sensors; None without coordinates."""
    if not one.dataset.sensors.has_coordinates:
        return None
    shared = matched(one.dataset, other.dataset)
    places = positions(geography(one)[0])
    return neighbourhoods(places[shared.first])
