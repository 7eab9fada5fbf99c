"""`python -m analysis what-if`: the error of forecasts with exchanged embeddings."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from himnet import texts
from himnet.cli.notes import print_warnings
from himnet.cli.options import (
    add_data_options,
    add_json_option,
    check_own_readings,
    print_result,
)

if TYPE_CHECKING:
    from analysis.material import Material
    from analysis.what_if.stored import MeasuredExchange, MeasuredMatrix


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `what-if`."""
    parser.add_argument(
        "--checkpoint", required=True, metavar="CKPT", help="file, folder or name of a checkpoint"
    )
    add_data_options(parser)
    parser.add_argument(
        "--save",
        action="store_true",
        help="also write the results to measured.safetensors next to the checkpoint",
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure one exchange of sensors and the exchanges of all clusters, then print them."""
    from analysis.material import load_material
    from analysis.what_if.stored import save_exchanges, usual_exchange, usual_matrix
    from himnet.checkpoints.measured import check_savable

    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    dataset = material.required_dataset()
    if args.save:
        check_own_readings(material.info, dataset)
        check_savable(material.arrays.path)
    exchange = usual_exchange(material, show=True)
    matrix = usual_matrix(material, show=True)
    print_result(args, _told(material, exchange, matrix), _text)
    if args.save:
        path = save_exchanges(material, matrix, exchange, command=_command(args))
        said = f"{path}: one exchange and the matrix of clusters saved"
        print(said, file=sys.stderr if args.json else sys.stdout)
    return 0


def _told(material: Material, exchange: MeasuredExchange, found: MeasuredMatrix) -> dict[str, Any]:
    """Return both results as JSON."""
    from analysis.evidence.agreement import majority_names

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
            "names": list(majority_names(found.labels, sensors.road_names)),
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


def _text(result: dict[str, Any]) -> str:
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


def _command(args: argparse.Namespace) -> str:
    """Return what measures the same again, without what only this machine has."""
    words = ["--checkpoint", texts.operand(args.checkpoint)]
    words += ["--dataset", args.dataset] if args.dataset else []
    return texts.command("python", "-m", "analysis", "what-if", *words, "--save")
