"""Peak memory and time of `python -m himnet prepare`, by kind of file and number of steps.

Memory must not grow with the number of steps.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import circumstances, command_line, markdown_table, write_json

_DIFFERENT = 97  # rows of readings, which are repeated
_START = np.datetime64("2024-01-01T00:00", "s")


def _moments(steps: int) -> Iterator[str]:
    for step in range(steps):
        yield str(_START + step * np.timedelta64(300, "s")).replace("T", " ")


def _readings(sensors: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(20, 70, (_DIFFERENT, sensors)).round(2)


def _wide(path: Path, steps: int, sensors: int) -> None:
    rows = [",".join(map(str, row)) for row in _readings(sensors).tolist()]
    with path.open("w") as file:
        file.write("," + ",".join(map(str, range(sensors))) + "\n")
        for number, moment in enumerate(_moments(steps)):
            file.write(f"{moment},{rows[number % _DIFFERENT]}\n")


def _long(path: Path, steps: int, sensors: int) -> None:
    """Write a row per reading, one sensor after the other."""
    values, moments = _readings(sensors), list(_moments(steps))
    with path.open("w") as file:
        file.write("time,sensor,value\n")
        for sensor in range(sensors):
            column = values[:, sensor].tolist()
            file.writelines(
                f"{moment},{sensor},{column[number % _DIFFERENT]}\n"
                for number, moment in enumerate(moments)
            )


def _parquet(path: Path, steps: int, sensors: int) -> None:
    import pandas as pd

    rows = np.arange(steps) % _DIFFERENT
    index = pd.date_range(str(_START), periods=steps, freq="5min")
    names = list(map(str, range(sensors)))
    pd.DataFrame(_readings(sensors)[rows], index=index, columns=names).to_parquet(path)


WRITERS: dict[str, Callable[[Path, int, int], None]] = {
    "wide CSV": _wide,
    "long CSV": _long,
    "Parquet": _parquet,
}


def measured(kind: str, steps: int, sensors: int, folder: Path) -> dict[str, Any]:
    """Return peak memory (MB), seconds and the size of the file (MB)."""
    path = folder / "readings"
    # in a process of its own: the peak of a child includes the memory that its parent has
    writer = multiprocessing.Process(target=WRITERS[kind], args=(path, steps, sensors))
    writer.start()
    writer.join()
    words = [sys.executable, "-m", "himnet", "prepare", str(path), "--out", str(folder / "city")]
    began = time.monotonic()
    with open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen(words, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"prepare failed on {kind} with status {status}")
    return {
        "kind": kind,
        "steps": steps,
        "sensors": sensors,
        "file_mb": path.stat().st_size / 1e6,
        "seconds": time.monotonic() - began,
        "peak_mb": usage.ru_maxrss * 1024 / 1e6,
    }


def main() -> None:
    """Measure, and print a table."""
    parser = command_line("prepare_memory", __doc__)
    parser.add_argument("--sensors", type=int, default=2_000)
    parser.add_argument("--steps", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--kinds", nargs="+", choices=WRITERS, default=list(WRITERS))
    args = parser.parse_args()
    told = circumstances(args)
    results = []
    for kind in args.kinds:
        for steps in args.steps:
            with tempfile.TemporaryDirectory() as folder:
                results.append(measured(kind, steps, args.sensors, Path(folder)))
    header = ["kind", "steps", "sensors", "file (MB)", "time (s)", "peak memory (MB)"]
    rows = [
        [one["kind"], f"{one['steps']:,}", f"{one['sensors']:,}"]
        + [f"{one[key]:,.0f}" for key in ("file_mb", "seconds", "peak_mb")]
        for one in results
    ]
    print(markdown_table(header, rows))
    write_json(args.json, {**told, "results": results})


if __name__ == "__main__":
    main()
