"""`python -m himnet efficiency [--json]`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from himnet.cli.options import add_device_options, add_json_option, print_result
from himnet.config import PRECISIONS
from himnet.presets import PRESETS

_TABLE_5 = "METRLA"  # the data set of the paper's table
_COSTS = ("seconds_per_batch", "seconds_per_epoch", "peak_mb")
_HEADS = ("s/batch", "s/epoch", "peak MB")
_FORMATS = (",.3f", ",.0f", ",.0f")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `efficiency`."""
    parser.add_argument(
        "--dataset",
        nargs="+",
        default=list(PRESETS),
        metavar="NAME",
        help=f"sizes to measure (default: {', '.join(PRESETS)}); no data set is needed",
    )
    parser.add_argument("--batch-size", type=int, default=16, metavar="N")
    parser.add_argument(
        "--steps",
        type=int,
        default=3,
        metavar="N",
        help="measured steps per size, after one warm-up step; the median is taken (default 3)",
    )
    add_device_options(parser, PRECISIONS)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, then print tables or JSON."""
    from himnet.studies.efficiency import measure_efficiency

    result = measure_efficiency(
        args.dataset,
        device=args.device,
        precision=args.precision,
        batch_size=args.batch_size,
        steps=args.steps,
        show=True,
    )
    print_result(args, result, as_text)
    return 0


def as_text(result: Mapping[str, Any]) -> str:
    """Return the result of `measure_efficiency` as text."""
    datasets = result["datasets"]
    parts = [_preface(result)]
    if _TABLE_5 in datasets:
        parts.append(
            f"Table 5, HimNet on {_TABLE_5}\n"
            + _table(("", "parameters", *_HEADS), _table_5(result))
        )
    rows = [(name, *_sizes(entry), *_costs(entry)) for name, entry in datasets.items()]
    head = ("", "sensors", "parameters", "batches", *_HEADS)
    parts.append("Figure 7, measured here\n" + _table(head, rows))
    theta = [(name, f"{entry['theta_parameters']:,}") for name, entry in datasets.items()]
    parts.append("HimNet-Theta', computed, never allocated\n" + _table(("", "parameters"), theta))
    return "\n\n".join(parts)


def _preface(result: Mapping[str, Any]) -> str:
    machine, steps = result["machine"], result["steps"]
    counted = f"median of {steps} steps" if steps > 1 else "1 step"
    where = [
        machine["gpu"] or "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} used",
        "" if machine["load"] is None else f"load before the start {machine['load']}",
        f"torch {machine['torch']}, {machine['device']}, {machine['precision']}",
    ]
    return (
        f"Training HimNet, measured on this machine: {'; '.join(filter(None, where))}\n"
        f"Data: {result['data']}; no data set is read\n"
        f"Time: {counted} with batch size {result['batch_size']}, after one warm-up step; per "
        f"epoch: this time multiplied by the number of batches, without validation\n"
        f"Peak memory: {machine['memory']}; 1 MB is 1,000,000 bytes"
    )


def _table_5(result: Mapping[str, Any]) -> list[tuple[str, ...]]:
    measured = result["datasets"][_TABLE_5]
    rows = [("measured here", f"{measured['parameters']:,}", *_costs(measured))]
    for source, entry in result["quoted"][_TABLE_5].items():
        where = f"{source}, {entry['device']}, batch {entry['batch_size']}"
        rows.append((f"quoted: {where}", "-", *_costs(entry, unknown="-")))
    return rows


def _sizes(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{entry[key]:,}" for key in ("sensors", "parameters", "batches_per_epoch"))


def _costs(entry: Mapping[str, Any], unknown: str = "does not fit") -> tuple[str, ...]:
    values = [entry.get(key) for key in _COSTS]
    return tuple(
        unknown if value is None else format(value, form)
        for value, form in zip(values, _FORMATS, strict=True)
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns, the first one flush left and the others flush right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    )
