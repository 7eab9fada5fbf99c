"""`python -m analysis why`: which readings moved a forecast, or forecasts on average."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.options import (
    add_cache_options,
    add_material_options,
    add_saving_options,
    check_material_savable,
    check_so_far,
    saving_command,
)
from himnet import texts
from himnet.cli.notes import print_warnings
from himnet.cli.options import add_json_option, print_json
from himnet.progress import progress

if TYPE_CHECKING:
    from tqdm import tqdm

    from analysis.attribution.measure import Plan
    from analysis.attribution.single import Explained
    from analysis.material import Material


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `why`."""
    add_material_options(parser, default=None)
    parser.add_argument(
        "--baseline",
        metavar="B",
        help="readings to compare with: weekly-mean, each sensor's mean at that time of the week "
        "(the default, given two weeks of readings), mean (of the sensor), last-day, or a number "
        "in the data's unit",
    )
    one = parser.add_argument_group("one forecast")
    one.add_argument("--sensor", metavar="ID", help="the sensor that is forecast")
    one.add_argument(
        "--at", metavar="MOMENT", help='of the last reading, such as "2012-06-12 08:00"'
    )
    one.add_argument(
        "--horizon", type=int, metavar="H", help="steps ahead, from 1 (default: the last)"
    )
    one.add_argument(
        "--occlusion",
        choices=("sensors", "readings"),
        help="also replace each sensor's readings by the base line, or each single reading",
    )
    one.add_argument("--out", type=Path, metavar="FILE", help="also write a .csv of all readings")
    _add_average_options(parser)
    add_saving_options(parser)
    add_json_option(parser)


def _add_average_options(parser: argparse.ArgumentParser) -> None:
    from analysis.attribution.sample import TRIPLES

    many = parser.add_argument_group("on average")
    many.add_argument("--average", action="store_true", help="over forecasts of the test split")
    many.add_argument(
        "--triples",
        type=int,
        metavar="N",
        help=f"number of forecasts: sensor, window and horizon (default: {TRIPLES})",
    )
    add_cache_options(many)


def run(args: argparse.Namespace) -> int:
    """Explain one forecast, or forecasts on average."""
    from analysis.material import load_material

    _check_options(args)
    material = load_material(args.checkpoint, data_dir=args.data_dir, dataset=args.dataset)
    print_warnings(material.arrays.warnings)
    (_average if args.average else _one)(args, material)
    return 0


def _check_options(args: argparse.Namespace) -> None:
    from analysis.errors import AnalysisError

    of_one = {"--sensor": args.sensor, "--at": args.at, "--horizon": args.horizon}
    of_one |= {"--occlusion": args.occlusion, "--out": args.out}
    of_many = {"--triples": args.triples, "--cache": args.cache}
    of_many |= {"--so-far": args.so_far or None, "--save": args.save or None}
    for name, value in (of_one if args.average else of_many).items():
        if value is not None:
            whose = "one forecast, not for --average" if args.average else "--average"
            raise AnalysisError(f"{name} is for {whose}; omit one of them")
    if not args.average and (args.sensor is None or args.at is None):
        raise AnalysisError(
            'name the forecast by --sensor ID --at "YYYY-MM-DD HH:MM" [--horizon H], or give '
            "--average"
        )
    check_so_far(args)
    if args.out is not None and args.out.suffix.lower() != ".csv":
        raise AnalysisError(f"--out is '{args.out}'; its ending must be .csv")


