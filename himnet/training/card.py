"""The small model card that training writes beside a checkpoint (no torch)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo

_NAMES = {"val": "validation", "test": "test"}


def model_card(
    config: HimNetConfig,
    dataset: DatasetInfo,
    training: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, Any]],
    minutes: float,
) -> str:
    """Return the card as Markdown.

    Args:
        config: of the model.
        dataset: that it was trained on.
        training: the checkpoint's training facts.
        metrics: the checkpoint's metrics of each split that was measured.
        minutes: wall-clock time of the run so far.
    """
    without = "" if config.ablate == "none" else f", without {config.ablate}"
    lines = [
        f"# HimNet on {dataset.name}{without}",
        "",
        f"{dataset.num_nodes} sensors, {dataset.steps_per_day} steps a day, "
        f"{config.in_steps} steps in, {config.out_steps} out; "
        f"{config.num_parameters:,} parameters.",
        "",
        "## How good it is",
        "",
        *_metric_rows(metrics, dataset.unit),
        "",
        "Masked metrics over all windows of the split; step k is k steps ahead. The weights are "
        "those of the epoch with the lowest validation MAE.",
        "",
        "## How it was trained",
        "",
        *(f"- {name.replace('_', ' ')}: {value}" for name, value in sorted(training.items())),
        f"- wall-clock time when this was written: {minutes:.1f} minutes",
        "",
        "`log.jsonl` has a line for each epoch. `python -m himnet info` reads all of this, and the "
        "model's sizes, from `model.safetensors`.",
    ]
    return "\n".join(lines) + "\n"


def _metric_rows(metrics: Mapping[str, Mapping[str, Any]], unit: str) -> list[str]:
    of_unit = f" ({unit})" if unit else ""
    rows = [
        f"| split | steps | MAE{of_unit} | RMSE{of_unit} | MAPE (%) |",
        "|---|---|---|---|---|",
    ]
    for split, measured in metrics.items():
        for steps in sorted(measured, key=lambda steps: (steps.isdigit(), steps.zfill(4))):
            values = measured[steps]
            if isinstance(values, Mapping):
                known = (values[name] for name in ("mae", "rmse", "mape"))
                numbers = " | ".join("–" if value is None else f"{value:.3f}" for value in known)
                rows.append(f"| {_NAMES.get(split, split)} | {steps} | {numbers} |")
    return rows
