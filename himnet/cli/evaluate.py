"""`python -m himnet evaluate CKPT` and `evaluate --baseline NAME`."""

from __future__ import annotations

import argparse
from typing import Any

from himnet.cli.options import (
    add_data_options,
    add_device_options,
    add_json_option,
    print_json,
)
from himnet.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    parser.add_argument("checkpoint", nargs="?", metavar="CKPT", help="file, folder or name")
    parser.add_argument("--baseline", metavar="NAME", help="HI: historical inertia")
    parser.add_argument("--split", choices=("train", "val", "test"), default="test")
    parser.add_argument("--batch-size", type=int, default=64)
    add_data_options(parser)
    add_device_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, then print a table or JSON."""
    if (args.checkpoint is None) == (args.baseline is None):
        raise ConfigError("evaluate takes either a checkpoint or --baseline NAME, one of the two")
    if args.batch_size < 1:
        raise ConfigError(f"--batch-size must be at least 1, not {args.batch_size}")
    result = _evaluate_baseline(args) if args.checkpoint is None else _evaluate_checkpoint(args)
    if args.json:
        print_json(result)
    else:
        _print_table(result)
    return 0


def _evaluate_baseline(args: argparse.Namespace) -> dict[str, Any]:
    from himnet.data.load import load_dataset
    from himnet.evaluate import evaluate_baseline

    if args.dataset is None:
        raise ConfigError("--baseline needs the data set to measure on; add --dataset NAME")
    dataset = load_dataset(args.dataset, args.data_dir)
    return evaluate_baseline(args.baseline, dataset, args.split, show=True)


def _evaluate_checkpoint(args: argparse.Namespace) -> dict[str, Any]:
    from himnet.checkpoints import load_checkpoint
    from himnet.data.load import load_dataset
    from himnet.evaluate import evaluate_model

    checkpoint = load_checkpoint(args.checkpoint)
    dataset = load_dataset(args.dataset or checkpoint.dataset.name, args.data_dir)
    return evaluate_model(
        checkpoint.model,
        dataset,
        checkpoint.scaler,
        args.split,
        batch_size=args.batch_size,
        device=args.device,
        precision=args.precision,
        show=True,
    )


def _print_table(result: dict[str, Any]) -> None:
    print(f"{result['dataset']}, {result['split']}: {result['windows']:,} windows")
    print(f"{'steps':>6} {'MAE':>8} {'RMSE':>8} {'MAPE %':>8}")
    for steps, metrics in result.items():
        if isinstance(metrics, dict):
            row = " ".join(f"{metrics[name]:8.3f}" for name in ("mae", "rmse", "mape"))
            print(f"{steps:>6} {row}")
