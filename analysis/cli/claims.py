"""`python -m analysis claims`: test claims about models with statistics and null models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.cli.options import StepsBar, add_saving_options, saving_command
from himnet.cli.notes import print_warnings
from himnet.cli.options import (
    add_data_options,
    add_json_option,
    check_own_readings,
    print_json,
)
from himnet.texts import line

if TYPE_CHECKING:
    from analysis.claims.result import ClaimResult
    from analysis.material import Material


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `claims`."""
    from analysis.claims.rules import UNTRAINED, UNTRAINED_FORWARD

    parser.add_argument(
        "--checkpoint",
        required=True,
        nargs="+",
        metavar="CKPT",
        help="file, folder or name of a checkpoint; of several, a table by checkpoint is printed",
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
    parser.add_argument(
        "--stored",
        action="store_true",
        help="print the results that are stored beside the checkpoint, without measuring again",
    )
    add_saving_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate all claims, then print a table or JSON."""
    _check_options(args)
    found = {
        name: _stored(name) if args.stored else _measured(args, name)
        for name in dict.fromkeys(args.checkpoint)
    }
    _print(args, found)
    return 0


def _check_options(args: argparse.Namespace) -> None:
    from analysis.claims.rules import UNTRAINED_FORWARD
    from himnet.errors import ConfigError

    if args.untrained < UNTRAINED_FORWARD:
        raise ConfigError(
            f"--untrained {args.untrained} is too few: with fewer than {UNTRAINED_FORWARD} "
            f"untrained models, no p value can be below 0.05; omit the option or give more"
        )
    if args.seed < 0:
        raise ConfigError(f"--seed must be 0 or more, not {args.seed}")
    if args.dataset is not None and len(args.checkpoint) > 1:
        raise ConfigError("--dataset is for one checkpoint; omit it, or give one --checkpoint")
    if args.stored and args.save:
        raise ConfigError("--stored measures nothing that --save could keep; omit one of them")


def _measured(args: argparse.Namespace, name: str) -> list[ClaimResult]:
    """Evaluate the claims about one model, and save them if that is wanted."""
    from analysis.claims.catalogue import EVERY
    from analysis.claims.run import evaluate_claims
    from analysis.claims.stored import save_claims
    from analysis.material import load_material

    material = load_material(name, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    if args.save:
        _check_savable(args, material)
    results = evaluate_claims(
        material,
        seed=args.seed,
        untrained=args.untrained,
        clusters=args.clusters,
        claims=EVERY,
        report=StepsBar(),
    )
    if args.save:
        command = saving_command(args, "claims", material.arrays.dataset, checkpoint=name)
        path = save_claims(material.arrays, results, data=material.sums[2], command=command)
        print(f"{path}: claims saved", file=sys.stderr if args.json else sys.stdout)
    return results


def _stored(name: str) -> list[ClaimResult]:
    """Return the results beside a checkpoint.

    Raises:
        AnalysisError: if there are none, or if they are damaged.
    """
    from analysis.claims.stored import stored_claims
    from analysis.errors import AnalysisError
    from himnet.checkpoints import load_arrays

    arrays = load_arrays(name)
    print_warnings(arrays.warnings)
    found = stored_claims(arrays)
    if found is None:
        raise AnalysisError(
            f"no claims are stored beside {arrays.path}; omit --stored to measure them, and add "
            f"--save to store them"
        )
    return [*found.results, *found.places]


def _print(args: argparse.Namespace, found: Mapping[str, Sequence[ClaimResult]]) -> None:
    from analysis.claims.by_checkpoint import markdown_by_checkpoint
    from analysis.claims.rules import RULES
    from analysis.claims.table import markdown, text

    told = {name: [result.to_dict() for result in results] for name, results in found.items()}
    [(name, results), *more] = found.items()
    if args.json:
        own = {"checkpoints": told} if more else {"claims": told[name]}
        print_json({"rules": RULES, **own})
    elif not more:
        print(markdown(results) if args.markdown else text(results))
    elif args.markdown:
        print(markdown_by_checkpoint(found))
    else:
        print("\n\n".join(f"{line(name)}\n\n{text(own)}" for name, own in found.items()))


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
