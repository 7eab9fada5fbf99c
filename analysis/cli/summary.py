"""`python -m analysis summary`: what models connect and use, from what is stored beside them."""

from __future__ import annotations

import argparse

from himnet.cli.notes import print_warnings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `summary`."""
    parser.add_argument(
        "--checkpoint",
        required=True,
        nargs="+",
        metavar="CKPT",
        help="files, folders or names of checkpoints, each of which becomes a row",
    )


def run(args: argparse.Namespace) -> int:
    """Print a table in Markdown of what `graph`, `why --average` and `identity` stored."""
    from analysis.summary import markdown_summary, stored_beside
    from himnet.checkpoints import load_arrays

    models = []
    for name in dict.fromkeys(args.checkpoint):
        arrays = load_arrays(name)
        print_warnings(arrays.warnings)
        models.append(stored_beside(name, arrays))
    print(markdown_summary(models))
    return 0
