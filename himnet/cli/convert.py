"""`python -m himnet convert SRC.pt DST`, and `convert CKPT DST --sensors FILE.csv` and such."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from himnet.cli.notes import print_stale_track, print_warnings
from himnet.cli.options import add_data_options
from himnet.config import PUBLISHED_ROWS, HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import USUAL_STEPS
from himnet.errors import CheckpointError, ConfigError, DataError
from himnet.limits import MAX_LINE, is_line
from himnet.scaler import Scaler
from himnet.strict_json import read_json

if TYPE_CHECKING:
    from himnet.checkpoints import CheckpointArrays


# for a state dict only: a checkpoint contains this information
_OF_STATE_DICTS = (
    "dataset", "data_dir", "mean", "std", "in_steps", "out_steps", "steps_per_day", "training",
    "key",
)  # fmt: skip
# texts about the data set of any model, and their names among the arguments
_TEXTS = {"name": "name", "source": "data_source", "licence": "licence"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `convert`."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="SRC.pt",
        help="a plain state dict, or a checkpoint to change with --sensors, --name, --source, "
        "--licence or --half",
    )
    parser.add_argument("destination", type=Path, metavar="DST.safetensors", help="file or folder")
    add_data_options(parser)
    parser.add_argument("--mean", type=float, help="mean of the training windows")
    parser.add_argument("--std", type=float, help="standard deviation of the training windows")
    _add_identity_options(parser)
    for option, what, usual in zip(("in", "out"), ("read", "forecast"), USUAL_STEPS, strict=True):
        parser.add_argument(
            f"--{option}-steps",
            type=int,
            metavar="T",
            help=f"steps to {what} (default: those of the data set's windows; {usual} without one)",
        )
    parser.add_argument(
        "--steps-per-day",
        type=int,
        metavar="N",
        help="readings per day, without a data set (default: rows for the time of day)",
    )
    parser.add_argument(
        "--key",
        help="key of the weights in SRC.pt, or begin of their names, if it contains several models",
    )
    parser.add_argument(
        "--training", type=Path, metavar="FILE.json", help="training metadata, a JSON object"
    )
    parser.add_argument(
        "--half", action="store_true", help="store the weights in float16, half the size"
    )
    parser.add_argument("--force", action="store_true", help="replace DST if it exists")


def _add_identity_options(parser: argparse.ArgumentParser) -> None:
    """Add what any model can be told about the data of its training."""
    parser.add_argument(
        "--sensors",
        type=Path,
        metavar="FILE.csv",
        help="id, latitude, longitude[, freeway, direction, name]",
    )
    parser.add_argument("--name", help="name by which the data set of its training is looked up")
    parser.add_argument(
        "--source",
        dest="data_source",
        metavar="NAME",
        help="who published the readings, to be named with results",
    )
    parser.add_argument("--licence", help="of the readings, such as 'CC BY 4.0'")


def run(args: argparse.Namespace) -> int:
    """Convert, and print a summary of the result."""
    from himnet.checkpoints.locate import MODEL_FILE
    from himnet.checkpoints.store import checkpoint_file
    from himnet.locks import check_writable, sole_writer

    target = checkpoint_file(args.destination)
    check_writable(target.parent)
    # training writes only this file; other files may be written at the same time
    with sole_writer(target.parent) if target.name == MODEL_FILE else nullcontext():
        _convert(args, target)
    return 0


def _convert(args: argparse.Namespace, target: Path) -> None:
    from himnet.checkpoints import load_arrays
    from himnet.data.sensors import read_sensors

    if target.exists() and not args.force:
        raise CheckpointError(f"{target} exists already; add --force to replace it")
    told = _told_by(args)
    sensors = None if args.sensors is None else read_sensors(args.sensors)
    checkpoint = _checkpoint(args.source)
    if checkpoint is not None and (sensors is not None or told or args.half):
        path = _tell(checkpoint, target, sensors, args)
    else:
        path = _describe(checkpoint or args.source, target, sensors, args)
    written = load_arrays(path)
    print(
        f"{path}: {written.config.num_parameters:,} parameters, {written.config.num_nodes} sensors "
        f"of {written.dataset.name or 'an unnamed data set'}"
    )
    print_warnings(written.warnings)
    _write_card(written)
    print_stale_track(path)


def _told_by(args: argparse.Namespace) -> dict[str, str]:
    """Return the texts about the data set that options give.

    Raises:
        ConfigError: for a text that a checkpoint cannot contain.
    """
    told = {name: text for name, key in _TEXTS.items() if (text := getattr(args, key)) is not None}
    for name, text in told.items():
        if not (text.strip() and is_line(text)):
            raise ConfigError(
                f"--{name} must be one line of 1 to {MAX_LINE} characters, not {text[:60]!r}"
            )
    return told


def _checkpoint(source: Path) -> Path | None:
    """Return the file of a checkpoint of this project; None for anything else."""
    from himnet.checkpoints import resolve_checkpoint
    from himnet.checkpoints.header import read_header

    try:
        file = source if source.is_file() else resolve_checkpoint(source)
    except CheckpointError:
        return None
    if file.suffix != ".safetensors" or "himnet" not in read_header(file).metadata:
        return None
    return file


def _tell(source: Path, target: Path, sensors: Sensors | None, args: argparse.Namespace) -> Path:
    """Write a checkpoint with other sensors, texts on its data or precision, else unchanged."""
    from himnet.checkpoints import load_arrays, save_checkpoint

    given = [name for name in _OF_STATE_DICTS if getattr(args, name) is not None]
    if given:
        raise ConfigError(
            f"{source} is a checkpoint, of which only --sensors, --name, --source, --licence and "
            f"--half can be changed; omit --{given[0].replace('_', '-')}"
        )
    loaded = load_arrays(source)
    print_warnings(loaded.warnings)
    if sensors is not None:
        _check_sensors(args.sensors, sensors, source, loaded.dataset.sensors)
    return save_checkpoint(
        target,
        loaded.weights,
        config=loaded.config,
        scaler=loaded.scaler,
        dataset=_told(loaded.dataset, sensors, _told_by(args)),
        training=loaded.training,
        metrics=loaded.metrics,
        half=args.half,
    )


def _check_sensors(table: Path, sensors: Sensors, source: Path, of_model: Sensors) -> None:
    if len(sensors) != len(of_model):
        raise ConfigError(
            f"the model of {source} has {len(of_model)} sensors, but {table} lists "
            f"{len(sensors)}; it needs one line per sensor, in their order"
        )
    if sensors.ids != of_model.ids and set(sensors.ids) == set(of_model.ids):
        raise ConfigError(
            f"{table} lists the sensors of {source} in a different order; use the order of the "
            f"model: {', '.join(of_model.ids[:3])}, ..."
        )


def _describe(
    source: Path, target: Path, sensors: Sensors | None, args: argparse.Namespace
) -> Path:
    """Write a checkpoint from a plain state dict."""
    from himnet.checkpoints import save_checkpoint
    from himnet.checkpoints.convert import infer_config, read_state_dict, used_times_of_day
    from himnet.checkpoints.tensors import check_finite

    training = _training(args.training)
    found = read_state_dict(source, args.key, print)
    check_finite(str(source), found)
    known = _identity(args)
    dataset = known.info
    per_day = dataset.steps_per_day if dataset else args.steps_per_day
    weights = found if per_day is None else used_times_of_day(found, per_day, source)
    before, ahead = _window_steps(known.window_steps, args)
    config = infer_config(
        weights,
        source=source,
        in_steps=before,
        out_steps=ahead,
        steps_per_day=per_day,
        num_nodes=len(sensors) if sensors else dataset.num_nodes if dataset else None,
    )
    info = _completed(dataset, sensors, config, args)
    path = save_checkpoint(
        target,
        weights,
        config=config,
        scaler=known.scaler,
        dataset=info,
        training=training,
        half=args.half,
    )
    if weights is not found:
        _say_thinned(config.steps_per_day)
    if known.window_steps is None and None in (args.in_steps, args.out_steps):
        print(
            f"no tensor shows how long the windows are: {before} steps in and {ahead} out were "
            f"assumed; give others with --in-steps and --out-steps"
        )
    if sensors is not None and dataset is None:
        _say_ordered(args.sensors)
    return path


def _say_ordered(table: Path) -> None:
    print(
        f"no tensor shows which sensor is which: the rows of {table} were taken in their order, "
        f"which must be that of the columns of the training data"
    )


def _say_thinned(per_day: int) -> None:
    every = PUBLISHED_ROWS // per_day
    print(
        f"of the {PUBLISHED_ROWS} rows for the time of day, rows 0, {every}, {2 * every}, ... are "
        f"kept: the data has {per_day} steps per day, and HimNet's published code, which always "
        f"makes {PUBLISHED_ROWS}, never uses the others"
    )


def _window_steps(of_data: tuple[int, int] | None, args: argparse.Namespace) -> tuple[int, int]:
    """Return T and T': those given, which must be the data set's; otherwise the data set's.

    Raises:
        ConfigError: if they contradict each other.
    """
    given = (args.in_steps, args.out_steps)
    for option, asked, found in zip(("in", "out"), given, of_data or given, strict=True):
        if None not in (asked, found) and asked != found:
            raise ConfigError(
                f"--{option}-steps is {asked}, but the windows of {args.dataset} have {found}; "
                f"omit it, or name the data set that the model was trained on"
            )
    before, ahead = (
        usual if asked is None else asked
        for asked, usual in zip(given, of_data or USUAL_STEPS, strict=True)
    )
    return before, ahead


def _write_card(written: CheckpointArrays) -> None:
    """Write the model card into a checkpoint's folder, unless there is one."""
    from himnet.checkpoints.format import write_atomically
    from himnet.checkpoints.locate import MODEL_FILE
    from himnet.training.card import model_card

    card = written.path.with_name("README.md")
    if written.path.name != MODEL_FILE:
        return
    if card.exists():
        print(f"{card} already exists and is not changed")
        return
    text = model_card(written.config, written.dataset, written.training, written.metrics)
    try:
        write_atomically(card, text.encode())
    except OSError as error:
        raise CheckpointError(f"{card} cannot be written ({error.strerror}); check it") from error


