"""`python -m analysis figures --checkpoint CKPT --out DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli.options import add_material_options, print_missing
from analysis.errors import AnalysisError
from analysis.paper.settings import (
    FIGURES,
    Case,
    FigureSettings,
    file_stem,
    with_case,
    with_panels,
)
from analysis.paper.settings_file import read_settings, read_width
from himnet.cli.options import add_json_option, print_json
from himnet.locks import check_writable

if TYPE_CHECKING:
    from analysis.material import Material
    from analysis.paper.registry import Results

_FORMATS = ("pdf", "svg", "png")
_WITH_CASES = ("1", "4", "5", "6")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `figures`."""
    add_material_options(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("figures"), metavar="DIR", help="default: figures/"
    )
    parser.add_argument(
        "--figure",
        nargs="+",
        choices=FIGURES,
        metavar="N",
        help=f"any of {', '.join(FIGURES)} (default: all whose results are available)",
    )
    parser.add_argument(
        "--format", nargs="+", choices=_FORMATS, default=["pdf"], help="formats (default: pdf)"
    )
    parser.add_argument(
        "--width",
        choices=("single", "double"),
        help="one column, 84 mm, or two, 178 mm (default: as in the settings file, else double)",
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="figures.json, or only its settings"
    )
    _add_look(parser)
    _add_cases(parser)
    _add_results(parser)
    add_json_option(parser)


