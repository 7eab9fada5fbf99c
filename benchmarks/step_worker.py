"""One variant of the training-step benchmark, in a process of its own so that memory is its own.

`benchmarks.training_step`, `cost` and `scaling` start it and read one line of JSON from it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.report import available_mb
from himnet.config import HimNetConfig
from himnet.devices import autocast, keep_freed_memory
from himnet.model.himnet import HimNet
from himnet.model.reference import ReferenceHimNet
from himnet.presets import preset

MEAN, STD = 54.4, 19.5  # about METR-LA's, to de-normalise made-up data
GFLOP_SHAPE = (1000, 1000, 500)  # 2 * m * k * n = 1e9 operations
LARGE_PRODUCT = 2048  # rows and columns
SLOW_PRODUCT_S = (
    0.1  # of a product with a quarter of its rows: the large one takes 64 times as long
)
LARGE_ARRAY = 256 * 2**20  # bytes, many times a cache
CPU = torch.device("cpu")
TASKS = ("reference", "fast", "step", "products", "ceilings", "agreement")


class Batch(NamedTuple):
    """One made-up batch: x (B, T, N, 3), y_cov (B, T', N, 2), speeds y (B, T', N, 1), 8 % zero."""

    x: Tensor
    y_cov: Tensor
    y: Tensor


def made_up_batch(config: HimNetConfig, size: int, seed: int = 0) -> Batch:
    """Return random speeds with the calendar of consecutive steps."""
    generator = torch.Generator().manual_seed(seed)
    steps = config.in_steps + config.out_steps
    start = torch.randint(0, 7 * config.steps_per_day, (size, 1), generator=generator)
    moments = start + torch.arange(steps)
    time_of_day = (moments % config.steps_per_day) / config.steps_per_day
    day_of_week = moments // config.steps_per_day % 7
    calendar = torch.stack([time_of_day, day_of_week.float()], dim=-1)
    calendar = calendar[:, :, None].expand(-1, -1, config.num_nodes, -1)
    values = torch.randn(size, steps, config.num_nodes, 1, generator=generator)
    seen = torch.rand(values.shape, generator=generator) > 0.08
    x = torch.cat([values, calendar], dim=-1)[:, : config.in_steps].contiguous()
    y = ((values * STD + MEAN) * seen)[:, config.in_steps :].contiguous()
    return Batch(x, calendar[:, config.in_steps :].contiguous(), y)


def build(name: str, config: HimNetConfig) -> nn.Module:
    """Return the fast or the reference model, with the same weights.

    For the fast one this process keeps freed memory, as it does in training.
    """
    fast = HimNet(config, seed=0)
    fast.validate_inputs = False  # as in training, whose data set is checked once
    if name == "fast":
        keep_freed_memory()
        return fast
    reference = ReferenceHimNet(config)
    reference.load_state_dict(fast.state_dict())
    return reference


def optimizer_of(name: str, model: nn.Module) -> torch.optim.Optimizer:
    """Return the paper's Adam: fused for the fast model, as in training, else as published."""
    return torch.optim.Adam(
        model.parameters(), lr=1e-3, eps=1e-3, weight_decay=5e-4, fused=name == "fast"
    )


def forward_pass(model: nn.Module, batch: Batch, precision: str) -> Tensor:
    """Forecast without gradients, (B, T', N, 1)."""
    with torch.no_grad(), autocast(CPU, precision):
        forecast: Tensor = model(batch.x, batch.y_cov)
    return forecast