@dataclass(frozen=True)
class _Identity:
    """What is known of the data that a state dict was trained on."""

    info: DatasetInfo | None
    scaler: Scaler
    window_steps: tuple[int, int] | None


def _identity(args: argparse.Namespace) -> _Identity:
    """Return the identity of the data set if one is named; the scaler from it or the options."""
    from himnet.data.load import load_dataset
    from himnet.data.registry import DATASETS
    from himnet.data.scaling import training_scaler

    if (args.mean is None) != (args.std is None):
        raise ConfigError("--mean and --std belong together; give both or neither")
    given = None if args.mean is None else Scaler(args.mean, args.std)
    if args.dataset is None:
        if given is None:
            raise ConfigError(
                "a state dict does not contain the scaler; name the data set with --dataset, or "
                "give --mean and --std of its training windows"
            )
        return _Identity(None, given, None)
    try:
        dataset = load_dataset(args.dataset, args.data_dir)
    except DataError:
        # if the scaler is given, the fact sheet of a published data set is sufficient
        if given is None or args.dataset not in DATASETS:
            raise
        return _Identity(DATASETS[args.dataset].info(), given, USUAL_STEPS)
    return _Identity(dataset.info, given or training_scaler(dataset), dataset.window_steps)


def _completed(
    dataset: DatasetInfo | None,
    sensors: Sensors | None,
    config: HimNetConfig,
    args: argparse.Namespace,
) -> DatasetInfo:
    """Return the data set's identity for the checkpoint, checked against the model's sizes."""
    info = dataset or DatasetInfo(
        name="",  # the tensors do not contain it, and a file's name says nothing about it
        sensors=Sensors.numbered(config.num_nodes),
        steps_per_day=config.steps_per_day,
        first_weekday=None,
    )
    count, steps, given = config.num_nodes, config.steps_per_day, args.steps_per_day
    for source, *sizes in (
        (info.name, info.num_nodes, info.steps_per_day),
        (args.sensors, len(sensors) if sensors else count, steps),
        ("--steps-per-day", count, steps if given is None else given),
    ):
        for what, of_model, of_data in config.misfits(*sizes):
            raise ConfigError(
                f"the weights are for {of_model} {what}, but {source} has {of_data}; "
                f"name the data set that the model was trained on"
            )
    return _told(info, sensors, _told_by(args))


def _told(info: DatasetInfo, sensors: Sensors | None, told: dict[str, str]) -> DatasetInfo:
    """Return the identity, overridden by the given sensors and texts."""
    info = info if sensors is None else replace(info, sensors=sensors)
    changed: dict[str, Any] = dict(told)
    return replace(info, **changed)


def _training(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as JSON ({error}); correct it") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must contain a JSON object with training metadata")
    return content
