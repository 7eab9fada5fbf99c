"""Measures training steps of one size; started by `himnet.studies.efficiency`.

It runs in its own process, so that its peak memory is that of one size. It writes a line of JSON
after each step, ``{"seconds": 1.2}``, and at its end ``{"peak_mb": 1234.5}`` or, if there is not
enough memory, ``{"does_not_fit": true}``.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import resource
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from himnet.config import PRECISIONS, HimNetConfig
from himnet.data.calendar import regular_calendar
from himnet.data.dataset import Dataset, build_dataset
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import split_windows
from himnet.devices import choose_device, float32_products
from himnet.model.himnet import HimNet
from himnet.presets import PRESETS, Preset
from himnet.scaler import Scaler
from himnet.studies.efficiency import kernel_facts
from himnet.training.distributed import Workers
from himnet.training.learner import Learner, new_learner
from himnet.training.sampling import TeacherDraws, epoch_order, truth_probability
from himnet.training.schedule import learning_rate
from himnet.training.settings import TrainingSettings

SCALER = Scaler(50.0, 10.0)  # of the made-up readings
_START = dt.datetime(2024, 1, 1)
_FEWEST_STEPS = 500  # of a made-up data set with many sensors: enough windows for a batch
_RECORDED_AFTER = 4  # steps that a GPU takes before it replays them (see `RecordedWork`)
_OUT_OF_MEMORY = (  # in the messages of plain RuntimeErrors: CUDA, MPS, Windows, Linux, C++, cuBLAS
    "out of memory",
    "not enough memory",
    "allocate memory",
    "bad_alloc",
    "ALLOC_FAILED",
)


def made_up_dataset(name: str, chosen: Preset) -> Dataset:
    """Return random readings (T, N) with the sizes, the calendar and the windows of a data set."""
    config, steps = chosen.model, chosen.num_steps
    noise = np.random.default_rng(0).standard_normal((steps, config.num_nodes), dtype=np.float32)
    return build_dataset(
        DatasetInfo(name, Sensors.numbered(config.num_nodes)),
        SCALER.denormalise(noise),
        regular_calendar(_START, steps, config.steps_per_day),
        split_windows(steps, chosen.split, in_steps=config.in_steps, out_steps=config.out_steps),
    )


def resized(chosen: Preset, config: HimNetConfig) -> Preset:
    """Return a preset for a model of other sizes, whose data set has no more readings in all."""
    steps = chosen.num_steps * chosen.model.num_nodes // config.num_nodes
    steps = min(chosen.num_steps, max(_FEWEST_STEPS, steps))
    return replace(chosen, model=config, num_steps=steps)


def timed_steps(learner: Learner, middles: np.ndarray, steps: int) -> Iterator[float]:
    """Take the first steps of a training run and yield the seconds of each.

    Args:
        learner: takes them.
        middles: (n,) first steps to forecast of the training windows.
        steps: how many; the epoch's last batch, which may be smaller, is left out.
    """
    settings, device = learner.settings, learner.workers.device
    order = epoch_order(settings.seed, 0, len(middles))
    batches = torch.from_numpy(middles[order]).to(device).split(settings.batch_size)
    whole = max(1, len(middles) // settings.batch_size)
    draws = TeacherDraws(settings.seed, 0, steps, learner.model.config.out_steps)
    for number in range(steps):
        teacher = draws.teacher(number, truth_probability(number, settings.tf_decay_steps))
        rate = learning_rate(settings, number, len(batches))
        _wait_for(device)
        start = time.perf_counter()
        learner.step(number, batches[number % whole], teacher, rate)
        _wait_for(device)
        yield time.perf_counter() - start


def _wait_for(device: torch.device) -> None:
    """Let the device finish, or the clock would measure how fast work is handed to it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def peak_mb(device: torch.device) -> float:
    """Return the peak memory in MB: allocated on a CUDA device, else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return resident_mb("VmHWM")


def resident_mb(field: str = "VmRSS") -> float:
    """Return this process's resident memory in MB, or its peak ("VmHWM"), known everywhere."""
    if told := kernel_facts("self/status").get(field):
        # Linux, whose ru_maxrss begins with that of the process which started this one
        return int(told.split()[0]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that there is no more memory, on any device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _OUT_OF_MEMORY)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure one size and write the lines that the module describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", choices=tuple(PRESETS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=4, help="all of them, the first one too")
    parser.add_argument("--nodes", type=int, help="sensors, in place of the data set's")
    args = parser.parse_args(argv)
    chosen = PRESETS[args.dataset]
    if args.nodes is not None:
        chosen = resized(chosen, replace(chosen.model, num_nodes=args.nodes))
    _volunteer()
    given = {"batch_size": args.batch_size, "precision": args.precision}
    settings = TrainingSettings.for_dataset(args.dataset, given)
    try:
        for line in measure(args.dataset, chosen, settings, args.device, args.steps):
            print(json.dumps(line), flush=True)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(json.dumps({"does_not_fit": True}), flush=True)


def measure(
    name: str, chosen: Preset, settings: TrainingSettings, device_name: str, steps: int
) -> Iterator[dict[str, float]]:
    """Yield ``{"seconds": ...}`` of each step, and at last ``{"peak_mb": ...}``."""
    device = choose_device(device_name)
    dataset = made_up_dataset(name, chosen)
    model = HimNet(chosen.model, seed=settings.seed)
    learner = new_learner(dataset, SCALER, model, settings, Workers(device))
    middles = dataset.splits["train"].middles
    with float32_products(device, settings.precision):
        if device.type == "cuda":
            deque(timed_steps(learner, middles, _RECORDED_AFTER), maxlen=0)
        for seconds in timed_steps(learner, middles, steps):
            yield {"seconds": seconds}
    yield {"peak_mb": peak_mb(device)}


def _volunteer() -> None:
    """Where memory runs out, Linux shall end this process and not another of the machine's."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main()
