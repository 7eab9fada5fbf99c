"""Find a data set by name or folder and read it, in any of the supported layouts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from himnet import texts
from himnet.data.calendar import (
    Calendar,
    calendar_of_columns,
    calendar_of_moments,
)
from himnet.data.dataset import Dataset, build_dataset
from himnet.data.formats import (
    DayColumns,
    Series,
    how_to_prepare,
    load_archive,
    read_csv,
    read_h5,
    read_npz,
)
from himnet.data.gaps import filled_in
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.registry import DATASETS, DatasetSpec
from himnet.data.sensors import read_sensors
from himnet.data.settings import FolderSettings, read_settings
from himnet.data.synthetic import is_city, named_city, readings_of
from himnet.data.windows import SPLITS, Windows, checked_windows, split_windows
from himnet.errors import DataError
from himnet.limits import MAX_LINE, is_line, moment

DEFAULT_SPLIT = (0.7, 0.1, 0.2)
MOST_MADE_UP = 50_000_000  # readings of a synthetic city that a checkpoint names
_READINGS = {
    ".csv", ".tsv", ".txt", ".gz", ".xz", ".xlsx", ".parquet", ".feather", ".h5", ".hdf5", ".npz",
    ".npy",
}  # fmt: skip
_ELSEWHERE = (
    "if it is elsewhere, give its path with --dataset PATH, or the folder that contains it with "
    "--data-dir DIR or HIMNET_DATA_DIR"
)


@dataclass(frozen=True)
class Layout:
    """A published file layout: file names, the usual one first, and a reader."""

    files: tuple[str, ...]
    read: Callable[[Path], Series]


# Fastest first: METR-LA takes 0.3 s from the archive or HDF5, 1.5 s from the CSV, 3 s from its .xz.
LAYOUTS: dict[str, Layout] = {
    "npz": Layout(("data.npz",), read_npz),
    "h5": Layout(("metr-la.h5", "METR-LA.h5", "pems-bay.h5", "PEMS-BAY.h5"), read_h5),
    "csv": Layout(
        tuple(f"{stem}.csv{end}" for end in ("", ".gz", ".xz") for stem in ("METR-LA", "PEMS-BAY")),
        read_csv,
    ),
}


def data_directory(given: str | Path | None = None) -> Path:
    """Return the folder of the data sets: the given one, or HIMNET_DATA_DIR, or ``data``."""
    return Path(given or os.environ.get("HIMNET_DATA_DIR") or "data")


def load_dataset(
    name: str,
    data_dir: str | Path | None = None,
    *,
    layout: str | None = None,
    seed: int = 0,
    strength: float = 1.0,
) -> Dataset:
    """Read a data set.

    Args:
        name: a name in the registry, a folder as for `find_dataset_folder`, ``"synthetic"``, or
            the name of a city such as ``"synthetic:seed=3"``.
        data_dir: see `data_directory`.
        layout: ``"npz"``, ``"h5"`` or ``"csv"``; None uses the first of these that exists.
        seed, strength: of the synthetic city, unless they are in its name.

    Raises:
        DataError: for a data set that is missing, incomplete, damaged or inconsistent.
    """
    if is_city(name):
        return named_city(name, seed=seed, strength=strength)
    folder = _folder(name, data_dir)
    path, chosen = _file(folder, layout, data_dir)
    settings = read_settings(folder / "dataset.json")
    series = chosen.read(path)
    steps, count = series.values.shape
    spec = DATASETS.get(settings.name_or(_name(folder)))
    if spec is not None and spec.num_nodes != count:
        spec = None  # another data set with the same name
    calendar = _calendar(path, series, spec, settings)
    if spec is None or spec.num_steps != steps:  # published files stay as they are
        series, calendar = filled_in(path, series, calendar)
    windows = _windows(folder, chosen, spec, len(series.values))
    return build_dataset(
        _info(folder, series, spec, settings), series.values, calendar, splits=windows
    )


def name_of_stranger(info: DatasetInfo) -> str:
    """Return the name of the data set in a checkpoint, if it can be used safely.

    A checkpoint is untrusted, so this name must neither lead out of the data directory nor
    generate a city that fills the memory.

    Raises:
        DataError: if there is no name, for a path instead of a name, or for a city that is too
            large.
    """
    name = info.name
    if not name:
        raise DataError("the checkpoint does not name its data set; name it with --dataset")
    if is_city(name):
        values = readings_of(name)
        if values > MOST_MADE_UP:
            raise DataError(
                f"the checkpoint names the synthetic city '{name}' with {values:,} readings, but "
                f"only {MOST_MADE_UP:,} are generated automatically; name it with --dataset"
            )
    elif name in (".", "..") or re.search(r"[/\\:\0]", name):
        raise DataError(
            f"the checkpoint names '{name}', which is not a valid name of a data set; name the "
            f"data set with --dataset"
        )
    return name


def find_dataset_folder(name: str, data_dir: str | Path | None = None) -> Path | None:
    """Return the folder of a data set, whatever it contains, or None if there is none.

    Args:
        name: of a folder in the data directory, or the ``name`` in the dataset.json of one of
            them, or of a folder in the current one; or the path of a folder.
        data_dir: see `data_directory`.

    Raises:
        DataError: if two folders of the data directory have this name in their dataset.json.
    """
    directory, path = data_directory(data_dir), Path(name)
    named = directory / name
    if not name:
        return None
    if name in (".", "..") or path.name != name:  # "." and "../mine" are relative paths
        return next((folder for folder in (path, named) if _is_folder(folder)), None)
    if _is_folder(named):
        return named
    return _folder_called(name, directory) or (path if _is_folder(path) else None)


def _folder_called(name: str, directory: Path) -> Path | None:
    """Return the folder whose dataset.json gives it this name."""
    try:
        folders = sorted(directory.iterdir())
    except OSError:  # missing, not a folder, or not readable
        return None
    called = (folder for folder in folders if _own_name(folder) == name)
    found = list({folder.resolve(): folder for folder in called}.values())  # links count once
    if len(found) > 1:
        raise DataError(
            f"{found[0]} and {found[1]} both have the name '{name}' in their dataset.json; rename "
            f"one of them, or give a path with --dataset PATH"
        )
    return found[0] if found else None


def _own_name(folder: Path) -> str | None:
    """Return the name in a folder's dataset.json; None if it is missing or damaged."""
    try:
        return read_settings(folder / "dataset.json").name_or("") or None
    except (DataError, OSError):
        return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or that contains a null character
        return False


