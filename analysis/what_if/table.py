"""The usual exchanges as JSON types and as plain text."""

from __future__ import annotations

from typing import Any

from analysis.city.areas import area_names
from analysis.evidence.agreement import majority_names
from analysis.material import Material
from analysis.what_if.stored import MeasuredExchange, MeasuredMatrix


def results(
    material: Material, exchange: MeasuredExchange, found: MeasuredMatrix
) -> dict[str, Any]:
    """Return both measurements as JSON types.

    Args:
        material: the model.
        exchange, found: what was measured on it.
    """
    sensors, matrix, change = material.info.sensors, found.matrix, exchange.change
    advantage = matrix.advantage() if len(matrix.own) > 1 else None
    return {
        "unit": material.info.unit,
        "exchange": {
            "sensor": sensors.ids[exchange.sensor],
            "giver": sensors.ids[exchange.giver],
            "reach": exchange.reach,
            **vars(change),
            "difference": vars(change.difference),
        },
        "clusters": {
            "names": list(majority_names(found.labels, area_names(sensors))),
            "windows": len(matrix.steps),
            "own": matrix.own.tolist(),
            "error": matrix.error.tolist(),
            "advantage": None
            if advantage is None
            else {
                "value": advantage.value,
                "null_mean": advantage.null_mean,
                "p_value": advantage.p_value,
            },
        },
    }


def text(result: dict[str, Any]) -> str:
    """Return what `results` returns as plain text."""
    unit, exchange = result["unit"], result["exchange"]
    edges = exchange["difference"]
    return "\n".join(
        [
            f"sensor {exchange['sensor']} with the parameters of {exchange['giver']}, the least "
            f"like it ({exchange['windows']} windows of the test split):",
            f"  MAE {exchange['before']:.3f} {unit}, with the other's {exchange['after']:.3f}: "
            f"{edges['value']:+.3f} (95 % {edges['low']:+.3f} to {edges['high']:+.3f})",
            "",
            *_cluster_lines(result["clusters"], unit),
        ]
    )


def _cluster_lines(clusters: dict[str, Any], unit: str) -> list[str]:
    """Return a row for each cluster, and how much its own parameters help."""
    lines = [
        f"MAE of each cluster in {unit or 'units of the data'}, {clusters['windows']} windows of "
        "the test split:",
        f"{'cluster':<14} {'own':>8} {'own mean':>9} {'others: least':>14} {'mean':>8} {'most':>8}",
    ]
    rows = zip(clusters["names"], clusters["own"], clusters["error"], strict=True)
    for number, (name, own, errors) in enumerate(rows):
        others = [error for giver, error in enumerate(errors) if giver != number]
        ends = (min(others), sum(others) / len(others), max(others)) if others else ()
        cells = "".join(
            f" {value:>{width}.3f}" for value, width in zip(ends, (14, 8, 8), strict=False)
        )
        lines.append(f"{f'{number} {name}':<14.14} {own:>8.3f} {errors[number]:>9.3f}{cells}")
    if clusters["advantage"] is not None:
        found = clusters["advantage"]
        lines += [
            "",
            f"own parameters are better by {found['value']:.3f} on average; permuted clusters "
            f"{found['null_mean']:.3f}, p = {found['p_value']:.2g}",
        ]
    return lines
