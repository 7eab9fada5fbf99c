"""HDF5 files as sources: tables of pandas, or plain arrays, of any key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.frames import Frame, Label, frame_keys, read_frame
from himnet.data.hdf5 import Nodes, has_signature, nodes_of, opened
from himnet.data.info import Sensors
from himnet.errors import DataError
from himnet.prepare.channels import chosen, told_choice
from himnet.prepare.hdf5_arrays import open_arrays_in
from himnet.prepare.options import Options
from himnet.prepare.slices import as_float32, spans
from himnet.prepare.source import Block, Source, Told

_ENDINGS = (".h5", ".hdf5", ".hdf", ".he5")


@dataclass
class Frames:
    """Tables of pandas, one after another, as a source of readings.

    Attributes:
        tables: file, key and (N,) columns of each, in the order of the sensors.
        told: see `himnet.prepare.source`.
        done: tables that have been read, and the share of the next one.
    """

    tables: tuple[tuple[Path, str, NDArray[np.int64]], ...]
    told: Told
    done: float = field(default=0.0, init=False)

    def share(self) -> float:
        """Return the share of the tables that has been read, 0 to 1."""
        return self.done / len(self.tables)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the files' order."""
        for number, (path, key, columns) in enumerate(self.tables):
            with opened(path) as file:
                frame = read_frame(nodes_of(file), key)
                for start, stop in spans(frame.length, len(frame.labels), least=_least(frame)):
                    values = as_float32(frame.rows(start, stop)[:, columns])
                    yield Block(values, moments=frame.index.moments(start, stop))
                    self.done = number + stop / frame.length


def is_hdf5(path: Path) -> bool:
    """Whether a file is HDF5, or a folder has such files and no others of readings."""
    if path.is_dir():
        return bool(_files_in(path))
    return has_signature(path)


def open_hdf5(paths: Sequence[Path], options: Options) -> Source:
    """Open tables of pandas or plain arrays; several files of tables follow each other.

    Raises:
        DataError: for a file without readings, several tables of which none is chosen, or anything
            that would have to be unpickled or read from other files.
    """
    files = [file for path in paths for file in (_files_in(path) if path.is_dir() else [path])]
    sources = [_open_file(file, options) for file in files]
    if len(sources) == 1:
        return sources[0]
    tables = [source for source in sources if isinstance(source, Frames)]
    if not tables or len(tables) != len(sources):
        raise DataError(
            f"{files[0]} and {files[1]} cannot be joined; only tables with moments follow each "
            f"other: name one file"
        )
    return _joined(tables)


def _files_in(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.casefold() in _ENDINGS and has_signature(file)
    )


def _open_file(path: Path, options: Options) -> Source:
    with opened(path) as file:
        nodes = nodes_of(file)
        keys = frame_keys(nodes)
        if not keys:
            return open_arrays_in(path, nodes, options)
        key = _key(path, nodes, keys, options)
        return _of_frame(path, read_frame(nodes, key), options)


def _key(path: Path, nodes: Nodes, keys: list[str], options: Options) -> str:
    """Return the table that is wanted: by its key, or the only one with moments.

    Raises:
        DataError: if there are several, or none of the wanted key.
    """
    for wanted in (options.sheet, options.channel):
        for key in keys:
            if wanted is not None and wanted.strip("/") == key.strip("/"):
                return key
    if options.sheet is not None:
        raise DataError(
            f"{path} has no table '{texts.clipped(options.sheet, 60)}'; choose one of "
            f"{_listed(keys)} with --sheet"
        )
    if len(keys) == 1:
        return keys[0]
    dated = [key for key in keys if _has_dates(nodes, key)]
    if len(dated) != 1:
        raise DataError(f"{path} has several tables: {_listed(keys)}; choose one with --sheet KEY")
    return dated[0]


def _listed(keys: Sequence[str]) -> str:
    return texts.clipped(", ".join(key.strip("/") for key in keys), 300)


def _has_dates(nodes: Nodes, key: str) -> bool:
    try:
        return read_frame(nodes, key).index.has_dates
    except DataError:
        return False


