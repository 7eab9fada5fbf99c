"""`python -m analysis what-if`: the error of forecasts with exchanged embeddings."""

from __future__ import annotations

import argparse
import sys

from analysis.cli.options import (
    add_material_options,
    add_saving_options,
    check_material_savable,
    saving_command,
)
from himnet.cli.notes import print_warnings
from himnet.cli.options import add_json_option, print_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `what-if`."""
    add_material_options(parser, default=None)
    add_saving_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Measure one exchange of sensors and the exchanges of all clusters, then print them."""
    from analysis.material import load_material
    from analysis.what_if.stored import save_exchanges, usual_exchange, usual_matrix
    from analysis.what_if.table import results, text

    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    material.required_dataset()
    if args.save:
        check_material_savable(material)
    exchange = usual_exchange(material, show=True)
    matrix = usual_matrix(material, show=True)
    print_result(args, results(material, exchange, matrix), text)
    if args.save:
        command = saving_command(args, "what-if", material.arrays.dataset)
        path = save_exchanges(material, matrix, exchange, command=command)
        said = f"{path}: one exchange and the matrix of clusters saved"
        print(said, file=sys.stderr if args.json else sys.stdout)
    return 0
