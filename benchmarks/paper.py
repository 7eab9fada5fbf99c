"""All the paper's figures and claims from one checkpoint: time, memory, reproducible bytes.

Run `python -m benchmarks.paper --data-dir DIR`. Each command runs in its own process, as for a
user; the figures are drawn in all three formats. Aims on 2 cores: figures in 60 s, claims in
four minutes. The exit status is 1 if a command fails or two runs of the figures differ.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import command_line, describe, machine, markdown_table, write_json

AIMS = {"figures": 60.0, "claims": 240.0}  # seconds
FORMATS = ("pdf", "svg", "png")


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Run a command; return its seconds and peak resident memory in MB.

    Raises:
        SystemExit: with the output of the command, if it fails.
    """
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        # the child's peak counts from its fork, when it is as small as this process
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            sys.exit(f"error: {' '.join(command)}: {said.read().strip()}")
    return time.monotonic() - began, used.ru_maxrss * 1024 / 1e6


def sums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in a folder, by name."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def measure(checkpoint: str, data_dir: str | None, runs: int) -> dict[str, Any]:
    """Time both commands.

    Args:
        checkpoint: name or path.
        data_dir: folder of the data sets, or None.
        runs: of each command.

    Returns:
        For each command, ``seconds`` and ``mb`` of every run; ``equal``, whether all runs of the
        figures wrote the same bytes, and ``files``, the number of files.
    """
    base = [sys.executable, "-m", "analysis"]
    asked = ["--checkpoint", checkpoint, *(["--data-dir", data_dir] if data_dir else [])]
    found: dict[str, Any] = {name: {"seconds": [], "mb": []} for name in AIMS}
    written = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            commands = {
                "figures": [*base, "figures", *asked, "--out", folder, "--format", *FORMATS],
                "claims": [*base, "claims", *asked, "--json"],
            }
            for name, command in commands.items():
                seconds, mb = timed(command)
                found[name]["seconds"].append(seconds)
                found[name]["mb"].append(mb)
            written.append(sums(Path(folder)))
    equal = all(one == written[0] for one in written)
    return found | {"equal": equal, "files": len(written[0])}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store."""
    parser = command_line("paper", __doc__)
    parser.add_argument("--checkpoint", default="metr-la", metavar="CKPT")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the data sets")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args(argv)
    about = machine()
    found = measure(args.checkpoint, args.data_dir, args.runs)
    rows = [
        (
            f"python -m analysis {name}",
            f"{aim:.0f} s",
            f"{median(found[name]['seconds']):.0f} s",
            f"{max(found[name]['seconds']):.0f} s",
            f"{max(found[name]['mb']):,.0f} MB",
        )
        for name, aim in AIMS.items()
    ]
    print(describe(about))
    print(markdown_table(("command", "aim", "median", "slowest", "most memory"), rows))
    print(f"\n{found['files']} files, {args.runs} times the same bytes: {found['equal']}")
    write_json(args.json, {"machine": about, **found})
    return 0 if found["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
