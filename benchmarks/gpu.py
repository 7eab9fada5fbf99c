"""Time of a training step on a GPU: launched kernel by kernel, recorded, and concurrently.

Run `python -m benchmarks.gpu` on a machine with a CUDA device; it needs no data set, since readings
are random, of METR-LA's size. Steps are launched without waiting for each, as in training; a time
is the median of several runs of many steps, and memory is the peak of what was allocated.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import torch

from benchmarks.report import describe, machine, markdown_table, options, write_json
from himnet.config import PRECISIONS
from himnet.devices import choose_device, float32_products, own_queue
from himnet.errors import ConfigError
from himnet.model.himnet import HimNet
from himnet.presets import PRESETS
from himnet.studies.efficiency_worker import SCALER, made_up_dataset
from himnet.training.distributed import Workers
from himnet.training.learner import Learner, new_learner
from himnet.training.settings import TrainingSettings

AIM_MS, AIM_MB = 8.0, 1500.0  # of a step
NAME = "METRLA"
AT_ONCE = (1, 2, 3, 6)
WARM_UP = 6  # steps, including the first recording
TEACHER = [True, False] * 5 + [True]
DATASET = made_up_dataset(NAME, PRESETS[NAME])


def learner(device: torch.device, precision: str, seed: int = 0, *, recorded: bool) -> Learner:
    """Return a function that runs steps, warmed up."""
    settings = TrainingSettings.for_dataset(NAME, {"precision": precision, "seed": seed})
    model = HimNet(PRESETS[NAME].model, seed=seed)
    made = new_learner(DATASET, SCALER, model, settings, Workers(device))
    if not recorded:
        made._recorded = None
    take(made, WARM_UP)
    return made


def take(made: Learner, steps: int) -> None:
    """Run steps and wait for the last one."""
    device, size = made.workers.device, made.settings.batch_size
    middles = torch.from_numpy(DATASET.splits["train"].middles).long().to(device)
    for number in range(steps):
        made.step(number, middles[number * size :][:size], TEACHER, 1e-3)
    torch.cuda.current_stream(device).synchronize()


def timed(work: Any, steps: int) -> float:
    """Return the milliseconds per step of a function that runs several."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) / steps * 1e3


def alone(device: torch.device, precision: str, steps: int, runs: int, *, recorded: bool) -> Any:
    """Measure one training run in one way."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    with float32_products(device, precision):
        made = learner(device, precision, recorded=recorded)
        found = [timed(lambda: take(made, steps), steps) for _ in range(runs)]
    peak = torch.cuda.max_memory_allocated() / 1e6
    return {"precision": precision, "recorded": recorded, "ms": found, "peak_mb": peak}


def together(device: torch.device, count: int, steps: int, runs: int) -> Any:
    """Measure concurrent runs in threads; a time is that of one step of each of them."""
    made: list[Learner] = []

    def go(index: int) -> None:
        with own_queue(device):
            take(made[index], steps)

    def everyone() -> None:
        threads = [threading.Thread(target=go, args=(index,)) for index in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with float32_products(device, "tf32"):
        for seed in range(count):
            with own_queue(device):
                made.append(learner(device, "tf32", seed, recorded=True))
        return {"at_once": count, "ms": [timed(everyone, steps) for _ in range(runs)]}


def tables(found: dict[str, Any]) -> str:
    """Return the results as two tables in Markdown."""
    rows = [
        (
            row["precision"],
            "recorded and replayed" if row["recorded"] else "kernel by kernel",
            f"{statistics.median(row['ms']):.2f} ms",
            f"{row['peak_mb']:,.0f} MB",
        )
        for row in found["alone"]
    ]
    first = markdown_table(("precision", "launch", "time", "peak memory"), rows)
    medians = {row["at_once"]: statistics.median(row["ms"]) for row in found["together"]}
    shares = [
        (str(count), f"{ms:.2f} ms", f"{ms / count:.2f} ms", f"{ms / count / medians[1]:.2f}")
        for count, ms in medians.items()
    ]
    header = ("parallel runs", "step of each run", "per step", "relative to one run")
    return f"{first}\n\n{markdown_table(header, shares)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if an aim was missed."""
    parser = options("gpu", __doc__)
    parser.add_argument("--steps", type=int, default=60, help="per run (default 60)")
    args = parser.parse_args(argv)
    try:
        device = choose_device("cuda")
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    where = machine() | {"gpu": torch.cuda.get_device_name(device)}
    ways = [(precision, True) for precision in PRECISIONS] + [("tf32", False)]
    measured = [
        alone(device, precision, args.steps, args.runs, recorded=recorded)
        for precision, recorded in ways
    ]
    side_by_side = [together(device, count, args.steps, args.runs) for count in AT_ONCE]
    found = {"machine": where, "alone": measured, "together": side_by_side}
    print(describe(where), tables(found), sep="\n\n")
    write_json(args.json, found)
    best = min(measured, key=lambda row: statistics.median(row["ms"]))
    return int(statistics.median(best["ms"]) > AIM_MS or best["peak_mb"] > AIM_MB)


if __name__ == "__main__":
    sys.exit(main())