def training_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, precision: str
) -> None:
    """Forward pass, masked MAE, backward pass, clipping, Adam: the paper's settings."""
    optimizer.zero_grad(set_to_none=True)
    with autocast(CPU, precision):
        forecast = model(batch.x, batch.y_cov)
    valid = (batch.y != 0).float()
    error = (forecast.float() * STD + MEAN - batch.y).abs() * valid
    (error.sum() / valid.sum()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()


def measure(name: str, precision: str, config: HimNetConfig, batch_size: int, runs: int) -> Any:
    """Time one variant after a warm-up; seconds of each run, memory in MB."""
    batch, model = made_up_batch(config, batch_size), build(name, config)
    optimizer = optimizer_of(name, model)
    built = resident_mb()
    forward = timed(lambda: forward_pass(model.eval(), batch, precision), runs)
    forward_peak = peak_mb()
    reset_peak()
    step = timed(lambda: training_step(model.train(), optimizer, batch, precision), runs)
    return {
        "forward_s": forward,
        "step_s": step,
        "built_mb": built,
        "forward_peak_mb": forward_peak,
        "step_peak_mb": peak_mb(),
    }


def measure_step(precision: str, config: HimNetConfig, batch_size: int, runs: int) -> Any:
    """Time the fast model's training step alone; its peak is that of the whole process."""
    limit_memory()
    batch, model = made_up_batch(config, batch_size), build("fast", config).train()
    optimizer = optimizer_of("fast", model)
    built = resident_mb()
    reset_peak()
    try:
        step = timed(lambda: training_step(model, optimizer, batch, precision), runs)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "allocate" not in str(error):
            raise
        return {"out_of_memory": str(error).splitlines()[0], "built_mb": built}
    return {"step_s": step, "built_mb": built, "step_peak_mb": peak_mb()}


def limit_memory() -> None:
    """Let this process fail, and no other one be killed, where it asks for more than is there."""
    available, now = available_mb(), _status_mb("VmSize")
    if available is not None:
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = int((available + now) * 1e6)
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def measure_ceilings(runs: int) -> Any:
    """Return what the machine does at best: operations of a product, bytes of a copy, a second."""
    source = torch.ones(LARGE_ARRAY // 4)
    target = torch.empty_like(source)
    copy_s = min(timed(lambda: target.copy_(source), 5 * runs))
    result = {}
    for precision in ("float32", "bfloat16"):
        flop_s = _product_flop_s(getattr(torch, precision), runs)
        result[precision] = {"flop_s": flop_s, "bytes_s": 2 * LARGE_ARRAY / copy_s}
    return result


def _product_flop_s(dtype: torch.dtype, runs: int) -> float:
    """Return the operations a second of a large product, or a smaller one where that is slow.

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
    batch = made_up_batch(config, batch_size)
    reference = forward_pass(build("reference", config), batch, "float32")
    fast = build("fast", config)
    differences = {}
    for precision in ("float32", "bfloat16"):
        gap = (forward_pass(fast, batch, precision) - reference).abs().max()
        differences[precision] = float(gap)
    return differences


def timed(action: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of each run, after one that is not counted."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return seconds


def resident_mb() -> float:
    """Return this process's resident memory in MB; its peak where the system tells no more."""
    return _status_mb("VmRSS")


def peak_mb() -> float:
    """Return the peak resident memory in MB since the start or the last `reset_peak`."""
    return _status_mb("VmHWM")


def reset_peak() -> None:
    """Let the peak count anew (Linux); elsewhere it stays, and the larger step comes last."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _status_mb(field: str) -> float:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def run_task(args: argparse.Namespace, config: HimNetConfig) -> Any:
    """Return the result of the task that the command line names."""
    if args.task == "products":
        return measure_products(args.runs)
    if args.task == "ceilings":
        return measure_ceilings(args.runs)
    if args.task == "agreement":
        return measure_agreement(config, args.batch_size)
    if args.task == "step":
        return measure_step(args.precision, config, args.batch_size, args.runs)
    return measure(args.task, args.precision, config, args.batch_size, args.runs)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one task and print its result as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--nodes", type=int, default=preset("METRLA").model.num_nodes)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    config = HimNetConfig(args.nodes)  # METR-LA's sizes but for the number of sensors
    print(json.dumps(run_task(args, config)))


if __name__ == "__main__":
    main()