def _of_frame(path: Path, frame: Frame, options: Options) -> Frames:
    ids, columns, notes, channel = _columns(path, frame, options)
    if frame.left_out:
        listed = texts.clipped(", ".join(" ".join(label) for label in frame.left_out))
        notes = (*notes, f"columns that are not numbers were left out: {listed}")
    if frame.index.zone:
        notes = (*notes, f"the moments are what clocks show in {texts.clipped(frame.index.zone)}")
    if frame.numbered:
        notes = (
            *notes,
            "the names of the columns could not be read without unpickling them, so the sensors "
            "have numbers; --sensors names them",
        )
    if frame.index.has_dates:
        _refuse_long(path, frame)
    told = Told(
        kind=f"a table of pandas (HDF5, key {texts.clipped(frame.key.strip('/'), 60)})",
        sensors=Sensors(ids),
        numbered=frame.numbered,
        labels={} if channel is None else {"quantity": channel},
        notes=notes,
    )
    return Frames(((path, frame.key, columns),), told)


def _columns(
    path: Path, frame: Frame, options: Options
) -> tuple[tuple[str, ...], NDArray[np.int64], tuple[str, ...], str | None]:
    """Return ids, their columns, notes, and the channel where columns have two levels."""
    labels = frame.labels
    varied = [n for n in range(len(labels[0])) if len({label[n] for label in labels}) > 1]
    if len(varied) < 2:
        level = varied[0] if varied else 0
        ids = tuple(label[level] for label in labels)
        return _unique(path, ids), np.arange(len(ids)), (), None
    wanted = None if options.channel == frame.key.strip("/") else options.channel
    channels_at = _channel_level(labels, varied, wanted)
    names = list(dict.fromkeys(label[channels_at] for label in labels))
    position = chosen(names, wanted, str(path))
    columns = [n for n, label in enumerate(labels) if label[channels_at] == names[position]]
    ids = tuple(_id(labels[n], varied, channels_at) for n in columns)
    notes = told_choice(names, position, wanted)
    return _unique(path, ids), np.array(columns), notes, names[position]


def _channel_level(labels: Sequence[Label], varied: Sequence[int], wanted: str | None) -> int:
    """Return the level of the columns that names channels: with the wanted or the fewest names."""
    names = {level: {label[level] for label in labels} for level in varied}
    return min(reversed(varied), key=lambda level: (wanted not in names[level], len(names[level])))


def _id(label: Label, varied: Sequence[int], but: int) -> str:
    return " ".join(label[level] for level in varied if level != but)


def _unique(path: Path, ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) != len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise DataError(
            f"{path} has several columns '{texts.clipped(twice, 60)}'; each sensor needs one"
        )
    return ids


def _refuse_long(path: Path, frame: Frame) -> None:
    """Refuse a table with a row per time and sensor, whose columns are no sensors."""
    moments = frame.index.moments(0, min(frame.length, 100))
    if moments is None or len(frame.labels) > 20 or len(np.unique(moments)) > len(moments) / 2:
        return
    listed = texts.clipped(", ".join(" ".join(label) for label in frame.labels))
    raise DataError(
        f"{path} has many rows of one moment and the columns {listed}, so it seems to have a row "
        f"per time and sensor; save it as CSV or Parquet, or with a column per sensor"
    )


def _least(frame: Frame) -> int:
    """Return the rows that are unpacked together."""
    chunks = [part.dataset.chunks for part in frame.parts]
    return max(
        (chunk[int(p.by_column)] for p, chunk in zip(frame.parts, chunks, strict=True) if chunk),
        default=1,
    )


def _joined(tables: Sequence[Frames]) -> Frames:
    """Return tables of the same sensors as one source, with the first one's order of sensors."""
    first = tables[0]
    parts = []
    for source in tables:
        path, key, columns = source.tables[0]
        place = {name: n for n, name in enumerate(source.told.sensors.ids)}
        missing = set(first.told.sensors.ids) ^ place.keys()
        if missing:
            raise DataError(
                f"{path} has other sensors than {first.tables[0][0]} (such as "
                f"'{texts.clipped(min(missing), 60)}'); only files of the same ones are joined"
            )
        order = np.array([place[name] for name in first.told.sensors.ids])
        parts.append((path, key, columns[order]))
    told = replace(
        first.told,
        kind=f"{first.told.kind}, {len(parts)} files",
        notes=tuple(dict.fromkeys(note for source in tables for note in source.told.notes)),
    )
    return Frames(tuple(parts), told)
