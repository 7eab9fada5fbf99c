"""A study's table: measured results next to those of the paper (no torch)."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from himnet.metrics import METRICS
from himnet.studies.studies import TITLES, StudyRun


def study_table(study: str, results: Sequence[tuple[StudyRun, Mapping[str, Any] | None]]) -> str:
    """Return a study's table as Markdown: measured results next to those of the paper.

    Args:
        study: name of the study.
        results: each run with its result from `Sweep.result`.
    """
    lines = [
        f"# {TITLES[study]}",
        "",
        "Test errors over all 12 steps; validation MAE of the best epoch. The paper's values are "
        "quoted and for METR-LA; its best epoch was the 43rd.",
        "",
        "| run | epochs | steps | validation MAE | MAE | RMSE | MAPE (%) | paper |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run, result in results:
        quoted = ", ".join(f"{name.upper()} {value}" for name, value in run.quoted.items())
        cells = _cells(result)
        lines += [f"| {row} | {cells} | {quoted} |" for row in run.rows or (run.name,)]
    done = [result["test"]["all"] for _, result in results if result and result["test"]]
    if study == "seeds" and len(done) > 1:
        lines.append(f"| mean ± standard deviation | | | | {_spread(done)} | |")
    return "\n".join(lines)


def _cells(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return "not run | | | | | "
    val = result["best_val_mae"]
    errors = (result["test"] or {}).get("all", {})
    numbers = [_number(val), *(_number(errors.get(metric)) for metric in METRICS)]
    return f"{result['epochs']} | {result['steps']:,} | " + " | ".join(numbers)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _spread(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return mean and standard deviation of each metric; "" if a run has no value for it."""
    rows = [[error[metric] for error in errors] for metric in METRICS]
    return " | ".join(
        "" if None in row else f"{statistics.mean(row):.3f} ± {statistics.stdev(row):.3f}"
        for row in rows
    )
