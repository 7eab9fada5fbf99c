"""`python -m himnet info CKPT [--json]`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from himnet.checkpoints.locate import track_command
from himnet.cli.options import add_json_option, print_result
from himnet.metrics import horizon_texts
from himnet.texts import clipped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `info`."""
    parser.add_argument("checkpoint", metavar="CKPT", help="file, folder or name of a checkpoint")
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print what a checkpoint says about itself."""
    from himnet.cli.describe import describe

    print_result(args, describe(args.checkpoint), _as_text)
    return 0


def _as_text(result: dict[str, Any]) -> str:
    dataset, track = result["dataset"], result["track"]
    known = [name for name, there in dataset["known"].items() if there]
    lines = [
        f"{result['path']}",
        f"  sha256      {result['sha256']}",
        f"  parameters  {result['parameters']:,}",
        f"  data set    {dataset['name'] or 'not known'}: {dataset['num_nodes']} sensors"
        f"{', ' + ', '.join(known) + ' known' if known else ''}",
        *([f"  source      {dataset['credit']}"] if dataset["credit"] else []),
        f"  scaler      mean {result['scaler']['mean']:.5f}, deviation "
        f"{result['scaler']['std']:.5f}",
        "  model       " + ", ".join(f"{key}={value}" for key, value in result["config"].items()),
    ]
    # untrusted text must not control the terminal
    training = [f"    {key}: {clipped(value, 500)}" for key, value in result["training"].items()]
    for title, content in (("training", training), ("metrics", _accuracy(result["metrics"]))):
        lines += [f"  {title}", *content] if content else []
    for name, part in result["measured"].items():
        use = f"ignored: {part['ignored']}" if part["ignored"] else "used"
        lines.append(f"  measured    {name} ({use}), {part['date']} UTC, by: {part['command']}")
    naming = "" if dataset["name"] else " --dataset NAME"
    lines.append(
        f"  track       {track['moments']:,} moments from {track['start'] or 'step 0'}"
        if track
        else f"  track       none; add one with: {track_command(Path(result['path']))}{naming}"
    )
    return "\n".join([*lines, *(f"warning: {text}" for text in result["warnings"])])


def _accuracy(metrics: dict[str, Any]) -> list[str]:
    """Return a line for each split, and one for each of its horizons."""
    lines = []
    for split, measured in metrics.items():
        lines.append(
            f"    {clipped(split, 40)}: {clipped(measured.get('windows', '?'), 40)} windows"
        )
        for steps, mae, rmse, mape in horizon_texts(measured):
            lines.append(f"      {steps:>4}  MAE {mae}  RMSE {rmse}  MAPE {mape} %")
    return lines
