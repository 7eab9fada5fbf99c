"""`python -m analysis claims`: test the paper's claims with statistics and null models."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from analysis.cli.options import add_saving_options, saving_command
from himnet.cli.notes import print_warnings
from himnet.cli.options import (
    add_data_options,
    add_json_option,
    check_own_readings,
    print_json,
)
from himnet.progress import progress

if TYPE_CHECKING:
    from tqdm import tqdm

    from analysis.material import Material


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `claims`."""
    from analysis.claims.rules import UNTRAINED, UNTRAINED_FORWARD

    parser.add_argument(
        "--checkpoint", required=True, metavar="CKPT", help="file, folder or name of a checkpoint"
    )
    add_data_options(parser)
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument(
        "--untrained",
        type=int,
        default=UNTRAINED,
        metavar="N",
        help=f"number of untrained models to compare with (default: {UNTRAINED}, at least "
        f"{UNTRAINED_FORWARD}); at most {UNTRAINED_FORWARD} of them are run on the data",
    )
    parser.add_argument(
        "--clusters", type=int, metavar="K", help="number of clusters (default: 15 or fewer)"
    )
    parser.add_argument(
        "--markdown", action="store_true", help="print the table as Markdown, without notes"
    )
    add_saving_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate all claims, then print a table or JSON."""
    from analysis.claims.rules import RULES, UNTRAINED_FORWARD
    from analysis.claims.run import evaluate_claims
    from analysis.claims.stored import save_claims
    from analysis.claims.table import markdown, text
    from analysis.material import load_material
    from himnet.errors import ConfigError

    if args.untrained < UNTRAINED_FORWARD:
        raise ConfigError(
            f"--untrained {args.untrained} is too few: with fewer than {UNTRAINED_FORWARD} "
            f"untrained models, no p value can be below 0.05; omit the option or give more"
        )
    if args.seed < 0:
        raise ConfigError(f"--seed must be 0 or more, not {args.seed}")
    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    if args.save:
        _check_savable(args, material)
    results = evaluate_claims(
        material,
        seed=args.seed,
        untrained=args.untrained,
        clusters=args.clusters,
        report=_Bar(),
    )
    if args.json:
        print_json({"rules": RULES, "claims": [result.to_dict() for result in results]})
    else:
        print(markdown(results) if args.markdown else text(results))
    if args.save:
        path = save_claims(
            material.arrays, results, data=material.sums[2], command=saving_command(args, "claims")
        )
        print(f"{path}: claims saved", file=sys.stderr if args.json else sys.stdout)
    return 0


def _check_savable(args: argparse.Namespace, material: Material) -> None:
    """Check before the evaluation that its results can be saved and would be the usual ones."""
    from analysis.claims.rules import UNTRAINED
    from analysis.claims.stored import PART
    from himnet.checkpoints.measured import check_savable
    from himnet.errors import ConfigError, DataError

    usual: dict[str, tuple[int | None, int | None]] = {
        "--seed": (args.seed, 0),
        "--untrained": (args.untrained, UNTRAINED),
        "--clusters": (args.clusters, None),
    }
    for option, (given, default) in usual.items():
        if given != default:
            raise ConfigError(
                f"--save keeps the results of the default settings, which every page shows; omit "
                f"{option} {given}, or omit --save"
            )
    data = material.dataset
    if data is not None:
        check_own_readings(material.info, data)
    kept = material.arrays.measured.used.get(PART)
    if data is None and kept is not None and kept.data:
        raise DataError(
            "--save would replace claims that were measured with the data set by results without "
            f"it, since {material.dataset_problem}; omit --save"
        )
    check_savable(material.arrays.path)


class _Bar:
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
