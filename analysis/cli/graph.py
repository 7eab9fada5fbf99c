"""`python -m analysis graph`: what a model's learnt graphs consist of, and what they follow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.options import (
    StepsBar,
    add_material_options,
    add_saving_options,
    check_material_savable,
    saving_command,
)
from analysis.errors import AnalysisError
from himnet.cli.notes import print_warnings
from himnet.cli.options import add_json_option, print_json
from himnet.locks import check_writable

if TYPE_CHECKING:
    from analysis.graphs.field import FieldGraph
    from analysis.graphs.stored import GraphFindings
    from analysis.graphs.use import GraphUse
    from analysis.material import Material


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `graph`."""
    add_material_options(parser, default=None)
    parser.add_argument(
        "--adjacency",
        type=Path,
        metavar="FILE",
        help="the field's graph of these sensors: adj_mx.pkl, an .npy or .npz matrix, or a CSV of "
        "from, to, cost (default: a Gaussian kernel of straight-line distances)",
    )
    parser.add_argument(
        "--edges",
        type=int,
        metavar="N",
        help="also write the N largest excesses of the encoders' graph to --out",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .csv file for --edges")
    add_saving_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure the graphs, and print, save and export what was asked for."""
    from analysis.graphs.measure import measure_graph
    from analysis.graphs.table import results, text, use_lines
    from analysis.graphs.use import usual_use
    from analysis.material import load_material

    _check_options(args)
    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    if args.save:
        check_material_savable(material)
    given = _given(args, material)
    found = measure_graph(material, given=given, report=StepsBar(), show=True)
    use = usual_use(material, show=True)
    written = [_save(args, material, found, use)] if args.save else []
    if args.edges is not None:
        written.append(_write_edges(args, material))
    told = results(material, found, use)
    if args.json:
        print_json(told)
    else:
        print("\n".join([text(told, found), "", *use_lines(told)]))
    for said in written:
        print(said, file=sys.stderr if args.json else sys.stdout)
    return 0


def _check_options(args: argparse.Namespace) -> None:
    from analysis.graphs.edges import MOST_EDGES

    if (args.edges is None) != (args.out is None):
        raise AnalysisError("--edges N and --out FILE.csv belong together; give both or neither")
    if args.edges is None:
        return
    if not 1 <= args.edges <= MOST_EDGES:
        raise AnalysisError(f"--edges is {args.edges}; choose 1 to {MOST_EDGES:,}")
    if args.out.suffix.lower() != ".csv":
        raise AnalysisError(f"--out is '{args.out}'; its ending must be .csv")
    check_writable(args.out.parent)


def _given(args: argparse.Namespace, material: Material) -> FieldGraph | None:
    from analysis.graphs.field import field_graph

    if args.adjacency is None:
        return None
    return field_graph(args.adjacency, material.info.sensors)


def _save(
    args: argparse.Namespace, material: Material, found: GraphFindings, use: GraphUse | None
) -> str:
    from analysis.graphs.stored import save_graph
    from analysis.graphs.use import save_use

    files = {} if args.adjacency is None else {"--adjacency": args.adjacency}
    command = saving_command(args, "graph", material.arrays.dataset, files=files)
    path = save_graph(material.arrays, found, data=material.sums[2], command=command)
    if use is not None:
        save_use(material, use, command=command)
    return f"{path}: graphs saved"


def _write_edges(args: argparse.Namespace, material: Material) -> str:
    from analysis.graphs.edges import largest_edges
    from analysis.graphs.edges_table import HEADER, edge_rows
    from analysis.graphs.of_model import encoder_graph
    from analysis.paper.save import write_files
    from himnet import texts

    graph = encoder_graph(material.model)
    edges = largest_edges(graph, args.edges)
    content = texts.csv_text(HEADER, edge_rows(material.info.sensors, graph, edges))
    (path,) = write_files(args.out.parent, [(args.out.name, content.encode())])
    share = edges.shares[-1] if len(edges) else 0.0
    return f"{path}: the {len(edges):,} largest excesses, {share:.1%} of all excess on others"
