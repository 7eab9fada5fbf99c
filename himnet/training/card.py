"""The model card that training and conversion write next to a checkpoint (no torch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from himnet import texts
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo
from himnet.data.registry import credit_of
from himnet.metrics import horizon_texts
from himnet.texts import clipped

_NAMES = {"val": "validation", "test": "test"}
_BASELINES = {
    "HI": "historical inertia", "last-value": "last value", "weekly-mean": "weekly mean",
}  # fmt: skip
_STILL_FALLING = 0.005  # of the validation MAE in the last epoch: such a model is unfinished
_LARGE_MAPE = 30.0  # percent of the weekly mean; readings near zero make it so


def model_card(
    config: HimNetConfig,
    dataset: DatasetInfo,
    training: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, Any]],
    minutes: float | None = None,
    *,
    baselines: Mapping[str, Mapping[str, Any]] | None = None,
    errors: Sequence[float] = (),
) -> str:
    """Return the card as Markdown.

    Args:
        config: of the model.
        dataset: the data set that it was trained on.
        training: the checkpoint's training metadata.
        metrics: the checkpoint's metrics for each measured split.
        minutes: wall-clock time of the run so far; None for a model that was not trained by this
            project, of which only the content of its file is known.
        baselines: metrics of forecasts without a model on the test split, by their name.
        errors: validation MAE of every epoch of a run that has ended.
    """
    credit = credit_of(dataset)
    without = "" if config.ablate == "none" else f", without {config.ablate}"
    facts = [
        f"- {_words(name)}: {texts.markdown(clipped(value, 500))}"
        for name, value in sorted(training.items())
    ]
    if minutes is not None:
        facts.append(f"- wall-clock time of the run so far: {minutes:.1f} minutes")
    log = "" if minutes is None else "`log.jsonl` has one line per epoch. "
    lines = [
        f"# HimNet on {texts.markdown(dataset.name or 'an unnamed data set')}{without}",
        "",
        f"{dataset.num_nodes} sensors, {dataset.steps_per_day} steps per day, "
        f"{config.in_steps} input steps, {config.out_steps} output steps; "
        f"{config.num_parameters:,} parameters.",
        "",
        *([f"Data: {texts.markdown(credit)}.", ""] if credit else []),
        "## Accuracy",
        "",
        *_accuracy(metrics, dataset.unit, of_run=minutes is not None),
        *_comparison(metrics.get("test", {}), baselines or {}, dataset.unit),
        "",
        "## Training",
        "",
        *(facts or ["Not known."]),
        *_unfinished(errors),
        "",
        f"{log}`python -m himnet info` prints this information, the model's sizes and any results "
        "measured later with `evaluate --save`.",
    ]
    return "\n".join(lines) + "\n"


def _words(name: str) -> str:
    return texts.markdown(clipped(name.replace("_", " ")))


def _accuracy(metrics: Mapping[str, Mapping[str, Any]], unit: str, *, of_run: bool) -> list[str]:
    """Return the table of metrics with an explanation."""
    if not metrics:
        return ["Not measured when this card was written."]
    means = "Masked metrics over all windows of the split; step k is k steps ahead."
    if of_run:
        means += " The weights are those of the epoch with the lowest validation MAE."
    return [*_metric_rows(metrics, unit), "", means]


def _comparison(
    test: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]], unit: str
) -> list[str]:
    """Return the baselines' rows, and by how much the model is better than each."""
    mae = test.get("all", {}).get("mae")
    if not baselines or not mae:
        return []
    named = {_BASELINES[name]: measured for name, measured in baselines.items()}
    margins = [
        f"{abs(1 - mae / other):.0%} {'below' if mae <= other else 'ABOVE'} that of {name}"
        for name, measured in named.items()
        if (other := measured["all"]["mae"])
    ]
    lines = ["", "Forecasts without a model, on the test split:", ""]
    lines += _metric_rows(named, unit, "forecast")
    lines += ["", f"The test MAE of the model is {', '.join(margins)}."]
    mape = baselines.get("weekly-mean", {}).get("all", {}).get("mape") or 0
    if mape > _LARGE_MAPE:
        lines[-1] += " Readings near zero make MAPE large here: compare MAE and RMSE."
    return lines


def _unfinished(errors: Sequence[float]) -> list[str]:
    """Say so if the validation error still fell in the last epoch."""
    if len(errors) < 2 or not errors[-2] > 0:
        return []
    fell = 1 - errors[-1] / errors[-2]
    if not fell > _STILL_FALLING:
        return []
    return [
        "",
        f"**Unfinished**: in the last epoch, the validation MAE still fell by {fell:.1%}; a longer "
        "training would be better.",
    ]


def _metric_rows(
    metrics: Mapping[str, Mapping[str, Any]], unit: str, title: str = "split"
) -> list[str]:
    of_unit = f" ({texts.markdown(unit)})" if unit else ""
    rows = [
        f"| {title} | steps | MAE{of_unit} | RMSE{of_unit} | MAPE (%) |",
        "|---|---|---|---|---|",
    ]
    for split, measured in metrics.items():
        name = _NAMES.get(split) or texts.markdown(clipped(split, 40))
        rows += [f"| {name} | {' | '.join(row)} |" for row in horizon_texts(measured)]
    return rows
