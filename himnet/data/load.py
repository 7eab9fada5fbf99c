"""Find a data set by name or folder and read it, whatever its layout."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from himnet.data.dataset import Dataset, build_dataset
from himnet.data.formats import (
    CSV_ENDINGS,
    Series,
    day_of_week,
    load_archive,
    read_csv,
    read_h5,
    read_npz,
    time_of_day_index,
)
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.registry import DATASETS
from himnet.data.sensors import read_sensors
from himnet.data.settings import FolderSettings, read_settings
from himnet.data.synthetic import synthetic_city
from himnet.data.windows import SPLITS, checked_windows, split_windows
from himnet.errors import DataError

DEFAULT_SPLIT = (0.7, 0.1, 0.2)
# fastest first: an archive is read in a tenth of a second, the published CSV in some seconds
LAYOUTS: dict[str, tuple[tuple[str, ...], Callable[[Path], Series]]] = {
    "npz": (("data.npz",), read_npz),
    "h5": (("metr-la.h5", "METR-LA.h5"), read_h5),
    "csv": (tuple(f"METR-LA{ending}" for ending in CSV_ENDINGS), read_csv),
}


def data_directory(given: str | Path | None = None) -> Path:
    """Return the folder of the data sets: the given one, else HIMNET_DATA_DIR, else ``data``."""
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
        name: a name of the registry, the name of any folder in the data directory, the path of a
            folder, or ``"synthetic"``.
        data_dir: see `data_directory`.
        layout: ``"npz"``, ``"h5"`` or ``"csv"``; None takes the fastest that is there.
        seed, strength: of the synthetic city.

    Raises:
        DataError: for a data set that is missing, incomplete, damaged or inconsistent.
    """
    if name == "synthetic":
        return synthetic_city(seed=seed, strength=strength)
    folder = _folder(name, data_directory(data_dir))
    path, reader = _file(folder, layout)
    settings = read_settings(folder / "dataset.json")
    series = reader(path)
    info = _info(folder, series, settings)
    split = DATASETS[info.name].split if info.name in DATASETS else DEFAULT_SPLIT
    index = folder / "index.npz"
    if path.name == "data.npz" and not index.is_file():
        raise DataError(f"{folder} has data.npz but no index.npz with the windows; add it")
    steps = len(series.values)
    return build_dataset(
        info,
        series.values,
        tod_index=None if series.tod is None else time_of_day_index(series.tod, info.steps_per_day),
        dow=None if series.dow is None else day_of_week(series.dow),
        splits=_windows(index, steps) if path.name == "data.npz" else split_windows(steps, split),
    )


def _windows(index: Path, steps: int) -> Any:
    arrays: Any = load_archive(index, SPLITS)
    return checked_windows(arrays, steps)


def _folder(name: str, directory: Path) -> Path:
    for folder in (directory / name, Path(name)):
        if name and folder.is_dir():
            return folder
    if name in DATASETS:
        raise DataError(
            f"the data set {name} is not in {directory / name}; to get it: {DATASETS[name].get}"
        )
    raise DataError(
        f"there is no data set '{name}': no folder {directory / name}, and it is none of "
        f"{', '.join(DATASETS)}; name a folder with data.npz and index.npz"
    )


def _file(folder: Path, layout: str | None) -> tuple[Path, Callable[[Path], Series]]:
    if layout is not None and layout not in LAYOUTS:
        raise DataError(f"there is no layout '{layout}'; choose one of {', '.join(LAYOUTS)}")
    for kind, (names, reader) in LAYOUTS.items():
        for name in names:
            if layout in (None, kind) and (folder / name).is_file():
                return folder / name, reader
    looked_for = ", ".join(
        name for kind, (names, _) in LAYOUTS.items() if layout in (None, kind) for name in names
    )
    spec = DATASETS.get(folder.name)
    get = f"; to get it: {spec.get}" if spec else ""
    raise DataError(f"the folder {folder} holds no data set (none of {looked_for}){get}")


def _info(folder: Path, series: Series, settings: FolderSettings) -> DatasetInfo:
    """Put the identity together: the fact sheet, then the folder's own files."""
    count = series.values.shape[1]
    table = folder / "sensors.csv"
    spec = DATASETS.get(settings.name or folder.name)
    if spec and spec.num_nodes == count:
        info = spec.info()
    else:
        info = DatasetInfo(settings.name or folder.resolve().name, Sensors.numbered(count))
        info = replace(info, first_weekday=None if series.start is None else 0)
    if table.is_file():
        sensors = read_sensors(table)
        if len(sensors) != count:
            raise DataError(
                f"{table} lists {len(sensors)} sensors, but the readings have {count} columns"
            )
        info = replace(info, sensors=sensors)
    elif series.ids is not None and spec is None:
        info = replace(info, sensors=Sensors(series.ids))
    elif series.ids is not None and info.sensors.ids != series.ids:
        raise DataError(
            f"the sensor ids in {folder} are not those of {info.name}, or in another order; "
            f"add a sensors.csv that lists them"
        )
    if series.start is not None:
        info = replace(info, start=series.start, steps_per_day=series.steps_per_day or 288)
    return settings.apply_to(info)
