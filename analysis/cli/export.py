"""`python -m analysis export --checkpoint CKPT --out FILE.npz`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from analysis.cli.options import add_material_options
from analysis.errors import AnalysisError
from analysis.geometry.clustering import DEFAULT_CLUSTERS, Method
from analysis.geometry.spaces import PoolChoice, SpaceChoice
from analysis.limits import MOST_QUADRATIC
from himnet.cli.options import add_json_option, print_json
from himnet.locks import check_writable

if TYPE_CHECKING:
    from analysis.export import Export, ExportChoice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `export`."""
    add_material_options(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("export.npz"), metavar="FILE", help="default: export.npz"
    )
    parser.add_argument(
        "--date",
        metavar="DAY",
        help="export E_st for this day, such as 2012-03-01; a day outside the track needs the data "
        "set (default: all moments of the track)",
    )
    parser.add_argument(
        "--meta-parameters",
        action="store_true",
        help="also export the generated meta-parameters of sensors and hours: tens of MB",
    )
    _add_choices(parser)
    add_json_option(parser)


def _add_choices(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("choice of meta-parameters and clustering")
    group.add_argument("--pool", choices=get_args(PoolChoice), default="both", help="default: both")
    group.add_argument("--layer", default="all", metavar="L", help="1, 2, ... or all (default)")
    group.add_argument("--no-bias", action="store_true", help="omit the generated biases")
    group.add_argument(
        "--clusters", type=int, metavar="K",
        help=f"default: {DEFAULT_CLUSTERS}, fewer for few sensors",
    )  # fmt: skip
    group.add_argument(
        "--method", choices=get_args(Method),
        help=f"default: ward; minibatch for more than {MOST_QUADRATIC:,} sensors",
    )  # fmt: skip
    group.add_argument("--seed", type=int, default=0, metavar="N", help="random seed of k-means")


def run(args: argparse.Namespace) -> int:
    """Collect the arrays, write them, and list them."""
    choice = _choice(args)
    from analysis.export import collect
    from analysis.material import load_material
    from analysis.paper.save import write_files

    check_writable(args.out.parent)
    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    export = collect(material, choice)
    (path,) = write_files(args.out.parent, [(args.out.name, export.to_npz())])
    if args.json:
        print_json({"path": str(path), "header": export.header})
    else:
        _say(path, export)
    for name, reason in export.left_out.items():
        print(f"{name} is omitted: {reason}", file=sys.stderr)
    return 0


def _choice(args: argparse.Namespace) -> ExportChoice:
    from analysis.export import ExportChoice

    if args.layer != "all" and not args.layer.isdecimal():
        raise AnalysisError(f"--layer is '{args.layer}'; choose 1, 2, ... or all")
    space = SpaceChoice(pool=args.pool, bias=not args.no_bias)
    return ExportChoice(
        space=space if args.layer == "all" else replace(space, layer=int(args.layer) - 1),
        clusters=args.clusters,
        method=args.method,
        seed=args.seed,
        date=args.date,
        meta_parameters=args.meta_parameters,
    )


def _say(path: Path, export: Export) -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB; its entry 'header' describes each array")
    longest = max(map(len, export.entries))
    for name, entry in export.entries.items():
        print(
            f"  {name:{longest}}  {entry.array.shape!s:18} {entry.array.dtype!s:14} {entry.words}"
        )