def _folder(name: str, data_dir: str | Path | None) -> Path:
    directory = data_directory(data_dir)
    found = find_dataset_folder(name, data_dir)
    if found is not None:
        return found
    if any((directory / file).is_file() for kind in LAYOUTS.values() for file in kind.files):
        raise DataError(
            f"{directory} is a data set, not a folder of data sets; give its parent folder as "
            f"--data-dir, or its path as the data set"
        )
    if name in DATASETS:
        advice = DATASETS[name].how_to_get(data_dir)
        raise DataError(f"the data set {name} is not in {directory / name}; {_ELSEWHERE}; {advice}")
    if _is_file(Path(name)):
        raise DataError(
            f"'{name}' is a file, not the folder of a data set; {how_to_prepare(Path(name))}"
        )
    like = name.upper().replace("-", "").replace("_", "")
    hint = f" (did you mean {like}?)" if like in DATASETS else ""
    raise DataError(
        f"there is no data set '{name}'{hint}: no folder {directory / name}, and not one of "
        f"{', '.join(DATASETS)}; {_ELSEWHERE}; a table becomes a data set with: python -m himnet "
        f"prepare FILE --out DIR"
    )


def _name(folder: Path) -> str:
    """Return the name of a data set's folder as given, without resolving links."""
    return folder.name if folder.name not in ("", "..") else folder.resolve().name


