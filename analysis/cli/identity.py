"""`python -m analysis identity`: what exchanging all embeddings at once costs, by class."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.options import (
    add_cache_options,
    add_material_options,
    add_saving_options,
    check_material_savable,
    check_so_far,
    saving_command,
)
from himnet import texts
from himnet.cli.notes import print_warnings
from himnet.cli.options import add_json_option, print_json

if TYPE_CHECKING:
    from analysis.identity.measure import Plan
    from analysis.material import Material


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `identity`."""
    from analysis.identity.measure import WINDOWS

    add_material_options(parser, default=None)
    parser.add_argument(
        "--windows",
        type=int,
        default=WINDOWS,
        metavar="N",
        help=f"windows of the test split, drawn at random (default: {WINDOWS})",
    )
    add_cache_options(parser)
    add_saving_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure what is not yet done, print the result, and save it if that is wanted."""
    from analysis.cache import cache_folder
    from analysis.identity.curve import identity_of
    from analysis.identity.measure import measure, plan_of, so_far
    from analysis.identity.stored import save_identity
    from analysis.identity.table import results, text
    from analysis.material import load_material

    check_so_far(args)
    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    material.required_dataset()
    if args.save:
        check_material_savable(material)
    cache = args.cache or cache_folder()
    plan = plan_of(material, windows=args.windows)
    if args.so_far:
        sums = so_far(plan, cache)
    else:
        _say_plan(plan, cache)
        sums = measure(plan, cache_dir=cache, show=True)
    found, unit = identity_of(plan, sums), material.info.unit
    if args.json:
        print_json(results(found, unit))
    else:
        print(texts.terminal(text(found, texts.line(unit))))
    if args.save:
        path = save_identity(material, found, command=_command(args, material))
        print(f"{path}: identity curve saved", file=sys.stderr if args.json else sys.stdout)
    return 0


def _say_plan(plan: Plan, cache: Path) -> None:
    """Say on standard error how much is to be done, and where the sums are kept."""
    from analysis.identity.measure import so_far, sums_file

    done, windows = so_far(plan, cache).done, len(plan.steps)
    begin = f"going on after {done} of {windows} windows" if done else f"{windows} windows"
    print(
        f"{begin}, {plan.passes} passes each; sums are kept in {sums_file(plan, cache)}, so the "
        "same command goes on if it is stopped",
        file=sys.stderr,
    )


def _command(args: argparse.Namespace, material: Material) -> str:
    """Return what measures and saves the same again."""
    from analysis.identity.measure import WINDOWS

    windows = "" if args.windows == WINDOWS else f" --windows {args.windows}"
    return saving_command(args, "identity", material.arrays.dataset) + windows
