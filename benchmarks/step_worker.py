"""One task of the training-step benchmark, in its own process to measure its memory.

`benchmarks.training_step` and `cost` start it and read one line of JSON from it. Both models run
steps as in training, with the same optimiser, in a process that keeps freed memory
(`himnet.devices.keep_freed_memory`). Otherwise, the C library returns the memory of the reference
model's generated parameters to the system after every use, which costs half of its time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from himnet.config import HimNetConfig
from himnet.devices import autocast
from himnet.model.himnet import HimNet
from himnet.model.reference import ReferenceHimNet
from himnet.presets import PRESETS
from himnet.studies.efficiency_worker import (
    SCALER,
    made_up_dataset,
    peak_mb,
    resident_mb,
    resized,
    timed_steps,
)
from himnet.training.distributed import Workers
from himnet.training.learner import Learner, new_learner
from himnet.training.settings import TrainingSettings

NAME = "METRLA"  # whose settings and sizes are used
GFLOP_SHAPE = (1000, 1000, 500)  # 2 * m * k * n = 1e9 operations
LARGE_PRODUCT = 2048  # rows and columns
SLOW_PRODUCT_S = 0.1  # of one with a quarter of its rows: the large one takes 64 times as long
LARGE_ARRAY = 256 * 2**20  # bytes, many times a cache
CPU = torch.device("cpu")
MODELS = {"reference": ReferenceHimNet, "fast": HimNet}
TASKS = (*MODELS, "products", "ceilings", "agreement")


class Training:
    """A model ready for training on random readings.

    Args:
        name: one of `MODELS`; all start with the same weights.
        config: its sizes.
        batch_size: windows in a step.
        precision: of the matrix products.
    """

    def __init__(
        self, name: str, config: HimNetConfig, batch_size: int, precision: str = "float32"
    ) -> None:
        dataset = made_up_dataset(NAME, resized(PRESETS[NAME], config))
        given = {"batch_size": batch_size, "precision": precision}
        settings = TrainingSettings.for_dataset(NAME, given)
        model = cast("HimNet", MODELS[name](config, seed=settings.seed))  # has HimNet's interface
        self.learner: Learner = new_learner(dataset, SCALER, model, settings, Workers(CPU))
        self.middles = dataset.splits["train"].middles

    def forecast(self) -> Tensor:
        """Forecast a batch of windows from the whole data set, without gradients."""
        size = self.learner.settings.batch_size
        middles = torch.from_numpy(self.middles[:: len(self.middles) // size][:size].copy())
        inputs = self.learner.batches.inputs(middles)
        with torch.no_grad(), autocast(CPU, self.learner.settings.precision):
            forecast: Tensor = self.learner.model(*inputs)
        return forecast

    def step_seconds(self, runs: int) -> list[float]:
        """Return the seconds of training steps, after a warm-up step."""
        return list(timed_steps(self.learner, self.middles, 1 + runs))[1:]


def measure(training: Training, runs: int) -> Any:
    """Time one variant after a warm-up; seconds of each run, memory in MB."""
    built = resident_mb()
    forward = timed(training.forecast, runs)
    forward_peak = peak_mb(CPU)
    reset_peak()
    step = training.step_seconds(runs)
    return {
        "forward_s": forward,
        "step_s": step,
        "built_mb": built,
        "forward_peak_mb": forward_peak,
        "step_peak_mb": peak_mb(CPU),
    }


def measure_ceilings(runs: int) -> Any:
    """Return the machine's peak rates per second: operations of a product, bytes of a copy."""
    source = torch.ones(LARGE_ARRAY // 4)
    target = torch.empty_like(source)
    copy_s = min(timed(lambda: target.copy_(source), 5 * runs))
    result = {}
    for precision in ("float32", "bfloat16"):
        flop_s = _product_flop_s(getattr(torch, precision), runs)
        result[precision] = {"flop_s": flop_s, "bytes_s": 2 * LARGE_ARRAY / copy_s}
    return result


def _product_flop_s(dtype: torch.dtype, runs: int) -> float:
    """Return the operations per second of a large product, or of a smaller one if that is slow.

    A processor that emulates bfloat16 takes a minute for the large one.
    """
    best = 0.0
    for side in (LARGE_PRODUCT // 4, LARGE_PRODUCT):
        square = torch.randn(side, side).to(dtype)
        seconds = min(timed(lambda square=square: square @ square, 5 * runs))  # type: ignore[misc]
        best = max(best, 2 * side**3 / seconds)
        if seconds > SLOW_PRODUCT_S:
            break
    return best


def measure_products(runs: int) -> Any:
    """Time a plain matrix product of 1 GFLOP, the yardstick between machines."""
    m, k, n = GFLOP_SHAPE
    result = {}
    for precision in ("float32", "bfloat16"):
        dtype = getattr(torch, precision)
        left, right = torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype)
        times = timed(lambda left=left, right=right: left @ right, 10 * runs)  # type: ignore[misc]
        result[f"{precision}_s"] = times
    return result


def measure_agreement(config: HimNetConfig, batch_size: int) -> Any:
    """Return the largest differences from the reference forecast, in normalised units."""
    reference = Training("reference", config, batch_size).forecast()
    differences = {}
    for precision in ("float32", "bfloat16"):
        forecast = Training("fast", config, batch_size, precision).forecast()
        differences[precision] = float((forecast - reference).abs().max())
    return differences


def timed(action: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of each run, after a warm-up run."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return seconds


def reset_peak() -> None:
    """Reset the peak (Linux); elsewhere it remains, so the larger step comes last."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def run_task(args: argparse.Namespace, config: HimNetConfig) -> Any:
    """Return the result of the task given on the command line."""
    if args.task == "products":
        return measure_products(args.runs)
    if args.task == "ceilings":
        return measure_ceilings(args.runs)
    if args.task == "agreement":
        return measure_agreement(config, args.batch_size)
    return measure(Training(args.task, config, args.batch_size, args.precision), args.runs)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one task and print its result as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--nodes", type=int, default=PRESETS[NAME].model.num_nodes)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    config = HimNetConfig(args.nodes)  # METR-LA's dimensions except the number of sensors
    print(json.dumps(run_task(args, config)))


if __name__ == "__main__":
    main()
