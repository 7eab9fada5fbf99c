"""`python -m himnet download NAME`."""

from __future__ import annotations

import argparse

from himnet.cli.options import add_folder_option


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `download`."""
    parser.add_argument("dataset", metavar="NAME", help="METRLA")
    add_folder_option(parser)
    parser.add_argument("--url", metavar="URL", help="URL of a mirror of the published file")


def run(args: argparse.Namespace) -> int:
    """Download the data set unless it exists, and print where it is."""
    from himnet.data.download import download, published_file
    from himnet.data.registry import dataset_spec

    spec = dataset_spec(args.dataset)
    there = spec.download is not None and published_file(spec.name, args.data_dir).is_file()
    if spec.download is not None and not there:
        print(f"{spec.name}: {spec.title} ({spec.licence})")
        print(f"{spec.download.file_name} from {args.url or spec.download.url}", flush=True)
    path = download(args.dataset, args.data_dir, url=args.url)
    size = f"{path.stat().st_size / 1e6:.1f} MB with the published sha256"
    print(f"{path} {'already exists' if there else 'is complete'}: {size}")
    return 0
