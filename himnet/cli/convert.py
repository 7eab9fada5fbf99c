"""`python -m himnet convert SRC.pt DST.safetensors`."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from himnet.cli.notes import print_stale_track
from himnet.cli.options import add_data_options
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.errors import CheckpointError, ConfigError, DataError
from himnet.scaler import Scaler


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `convert`."""
    parser.add_argument("source", type=Path, metavar="SRC.pt", help="a plain state dict")
    parser.add_argument("destination", type=Path, metavar="DST.safetensors", help="file or folder")
    add_data_options(parser)
    parser.add_argument("--mean", type=float, help="mean of the training windows")
    parser.add_argument("--std", type=float, help="standard deviation of the training windows")
    parser.add_argument(
        "--sensors", type=Path, metavar="FILE.csv", help="id, latitude, longitude[, freeway, ...]"
    )
    parser.add_argument("--in-steps", type=int, default=12, metavar="T", help="default: 12")
    parser.add_argument("--out-steps", type=int, default=12, metavar="T", help="default: 12")
    parser.add_argument(
        "--steps-per-day",
        type=int,
        metavar="N",
        help="readings a day, where an ablated model has no dictionary that tells",
    )
    parser.add_argument(
        "--training", type=Path, metavar="FILE.json", help="how it was trained, as a JSON object"
    )
    parser.add_argument("--force", action="store_true", help="replace DST where it exists")


def run(args: argparse.Namespace) -> int:
    """Convert, and say what came out."""
    from himnet.checkpoints.convert import infer_config, read_state_dict
    from himnet.checkpoints.store import checkpoint_file, save_checkpoint
    from himnet.data.sensors import read_sensors

    target = checkpoint_file(args.destination)
    if target.exists() and not args.force:
        raise CheckpointError(f"{target} exists already; add --force to replace it")
    training = _training(args.training)
    sensors = None if args.sensors is None else read_sensors(args.sensors)
    weights = read_state_dict(args.source)
    dataset, scaler = _identity(args)
    config = infer_config(
        weights,
        in_steps=args.in_steps,
        out_steps=args.out_steps,
        steps_per_day=dataset.steps_per_day if dataset else args.steps_per_day,
        num_nodes=len(sensors) if sensors else dataset.num_nodes if dataset else None,
    )
    info = _completed(dataset, sensors, config, args)
    path = save_checkpoint(
        target, weights, config=config, scaler=scaler, dataset=info, training=training
    )
    print(
        f"{path}: {config.num_parameters:,} parameters, {config.num_nodes} sensors of {info.name}"
    )
    print_stale_track(path)
    return 0


def _identity(args: argparse.Namespace) -> tuple[DatasetInfo | None, Scaler]:
    """Return the data set's identity where one is named, and the scaler from it or the options."""
    from himnet.data.load import load_dataset
    from himnet.data.registry import DATASETS
    from himnet.data.scaling import training_scaler

    if (args.mean is None) != (args.std is None):
        raise ConfigError("--mean and --std go together; give both or neither")
    given = None if args.mean is None else Scaler(args.mean, args.std)
    if args.dataset is None:
        if given is None:
            raise ConfigError(
                "the scaler is not in a state dict; name the data set with --dataset, or give "
                "--mean and --std of its training windows"
            )
        return None, given
    try:
        dataset = load_dataset(args.dataset, args.data_dir)
    except DataError:
        # with the scaler given, the fact sheet of a published data set is enough
        if given is None or args.dataset not in DATASETS:
            raise
        return DATASETS[args.dataset].info(), given
    return dataset.info, given or training_scaler(dataset)


def _completed(
    dataset: DatasetInfo | None,
    sensors: Sensors | None,
    config: HimNetConfig,
    args: argparse.Namespace,
) -> DatasetInfo:
    """Return the identity that goes into the checkpoint, checked against the model's sizes."""
    info = dataset or DatasetInfo(
        name=args.source.stem,
        sensors=Sensors.numbered(config.num_nodes),
        steps_per_day=config.steps_per_day,
        first_weekday=None,
    )
    given = args.steps_per_day
    for what, source, of_data, of_model in (
        ("sensors", info.name, info.num_nodes, config.num_nodes),
        ("sensors", args.sensors, len(sensors) if sensors else None, config.num_nodes),
        ("steps per day", info.name, info.steps_per_day, config.steps_per_day),
        ("steps per day", "--steps-per-day", given, config.steps_per_day),
    ):
        if of_data not in (None, of_model):
            raise ConfigError(
                f"the weights are for {of_model} {what}, but {source} has {of_data}; "
                f"name the data set that the model was trained on"
            )
    return info if sensors is None else replace(info, sensors=sensors)


def _training(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as JSON ({error}); correct it") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold one JSON object that says how the model was trained")
    return content
