"""Options that the commands of `analysis` share."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from himnet import texts
from himnet.cli.options import add_data_options, portable_words
from himnet.progress import progress

if TYPE_CHECKING:
    from tqdm import tqdm

    from analysis.material import Material
    from himnet.data.info import DatasetInfo


def add_material_options(parser: argparse.ArgumentParser) -> None:
    """Add `--checkpoint`, `--dataset` and `--data-dir`."""
    parser.add_argument(
        "--checkpoint",
        default="metr-la",
        metavar="CKPT",
        help="file, folder or name of a checkpoint (default: metr-la)",
    )
    add_data_options(parser)


def add_saving_options(parser: argparse.ArgumentParser) -> None:
    """Add `--save` for what is measured with a checkpoint."""
    parser.add_argument(
        "--save",
        action="store_true",
        help="also write the results to measured.safetensors next to the checkpoint",
    )


def saving_command(
    args: argparse.Namespace, name: str, info: DatasetInfo, *, checkpoint: str | None = None
) -> str:
    """Return what measures and saves the same again, without what only this machine has.

    Args:
        args: with `checkpoint` and `dataset`.
        name: of the command of `analysis`.
        info: the data set that the checkpoint names.
        checkpoint: the one that is measured, if `args` name several.
    """
    words = portable_words(checkpoint or args.checkpoint, args.dataset, info)
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
