"""`python -m himnet train`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from himnet.cli.options import add_data_options, add_device_options, add_json_option, print_json
from himnet.config import ABLATIONS
from himnet.errors import HimNetError
from himnet.training.folder import RunFolder, is_main_process
from himnet.training.request import Request

# option, field of TrainingSettings, type, metavar, help; what is not given stays the paper's
_SETTINGS: tuple[tuple[str, str, Any, str, str], ...] = (
    ("--seed", "seed", int, "N", "of initial weights, order and sampling (default 0)"),
    ("--epochs", "epochs", int, "N", "at most so many (default 200)"),
    ("--patience", "patience", int, "N", "stop after N epochs without a better MAE (default 20)"),
    ("--batch-size", "batch_size", int, "N", "windows a step, all workers together (default 16)"),
    ("--lr", "learning_rate", float, "X", "learning rate, or its peak (default 0.001)"),
    ("--weight-decay", "weight_decay", float, "X", "Adam's coupled L2 term"),
    ("--tf-decay-steps", "tf_decay_steps", int, "S", "scheduled sampling; 0: never the truth"),
    ("--ema", "ema", float, "DECAY", "measure and save exponentially averaged weights"),
    ("--init", "init", str, "CKPT", "start from these weights"),
)
_LISTS = (
    (
        "--milestones",
        "milestones",
        "EPOCH",
        "epochs after which the paper's schedule divides by 10",
    ),
    ("--snapshots", "snapshots", "STEP", "keep the weights after these steps, too"),
)
_SIZES = (
    "hidden_dim",
    "num_layers",
    "cheb_k",
    "tod_embedding_dim",
    "dow_embedding_dim",
    "node_embedding_dim",
    "st_embedding_dim",
)
_SIGNALLED = 128  # a shell's convention for the status of what a signal ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train`."""
    add_data_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="checkpoint folder")
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="state to resume from (default: PATH.state)"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on; options need not be repeated")
    start.add_argument("--force", action="store_true", help="replace the run or model in PATH")
    add_device_options(parser)
    parser.set_defaults(precision=None)  # so that a resumed run keeps its own
    add_json_option(parser)
    _add_limits(parser)
    _add_settings(parser)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("limits", "stop cleanly; --resume goes on")
    group.add_argument("--max-minutes", type=float, metavar="M", help="stop after M minutes")
    group.add_argument("--max-steps", type=int, metavar="N", help="stop after N steps")
    group.add_argument(
        "--save-every", type=float, default=120.0, metavar="SECONDS",
        help="how often the state is stored within an epoch (default 120)",
    )  # fmt: skip


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings", "by default the paper's for the data set")
    for option, name, kind, metavar, text in _SETTINGS:
        group.add_argument(option, dest=name, type=kind, metavar=metavar, help=text)
    group.add_argument("--schedule", choices=("paper", "one-cycle"), help="of the learning rate")
    for option, name, metavar, text in _LISTS:
        group.add_argument(option, dest=name, type=int, nargs="+", metavar=metavar, help=text)
    sizes = parser.add_argument_group("model", "by default the paper's for the data set")
    sizes.add_argument("--ablate", choices=ABLATIONS, help="leave a part out (paper, table 4)")
    for name in _SIZES:
        sizes.add_argument("--" + name.replace("_", "-"), type=int, metavar="N")
    city = parser.add_argument_group("synthetic city")
    city.add_argument("--city-seed", type=int, metavar="N", help="which city (default 0)")
    city.add_argument("--city-strength", type=float, metavar="X", help="of its structure; 0: none")


def run(args: argparse.Namespace) -> int:
    """Train, then say how it ended."""
    folder = RunFolder.at(args.out, args.state)
    main = is_main_process()
    request = _request(args, folder)
    if main:  # before torch is imported, so that hardly any moment is too early to resume from
        request.claim(force=args.force)
    from himnet.training.run import train

    try:
        summary = train(request)
    except HimNetError:
        if not main:
            return 1  # the main worker says it
        if not args.resume:
            folder.abandon()
        raise
    if main and args.json:
        print_json(summary)
    elif main:
        print(_sentence(summary, folder))
    return 0 if summary["signal"] is None else _SIGNALLED + int(summary["signal"])


def _request(args: argparse.Namespace, folder: RunFolder) -> Request:
    names = (*(name for _, name, *_ in _SETTINGS), "schedule", "precision")
    lists = {name: tuple(given) for _, name, *_ in _LISTS if (given := getattr(args, name))}
    return Request(
        folder=folder,
        dataset=args.dataset,
        data_dir=args.data_dir,
        city=_given(args, {"seed": "city_seed", "strength": "city_strength"}),
        settings=_given(args, {name: name for name in names}) | lists,
        sizes=_given(args, {name: name for name in ("ablate", *_SIZES)}),
        device=args.device,
        resume=args.resume,
        max_minutes=args.max_minutes,
        max_steps=args.max_steps,
        save_seconds=args.save_every,
    )


def _given(args: argparse.Namespace, options: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that were given, under the names that they are mapped from."""
    values = {name: getattr(args, option) for name, option in options.items()}
    return {name: value for name, value in values.items() if value is not None}


def _sentence(summary: Mapping[str, Any], folder: RunFolder) -> str:
    steps, epochs = summary["steps"], summary["epochs"]
    if not summary["finished"]:
        why = {"time": "out of time", "steps": "steps done", "signal": "interrupted"}
        none_yet = ", so there is no checkpoint yet: the first is written after an epoch"
        return (
            f"stopped after {steps:,} steps and {epochs} full epochs ({why[summary['reason']]})"
            f"{'' if summary['checkpoint'] else none_yet}; "
            f"go on with: python -m himnet train --out {folder.out} --resume"
        )
    text = (
        f"finished after {epochs} epochs; best was epoch {summary['best_epoch']} with validation "
        f"MAE {summary['best_val_mae']:.4f}"
    )
    if summary["test"]:
        text += f", test MAE {summary['test']['all']['mae']:.4f}"
    return f"{text}: {summary['checkpoint']}"
