"""Options that the commands of `analysis` share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from himnet import texts
from himnet.cli.options import add_data_options, check_own_readings, portable_words
from himnet.progress import progress

if TYPE_CHECKING:
    from tqdm import tqdm

    from analysis.material import Material
    from himnet.data.info import DatasetInfo


def add_material_options(
    parser: argparse.ArgumentParser, *, default: str | None = "metr-la"
) -> None:
    """Add `--checkpoint`, `--dataset` and `--data-dir`.

    Args:
        parser: of the command.
        default: name of the checkpoint that is used if none is given; None requires one.
    """
    otherwise = "" if default is None else f" (default: {default})"
    parser.add_argument(
        "--checkpoint",
        default=default,
        required=default is None,
        metavar="CKPT",
        help=f"file, folder or name of a checkpoint{otherwise}",
    )
    add_data_options(parser)


def add_saving_options(parser: argparse.ArgumentParser) -> None:
    """Add `--save` for what is measured with a checkpoint."""
    parser.add_argument(
        "--save",
        action="store_true",
        help="also write the results to measured.safetensors next to the checkpoint",
    )


def add_cache_options(options: argparse._ActionsContainer) -> None:
    """Add `--cache` and `--so-far` to a command that goes on where it was stopped."""
    options.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="folder of what is done so far, from which the same command goes on after it was "
        "stopped (default: HIMNET_CACHE_DIR, else himnet-explorer in the user's cache)",
    )
    options.add_argument(
        "--so-far", action="store_true", help="measure nothing; print the result of what is done"
    )


def check_so_far(args: argparse.Namespace) -> None:
    """Refuse `--so-far` together with `--save`.

    Raises:
        AnalysisError: for both.
    """
    if args.so_far and args.save:
        raise AnalysisError("--so-far measures nothing that --save could keep; omit one of them")


def check_material_savable(material: Material) -> None:
    """Check before a measurement that its result can be saved beside the checkpoint.

    Raises:
        DataError: for other readings than those that the checkpoint names.
        CheckpointError: for a folder that cannot be written.
    """
    from himnet.checkpoints.measured import check_savable

    if material.dataset is not None:
        check_own_readings(material.info, material.dataset)
    check_savable(material.arrays.path)


def saving_command(
    args: argparse.Namespace,
    name: str,
    info: DatasetInfo,
    *,
    checkpoint: str | None = None,
    files: Mapping[str, Path] | None = None,
) -> str:
    """Return what measures and saves the same again, without what only this machine has.

    Args:
        args: with `checkpoint` and `dataset`.
        name: of the command of `analysis`.
        info: the data set that the checkpoint names.
        checkpoint: the one that is measured, if `args` name several.
        files: further ones by their option, of whose paths the last part stays.
    """
    words = portable_words(checkpoint or args.checkpoint, args.dataset, info)
    for option, path in (files or {}).items():
        words += [option, texts.operand(path.name)]
    return texts.command("python", "-m", "analysis", name, "--checkpoint", *words, "--save")


def print_missing(material: Material) -> None:
    """Print on standard error which of data set, track and base map is missing or unusable."""
    if material.dataset is None:
        instead = "forecasts of the track are shown" if material.track else "no track either"
        print(f"no readings ({instead}): {material.dataset_problem}", file=sys.stderr)
    if material.basemap_problem:
        print(f"another map is drawn: {material.basemap_problem}", file=sys.stderr)


class StepsBar:
    """A progress bar for the evaluation of claims."""

    def __init__(self) -> None:
        self._bar: tqdm[str] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar."""
        if self._bar is None:
            self._bar = progress(description=what, total=total, unit="step")
        self._bar.set_description(what, refresh=False)
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.close()
