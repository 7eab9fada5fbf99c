"""`python -m analysis gaps DIR --out FILE`: a figure of the missing readings of a data set."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.errors import AnalysisError
from himnet import texts
from himnet.cli.options import add_data_options, add_json_option, print_json
from himnet.locks import check_writable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `gaps`."""
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="DIR",
        help="folder or name of a data set, as `python -m himnet prepare` makes it; the same as "
        "--dataset",
    )
    add_data_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("gaps.pdf"),
        metavar="FILE",
        help="figure; its ending is .pdf, .svg or .png (default: gaps.pdf)",
    )
    parser.add_argument(
        "--width",
        choices=("single", "double"),
        default="single",
        help="one column, 84 mm, or two, 178 mm (default: single)",
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Draw the figure, write it, and print its caption with the longest gaps."""
    from analysis.paper.canvas import checked_width
    from analysis.paper.gaps import draw_gaps
    from analysis.paper.save import figure_bytes, write_files
    from himnet.data.load import load_dataset

    kind, name = _format(args.out), _name(args)
    check_writable(args.out.parent)
    dataset = load_dataset(name, args.data_dir)
    drawn = draw_gaps(dataset, width=checked_width(args.width))
    about = {name: part for name, part in drawn.case.items() if name != "by_sensor"}
    about["caption"] = drawn.caption
    content = figure_bytes(drawn.figure, kind, title="Missing readings", about=about)
    (path,) = write_files(args.out.parent, [(args.out.name, content)])
    if args.json:
        print_json({"path": str(path), "caption": drawn.caption, **drawn.case})
    else:
        print(f"{path}: {texts.line(drawn.caption)}")
    return 0


def _name(args: argparse.Namespace) -> str:
    """Return the data set, which is named once.

    Raises:
        AnalysisError: if it is not named, or twice.
    """
    if (args.folder is None) == (args.dataset is None):
        raise AnalysisError("name one data set: python -m analysis gaps DIR --out FILE")
    return str(args.dataset if args.folder is None else args.folder)


def _format(out: Path) -> str:
    """Return the format that a file's ending names.

    Raises:
        AnalysisError: for another ending, or none.
    """
    from analysis.paper.save import FORMATS

    kind = out.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        endings = ", ".join(f".{name}" for name in FORMATS)
        raise AnalysisError(f"--out is '{out}'; its ending must be one of {endings}")
    return kind
