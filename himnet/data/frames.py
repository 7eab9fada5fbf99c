"""Tables that pandas stored in HDF5 files, of any version and in either format, read in slices.

pandas' "fixed" format has a group with the axes and blocks of columns of one type each; its
"table" format has one dataset of records. Names of columns in the latter are pickled attributes,
which `himnet.data.plain_pickles` reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.hdf5 import (
    Nodes,
    attribute,
    check_dataset,
    labels_of,
    pickled_attribute,
    text_attribute,
    text_of,
)
from himnet.data.stored_moments import (
    declared_unit,
    local_clock,
    moments_of,
    moments_of_texts,
    unit_of,
)
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS

if TYPE_CHECKING:
    import h5py

Label = tuple[str, ...]  # of a column; longer than 1 where columns have several levels
_OLD_PANEL = ("wide", "wide_table", "appendable_panel", "ndim_table")


@dataclass(frozen=True)
class Index:
    """The moments of the rows of a stored table, or that there are none.

    Attributes:
        dataset: with the index, of texts or numbers.
        field: its name within records, or None.
        unit: of numbers since 1970; None if they are no moments.
        zone: the time zone in which UTC numbers are to be shown, or "".
        is_text: whether the moments are texts.
    """

    dataset: h5py.Dataset
    field: str | None = None
    unit: str | None = None
    zone: str = ""
    is_text: bool = False

    @property
    def has_dates(self) -> bool:
        """Whether the rows have moments."""
        return self.is_text or self.unit is not None

    def moments(self, start: int, stop: int) -> NDArray[np.datetime64] | None:
        """Return (stop - start,) datetime64[s] in local time, or None if there are no dates."""
        if not self.has_dates:
            return None
        cells = _cells(self.dataset, self.field, start, stop).reshape(-1)
        if self.is_text:
            return moments_of_texts(cells)[0]
        moments = moments_of(cells, self.unit or "ns")
        return local_clock(moments, self.zone) if self.zone else moments


@dataclass(frozen=True)
class Columns:
    """Columns of one type, stored together.

    Attributes:
        dataset: with the values.
        positions: (n,) of its columns among those of the frame.
        field: name of its field within records, or None.
        by_column: whether each of its rows is a column of the table.
    """

    dataset: h5py.Dataset
    positions: NDArray[np.int64]
    field: str | None = None
    by_column: bool = False

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return (stop - start, n) values."""
        if self.by_column:
            return np.asarray(self.dataset[:, start:stop]).T
        cells = _cells(self.dataset, self.field, start, stop)
        return cells.reshape(len(cells), -1)


