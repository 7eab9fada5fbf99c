"""Time and memory of a training step by number of sensors, and its largest terms.

Run `python -m benchmarks.scaling`. Each size runs in its own process, with METR-LA's dimensions
except the number of sensors; operations are counted (`benchmarks.cost`). A size whose estimated
memory exceeds what is available is skipped; a smaller `--batch-size` may fit. The exit status is 1
if a process failed for another reason than memory.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.cost import PARTS, SIZES, cells, step_cost, total
from benchmarks.report import (
    available_mb,
    circumstances,
    describe,
    markdown_table,
    options,
    write_json,
)
from himnet.config import HimNetConfig
from himnet.errors import TrainingError
from himnet.progress import progress
from himnet.studies.efficiency import measure_steps

NODES = (207, 325, 883, 2000, 8600)  # METR-LA, PEMS-BAY, PEMS07, and two larger ones
LARGE = 1000  # sensors from which there is only one timed run
PROCESS_MB = 400  # roughly for Python, torch and its kernels, without tensors
BLOCK = 128  # queries whose gradients are computed at a time, see himnet.model.shared_maps


def peak_bytes(config: HimNetConfig, batch: int, precision: str) -> float:
    """Estimate the peak number of bytes of tensors in a training step.

    At the peak, all steps of the decoder have gone back and the gradients of its graph and pools
    are computed, while the encoders still hold what they need for their own.
    """
    size = SIZES[precision]
    values = 0
    for part in PARTS:
        for cell in cells(config, batch, part):
            i, o = cell.inputs, sum(cell.outputs)
            if part == "decoder":  # factors of all gradients; gradients of inputs known in advance
                values += cell.rows * cell.steps * (4 * i + o + cell.known)
            else:  # both features, gates, candidate and state
                values += cell.rows * cell.steps * (2 * i + o + cell.hidden)
            # outer products, which gate and update use alternately, or generated parameters
            values += cell.rows * cell.width * i if cell.factorised else cell.queries * i * o
    # a block of gradients by query, and the pool's gradient from each block
    values += (BLOCK + -(-cell.queries // BLOCK) * cell.width) * i * cell.outputs[0]
    # encoder's copies; in float32 the decoder's scores, softmax and two gradients, and, in another
    # precision, its graph and the graph's gradient
    of_graphs = batch * (size + 16 + (2 * size if size < 4 else 0)) + 8  # and the encoder's own
    # weights and both moments, which have no gradients yet; the pools reordered and transposed
    of_pools = config.num_parameters * (12 + 2 * size)
    return values * size + of_graphs * config.num_nodes**2 + of_pools


def measure_size(args: argparse.Namespace, nodes: int) -> dict[str, Any]:
    """Count and, if there is enough memory, measure one size; `failure` says why not."""
    config = HimNetConfig(nodes)
    costs = step_cost(config, args.batch_size, args.precision)
    largest = max(costs, key=lambda term: costs[term].flop)
    flop = total(costs.values()).flop
    needed = PROCESS_MB + peak_bytes(config, args.batch_size, args.precision) / 1e6
    size: dict[str, Any] = {
        "nodes": nodes,
        "flop": flop,
        "largest_term": largest,
        "largest_share": costs[largest].flop / flop,
        "terms": {term: cost.flop for term, cost in costs.items()},
        "expected_peak_mb": needed,
    }
    available = available_mb()
    if available is not None and needed > available:
        return size | {"failure": f"skipped, does not fit: {available:,.0f} MB are available"}
    runs = args.runs or (1 if nodes > LARGE else 3)
    os.environ["OMP_NUM_THREADS"] = str(args.threads)  # for the measuring process
    options = {"precision": args.precision, "batch_size": args.batch_size, "nodes": nodes}
    try:
        measured = measure_steps("METRLA", runs, **options)
    except TrainingError as error:
        return size | {"failure": f"failed: {error}"}
    if measured is None:
        return size | {"failure": "does not fit: out of memory"}
    seconds = median(measured.seconds)
    return size | {
        "step_s": measured.seconds,
        "step_peak_mb": measured.peak_mb,
        "seconds": seconds,
        "flop_s": flop / seconds,
    }


def print_report(result: dict[str, Any]) -> None:
    """Print one row per size as Markdown."""
    settings = result["settings"]
    print(f"\n{describe(result['machine'])}\n")
    print(f"{settings['precision']}, batch {settings['batch_size']}\n")
    header = (
        *("sensors", "training step", "peak memory", "expected peak"),
        *("GFLOP", "GFLOP/s", "largest term", "GFLOP of it"),
    )
    rows = [
        (
            str(size["nodes"]),
            size.get("failure") or f"{size['seconds']:.3f} s",
            f"{size['step_peak_mb']:,.0f} MB" if "step_peak_mb" in size else "",
            f"{size['expected_peak_mb']:,.0f} MB",
            f"{size['flop'] / 1e9:,.1f}",
            f"{size['flop_s'] / 1e9:.0f}" if "flop_s" in size else "",
            size["largest_term"],
            f"{size['terms'][size['largest_term']] / 1e9:,.1f} ({size['largest_share']:.0%})",
        )
        for size in result["sizes"]
    ]
    print(markdown_table(header, rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 if a size failed for another reason than memory."""
    parser = options("scaling", __doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=list(NODES), metavar="N")
    parser.add_argument("--precision", choices=tuple(SIZES), default="bfloat16")
    parser.set_defaults(runs=None)  # one if a step takes long, otherwise three
    args = parser.parse_args(argv)
    result = circumstances(args)
    sizes = [measure_size(args, nodes) for nodes in progress(args.nodes, description="measuring")]
    result["sizes"] = sizes
    print_report(result)
    write_json(args.json, result)
    return int(any(size.get("failure", "").startswith("failed") for size in sizes))


if __name__ == "__main__":
    sys.exit(main())
