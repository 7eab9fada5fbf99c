"""Trains the tiny city, killed with SIGKILL at chosen moments and resumed until it has finished.

Run as ``python -m tests.himnet.training.killing FOLDER SCENARIO...``; a scenario is
``NAME=MOMENT:COUNT,MOMENT:COUNT...``: at the COUNTth time that each sitting comes to MOMENT, the
kernel ends it. ``NAME=random SEED KILLS`` kills at random instead, in as many runs NAME-0, NAME-1,
... as it takes: two thirds at any time, one third while a file is being written. Every sitting is a
fork of this process, so that torch is imported just once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401  (PyTorch's optimisers import it late, in every fork anew)

from himnet.checkpoints import format as sealed
from himnet.training import learner, log, records, state
from himnet.training.folder import RunFolder
from himnet.training.run import train
from tests.himnet.training.tiny import request, use_tiny_city


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def half_a_line(self: log.EpochLog, entry: dict[str, Any]) -> None:
    with self.path.open("a") as file:
        file.write('{"epoch": ' + str(entry["epoch"]))
    die()


def part_of_a_file(path: Path, content: bytes) -> None:
    """Die when a third of a file, or all of it, is on the disk under its name of the moment."""
    share = (1, 2, 3)[len(content) % 3]
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content[: len(content) * share // 3])
    die()


# where, what, and whether the kill comes after the call instead of in its place
MOMENTS: dict[str, tuple[Any, str, Callable[..., None], bool]] = {
    "before-step": (learner.Learner, "step", die, False),
    "after-step": (learner.Learner, "step", die, True),
    "before-state": (records, "save_state", die, False),
    "in-state": (state, "write_sealed", die, False),
    "in-file": (sealed, "write_atomically", part_of_a_file, False),
    "before-move": (sealed.Path, "replace", die, False),
    "after-state": (records, "save_state", die, True),
    "before-checkpoint": (records.Records, "checkpoint", die, False),
    "before-card": (records, "model_card", die, False),
    "after-checkpoint": (records.Records, "checkpoint", die, True),
    "in-log": (log.EpochLog, "append", half_a_line, False),
    "after-log": (records.Records, "epoch", die, True),
    "before-snapshot": (records.Records, "snapshot", die, False),
    "after-snapshot": (records.Records, "snapshot", die, True),
}


def arm(moment: str, count: int) -> None:
    owner, name, kill, after = MOMENTS[moment]
    original = getattr(owner, name)
    calls = 0

    def armed(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and not after:
            kill(*args)
        result = original(*args, **options)
        if calls == count and after:
            kill(*args)
        return result

    setattr(owner, name, armed)


def sitting(path: Path, *, moment: str | None = None, seconds: float | None = None) -> int:
    """Train in a fork, killed then or never; return the signal that ended it, 0 for none."""
    child = os.fork()
    if child == 0:
        try:
            if moment is not None:
                name, count = moment.split(":")
                arm(name, int(count))
            resume = RunFolder.at(path).note.exists()
            train(request(path, resume=resume, save_seconds=0.0))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        sys.exit(f"a sitting of {path.name} failed")
    return 0


def at_random(path: Path, seed: int, kills: int) -> None:
    """Kill so many sittings; every run is resumed until it has come to its end."""
    draw = random.Random(seed)
    began = time.monotonic()
    sitting(path.with_name(f"{path.name}-0"))
    whole, done, number = time.monotonic() - began, 0, 1
    while done < kills:
        while True:
            how: dict[str, Any] = {"seconds": draw.uniform(0, whole)}
            if done % 3 == 2:
                how = {"moment": f"in-file:{draw.randint(1, 12)}"}
            left = done < kills
            if sitting(path.with_name(f"{path.name}-{number}"), **(how if left else {})) == 0:
                break
            done += 1
        number += 1
    print(f"{done} sittings were killed, of {number - 1} runs")


def main(folder: str, *scenarios: str) -> None:
    use_tiny_city()
    for scenario in scenarios:
        name, _, moments = scenario.partition("=")
        if moments.startswith("random "):
            at_random(Path(folder, name), *map(int, moments.split()[1:]))
            continue
        for moment in filter(None, moments.split(",")):
            if sitting(Path(folder, name), moment=moment) != signal.SIGKILL:
                sys.exit(f"{name}: {moment} was not reached")
        sitting(Path(folder, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
