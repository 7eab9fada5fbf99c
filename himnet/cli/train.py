"""`python -m himnet train`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from himnet import texts
from himnet.cli.notes import print_slow_precision
from himnet.cli.options import add_data_options, exit_status, print_result
from himnet.cli.settings import add_training_options, request_of
from himnet.errors import HimNetError
from himnet.training.folder import RunFolder, is_main_process
from himnet.training.request import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train`."""
    add_data_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="checkpoint folder")
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="folder of the state (default: PATH.state)"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="resume the run in PATH")
    start.add_argument("--force", action="store_true", help="replace the run or model in PATH")
    group = parser.add_argument_group("limits", "stop cleanly; continue with --resume")
    group.add_argument("--max-minutes", type=float, metavar="M", help="stop after M minutes")
    group.add_argument("--max-steps", type=int, metavar="N", help="stop after N steps")
    group.add_argument(
        "--save-every", type=float, default=120.0, metavar="SECONDS",
        help="interval for storing the state within an epoch (default 120)",
    )  # fmt: skip
    add_training_options(parser)


def run(args: argparse.Namespace) -> int:
    """Train, then print how it ended."""
    folder = RunFolder.at(args.out, args.state)
    main = is_main_process()
    request = request_of(
        args,
        folder,
        resume=args.resume,
        max_steps=args.max_steps,
        save_seconds=args.save_every,
    )
    with folder.held() if main else nullcontext():
        summary = _train(request, args, main=main)
    if summary is None:
        return 1  # the main worker prints the reason
    if main:
        print_result(args, summary, lambda told: _sentence(told, folder))
    return exit_status(summary["signal"])


def _train(request: Request, args: argparse.Namespace, *, main: bool) -> dict[str, Any] | None:
    """Claim the folder and train; None for an error of a worker that is not the main one."""
    if main:  # before the slow import of torch, so that even an early stop can be resumed
        request.claim(force=args.force)
    from himnet.training.run import train

    try:
        if main:
            print_slow_precision(args.device, args.precision)
        return train(request)
    except HimNetError:
        if not main:
            return None
        if not args.resume:
            request.folder.abandon()
        raise


def _sentence(summary: Mapping[str, Any], folder: RunFolder) -> str:
    steps, epochs = summary["steps"], summary["epochs"]
    if not summary["finished"]:
        why = {"time": "out of time", "steps": "steps done", "signal": "interrupted"}
        again = texts.command("python", "-m", "himnet", "train", "--out", folder.out, "--resume")
        none_yet = "; there is no checkpoint yet, since the first is written after an epoch"
        return (
            f"stopped after {steps:,} steps and {epochs} full epochs ({why[summary['reason']]})"
            f"{'' if summary['checkpoint'] else none_yet}; "
            f"resume with: {again}"
        )
    text = (
        f"finished after {epochs} epochs; the best was epoch {summary['best_epoch']} with "
        f"validation MAE {summary['best_val_mae']:.4f}"
    )
    if summary["test"]:
        text += f", test MAE {summary['test']['all']['mae']:.4f}"
    return f"{text}: {summary['checkpoint']}"
