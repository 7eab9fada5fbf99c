"""`python -m analysis claims`: test the paper's claims with statistics and null models."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from himnet.cli.notes import print_warnings
from himnet.cli.options import add_data_options, add_json_option, print_json
from himnet.progress import progress

if TYPE_CHECKING:
    from tqdm import tqdm


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
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate all claims, then print a table or JSON."""
    from analysis.claims.rules import RULES, UNTRAINED_FORWARD
    from analysis.claims.run import evaluate_claims
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
    return 0


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