def _one(args: argparse.Namespace, material: Material) -> None:
    from analysis.attribution.single import checked_horizon, explain, text, told
    from analysis.forecasts.own_series import on_own_forecasts
    from analysis.material import sensor_positions
    from himnet.locks import check_writable

    horizon = checked_horizon(args.horizon, material)
    [sensor] = sensor_positions(material.info, [args.sensor])
    if args.out is not None:
        check_writable(args.out.parent)
    if material.dataset is None and material.track is not None:
        print(
            f"the model reads its own forecasts, as {material.dataset_problem}",
            file=sys.stderr,
        )
        material = on_own_forecasts(material)
    middle = material.required_dataset().step_at(_moment(args.at)) + 1
    with _Bar() as tell:
        one = explain(
            *(material, middle, sensor, horizon),
            baseline=args.baseline,
            occlusion=args.occlusion,
            tell=tell,
        )
    if args.json:
        print_json(told(one))
    else:
        print(texts.terminal(text(one, texts.line(material.info.unit))))
    if args.out is not None:
        _write_rows(one, args.out)
        print(f"{args.out}: readings saved", file=sys.stderr if args.json else sys.stdout)


def _moment(text: str) -> dt.datetime:
    from analysis.errors import AnalysisError
    from himnet.limits import moment

    try:
        return moment(text)
    except ValueError as error:
        raise AnalysisError(
            f"--at is '{texts.clipped(text, 60)}'; give a local date and time such as "
            '"2012-06-12 08:00"'
        ) from error


def _write_rows(one: Explained, path: Path) -> None:
    from analysis.attribution.table import reading_rows
    from himnet.checkpoints.format import write_atomically

    info = one.material.info
    rows = list(
        reading_rows(
            one.found.values,
            one.readings,
            one.baseline,
            info.sensors.ids,
            info.step_minutes,
            one.falls,
        )
    )
    table = texts.csv_text(list(rows[0]), ([*row.values()] for row in rows))
    write_atomically(path, table.encode())


def _average(args: argparse.Namespace, material: Material) -> None:
    from analysis.attribution.average import mean_attribution
    from analysis.attribution.baselines import BaseLines
    from analysis.attribution.measure import Plan, measure, so_far
    from analysis.attribution.sample import TRIPLES, draw_triples
    from analysis.attribution.stored import check_usual, save_attribution
    from analysis.attribution.table import results, text
    from analysis.cache import cache_folder

    dataset = material.required_dataset()
    kind = BaseLines(dataset).chosen(args.baseline)
    if args.save:
        check_usual(material, kind)
        check_material_savable(material)
    cache = args.cache or cache_folder()
    plan = Plan(material, draw_triples(material, count=args.triples or TRIPLES), kind)
    if args.so_far:
        measured = so_far(plan, cache)
    else:
        _say_plan(plan, cache)
        measured = measure(plan, cache_dir=cache, show=True)
    found, unit = mean_attribution(plan, measured), material.info.unit
    if args.json:
        print_json(results(found, unit))
    else:
        print(texts.terminal(text(found, texts.line(unit))))
    if args.save:
        path = save_attribution(material, found, command=_command(args, material))
        print(f"{path}: attributions saved", file=sys.stderr if args.json else sys.stdout)


def _say_plan(plan: Plan, cache: Path) -> None:
    """Say on standard error how much is to be done, and where it is kept."""
    from analysis.attribution.measure import kept_in, so_far

    done, count = len(so_far(plan, cache)), len(plan.triples)
    begin = f"going on after {done} of {count} forecasts" if done else f"{count} forecasts"
    print(
        f"{begin}; what is done is kept in {kept_in(plan, cache)}, so the same command goes on if "
        "it is stopped",
        file=sys.stderr,
    )


def _command(args: argparse.Namespace, material: Material) -> str:
    """Return what measures and saves the same again."""
    triples = "" if args.triples is None else f" --triples {args.triples}"
    return f"{saving_command(args, 'why', material.arrays.dataset)} --average{triples}"


class _Bar:
    """A progress bar for each part of the explanation of one forecast."""

    def __init__(self) -> None:
        self._bar: tqdm[str] | None = None
        self._what = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, what: str, share: float) -> None:
        """Move the bar, or begin the next one."""
        if self._bar is None or what != self._what:
            self.__exit__()
            self._bar, self._what = progress(description=what, total=100, unit="%"), what
        self._bar.update(round(100 * share) - self._bar.n)
