"""Options for the settings of a training run, shared by all commands that train."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, get_args

from himnet.cli.options import add_device_options, add_json_option
from himnet.config import ABLATIONS, PRECISIONS, SIZES_OF_DATA
from himnet.limits import MODEL_SIZES
from himnet.training.folder import RunFolder
from himnet.training.request import Request
from himnet.training.settings import Loss

# option, field of TrainingSettings, type, metavar, help; the defaults are those of the paper
_SETTINGS: tuple[tuple[str, str, Any, str, str], ...] = (
    ("--seed", "seed", int, "N", "seed of initial weights, order and sampling (default 0)"),
    ("--epochs", "epochs", int, "N", "maximum number of epochs (default 200)"),
    ("--patience", "patience", int, "N", "stop after N epochs without a lower MAE (default 20)"),
    ("--batch-size", "batch_size", int, "N", "windows per step over all workers (default 16)"),
    ("--lr", "learning_rate", float, "X", "learning rate; one-cycle: its peak (default 0.001)"),
    ("--weight-decay", "weight_decay", float, "X", "Adam's coupled L2 weight decay"),
    ("--tf-decay-steps", "tf_decay_steps", int, "S", "decay of scheduled sampling; 0: no truth"),
    ("--ema", "ema", float, "DECAY", "evaluate and save exponentially averaged weights"),
    ("--eps", "eps", float, "X", "Adam's epsilon (default 0.001)"),
    ("--dictionary-std", "dictionary_std", float, "X", "initial std of dictionaries (default 1)"),
    ("--init", "init", str, "CKPT", "start from the weights of this checkpoint"),
)
_LISTS = (
    (
        "--milestones",
        "milestones",
        "EPOCH",
        "epochs after which the paper's schedule divides the learning rate by 10",
    ),
    (
        "--snapshots",
        "snapshots",
        "STEP",
        "also save the weights after these steps; 0: before the first",
    ),
)
_SIZES = tuple(name for name in MODEL_SIZES if name not in SIZES_OF_DATA)


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of device, output, optimisation, model's sizes and synthetic city."""
    add_device_options(parser, PRECISIONS)
    parser.set_defaults(precision=None)  # a resumed run keeps its precision
    add_json_option(parser)
    group = parser.add_argument_group("settings", "defaults: those of the paper for the data set")
    for option, name, kind, metavar, text in _SETTINGS:
        group.add_argument(option, dest=name, type=kind, metavar=metavar, help=text)
    group.add_argument("--schedule", choices=("paper", "one-cycle"), help="learning-rate schedule")
    group.add_argument("--loss", choices=get_args(Loss), help="masked, or Huber for counts")
    for option, name, metavar, text in _LISTS:
        group.add_argument(option, dest=name, type=int, nargs="+", metavar=metavar, help=text)
    sizes = parser.add_argument_group("model", "defaults: those of the paper for the data set")
    sizes.add_argument("--ablate", choices=ABLATIONS, help="remove a part (paper, table 4)")
    for name in _SIZES:
        sizes.add_argument("--" + name.replace("_", "-"), type=int, metavar="N")
    city = parser.add_argument_group("synthetic city")
    city.add_argument("--city-seed", type=int, metavar="N", help="seed of the city (default 0)")
    city.add_argument(
        "--city-strength", type=float, metavar="X", help="0: no structure (default 1)"
    )


def request_of(args: argparse.Namespace, folder: RunFolder, **limits: Any) -> Request:
    """Return the request to train in a folder that the options describe.

    Args:
        args: of the options added by `add_data_options` and `add_training_options`.
        folder: of the run.
        limits: further fields of `Request`.
    """
    return Request(
        folder=folder,
        dataset=args.dataset,
        data_dir=args.data_dir,
        city=_given(args, {"seed": "city_seed", "strength": "city_strength"}),
        settings=_given_settings(args),
        sizes=_given(args, {name: name for name in ("ablate", *_SIZES)}),
        device=args.device,
        max_minutes=args.max_minutes,
        **limits,
    )


def _given_settings(args: argparse.Namespace) -> dict[str, Any]:
    names = (*(name for _, name, *_ in _SETTINGS), "schedule", "loss", "precision")
    lists = {name: tuple(given) for _, name, *_ in _LISTS if (given := getattr(args, name))}
    return _given(args, {name: name for name in names}) | lists


def _given(args: argparse.Namespace, options: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that were given, under the keys of `options`."""
    values = {name: getattr(args, option) for name, option in options.items()}
    return {name: value for name, value in values.items() if value is not None}