@dataclass(frozen=True)
class Frame:
    """A stored table of numbers.

    Attributes:
        key: its path in the file, such as "/df".
        labels: of the N columns of numbers, in their order; numbers if the file has no names.
        index: moments of the rows.
        length: rows, T.
        parts: where the columns are.
        left_out: labels of columns that are not numbers.
        numbered: whether labels are only numbers, as the names could not be read safely.
    """

    key: str
    labels: tuple[Label, ...]
    index: Index
    length: int
    parts: tuple[Columns, ...]
    left_out: tuple[Label, ...] = ()
    numbered: bool = False

    def rows(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return the values (stop - start, N) of some rows."""
        values = np.full((stop - start, len(self.labels)), np.nan)
        for part in self.parts:
            values[:, part.positions] = part.rows(start, stop)
        return values


def frame_keys(nodes: Nodes) -> list[str]:
    """Return the paths of all tables that pandas stored in a file, in order."""
    return sorted(key for key, group in nodes.groups.items() if _is_frame(group))


def _is_frame(group: h5py.Group) -> bool:
    kind = text_attribute(group, "pandas_type")
    return bool(kind) or {"axis0", "axis1", "block0_values"} <= set(group)


def read_frame(nodes: Nodes, key: str) -> Frame:
    """Return the table at a path.

    Raises:
        DataError: for a table that is damaged, of a kind that has no rows of readings, or
            compressed by what h5py lacks.
    """
    group = nodes.groups[key]
    members = {name: node for name in group if (node := nodes.datasets.get(_path(key, name)))}
    kind = text_attribute(group, "pandas_type")
    if kind in _OLD_PANEL or kind.startswith("series"):
        raise DataError(
            f"'{texts.clipped(key, 80)}' in {group.file.filename} is a {texts.clipped(kind, 40)} "
            f"of pandas, not a table with a column per sensor; save it as a DataFrame"
        )
    for dataset in members.values():
        check_dataset(dataset)
    frame = (
        _table(key, group, members["table"]) if "table" in members else _fixed(key, group, members)
    )
    if not frame.labels or not frame.length or len(frame.labels) > MAX_SENSORS:
        raise DataError(
            f"'{texts.clipped(key, 80)}' in {group.file.filename} has {frame.length:,} rows and "
            f"{len(frame.labels):,} columns of numbers; up to {MAX_SENSORS:,} sensors are read"
        )
    return frame


def _path(key: str, name: str) -> str:
    return f"{key.rstrip('/')}/{name}"


def _cells(dataset: h5py.Dataset, field: str | None, start: int, stop: int) -> NDArray[Any]:
    cells = np.asarray(dataset[start:stop])
    return cells if field is None else cells[field]


# The "fixed" format.


def _fixed(key: str, group: h5py.Group, members: dict[str, h5py.Dataset]) -> Frame:
    """Return a table of blocks."""
    if text_attribute(group, "axis1_variety") == "multi":
        raise DataError(
            f"'{texts.clipped(key, 80)}' in {group.file.filename} has rows of several levels; save "
            f"it with one row per time and one column per sensor"
        )
    columns = _labels(group, members, "axis0")
    index = _index(members["axis1"])
    if members["axis1"].ndim != 1:
        raise _unfit(key, group, f"an index of shape {members['axis1'].shape}")
    length = len(members["axis1"])
    free: dict[Label, list[int]] = {}
    for position, label in reversed(list(enumerate(columns))):
        free.setdefault(label, []).append(position)
    parts = []
    for number in range(len(members)):
        values = members.get(f"block{number}_values")
        if values is None:
            break
        items = _labels(group, members, f"block{number}_items")
        try:
            positions = np.array([free[item].pop() for item in items], dtype=np.int64)
        except (KeyError, IndexError) as error:
            raise _unfit(key, group, f"block {number} has columns that the table lacks") from error
        if _is_number(values):
            parts.append(_block(key, values, positions, length))
        elif not index.has_dates and (dates := _dates(values)) is not None:
            index = dates
    return _of_parts(Frame(key, columns, index, length, tuple(parts)))


def _block(key: str, values: h5py.Dataset, positions: NDArray[np.int64], length: int) -> Columns:
    """Return the columns of a block, which pandas stores by row."""
    by_row, by_column = (length, len(positions)), (len(positions), length)
    turned = attribute(values, "transposed")
    if values.shape == by_row and (by_row != by_column or turned is None or turned):
        return Columns(values, positions)
    if values.shape == by_column:
        return Columns(values, positions, by_column=True)
    raise _unfit(
        key,
        values,
        f"readings of shape {values.shape} for {length} rows and {len(positions)} sensors",
    )


def _is_number(values: h5py.Dataset) -> bool:
    dates = text_attribute(values, "value_type").startswith(("datetime64", "timedelta64", "period"))
    return values.dtype.kind in "biuf" and values.ndim == 2 and not dates


def _dates(values: h5py.Dataset) -> Index | None:
    """Return a block of one column of dates as an index, or None if it is none."""
    unit = declared_unit(text_attribute(values, "value_type"))
    if unit is None or values.dtype.kind != "i" or values.shape[1:] != (1,):
        return None
    return _index(values, kind=text_attribute(values, "value_type"))


def _labels(group: h5py.Group, members: dict[str, h5py.Dataset], axis: str) -> tuple[Label, ...]:
    """Return the labels of an axis, each as long as the axis has levels."""
    if text_attribute(group, f"{axis}_variety") != "multi" and axis in members:
        return tuple((label,) for label in _axis_texts(members[axis]))
    levels: list[list[str]] = []
    while (level := members.get(f"{axis}_level{len(levels)}")) is not None:
        names = _axis_texts(level)
        codes = np.asarray(members[f"{axis}_label{len(levels)}"][:])
        levels.append([names[code] if code >= 0 else "" for code in codes.tolist()])
    return tuple(zip(*levels, strict=True))


def _axis_texts(axis: h5py.Dataset) -> tuple[str, ...]:
    if axis.dtype.kind not in "biufSU" or axis.ndim != 1 or len(axis) > MAX_SENSORS:
        raise _unfit(
            axis.name, axis, "an axis of objects, which would have to be unpickled, or is too long"
        )
    return labels_of(axis[:])


def _index(dataset: h5py.Dataset, kind: str | None = None) -> Index:
    """Return the index that a dataset of texts or numbers is."""
    told = text_attribute(dataset, "kind") if kind is None else kind
    if dataset.dtype.kind in "SU":
        return Index(dataset, is_text=True)
    if dataset.dtype.kind not in "iuf" or not dataset.size:
        return Index(dataset)
    first = np.asarray(dataset[(0,) * dataset.ndim]).item()
    unit = _index_unit(first, told)
    return Index(dataset, unit=unit, zone=_zone(dataset) if unit else "")


def _index_unit(first: float, kind: str) -> str | None:
    if kind == "date":  # days since the year 1, of any calendar without times
        return None
    return unit_of(first, declared_unit(kind))


def _zone(dataset: h5py.Dataset) -> str:
    """Return the time zone of an index, "" if it has none.

    Raises:
        DataError: if it was stored as an object.
    """
    if "tz" not in dataset.attrs:
        return ""
    zone = text_attribute(dataset, "tz")
    if zone == "N.":  # a pickled None
        return ""
    if 0 < len(zone) < 100 and zone.isprintable():
        return zone
    raise DataError(
        f"{dataset.file.filename} stores the time zone of its rows as an object, which would have "
        f"to be unpickled; save it in local time without a zone"
    )


# The "table" format.


def _table(key: str, group: h5py.Group, table: h5py.Dataset) -> Frame:
    """Return a table of records."""
    if table.dtype.names is None or table.ndim != 1:
        raise _unfit(key, group, "no records")
    if text_attribute(group, "table_type") == "appendable_multiframe":
        raise _unfit(key, group, "rows of several levels")
    index = _record_index(group, table)
    fields = [name for name in table.dtype.names if name != index.field]
    labels: list[Label] = []
    parts: list[Columns] = []
    numbered = False
    for name in fields:
        kind = table.dtype[name]
        width = int(np.prod(kind.shape, dtype=np.int64))
        names = pickled_attribute(table, f"{name}_kind")
        if not name.startswith("values_block_") and width == 1:
            found = [name]
        elif isinstance(names, list | tuple) and len(names) == width and _all_labels(names):
            found = list(map(text_of, names))
        else:
            found, numbered = [f"{len(labels) + n}" for n in range(width)], True
        if kind.base.kind in "biuf":
            positions = np.arange(len(labels), len(labels) + width)
            parts.append(Columns(table, positions, field=name))
        labels.extend((label,) for label in found)
    frame = Frame(key, tuple(labels), index, len(table), tuple(parts), numbered=numbered)
    return _of_parts(frame if numbered else _ordered(frame, group))


def _record_index(group: h5py.Group, table: h5py.Dataset) -> Index:
    names = table.dtype.names or ()
    if "index" not in names:
        return Index(table)
    kind = text_attribute(table, "index_kind")
    if table.dtype["index"].kind == "S":
        return Index(table, field="index", is_text=True)
    unit = None
    if table.dtype["index"].kind in "iuf" and len(table):
        unit = _index_unit(table[0]["index"].item(), kind)
    return Index(table, field="index", unit=unit, zone=_record_zone(group) if unit else "")


def _record_zone(group: h5py.Group) -> str:
    """Return the time zone of the rows, which pandas keeps in a pickled dictionary."""
    info = pickled_attribute(group, "info")
    facts = info.get("index", info.get(0)) if isinstance(info, dict) else None
    zone = facts.get("tz") if isinstance(facts, dict) else None
    if zone is None or isinstance(zone, str):
        return zone or ""
    raise DataError(
        f"{group.file.filename} stores the time zone of its rows as an object, which would have "
        f"to be unpickled; save it in local time without a zone"
    )


def _all_labels(names: Sequence[Any]) -> bool:
    return all(isinstance(name, str | bytes | int | float) for name in names)


def _ordered(frame: Frame, group: h5py.Group) -> Frame:
    """Return the columns in the table's order, where it can be read."""
    axes = pickled_attribute(group, "non_index_axes")
    try:
        wanted: list[Label] = [(text_of(name),) for name in axes[0][1]]
    except (TypeError, IndexError, KeyError):
        return frame
    if sorted(wanted) != sorted(frame.labels) or len(set(wanted)) != len(wanted):
        return frame
    place = {label: position for position, label in enumerate(wanted)}
    moved = np.array([place[label] for label in frame.labels], dtype=np.int64)
    parts = tuple(replace(part, positions=moved[part.positions]) for part in frame.parts)
    return replace(frame, labels=tuple(wanted), parts=parts)


def _of_parts(frame: Frame) -> Frame:
    """Return a frame of the columns that are numbers, with the others named."""
    numbers = np.zeros(len(frame.labels), dtype=bool)
    for part in frame.parts:
        numbers[part.positions] = True
    moved = np.cumsum(numbers) - 1
    pairs = list(zip(frame.labels, numbers.tolist(), strict=True))
    return replace(
        frame,
        labels=tuple(label for label, is_number in pairs if is_number),
        left_out=tuple(label for label, is_number in pairs if not is_number),
        parts=tuple(replace(part, positions=moved[part.positions]) for part in frame.parts),
    )


def _unfit(key: str, node: h5py.Group | h5py.Dataset, what: str) -> DataError:
    return DataError(
        f"'{texts.clipped(key, 80)}' in {node.file.filename} has {what}; save it as a table with "
        f"a row per time and a column per sensor"
    )
