"""`python -m himnet evaluate CKPT` and `evaluate --baseline NAME`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from himnet import texts
from himnet.cli.notes import print_slow_precision, print_warnings
from himnet.cli.options import (
    add_data_options,
    add_device_options,
    add_json_option,
    chosen_dataset,
    print_result,
)
from himnet.errors import ConfigError, DataError
from himnet.metrics import METRICS

if TYPE_CHECKING:
    from himnet.checkpoints import CheckpointArrays
    from himnet.data.dataset import Dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    parser.add_argument("checkpoint", nargs="?", metavar="CKPT", help="file, folder or name")
    parser.add_argument(
        "--baseline",
        metavar="NAME",
        help="HI (historical inertia, which repeats the inputs), last-value or weekly-mean",
    )
    parser.add_argument("--split", choices=("train", "val", "test"), default="test")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument(
        "--save",
        action="store_true",
        help="also write the metrics to measured.safetensors next to the checkpoint",
    )
    add_data_options(parser)
    add_device_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, then print a table or JSON."""
    if (args.checkpoint is None) == (args.baseline is None):
        raise ConfigError("evaluate takes either a checkpoint or --baseline NAME; give one of them")
    if args.batch_size < 1:
        raise ConfigError(f"--batch-size must be at least 1, not {args.batch_size}")
    if args.checkpoint is None:
        print_result(args, _evaluate_baseline(args), _table)
    else:
        _evaluate_checkpoint(args)
    return 0


def _evaluate_baseline(args: argparse.Namespace) -> dict[str, Any]:
    if args.save:
        raise ConfigError("--save needs a checkpoint, which a baseline does not have; omit --save")
    from himnet.data.load import load_dataset
    from himnet.forecasting.evaluate import evaluate_baseline

    if args.dataset is None:
        raise ConfigError("--baseline needs the data set to measure on; add --dataset NAME")
    dataset = load_dataset(args.dataset, args.data_dir)
    return evaluate_baseline(args.baseline, dataset, args.split, show=True)


def _evaluate_checkpoint(args: argparse.Namespace) -> None:
    from himnet.checkpoints import load_arrays, save_measured, with_model
    from himnet.checkpoints.measured import check_savable
    from himnet.forecasting.evaluate import evaluate_model

    loaded = load_arrays(args.checkpoint)
    print_warnings(loaded.warnings)
    print_slow_precision(args.device, args.precision)
    if args.save:
        check_savable(loaded.path)
    dataset = _dataset(loaded, args)
    result = evaluate_model(
        with_model(loaded).model,
        dataset,
        loaded.scaler,
        args.split,
        batch_size=args.batch_size,
        device=args.device,
        precision=args.precision,
        show=True,
    )
    print_result(args, result, _table)
    if args.save:
        path = save_measured(
            loaded.path,
            loaded.sha256,
            f"metrics/{args.split}",
            {name: value for name, value in result.items() if name not in ("dataset", "split")},
            data=dataset.info.sha256 or dataset.name,
            command=_command(args),
        )
        said = sys.stderr if args.json else sys.stdout
        print(f"{path}: {args.split} metrics saved", file=said)


def _dataset(loaded: CheckpointArrays, args: argparse.Namespace) -> Dataset:
    from himnet.data.load import load_dataset

    dataset = load_dataset(chosen_dataset(args.dataset, loaded), args.data_dir)
    if args.save and loaded.dataset.sha256 not in (None, dataset.info.sha256):
        raise DataError(
            f"--save is for the data set that the checkpoint names, but '{dataset.name}' has other "
            f"readings than its '{loaded.dataset.name}'; omit --save, or name that data set"
        )
    return dataset


def _command(args: argparse.Namespace) -> str:
    """Return what measures the same again, without what only this machine has."""
    words = ["evaluate", texts.operand(args.checkpoint), "--split", args.split]
    words += ["--dataset", args.dataset] if args.dataset else []
    words += ["--precision", args.precision] if args.precision != "float32" else []
    return texts.command("python", "-m", "himnet", *words, "--save")


def _table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['dataset']}, {result['split']}: {result['windows']:,} windows",
        f"{'steps':>6} {'MAE':>8} {'RMSE':>8} {'MAPE %':>8}",
    ]
    for steps, metrics in result.items():
        if isinstance(metrics, dict):
            row = " ".join(f"{metrics[name]:8.3f}" for name in METRICS)
            lines.append(f"{steps:>6} {row}")
    return "\n".join(lines)
