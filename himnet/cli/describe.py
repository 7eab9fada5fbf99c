"""What a checkpoint is, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from himnet.checkpoints.measured import Measured
from himnet.checkpoints.store import load_arrays
from himnet.data.registry import credit_of
from himnet.errors import CheckpointError


def describe(checkpoint: str | Path) -> dict[str, Any]:
    """Return everything that a checkpoint says about itself, without weights and sensor lists.

    A track beside it that is damaged or of another model is no track, but a warning.

    Raises:
        CheckpointError: as `load_arrays`.
    """
    from himnet.forecasting.track import load_track

    loaded = load_arrays(checkpoint)
    warnings, track = list(loaded.warnings), None
    try:
        track = load_track(loaded.path)
    except CheckpointError as error:
        warnings.append(str(error))
    sensors = loaded.dataset.sensors
    dataset = {key: value for key, value in loaded.dataset.to_dict().items() if key != "sensors"}
    known = {
        "coordinates": sensors.has_coordinates,
        "roads": sensors.has_roads,
        "calendar": loaded.dataset.start is not None,
    }
    return {
        "path": str(loaded.path),
        "sha256": loaded.sha256,
        "parameters": loaded.config.num_parameters,
        "config": loaded.config.to_dict(),
        "scaler": loaded.scaler.to_dict(),
        "dataset": dataset
        | {
            "credit": credit_of(loaded.dataset),
            "num_nodes": loaded.dataset.num_nodes,
            "known": known,
        },
        "training": loaded.training,
        "metrics": loaded.metrics,
        "measured": _measured(loaded.measured),
        "track": None if track is None else {"moments": len(track), "start": track.start},
        "warnings": warnings,
    }


def _measured(measured: Measured) -> dict[str, Any]:
    """Return how each part was made, and why it is not used where it is not."""
    hidden = ("value", "arrays")
    return {
        name: {key: said for key, said in vars(part).items() if key not in hidden}
        | {"ignored": measured.ignored.get(name)}
        for name, part in measured.parts.items()
    }
