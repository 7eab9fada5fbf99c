"""The cost of training on this machine, and the size of a model without pools (no torch)."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from himnet.config import DAYS_PER_WEEK, HimNetConfig
from himnet.data.windows import split_windows
from himnet.errors import ConfigError, TrainingError
from himnet.presets import Preset, preset
from himnet.progress import progress

QUOTED: dict[str, dict[str, dict[str, Any]]] = {
    "METRLA": {
        "paper": {
            "device": "RTX 3090",
            "batch_size": 16,
            "seconds_per_epoch": 144,
            "peak_mb": 6056,
        },
        "author's log": {
            "device": "RTX 5000 Ada",
            "batch_size": 16,
            "seconds_per_epoch": 221,
            "peak_mb": None,
        },
    }
}  # published values by data set and source; None if a source does not state it
MADE_UP = "random readings at the sizes of the data sets"
WARM_UP = 1  # steps that are not measured
_WORKER = "himnet.studies.efficiency_worker"
_KILLED = -9  # the status of a process that the system killed (SIGKILL) when memory ran out


@dataclass(frozen=True)
class Cost:
    """The measurements for one size.

    Attributes:
        seconds: of each measured step.
        peak_mb: peak memory in MB (10^6 bytes).
    """

    seconds: tuple[float, ...]
    peak_mb: float


def theta_parameters(config: HimNetConfig) -> int:
    """Return the number of parameters of HimNet-Theta': the paper's three enlarged spaces.

    It stores the S generated parameters of a cell (gate and update together) once for each sensor
    in each context (time of day and day of week), once for each context, and once for each sensor.
    The number is computed, never allocated: 10,874,347,200 for METR-LA. With several layers, S
    counts the cells of all layers.
    """
    outputs = 3 * config.hidden_dim
    rows = [config.cheb_k * config.layer_inputs(layer) for layer in range(config.num_layers)]
    generated = sum(row * outputs + outputs for row in rows)
    contexts, sensors = config.steps_per_day * DAYS_PER_WEEK, config.num_nodes
    return (contexts * sensors + contexts + sensors) * generated


def batches_per_epoch(chosen: Preset, batch_size: int) -> int:
    """Return the training batches per epoch, 1,499 for METR-LA with batch size 16."""
    steps = {"in_steps": chosen.model.in_steps, "out_steps": chosen.model.out_steps}
    windows = split_windows(chosen.num_steps, chosen.split, **steps)["train"]
    return math.ceil(len(windows) / batch_size)


def measure_efficiency(
    names: Sequence[str],
    *,
    device: str = "auto",
    precision: str = "float32",
    batch_size: int = 16,
    steps: int = 3,
    show: bool = False,
) -> dict[str, Any]:
    """Measure training steps at the sizes of the data sets, each in its own process.

    Args:
        names: of presets.
        device: see `choose_device`.
        precision: one of `himnet.config.PRECISIONS`.
        batch_size: windows per step.
        steps: measured steps per size, after one warm-up step; the median is taken.
        show: whether to show a progress bar.

    Returns:
        ``{"machine", "data", "batch_size", "steps", "datasets", "quoted"}``. A data set's
        ``"seconds_per_batch"``, ``"seconds_per_epoch"`` (without validation) and ``"peak_mb"``
        are None if its training does not fit into memory.

    Raises:
        ConfigError: for an unknown data set, numbers below 1, or a device that is not available.
        TrainingError: if a measurement fails for another reason than memory.
    """
    presets = {name: preset(name) for name in names}
    for option, value in (("--batch-size", batch_size), ("--steps", steps)):
        if value < 1:
            raise ConfigError(f"{option} must be at least 1, not {value}")
    where = machine(device, precision)
    options = {"device": where["device"], "precision": precision, "batch_size": batch_size}
    datasets = {}
    total = len(presets) * (WARM_UP + steps)
    with progress(description="measuring", total=total, unit="step", enabled=show) as bar:
        for done, (name, chosen) in enumerate(presets.items(), start=1):
            bar.set_description(f"measuring {name}", refresh=False)
            cost = measure_steps(name, steps, bar.update, **options)
            bar.update(done * (WARM_UP + steps) - bar.n)  # a size that does not fit ends early
            datasets[name] = _row(chosen, batch_size, cost)
    return {
        "machine": where,
        "data": MADE_UP,
        "batch_size": batch_size,
        "steps": steps,
        "datasets": datasets,
        "quoted": QUOTED,
    }


def measure_steps(
    name: str, steps: int, tick: Callable[[], object] = lambda: None, **options: str | int
) -> Cost | None:
    """Measure training steps of one size in a process of their own.

    Args:
        name: of a preset.
        steps: measured steps, after one to warm up.
        tick: called after each step.
        options: of `himnet.studies.efficiency_worker`: device, precision, batch_size, nodes.

    Returns:
        As `watch`.

    Raises:
        TrainingError: as `watch`.
    """
    command = [sys.executable, "-m", _WORKER, name]
    for option, value in (options | {"steps": WARM_UP + steps}).items():
        command += [f"--{option.replace('_', '-')}", str(value)]
    return watch(command, name, tick)


def _row(chosen: Preset, batch_size: int, cost: Cost | None) -> dict[str, Any]:
    batches = batches_per_epoch(chosen, batch_size)
    seconds = None if cost is None else statistics.median(cost.seconds)
    return {
        "sensors": chosen.model.num_nodes,
        "parameters": chosen.model.num_parameters,
        "theta_parameters": theta_parameters(chosen.model),
        "batches_per_epoch": batches,
        "seconds_per_batch": seconds,
        "seconds_per_epoch": None if seconds is None else batches * seconds,
        "peak_mb": None if cost is None else cost.peak_mb,
    }


def watch(command: Sequence[str], name: str, tick: Callable[[], object]) -> Cost | None:
    """Run a worker (see `himnet.studies.efficiency_worker`) and collect what it measures.

    Args:
        command: of the worker, which writes lines of JSON.
        name: what it measures, for messages.
        tick: called after each of its steps.

    Returns:
        The cost, or None if the worker ran out of memory or was killed.

    Raises:
        TrainingError: if it failed for another reason.
    """
    home = str(Path(__file__).parents[2])  # the worker finds this package from any folder
    paths = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    said: dict[str, Any] = {}
    seconds: list[float] = []
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )
        with process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    if not line.startswith("{"):
                        continue  # a message of a library
                    said = json.loads(line)
                    if "seconds" in said:
                        seconds.append(said["seconds"])
                        tick()
                status = process.wait()
            finally:
                process.kill()  # does nothing to one that has ended
        if status == _KILLED or (status == 0 and "does_not_fit" in said):
            return None
        if status != 0 or "peak_mb" not in said:
            raise _failure(name, status, errors)
    return Cost(tuple(seconds[WARM_UP:]), said["peak_mb"])


def _failure(name: str, status: int, errors: IO[str]) -> TrainingError:
    errors.seek(0)
    last = (errors.read().strip() or "no message").splitlines()[-1]
    return TrainingError(
        f"measuring {name} ended with status {status} ({last}); try another --device or "
        f"--precision, or omit {name} with --dataset"
    )


def machine(device: str, precision: str) -> dict[str, Any]:
    """Return a description of the machine, including its load before the measurement.

    Args:
        device: see `choose_device`.
        precision: of the matrix products.

    Raises:
        ConfigError: for a device that is not available.
    """
    import torch

    from himnet.devices import choose_device

    chosen = choose_device(device)
    on_gpu = chosen.type == "cuda"
    return {
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "processor": processor(),
        "gpu": torch.cuda.get_device_name(chosen) if on_gpu else None,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "torch": version("torch"),
        "device": str(chosen),
        "precision": precision,
        "memory": "allocated on the GPU" if on_gpu else "resident memory of the process",
    }


def processor() -> str:
    """Return the processor's name."""
    named = kernel_facts("cpuinfo").get("model name")
    return named or platform.processor() or platform.machine()


def kernel_facts(file: str) -> dict[str, str]:
    """Return the lines "name: value" of a file in Linux's /proc by name; none elsewhere."""
    path = Path("/proc", file)
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
