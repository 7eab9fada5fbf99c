"""Options that several commands share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from himnet import texts
from himnet.checkpoints.locate import MODEL_FILE
from himnet.data.load import name_of_stranger
from himnet.errors import ConfigError, DataError

if TYPE_CHECKING:
    from himnet.checkpoints import Checkpoint, CheckpointArrays
    from himnet.data.dataset import Dataset
    from himnet.data.info import DatasetInfo


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add `--dataset` and `--data-dir`."""
    parser.add_argument(
        "--dataset",
        metavar="NAME",
        help="METRLA, ..., synthetic, or the name or path of a folder with data.npz and index.npz",
    )
    add_folder_option(parser)


def add_folder_option(parser: argparse.ArgumentParser) -> None:
    """Add `--data-dir`."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="folder of the data sets (default: HIMNET_DATA_DIR, else data/)",
    )


def chosen_dataset(given: str | None, checkpoint: Checkpoint | CheckpointArrays) -> str:
    """Return the data set given by `--dataset`, or else the one that the checkpoint names.

    Raises:
        ConfigError: if there is neither.
        DataError: if the name in the checkpoint cannot be used safely.
    """
    if not given and not checkpoint.dataset.name:
        raise ConfigError(
            f"{checkpoint.path} does not name the data set of its model; give it with "
            f"--dataset NAME"
        )
    return given or name_of_stranger(checkpoint.dataset)


def portable_words(checkpoint: str | Path, dataset: str | None, info: DatasetInfo) -> list[str]:
    """Return the checkpoint, and `--dataset`, as a command names them that any machine can run.

    Of a path that only this machine has, the last part stays; a data set given by its path is left
    out where the checkpoint names it.

    Args:
        checkpoint: as it was given.
        dataset: as it was given, or None.
        info: the data set that the checkpoint names.
    """
    path = Path(checkpoint)
    if path.is_absolute():
        path = Path(path.parent.name if path.name == MODEL_FILE else path.name)
    words = [texts.operand(path)]
    if not dataset:
        return words
    if "/" not in dataset and "\\" not in dataset:
        return [*words, "--dataset", dataset]
    return words if info.name else [*words, "--dataset", Path(dataset).name]


def check_own_readings(of_model: DatasetInfo, dataset: Dataset) -> None:
    """Refuse to save what was measured on other readings than those that a checkpoint names.

    Args:
        of_model: the data set that the checkpoint names.
        dataset: that is measured on.

    Raises:
        DataError: if their readings differ.
    """
    if of_model.sha256 not in (None, dataset.info.sha256):
        raise DataError(
            f"--save is for the data set that the checkpoint names, but '{dataset.name}' has other "
            f"readings than its '{of_model.name}'; omit --save, or name that data set"
        )


def add_device_options(
    parser: argparse.ArgumentParser, precisions: Sequence[str] = ("float32", "bfloat16")
) -> None:
    """Add `--device` and `--precision`."""
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--precision", choices=precisions, default="float32")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def print_json(result: Any) -> None:
    """Write a result to standard output as indented JSON; NaN becomes null.

    In ASCII, which every console supports; JSON escapes all other characters.
    """
    from himnet.metrics import without_nan

    json.dump(without_nan(result), sys.stdout, indent=2, allow_nan=False)
    print()


def print_result(args: argparse.Namespace, result: Any, as_text: Callable[[Any], str]) -> None:
    """Write a result to standard output: as JSON if `--json` was given, otherwise as text."""
    if args.json:
        print_json(result)
    else:
        print(as_text(result))


def exit_status(signal: int | None) -> int:
    """Return the exit status, by the convention of shells for commands ended by a signal."""
    return 0 if signal is None else 128 + signal
