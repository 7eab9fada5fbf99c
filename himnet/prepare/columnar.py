"""Tables in Parquet and Feather (Arrow) files, read some columns and some rows at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError
from himnet.limits import MAX_NUMBER
from himnet.prepare.numbers import Numbers
from himnet.prepare.packages import needed
from himnet.prepare.packed import check_expansion
from himnet.prepare.spool import MAX_READINGS, Spool
from himnet.prepare.table import MOST_CELLS, SAMPLE_ROWS, Piece, no_number
from himnet.texts import clipped

_TOGETHER = 64  # columns read in one walk: each holds a page in memory
_PARQUET, _ARROW = b"PAR1", b"ARROW1"
_BATCH = 4_096


def is_columnar(path: Path) -> bool:
    """Whether a file is a Parquet or a Feather file, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(8)
    return start.startswith((_PARQUET, _ARROW, b"FEA1"))


class ColumnarTable:
    """A Parquet or Feather file.

    Raises:
        DataError: for a damaged file, or columns of a kind that holds no readings.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        with path.open("rb") as file:
            start = file.read(8)
        if start.startswith(b"FEA1"):
            raise DataError(
                f"{path} is a Feather file of version 1; write it again with pandas' to_feather"
            )
        self._file = _Parquet(path) if start.startswith(_PARQUET) else _Feather(path)
        self.kind = f"{self._file.name} table"
        self.names = self._in_order()
        self._done = 0
        self._note_zones()

    def _in_order(self) -> list[str]:
        """Return the names of the columns, pandas' index first."""
        with _reading(self.path):
            schema = self._file.schema
            names = list(schema.names)
            pandas = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        index = pandas.get("index_columns", []) if isinstance(pandas, dict) else []
        first = [name for name in index if isinstance(name, str) and name in names]
        if len(set(names)) < len(names):
            twice = next(name for position, name in enumerate(names) if name in names[:position])
            raise DataError(f"{self.path} has two columns '{clipped(twice, 60)}'; rename one")
        return [*first, *(name for name in names if name not in first)]

    def _note_zones(self) -> None:
        zones = {
            str(field.type.tz)
            for field in self._file.schema
            if getattr(field.type, "tz", None) is not None
        }
        for zone in sorted(zones):
            told = clipped(zone, 60)
            self.notes.append(
                "times are stated in UTC and were kept: if this is not the local time of the city, "
                "hours of the day are shifted; convert them first"
                if zone.upper() in ("UTC", "Z", "ETC/UTC", "+00:00")
                else f"times have the time zone {told}, whose local clock was kept"
            )

    def sample(self) -> list[tuple[int, Sequence[Any]]]:
        """Return the names and the first rows."""
        names = [
            "" if name.startswith("__index_level_") or name == "None" else name
            for name in self.names
        ]
        columns: list[list[Any]] = []
        for at in range(0, len(self.names), _TOGETHER):
            first = next(self._walk(self.names[at : at + _TOGETHER], SAMPLE_ROWS), None)
            if first is None:
                return [(0, names)]
            columns += [list(_local(column, self.path)) for column in first.columns]
        rows = zip(*columns, strict=True)
        return [(0, names), *((number, list(row)) for number, row in enumerate(rows, start=1))]

    def pieces(self, first: int, width: int) -> Iterator[Piece]:
        """Yield the rows from a number on."""
        rows = max(1, min(_BATCH, MOST_CELLS // width))
        with _Groups(self) as groups:
            done = 0
            for batch in self._walk(groups.names(0), rows):
                numbers = range(done + 1, done + len(batch) + 1)
                piece = _ColumnPiece(self.path, numbers, batch, self.names, groups, done)
                done = self._done = done + len(batch)
                if done >= first:
                    yield piece

    def spooled(self, names: list[str]) -> Spool:
        """Return columns of readings on disk, so that few are in memory at a time."""
        spool = Spool(len(names))
        done = 0
        for batch in self._walk(names, _BATCH):
            numbers = range(done + 1, done + len(batch) + 1)
            piece = _ColumnPiece(self.path, numbers, batch, names, None, done)
            spool.append(piece.matrix(range(len(names)), names))
            done += len(batch)
        return spool

    def _walk(self, names: Sequence[str], rows: int) -> Iterator[Any]:
        with _reading(self.path):
            for batch in self._file.batches(list(names), rows):
                if len(batch):
                    yield batch.select(list(names))

    def share(self) -> float:
        """Return the share of the rows that the current walk has read, 0 to 1."""
        return self._done / max(self._file.num_rows, 1)


class _Groups:
    """The columns of a table in groups that are read together; all but the first go to disk."""

    def __init__(self, table: ColumnarTable) -> None:
        self._table = table
        self._spools: dict[int, Spool] = {}

    def names(self, group: int) -> list[str]:
        """Return the names of the columns of a group."""
        return self._table.names[group * _TOGETHER : (group + 1) * _TOGETHER]

    def rows(self, group: int, order: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some rows of a further group, which is copied to disk at first."""
        if group not in self._spools:
            self._spools[group] = self._table.spooled(self.names(group))
        return self._spools[group].rows(order)

    def __enter__(self) -> _Groups:
        return self

    def __exit__(self, *_: object) -> None:
        for spool in self._spools.values():
            spool.close()


@dataclass
class _ColumnPiece:
    """Rows as columns of Arrow; those of further groups are on disk, as numbers."""

    path: Path
    numbers: Sequence[int]
    batch: Any
    names: Sequence[str]
    groups: _Groups | None
    start: int

    def cells(self, column: int) -> Sequence[Any]:
        """Return the cells of one column."""
        if column < self.batch.num_columns:
            return _local(self.batch.column(column), self.path)
        values = self.matrix((column,), (self.names[column],))
        return [float(value) for value in values[:, 0]]

    def matrix(self, columns: Sequence[int], names: Sequence[str]) -> NDArray[np.float64]:
        """Return the numbers of some columns."""
        values = np.empty((len(self.numbers), len(columns)))
        order = np.arange(self.start, self.start + len(self.numbers))
        loaded: dict[int, NDArray[np.float32]] = {}
        for position, column in enumerate(columns):
            group, within = divmod(column, _TOGETHER)
            if group == 0 or self.groups is None:
                values[:, position] = self._numbers(column, names[position])
                continue
            if group not in loaded:
                loaded[group] = self.groups.rows(group, order)
            values[:, position] = loaded[group][:, within]
        return values

    def _numbers(self, column: int, name: str) -> NDArray[np.float64]:
        import pyarrow as pa

        array = self.batch.column(column)
        kind = array.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            floats = array.cast(pa.float64(), safe=False)
            found: NDArray[np.float64] = np.array(floats.to_numpy(zero_copy_only=False), float)
        elif pa.types.is_null(kind):
            return np.full(len(array), np.nan)
        else:
            found = self._of_texts(array, name)
        if (huge := np.abs(found) > MAX_NUMBER).any():
            at = int(huge.argmax())
            raise no_number(self.path, self.numbers[at], name, found[at])
        return found

    def _of_texts(self, array: Any, name: str) -> NDArray[np.float64]:
        as_number, cells = Numbers(), _local(array, self.path)
        found = np.empty(len(cells))
        for position, cell in enumerate(cells):
            try:
                found[position] = as_number(cell)
            except (ValueError, TypeError, OverflowError) as error:
                raise no_number(self.path, self.numbers[position], name, cell) from error
        return found


def _local(array: Any, path: Path) -> Sequence[Any]:
    """Return the cells of a column; moments with a time zone on its clock, without the zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_timestamp(array.type):
        with _reading(path):
            return list(array.to_pylist())
    if array.type.tz is not None:
        with _reading(path):
            array = pc.local_timestamp(array)
    moments = array.cast(pa.timestamp("ms"), safe=False).to_numpy(zero_copy_only=False)
    rounded = (moments + np.timedelta64(500, "ms")).astype("datetime64[s]")
    return [None if np.isnat(moment) else moment.item() for moment in rounded]


class _Parquet:
    """A Parquet file, whose footer states the sizes."""

    name = "Parquet"

    def __init__(self, path: Path) -> None:
        with needed("pyarrow", "a Parquet file"):
            import pyarrow.parquet as pq
        self._path = path
        with _reading(path), pq.ParquetFile(path) as file:
            self.schema, meta = file.schema_arrow, file.metadata
        self.num_rows = int(meta.num_rows)
        declared = sum(
            meta.row_group(group).total_byte_size for group in range(meta.num_row_groups)
        )
        check_expansion(path, declared, path.stat().st_size)
        _check_rows(path, self.num_rows, len(self.schema.names))

    def batches(self, names: list[str], rows: int) -> Iterator[Any]:
        """Yield some columns."""
        import pyarrow.parquet as pq

        # a file of its own for each walk: the size of the batches is a setting of the file
        with pq.ParquetFile(self._path, buffer_size=1 << 16, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=rows, columns=names, use_threads=False)


class _Feather:
    """A Feather file of version 2, which is an Arrow file."""

    name = "Feather"

    def __init__(self, path: Path) -> None:
        with needed("pyarrow", "a Feather file"):
            import pyarrow as pa
        self._path = path
        with _reading(path), pa.memory_map(str(path)) as file:
            reader = pa.ipc.open_file(file)
            self.schema = reader.schema
            self._batches = int(reader.num_record_batches)
        self.num_rows = 0

    def batches(self, names: list[str], rows: int) -> Iterator[Any]:
        """Yield some columns."""
        import pyarrow as pa

        wanted = [self.schema.names.index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
        with pa.memory_map(str(self._path)) as file:
            reader = pa.ipc.open_file(file, options=options)
            done = 0
            for number in range(self._batches):
                batch = reader.get_batch(number)
                done += len(batch)
                _check_rows(self._path, done, len(self.schema.names))
                for first in range(0, len(batch), rows):
                    yield batch.slice(first, rows)


def _check_rows(path: Path, rows: int, columns: int) -> None:
    if rows * columns > MAX_READINGS:
        raise DataError(
            f"{path} has {rows:,} rows of {columns:,} columns, which are more than the "
            f"{MAX_READINGS:,} cells that are supported; give fewer of them"
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Report what Arrow says about a file in one sentence."""
    import pyarrow as pa

    try:
        yield
    except (DataError, GeneratorExit):
        raise
    except (
        pa.ArrowException, OSError, ValueError, KeyError, MemoryError, OverflowError,
    ) as error:  # fmt: skip
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise DataError(
            f"{path} cannot be read ({clipped(reason, 120)}); write it again, or give a CSV"
        ) from error
