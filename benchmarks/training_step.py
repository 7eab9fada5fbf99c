"""Training step and forward pass: the reference model against the fast one, in one run.

Run `python -m benchmarks.training_step`. Data and weights are random, of METR-LA's size; each
variant runs in its own processes, in turns, so that a temporarily slow machine affects all of them.
The exit status is 1 if the fast model's float32 forecasts differ by more than 1e-5. On a processor
that emulates bfloat16, a step takes minutes, so that only float32 is measured there, unless
`--precisions` includes others.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import torch

from benchmarks.report import circumstances, describe, markdown_table, options, write_json
from himnet.devices import CLEARLY_SLOWER, bfloat16_slowdown
from himnet.progress import progress

VARIANTS = (
    ("reference", "float32"),
    ("fast", "float32"),
    ("fast", "bfloat16"),
    ("reference", "bfloat16"),
)
PRECISIONS = ("float32", "bfloat16")
BASELINE = ("reference", "float32")
TOLERANCE = 1e-5
TARGETS = {  # (quantity, precision): minimum speed-up, maximum share of memory
    ("step_s", "float32"): 2.75,  # times: half of the aims against the former baseline,
    ("step_s", "bfloat16"): 6.5,  # which took twice as long
    ("forward_s", "float32"): 2.0,
    ("forward_s", "bfloat16"): 5.5,
    ("step_peak_mb", "float32"): 0.4,
    ("step_peak_mb", "bfloat16"): 0.25,
}
TITLES = {
    "step_s": "training step",
    "forward_s": "forward pass",
    "step_peak_mb": "peak memory of a training step",
}

Rounds = dict[tuple[str, str], list[dict[str, Any]]]


def run_worker(task: str, precision: str, args: argparse.Namespace) -> dict[str, Any]:
    """Run one task of `benchmarks.step_worker` in a fresh process and return its result."""
    command = [sys.executable, "-m", "benchmarks.step_worker", task, "--precision", precision]
    for option in ("nodes", "batch_size", "runs", "threads"):
        command += [f"--{option.replace('_', '-')}", str(getattr(args, option))]
    environment = os.environ | {"OMP_NUM_THREADS": str(args.threads)}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=3600
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(args: argparse.Namespace) -> tuple[Rounds, list[dict[str, Any]]]:
    """Run every variant and the plain products once in every round."""
    rounds: Rounds = {variant: [] for variant in VARIANTS if variant[1] in args.precisions}
    products = []
    for name, precision in progress(list(rounds) * args.rounds, description="measuring"):
        if (name, precision) == BASELINE:
            products.append(run_worker("products", "float32", args))
        rounds[name, precision].append(run_worker(name, precision, args))
    return rounds, products


def summarise(rounds: Rounds, products: list[dict[str, Any]]) -> dict[str, Any]:
    """Return medians of times and maxima of memory, over all rounds."""
    summary: dict[str, Any] = {"variants": {}, "products": {}}
    for (name, precision), results in rounds.items():
        summary["variants"][f"{name} {precision}"] = {
            "step_s": _median(results, "step_s"),
            "forward_s": _median(results, "forward_s"),
            **{
                key: max(result[key] for result in results)
                for key in ("built_mb", "forward_peak_mb", "step_peak_mb")
            },
        }
    for precision in ("float32", "bfloat16"):
        summary["products"][f"{precision}_s"] = _median(products, f"{precision}_s")
    return summary


def judge(rounds: Rounds) -> list[dict[str, Any]]:
    """Return each target with its measured value and whether it was met.

    Times are compared within the same round, and the median over the rounds is used.
    """
    verdicts = []
    for (quantity, precision), target in TARGETS.items():
        if ("fast", precision) not in rounds:
            continue
        speed = quantity.endswith("_s")
        pairs = zip(rounds[BASELINE], rounds["fast", precision], strict=True)
        ratios = [_typical(slow[quantity]) / _typical(fast[quantity]) for slow, fast in pairs]
        measured = statistics.median(ratios if speed else [1 / ratio for ratio in ratios])
        verdicts.append(
            {
                "what": f"{TITLES[quantity]}, {precision}",
                "target": target,
                "measured": measured,
                "ratios": ratios,
                "kind": "times faster" if speed else "of the memory",
                "met": measured >= target if speed else measured <= target,
            }
        )
    return verdicts


def print_report(result: dict[str, Any]) -> None:
    """Print results and verdicts as Markdown."""
    print(f"\n{describe(result['machine'])}\n")
    for precision in ("float32", "bfloat16"):
        seconds = result["products"][f"{precision}_s"]
        print(
            f"plain 1 GFLOP product, {precision}: {seconds * 1e3:.1f} ms, {1 / seconds:.0f} GFLOP/s"
        )
    gaps = result["agreement"]
    print(
        f"largest difference from the reference forecast (normalised): float32 "
        f"{gaps['float32']:.1e}, bfloat16 {gaps['bfloat16']:.1e}\n"
    )
    header = ("variant", "training step", "forward pass", "peak, step", "of it after the build")
    rows = [
        (
            name,
            f"{figures['step_s']:.3f} s",
            f"{figures['forward_s']:.3f} s",
            f"{figures['step_peak_mb']:.0f} MB",
            f"{figures['step_peak_mb'] - figures['built_mb']:.0f} MB",
        )
        for name, figures in result["variants"].items()
    ]
    print(markdown_table(header, rows) + "\n")
    verdicts = [
        (
            verdict["what"],
            f"{'at least' if verdict['kind'] == 'times faster' else 'at most'} "
            f"{verdict['target']:g}",
            f"{verdict['measured']:.2f} {verdict['kind']}",
            "yes" if verdict["met"] else "no",
        )
        for verdict in result["verdicts"]
    ]
    print(markdown_table(("", "target", "measured", "met"), verdicts))


def parser() -> argparse.ArgumentParser:
    """Return the command line's options."""
    parser = options("training_step", __doc__)
    parser.add_argument("--nodes", type=int, default=207, help="sensors (default: METR-LA's 207)")
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds with all variants")
    parser.add_argument(
        "--precisions",
        nargs="+",
        choices=PRECISIONS,
        help="float32, the baseline, and others (default: those that are not emulated)",
    )
    return parser


def chosen_precisions(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the precisions to measure, always including float32, and print what is left out."""
    if given is not None:
        return tuple(name for name in PRECISIONS if name in {"float32", *given})
    if bfloat16_slowdown(torch.device("cpu")) <= CLEARLY_SLOWER:
        return PRECISIONS
    print("this processor emulates bfloat16, which is left out (see --precisions)", file=sys.stderr)
    return ("float32",)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 if the two models disagree."""
    args = parser().parse_args(argv)
    args.precisions = chosen_precisions(args.precisions)
    result = circumstances(args)
    rounds, products = measure(args)
    result |= {
        "agreement": run_worker("agreement", "float32", args),
        **summarise(rounds, products),
        "verdicts": judge(rounds),
        "rounds": {" ".join(variant): results for variant, results in rounds.items()},
    }
    print_report(result)
    write_json(args.json, result)
    return 0 if result["agreement"]["float32"] <= TOLERANCE else 1


def _median(results: list[dict[str, Any]], key: str) -> float:
    values: list[float] = [value for result in results for value in result[key]]
    return statistics.median(values)


def _typical(measured: float | list[float]) -> float:
    return statistics.median(measured) if isinstance(measured, list) else measured


if __name__ == "__main__":
    sys.exit(main())
