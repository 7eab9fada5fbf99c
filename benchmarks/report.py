"""Common output of the benchmarks: the machine, tables, files."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from himnet.studies.efficiency import kernel_facts, processor


def machine() -> dict[str, Any]:
    """Return the properties of the machine that matter when results are compared."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "avx512_bf16": "avx512_bf16" in kernel_facts("cpuinfo").get("flags", ""),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }


def available_mb() -> float | None:
    """Return the memory available to a new process in MB; None if unknown."""
    told = kernel_facts("meminfo").get("MemAvailable")
    return None if told is None else int(told.split()[0]) * 1024 / 1e6


def command_line(
    name: str, description: str | None, *, stores: bool = True
) -> argparse.ArgumentParser:
    """Return the parser of a benchmark, with `--json` unless it `stores` nothing."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if stores:
        parser.add_argument("--json", type=Path, metavar="PATH", help="store the results as JSON")
    return parser


def options(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options of the benchmarks of a training step."""
    parser = command_line(name, description)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3, help="timed runs, after a warm-up run")
    return parser


def circumstances(args: argparse.Namespace) -> dict[str, Any]:
    """Return machine and options of a measurement; to call before it creates load itself."""
    settings = {key: value for key, value in vars(args).items() if key != "json"}
    return {"machine": machine(), "settings": settings}


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def describe(facts: dict[str, Any]) -> str:
    """Return `machine()` as one line."""
    return "; ".join(f"{name} {value}" for name, value in facts.items())


def write_json(path: Path | None, result: dict[str, Any]) -> None:
    """Write a result to a file, creating its folder; do nothing without a path."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n")
        print(f"\nwritten to {path}")
