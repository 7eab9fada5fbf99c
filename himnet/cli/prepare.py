"""`python -m himnet prepare SOURCE... --out DIR`: a data set from the files that one has."""

from __future__ import annotations

import argparse
import datetime as dt
from contextlib import ExitStack
from pathlib import Path

from himnet import texts
from himnet.cli.options import add_json_option, print_json
from himnet.errors import ConfigError
from himnet.limits import MAX_LINE, MAX_NUMBER, MODEL_SIZES, is_line
from himnet.prepare.options import Options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `prepare`."""
    parser.add_argument(
        "source",
        type=Path,
        nargs="+",
        metavar="SOURCE",
        help="files or a folder: CSV or another text table, Excel, Parquet, Feather, HDF5, .npz, "
        ".npy, or PeMS Clearinghouse files",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the data set to make")
    parser.add_argument("--check", action="store_true", help="only look; write nothing")
    parser.add_argument("--force", action="store_true", help="replace the data set in DIR")
    add_json_option(parser)
    _add_times(parser)
    _add_columns(parser)
    _add_labels(parser)


def _add_times(parser: argparse.ArgumentParser) -> None:
    times = parser.add_argument_group("times")
    times.add_argument("--date-format", metavar="FORMAT", help="of dates, such as '%%d/%%m/%%Y'")
    times.add_argument(
        "--start",
        type=_moment,
        metavar="MOMENT",
        help="of the first reading, for a source without times: 2012-03-01T00:00",
    )
    times.add_argument("--step", type=_minutes, metavar="MINUTES", help="between readings")


def _add_columns(parser: argparse.ArgumentParser) -> None:
    columns = parser.add_argument_group("what is read")
    columns.add_argument("--time-column", metavar="NAME", help="column of the times")
    columns.add_argument("--sensor-column", metavar="NAME", help="column of the sensors' ids")
    columns.add_argument("--value-column", metavar="NAME", help="column of the readings")
    columns.add_argument("--channel", metavar="NAME", help="name or number (from 0) of a channel")
    columns.add_argument("--sheet", metavar="NAME", help="sheet of a workbook, or key in HDF5")
    columns.add_argument("--decimal", choices=(",", "."), help="sign before the decimals")
    columns.add_argument(
        "--missing", type=_number, metavar="CODE", help="reading that means none, such as 0 or -1"
    )
    columns.add_argument(
        "--imputed",
        choices=("missing", "keep"),
        default="missing",
        help="what PeMS filled in itself (0 %% observed): missing (default), or kept",
    )
    columns.add_argument(
        "--sensors", type=Path, metavar="FILE", help="table of ids, latitudes and longitudes"
    )


def _add_labels(parser: argparse.ArgumentParser) -> None:
    labels = parser.add_argument_group("the data set")
    labels.add_argument("--name", metavar="TEXT", help="default: the name of DIR")
    labels.add_argument("--quantity", metavar="TEXT", help="such as speed, flow or count")
    labels.add_argument("--unit", metavar="TEXT", help="such as mph")
    labels.add_argument("--source-text", metavar="TEXT", help="whose readings these are")
    labels.add_argument("--licence", metavar="TEXT", help="under which they may be used")
    labels.add_argument(
        "--split",
        type=_split,
        metavar="A/B/C",
        help="train/val/test, default 70/10/20 for speeds, 60/20/20 for flows and counts",
    )
    labels.add_argument("--in-steps", type=int, metavar="T", help="of a window, default 12")
    labels.add_argument("--out-steps", type=int, metavar="T", help="to forecast, default 12")


def run(args: argparse.Namespace) -> int:
    """Prepare the data set, and print its fact sheet."""
    from himnet.prepare.build import prepared
    from himnet.prepare.recognise import open_source
    from himnet.prepare.sheet import as_markdown, as_text, sheet
    from himnet.prepare.write import check_target, write_folder

    if not args.check:
        if args.out is None:
            raise ConfigError("prepare needs --out DIR, or --check to only look")
        check_target(args.out, force=args.force)
    source, options = open_source(args.source, _options(args))
    with ExitStack() as stack:
        found = prepared(source, options, stack)
        name = options.name or (args.out.resolve().name if args.out else "")
        if not args.check:
            readme = as_markdown(found, name, _command(args))
            write_folder(found, args.out, readme=readme, name=name)
        if args.json:
            print_json({"out": None if args.check else str(args.out), **sheet(found)})
            return 0
        print(as_text(found))
        print(_next_steps(args, gaps=bool(found.facts.missing.any())))
    return 0


def _options(args: argparse.Namespace) -> Options:
    for name in ("name", "quantity", "unit", "source_text", "licence"):
        value = getattr(args, name)
        if value is not None and not (value.strip() and is_line(value)):
            option = "--" + name.replace("_", "-")
            raise ConfigError(f"{option} must be one line of 1 to {MAX_LINE} characters")
    for name in ("in_steps", "out_steps"):
        value, (least, most) = getattr(args, name), MODEL_SIZES[name]
        if value is not None and not least <= value <= most:
            option = "--" + name.replace("_", "-")
            raise ConfigError(f"{option} is {value}; it must be {least} to {most:,}")
    given = {
        name: getattr(args, name)
        for name in (
            "date_format", "start", "channel", "imputed", "time_column", "sensor_column",
            "value_column", "sheet", "sensors", "missing", "split", "name", "unit", "quantity",
            "licence", "decimal", "in_steps", "out_steps",
        )
    }  # fmt: skip
    return Options(**given, step_minutes=args.step, source=args.source_text)


def _command(args: argparse.Namespace) -> str:
    """Return the command that makes the data set again, for its README."""
    words: list[object] = ["python", "-m", "himnet", "prepare", *map(texts.operand, args.source)]
    words += ["--out", texts.operand(args.out)]
    for name, value in sorted(vars(args).items()):
        if name in ("source", "out", "command", "json", "check", "force") or value is None:
            continue
        if name == "imputed" and value == "missing":
            continue
        told = value.isoformat() if isinstance(value, dt.datetime) else value
        told = "/".join(f"{100 * share:g}" for share in value) if name == "split" else told
        words += [f"--{name.replace('_', '-')}", told]
    return texts.command(*words)


def _next_steps(args: argparse.Namespace, *, gaps: bool) -> str:
    """Return the commands that train on the data set, and that draw its gaps if it has any."""
    if args.check:
        return "nothing was written (--check)"
    dataset = texts.operand(args.out)
    dataset = dataset if "/" in dataset or "\\" in dataset else f"./{dataset}"
    folder = f"checkpoints/{args.out.name}"  # where the explorer finds it
    run = _run("himnet", "train", "--dataset", dataset, "--out", folder)
    told = f"{args.out} is a data set; train a model with: {run}"
    if gaps:
        told = f"draw its missing readings with: {_run('analysis', 'gaps', dataset)}\n{told}"
    return told


def _run(*words: object) -> str:
    return texts.command("python", "-m", *words)


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a moment such as 2012-03-01T00:00") from error
    if moment.tzinfo is not None:
        raise argparse.ArgumentTypeError("give the local time without a time zone")
    return moment


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{texts.clipped(text, 40)}' is no number") from error
    if not abs(number) <= MAX_NUMBER:
        raise argparse.ArgumentTypeError(f"give a number up to {MAX_NUMBER:g}")
    return number


def _minutes(text: str) -> float:
    minutes = _number(text)
    if not 0 < minutes <= 24 * 60:
        raise argparse.ArgumentTypeError("give minutes, more than 0 and up to 1440")
    return minutes


def _split(text: str) -> tuple[float, float, float]:
    parts = [_number(part) for part in text.replace(":", "/").split("/")]
    if len(parts) != 3 or min(parts) <= 0:
        raise argparse.ArgumentTypeError("give three shares, such as 70/10/20")
    total = sum(parts)
    return parts[0] / total, parts[1] / total, parts[2] / total
