"""`python -m himnet sweep seeds|ablations|dimensions|schedules`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from himnet.checkpoints.locate import expanded
from himnet.cli.notes import print_slow_precision
from himnet.cli.options import add_data_options, exit_status, print_json
from himnet.cli.settings import add_training_options, request_of
from himnet.errors import ConfigError
from himnet.studies.studies import STUDIES
from himnet.training.folder import RunFolder
from himnet.training.request import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sweep`."""
    parser.add_argument("study", choices=STUDIES, help="the study to run")
    add_data_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR",
        help="folder of the runs, their results and the table (default: runs/STUDY); repeat the "
        "command to continue an unfinished study",
    )  # fmt: skip
    parser.add_argument("--only", nargs="+", default=[], metavar="RUN", help="only these runs")
    parser.add_argument(
        "--seeds", type=int, nargs="+", metavar="N", help="seeds of the seed study (default: 0 1 2)"
    )
    parser.add_argument("--max-minutes", type=float, metavar="M", help="stop after M minutes")
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="K",
        help="train K runs in parallel, to make better use of a GPU (default 1)",
    )  # fmt: skip
    add_training_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, then print its table."""
    from himnet.studies.sweep import Sweep

    sweep = Sweep(
        study=args.study,
        out=expanded(args.out or Path("runs") / args.study),
        request=_common(args),
        seeds=tuple(args.seeds or (0, 1, 2)),
        max_minutes=args.max_minutes,
        at_once=args.at_once,
    )
    print_slow_precision(args.device, args.precision)
    summary = sweep.run(args.only, say=_say)
    if args.json:
        print_json(summary)
    else:
        print(summary["table"])
        _say(_sentence(summary, sweep.out))
    return exit_status(summary["signal"])


def _common(args: argparse.Namespace) -> Request:
    """Return what all runs of the study have in common."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("sweep runs in one process; use train for single runs under torchrun")
    if args.study == "seeds" and args.seed is not None:
        raise ConfigError(f"the seed study takes --seeds, not --seed {args.seed}")
    if args.study != "seeds" and args.seeds is not None:
        raise ConfigError(f"--seeds is for the seed study; '{args.study}' takes one --seed")
    return request_of(args, RunFolder.at("runs"))


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _sentence(summary: dict[str, Any], out: Path) -> str:
    if summary["reason"] == "done":
        return (
            f"{len(summary['runs'])} runs are done; results and {summary['study']}.md are in {out}"
        )
    why = {"time": "out of time", "signal": "interrupted"}.get(summary["reason"], summary["reason"])
    return f"stopped ({why}); repeat the command to continue"