def _file(folder: Path, layout: str | None, data_dir: str | Path | None) -> tuple[Path, Layout]:
    if layout is not None and layout not in LAYOUTS:
        raise DataError(f"there is no layout '{layout}'; choose one of {', '.join(LAYOUTS)}")
    wanted = [LAYOUTS[layout]] if layout else list(LAYOUTS.values())
    for kind in wanted:
        for file in kind.files:
            if (folder / file).is_file():
                return folder / file, kind
    usual = ", ".join(kind.files[0] for kind in wanted)
    spec = DATASETS.get(_name(folder))
    advice = spec.how_to_get(data_dir) if spec else _how_to_fill(folder)
    raise DataError(f"the folder {folder} has no data set (no file such as {usual}); {advice}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _how_to_fill(folder: Path) -> str:
    """Return a clause with the command that makes a data set of a folder without one."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _READINGS)
    except OSError:
        files = []
    if files:
        return how_to_prepare(max(files, key=lambda path: path.stat().st_size))
    again = texts.command("--out", texts.operand(folder))
    return (
        f"put data.npz and index.npz into it, or make them of a table with: python -m himnet "
        f"prepare FILE {again}"
    )


def _windows(
    folder: Path, layout: Layout, spec: DatasetSpec | None, steps: int
) -> dict[str, Windows]:
    if layout is not LAYOUTS["npz"]:
        return split_windows(steps, spec.split if spec else DEFAULT_SPLIT)
    index = folder / "index.npz"
    if not index.is_file():
        raise DataError(
            f"{folder} has data.npz but no index.npz with the windows; {how_to_prepare(folder)}"
        )
    return checked_windows(load_archive(index, SPLITS), steps)


def _calendar(
    path: Path, series: Series, spec: DatasetSpec | None, settings: FolderSettings
) -> Calendar:
    """Return the calendar of the file, checked against dataset.json or the fact sheet."""
    clock = series.clock
    if isinstance(clock, DayColumns):
        published = spec is not None and spec.num_steps == len(clock.tod)
        start = settings.start or (spec.start_time if spec and published else None)
        weekday = settings.first_weekday
        return calendar_of_columns(
            clock.tod,
            clock.dow,
            steps_per_day=settings.steps_per_day,
            start=start,
            first_weekday=spec.first_weekday if spec and weekday is None else weekday,
        )
    weekday = settings.first_weekday or 0
    calendar = calendar_of_moments(clock, first_weekday=weekday, source=str(path))
    for key, said, found in (
        ("start", settings.start, calendar.start_time),
        ("step_minutes", settings.steps_per_day, calendar.steps_per_day),
    ):
        if said not in (None, found):
            raise DataError(
                f"the timestamps of {path} contradict '{key}' in dataset.json; remove it there"
            )
    return calendar


def _info(
    folder: Path, series: Series, spec: DatasetSpec | None, settings: FolderSettings
) -> DatasetInfo:
    """Return the identity, from the fact sheet and then from the folder's own files."""
    count = series.values.shape[1]
    unknown = DatasetInfo(_name(folder), Sensors.numbered(count))
    info = unknown if spec is None else spec.info()
    table = folder / "sensors.csv"
    if table.is_file():
        info = replace(info, sensors=read_sensors(table))
        if info.num_nodes != count:
            raise DataError(
                f"{table} lists {info.num_nodes} sensors, but the readings have {count} columns; "
                f"it needs one line per column, in their order"
            )
    elif series.ids is not None and set(series.ids) == set(info.sensors.ids):
        places = {name: position for position, name in enumerate(info.sensors.ids)}
        info = replace(info, sensors=info.sensors.at([places[name] for name in series.ids]))
    if series.ids is not None and not info.sensors.has_coordinates:
        info = replace(info, sensors=Sensors(series.ids))
    elif series.ids is not None and info.sensors.ids != series.ids:
        raise DataError(
            f"the sensors in {folder} are not those of {info.name}, or in a different order; "
            f"add a sensors.csv that lists them in the order of the columns"
        )
    return _checked(settings.apply_to(info), folder)


def _checked(info: DatasetInfo, folder: Path) -> DatasetInfo:
    """Return an identity that can be stored in a checkpoint.

    Raises:
        DataError: for a text or a date that could not be read back.
    """
    named = [(key, getattr(info, key)) for key in ("name", "unit", "quantity", "source", "licence")]
    named += [("sensor id", name) for name in info.sensors.ids]
    named += [("name of a sensor", name) for name in info.sensors.name or ()]
    for what, text in named:
        if not is_line(text):
            raise DataError(
                f"the {what} '{texts.clipped(text, 60)}' in {folder} is not one line of at most "
                f"{MAX_LINE} printable characters; change it"
            )
    try:
        if info.start is not None:
            moment(info.start)
    except ValueError as error:
        raise DataError(f"the data set in {folder} has an invalid start: {error}") from error
    return info
