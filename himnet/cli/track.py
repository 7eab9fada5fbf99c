"""`python -m himnet track CKPT --start DATE --days N`."""

from __future__ import annotations

import argparse
import datetime as dt

from himnet.cli.notes import print_slow_precision, print_warnings
from himnet.cli.options import add_data_options, add_device_options, chosen_dataset
from himnet.errors import ConfigError
from himnet.locks import check_writable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `track`."""
    parser.add_argument("checkpoint", metavar="CKPT", help="file, folder or name of a checkpoint")
    parser.add_argument(
        "--start",
        metavar="DATE",
        help="first moment, such as 2012-03-01 or 2012-03-01T06:00; the number of a step for data "
        "without dates (default: the first)",
    )
    parser.add_argument("--days", type=float, default=7.0, help="number of days (default: 7)")
    add_data_options(parser)
    add_device_options(parser)


def run(args: argparse.Namespace) -> int:
    """Compute the track and write it next to the checkpoint."""
    start = _moment(args.start)
    if not 0 < args.days <= 366:
        raise ConfigError(f"--days must be above 0 and at most 366, not {args.days:g}")
    from himnet.checkpoints import load_checkpoint
    from himnet.checkpoints.locate import track_file
    from himnet.data.load import load_dataset
    from himnet.forecasting.compute_track import compute_track
    from himnet.forecasting.track import save_track

    checkpoint = load_checkpoint(args.checkpoint)
    print_warnings(checkpoint.warnings)
    check_writable(checkpoint.path.parent)
    print_slow_precision(args.device, args.precision)
    dataset = load_dataset(chosen_dataset(args.dataset, checkpoint), args.data_dir)
    track = compute_track(
        checkpoint,
        dataset,
        start=start,
        days=args.days,
        device=args.device,
        precision=args.precision,
        show=True,
    )
    path = save_track(track_file(checkpoint.path), track)
    when = "" if track.times is None else f" from {track.times[0]} to {track.times[-1]}"
    print(f"{path}: {len(track):,} moments{when}, {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _moment(text: str | None) -> dt.datetime | int:
    if text is None:
        return 0
    if text.isdecimal() and len(text) < 8:
        return int(text)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--start is '{text}'; give a date such as 2012-03-01, or the number of a step"
        ) from None
