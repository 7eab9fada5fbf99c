"""The metrics of a training's snapshots, kept beside the trained model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from himnet.checkpoints import CheckpointArrays, save_measured
from himnet.checkpoints.description import check_metrics, is_sha256
from himnet.checkpoints.measured import Part
from himnet.errors import CheckpointError

KIND = "snapshots"  # parts are named by kind and split: "snapshots/test"
_SUM = "sha256"


def save_snapshot_metrics(
    trained: CheckpointArrays,
    split: str,
    found: Mapping[int, tuple[str, Mapping[str, Any]]],
    *,
    data: str,
    command: str,
) -> Path:
    """Write the metrics of snapshots on a split beside the trained model; errors: `save_measured`.

    Args:
        trained: the trained model.
        split: that was measured on.
        found: by step, the sha256 of the snapshot and its metrics.
        data, command: see `himnet.checkpoints.measured.Part`.
    """
    told = {str(step): {_SUM: sha256, **metrics} for step, (sha256, metrics) in found.items()}
    return save_measured(
        trained.path, trained.sha256, f"{KIND}/{split}", told, data=data, command=command
    )


def stored_snapshot_metrics(trained: CheckpointArrays, sha256: str) -> dict[str, dict[str, Any]]:
    """Return the metrics of one snapshot by split, as they were measured beside its model before.

    Args:
        trained: the trained model.
        sha256: of the snapshot; one that has changed since has none.

    Raises:
        CheckpointError: for a part that does not hold metrics of snapshots.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, part in trained.measured.used.items():
        kind, _, split = name.partition("/")
        if kind == KIND:
            for row in _checked(split, part):
                if row.pop(_SUM) == sha256:
                    found[split] = row
    return found


def measured_snapshot(snapshot: CheckpointArrays, trained: CheckpointArrays) -> CheckpointArrays:
    """Return a snapshot with the metrics that are stored beside its trained model.

    They replace those in the snapshot's own file. Errors as for `stored_snapshot_metrics`.
    """
    stored = stored_snapshot_metrics(trained, snapshot.sha256)
    return replace(snapshot, metrics={**snapshot.metrics, **stored})


def _checked(split: str, part: Part) -> list[dict[str, Any]]:
    """Return the snapshots of a part, which may come from anyone."""
    try:
        for step, row in part.value.items():
            if not step.isdecimal() or not is_sha256(row[_SUM]):
                raise ValueError(f"'{step}' is no step of a snapshot")
            check_metrics(f"snapshot {step}", row)
        return [dict(row) for row in part.value.values()]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"the stored metrics of this model's snapshots on the split '{split}' are damaged, so "
            "they are ignored; measure them again with evaluate --snapshots --save"
        ) from error
