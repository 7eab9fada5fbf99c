"""Options that the commands of this room share."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from himnet.cli.options import add_data_options

if TYPE_CHECKING:
    from analysis.material import Material


def add_material_options(parser: argparse.ArgumentParser) -> None:
    """Add `--checkpoint`, `--dataset` and `--data-dir`."""
    parser.add_argument(
        "--checkpoint",
        default="metr-la",
        metavar="CKPT",
        help="file, folder or name of a checkpoint (default: metr-la)",
    )
    add_data_options(parser)


def print_missing(material: Material) -> None:
    """Say on standard error which of data set and track is not there."""
    if material.dataset is None:
        instead = "the track's forecasts are drawn instead" if material.track else "no track either"
        print(f"no readings ({instead}): {material.dataset_problem}", file=sys.stderr)
