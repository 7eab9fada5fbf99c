"""`python -m himnet info CKPT [--json]`."""

from __future__ import annotations

import argparse
from typing import Any

from himnet.cli.options import add_json_option, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `info`."""
    parser.add_argument("checkpoint", metavar="CKPT", help="file, folder or name")
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print what a checkpoint says about itself."""
    from himnet.checkpoints.describe import describe

    result = describe(args.checkpoint)
    if args.json:
        print_json(result)
    else:
        print(_as_text(result))
    return 0


def _as_text(result: dict[str, Any]) -> str:
    dataset, track = result["dataset"], result["track"]
    known = [name for name, there in dataset["known"].items() if there]
    lines = [
        f"{result['path']}",
        f"  sha256      {result['sha256']}",
        f"  parameters  {result['parameters']:,}",
        f"  data set    {dataset['name']}: {dataset['num_nodes']} sensors"
        f"{', ' + ', '.join(known) + ' known' if known else ''}",
        f"  scaler      mean {result['scaler']['mean']:.5f}, deviation "
        f"{result['scaler']['std']:.5f}",
        "  model       " + ", ".join(f"{key}={value}" for key, value in result["config"].items()),
    ]
    for title, content in (("training", result["training"]), ("metrics", result["metrics"])):
        lines += [f"  {title}"] * bool(content)
        lines += [f"    {key}: {value}" for key, value in content.items()]
    lines.append(
        f"  track       {track['moments']:,} moments from {track['start'] or 'step 0'}"
        if track
        else "  track       none; add one with: python -m himnet track CKPT"
    )
    return "\n".join([*lines, *(f"warning: {text}" for text in result["warnings"])])