def _add_look(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("layout and lettering")
    group.add_argument(
        "--panels",
        type=_letters,
        metavar="A,B",
        help="panels to draw, such as a,b,e; they are lettered anew (default: all)",
    )
    group.add_argument("--font", metavar="NAME", help="such as STIXGeneral (default: DejaVu Sans)")
    group.add_argument(
        "--svg-text",
        action="store_true",
        default=None,
        help="leave the text of SVG files text, which needs the font where they are shown",
    )
    group.add_argument(
        "--latex",
        action="store_true",
        help="also write figureN.tex: a figure environment with caption and label",
    )


def _letters(text: str) -> tuple[str, ...]:
    """Read the letters of panels, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _add_cases(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "cases", "what the figures show; chosen automatically by default"
    )
    group.add_argument(
        "--clusters", nargs="+", type=int, metavar="K", help="two clusters (figure 4: three)"
    )
    group.add_argument("--sensors", nargs="+", metavar="ID", help="for figures 5 and 6")
    group.add_argument("--date", metavar="DAY", help="such as 2012-03-01")
    group.add_argument("--seed", type=int, metavar="N", help="random seed of t-SNE and k-means")
    group.add_argument("--perplexity", type=float, metavar="P", help="perplexity of t-SNE")


def _add_results(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results of other commands")
    group.add_argument(
        "--sweep",
        type=Path,
        metavar="DIR",
        help="folder of `himnet sweep dimensions`, for figure 3 (default: runs/dimensions)",
    )
    group.add_argument(
        "--efficiency",
        type=Path,
        metavar="FILE",
        help="output of `himnet efficiency --json`, for figure 7 (default: runs/efficiency.json)",
    )


def run(args: argparse.Namespace) -> int:
    """Draw the figures, write them, and print which cases were chosen."""
    from analysis.material import load_material

    given = None if args.settings is None else read_settings(args.settings)
    width = _width(args)
    if args.latex and not {"pdf", "png"} & set(args.format):
        args.format = ["pdf", *args.format]  # what LaTeX can include
    check_writable(args.out)
    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    settings = _settings(args, given or FigureSettings.of_sensors(material.info.num_nodes))
    print_missing(material)
    told = _draw_all(args, material, settings, width)
    if args.json:
        print_json({"figures": told})
    return 0


def _settings(args: argparse.Namespace, settings: FigureSettings) -> FigureSettings:
    """Return the settings, overridden by the options.

    Raises:
        AnalysisError: for panels that a requested figure does not have, or an unknown font.
    """
    from analysis.paper.lettering import checked_font

    if args.panels is not None:
        settings = with_panels(settings, tuple(args.figure or FIGURES), args.panels)
    lists = {name: tuple(part) for name, part in _given(args, "clusters", "sensors").items()}
    case = Case(**lists, date=args.date)
    figures = tuple(number for number in args.figure or FIGURES if number in _WITH_CASES)
    changed = replace(settings, **_given(args, "seed", "perplexity", "font", "svg_text"))
    checked_font(changed.font)
    return with_case(changed, figures, case)


def _draw_all(
    args: argparse.Namespace, material: Material, settings: FigureSettings, width: str
) -> list[dict[str, Any]]:
    """Draw and write one figure after another; return the description of each."""
    from analysis.paper.latex import latex_file
    from analysis.paper.registry import Results, about, draw, figures_json, files
    from analysis.paper.save import write_files
    from himnet.progress import progress

    told: list[dict[str, Any]] = []
    notes: list[str] = []
    made: list[tuple[str, bytes]] = []
    results = Results(**_given(args, "sweep", "efficiency"))
    for number in progress(_wanted(args, results), description="figures", unit="figure"):
        try:
            drawn = draw(number, material, settings, width=width, results=results)
        except AnalysisError as error:
            if args.figure is not None:
                raise AnalysisError(f"figure {number} cannot be drawn: {error}") from error
            notes.append(f"figure {number} is omitted: {error}")
            continue
        told.append(about(number, drawn, material, settings, width))
        made += files(number, drawn, told[-1], args.format)
        if args.latex:
            made.append(latex_file(told[-1], args.format))
    if not told:
        raise AnalysisError(f"no figure could be drawn; {notes[0]}")
    write_files(args.out, [*made, ("figures.json", figures_json(told, settings))])
    if not args.json:
        _say(args, told)
    for note in notes:
        print(note, file=sys.stderr)
    return told


def _width(args: argparse.Namespace) -> str:
    """Return the requested width, else that of the settings file, else ``"double"``."""
    from analysis.paper.canvas import WIDTHS_MM

    if args.width is not None:
        return str(args.width)
    drawn = None if args.settings is None else read_width(args.settings)
    return next((name for name, wide in WIDTHS_MM.items() if wide == drawn), "double")


def _given(args: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return those of some options that were given."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def _wanted(args: argparse.Namespace, results: Results) -> list[str]:
    """Return the requested figures, else all whose results are available."""
    if args.figure is not None:
        return list(dict.fromkeys(args.figure))
    there = {"3": results.sweep.exists(), "7": results.efficiency.exists()}
    asked = {"3": args.sweep is not None, "7": args.efficiency is not None}
    return [n for n in FIGURES if there.get(n, True) or asked.get(n, False)]


def _say(args: argparse.Namespace, told: Sequence[dict[str, Any]]) -> None:
    """Print the files, the cases with their scores, and the runners-up."""
    for entry in told:
        number, case = entry["figure"], entry["case"]
        endings = [*args.format, *(["tex"] if args.latex else [])]
        names = ", ".join(f"{file_stem(number)}.{name}" for name in endings)
        print(f"{args.out}: {names}")
        if "runners_up" not in case:  # nothing was chosen for this figure
            continue
        how = "given" if case.get("given") else "found"
        score = "" if case["score"] is None else f"; {case['score_is']}: {case['score']:g}"
        print(f"  {_named(case)}, {how}{score}")
        for other in case["runners_up"]:
            print(f"  next {_named(other)}: {other['score']:g}")
        if "congested" in case:
            _say_congested(case["congested"])
    print(f"{args.out}: figures.json contains the settings; --settings draws the same again")


def _say_congested(congested: dict[str, Any]) -> None:
    """Print figure 4's third cluster, and which have the lowest means."""
    how = "given" if congested["given"] else f"found; {congested['score_is']}"
    ranked = ", ".join(f"{number} ({mean:g})" for number, mean in congested["ranked"])
    lowest = f"; lowest of all: {ranked}" if ranked else ""
    print(f"  also cluster {congested['cluster']}, {how}{lowest}")


def _named(case: dict[str, Any]) -> str:
    """Return what a case is about: clusters and their freeways, or freeways alone."""
    roads = ", ".join(dict.fromkeys(name for name in case["freeways"] if name))
    if "clusters" not in case:
        sizes = " and ".join(map(str, case["sensors"]))
        return f"areas on {roads}" if roads else f"areas of {sizes} sensors"
    numbers = " and ".join(map(str, case["clusters"]))
    return f"clusters {numbers}" + (f" ({roads})" if roads else "")
