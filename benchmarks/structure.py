"""The structure in checkpoints: the order of hours, and the agreement of clusters with roads.

Run `python -m benchmarks.structure CKPT [CKPT ...]`, for example on the snapshots of a training:
one row each, with the accuracy stored in the checkpoint. Each number is printed with the mean of
its null model, except the cosines of hours, which the paper's figure 4b shows.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.errors import AnalysisError
from analysis.geometry.clustering import cluster
from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.structure import hour_structure, road_structure
from benchmarks.report import command_line, markdown_table, write_json
from himnet.checkpoints import CheckpointArrays, load_arrays
from himnet.checkpoints.locate import checkpoint_name
from himnet.errors import HimNetError


def structure(checkpoint: CheckpointArrays) -> dict[str, Any]:
    """Return accuracy and structure of a checkpoint; None for missing values."""
    training, metrics = checkpoint.training, checkpoint.metrics
    return {
        "checkpoint": checkpoint_name(checkpoint.path),
        "steps": training.get("steps"),
        "val_mae": _mae(metrics, "val"),
        "test_mae": _mae(metrics, "test"),
        "hours": _hours(checkpoint),
        "roads": _roads(checkpoint),
    }


def _mae(metrics: Mapping[str, Any], split: str) -> float | None:
    value: float | None = metrics.get(split, {}).get("all", {}).get("mae")
    return value


def _hours(checkpoint: CheckpointArrays) -> dict[str, Any] | None:
    """Return the order of the hours by their time-of-day parts only."""
    found = hour_structure(checkpoint.model)
    if found is None:
        return None
    return {
        "cosines": dict(found.cosines),
        "order": found.order.value,
        "null_mean": found.order.null_mean,
        "p_value": found.order.p_value,
    }


def _roads(checkpoint: CheckpointArrays) -> dict[str, Any] | None:
    """Return the agreement of clusters with freeway and direction."""
    try:
        labels = cluster(spatial_coordinates(checkpoint.model))
    except AnalysisError:  # a model without this part
        return None
    measured = road_structure(labels, checkpoint.dataset.sensors)
    if measured is None:
        return None
    return {
        kind: {"value": found.value, "null_mean": found.null_mean, "p_value": found.p_value}
        for kind, found in measured.items()
    }


def print_report(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the table as Markdown."""
    header = (
        "checkpoint",
        "steps",
        "MAE, validation",
        "test",
        "cosine of hours 1, 2, 3 apart",
        "order of hours (null)",
        "ARI with roads (null)",
        "NMI (null)",
    )
    print(markdown_table(header, [_texts(row) for row in rows]))


def _texts(row: Mapping[str, Any]) -> tuple[str, ...]:
    hours, roads = row["hours"], row["roads"]
    return (
        row["checkpoint"],
        "" if row["steps"] is None else f"{row['steps']:,}",
        *("" if row[key] is None else f"{row[key]:.3f}" for key in ("val_mae", "test_mae")),
        "" if hours is None else ", ".join(f"{value:.2f}" for value in hours["cosines"].values()),
        "" if hours is None else f"{hours['order']:.2f} ({hours['null_mean']:.2f})",
        *(
            "" if roads is None else f"{roads[kind]['value']:.2f} ({roads[kind]['null_mean']:.2f})"
            for kind in ("ARI", "NMI")
        ),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 for a file that is not a checkpoint."""
    parser = command_line("structure", __doc__)
    parser.add_argument("checkpoints", nargs="+", metavar="CKPT", help="file, folder or name")
    args = parser.parse_args(argv)
    try:
        rows = [structure(load_arrays(name)) for name in args.checkpoints]
    except HimNetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print_report(rows)
    write_json(args.json, {"checkpoints": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
