"""`python -m himnet evaluate CKPT`, `evaluate CKPT --snapshots`, and `evaluate --baseline NAME`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from himnet import texts
from himnet.cli.notes import print_slow_precision, print_warnings
from himnet.cli.options import (
    add_data_options,
    add_device_options,
    add_json_option,
    check_own_readings,
    chosen_dataset,
    portable_words,
    print_result,
)
from himnet.errors import ConfigError
from himnet.metrics import METRICS

if TYPE_CHECKING:
    from himnet.checkpoints import CheckpointArrays
    from himnet.data.dataset import Dataset
    from himnet.data.info import DatasetInfo
    from himnet.forecasting.evaluate import Evaluation


_NAMED = ("dataset", "split")


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
        help="also write the metrics, and the errors by sensor, horizon and hour of day, to "
        "measured.safetensors next to the checkpoint",
    )
    parser.add_argument(
        "--snapshots",
        action="store_true",
        help="measure the snapshots of the checkpoint's training instead of the checkpoint",
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
    elif args.snapshots:
        _evaluate_snapshots(args)
    else:
        _evaluate_checkpoint(args)
    return 0


def _evaluate_baseline(args: argparse.Namespace) -> dict[str, Any]:
    if args.save:
        raise ConfigError("--save needs a checkpoint, which a baseline does not have; omit --save")
    if args.snapshots:
        raise ConfigError("--snapshots needs a checkpoint; a baseline has no training")
    from himnet.data.load import load_dataset
    from himnet.forecasting.evaluate import evaluate_baseline

    if args.dataset is None:
        raise ConfigError("--baseline needs the data set to measure on; add --dataset NAME")
    dataset = load_dataset(args.dataset, args.data_dir)
    return evaluate_baseline(args.baseline, dataset, args.split, show=True)


def _evaluate_checkpoint(args: argparse.Namespace) -> None:
    from himnet.checkpoints import save_measured
    from himnet.forecasting.split_errors import save_errors

    loaded, dataset = _opened(args)
    found = _evaluated(loaded, dataset, args)
    print_result(args, found.metrics, _table)
    if args.save:
        data = dataset.info.sha256 or dataset.name
        command = _command(args, loaded.dataset)
        save_errors(loaded, args.split, found.errors, data=data, command=command)
        path = save_measured(
            loaded.path, loaded.sha256, f"metrics/{args.split}", _kept(found),
            data=data, command=command,
        )  # fmt: skip
        _say_saved(args, path, f"{args.split} metrics")


def _evaluate_snapshots(args: argparse.Namespace) -> None:
    from himnet.checkpoints import load_arrays
    from himnet.checkpoints.locate import find_snapshots
    from himnet.forecasting.snapshot_metrics import save_snapshot_metrics

    trained, dataset = _opened(args)
    files = find_snapshots(trained.path)
    if not files:
        raise ConfigError(
            f"there are no snapshots beside {trained.path}; train with --snapshots to keep some"
        )
    found = {}
    for step, path in files:
        snapshot = load_arrays(path)
        found[step] = snapshot.sha256, _kept(_evaluated(snapshot, dataset, args))
    said = {"dataset": dataset.name, "split": args.split}
    said["snapshots"] = {str(step): metrics for step, (_, metrics) in found.items()}
    print_result(args, said, _table_of_snapshots)
    if args.save:
        path = save_snapshot_metrics(
            trained, args.split, found,
            data=dataset.info.sha256 or dataset.name, command=_command(args, trained.dataset),
        )  # fmt: skip
        _say_saved(args, path, f"{args.split} metrics of {len(found)} snapshots")


def _opened(args: argparse.Namespace) -> tuple[CheckpointArrays, Dataset]:
    """Return checkpoint and data set, once it is known that the result can be saved if asked."""
    from himnet.checkpoints import load_arrays
    from himnet.checkpoints.measured import check_savable

    loaded = load_arrays(args.checkpoint)
    print_warnings(loaded.warnings)
    print_slow_precision(args.device, args.precision)
    if args.save:
        check_savable(loaded.path)
    return loaded, _dataset(loaded, args)


def _evaluated(loaded: CheckpointArrays, dataset: Dataset, args: argparse.Namespace) -> Evaluation:
    from himnet.checkpoints import with_model
    from himnet.forecasting.evaluate import evaluate_split
    from himnet.forecasting.inference import Forecaster

    forecaster = Forecaster(
        with_model(loaded).model, dataset, loaded.scaler,
        device=args.device, precision=args.precision, batch_size=args.batch_size,
    )  # fmt: skip
    return evaluate_split(forecaster, dataset, args.split, show=True)


def _kept(found: Evaluation) -> dict[str, Any]:
    """Return the metrics without what the name and the origin of their part say."""
    return {name: value for name, value in found.metrics.items() if name not in _NAMED}


def _say_saved(args: argparse.Namespace, path: Path, what: str) -> None:
    print(f"{path}: {what} saved", file=sys.stderr if args.json else sys.stdout)


def _dataset(loaded: CheckpointArrays, args: argparse.Namespace) -> Dataset:
    from himnet.data.load import load_dataset

    dataset = load_dataset(chosen_dataset(args.dataset, loaded), args.data_dir)
    if args.save:
        check_own_readings(loaded.dataset, dataset)
    return dataset


def _command(args: argparse.Namespace, info: DatasetInfo) -> str:
    """Return what measures the same again, without what only this machine has."""
    checkpoint, *dataset = portable_words(args.checkpoint, args.dataset, info)
    words = ["evaluate", checkpoint, "--split", args.split]
    words += ["--snapshots"] if args.snapshots else []
    words += dataset
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


def _table_of_snapshots(result: dict[str, Any]) -> str:
    lines = [
        f"{result['dataset']}, {result['split']}: all horizons of "
        f"{next(iter(result['snapshots'].values()))['windows']:,} windows",
        f"{'snapshot':>10} {'MAE':>8} {'RMSE':>8} {'MAPE %':>8}",
    ]
    for step, metrics in result["snapshots"].items():
        row = " ".join(f"{metrics['all'][name]:8.3f}" for name in METRICS)
        lines.append(f"{int(step):>10,} {row}")
    return "\n".join(lines)
