"""Several files that belong side by side: each has other sensors over the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.info import Sensors
from himnet.errors import DataError
from himnet.prepare.source import Block, Source, Told
from himnet.prepare.spool import Scattered
from himnet.prepare.tables import Chained, clean_ids


def together(sources: Sequence[Source], files: Sequence[Path]) -> Source:
    """Return several sources as one.

    Files of the same sensors come one after the other, files of different sensors side by side.
    Where each file has one sensor under one name, such as ``speed``, over the same time, the
    sensors are called like their files.

    Raises:
        DataError: if some sensors are the same and others are not, or times are not known.
    """
    if len(sources) == 1:
        return sources[0]
    names = [str(path) for path in files]
    ids = [set(source.told.sensors.ids) for source in sources]
    if len(set.union(*ids)) == sum(map(len, ids)):
        return Joined(sources, names)
    single = all(len(one) == 1 for one in ids) and len(set.union(*ids)) == 1
    if single and _overlap(
        [_span(source, name) for source, name in zip(sources, names, strict=True)]
    ):
        return Joined(sources, names, ids=[path.name.partition(".")[0] for path in files])
    return Chained(sources, names)


class Joined:
    """Sources of different sensors, side by side: a row for each time that any of them has.

    Args:
        sources: with moments.
        names: of their files, for messages.
        ids: of the sensors, if not those of the sources, which have one each.

    Raises:
        DataError: for a source without moments.
    """

    def __init__(
        self, sources: Sequence[Source], names: Sequence[str], ids: Sequence[str] | None = None
    ) -> None:
        self._sources, self._names = sources, names
        found = ids or [one for source in sources for one in source.told.sensors.ids]
        self._ids, self._notes = clean_ids(found, names[0])
        times: NDArray[np.datetime64] = np.empty(0, dtype="datetime64[s]")
        for source, name in zip(sources, names, strict=True):
            for block in source.blocks():
                times = np.union1d(times, _moments(block, name))
        self._times = times

    @property
    def told(self) -> Told:
        """What the first source tells, with all sensors and the notes of all sources."""
        each = [source.told for source in self._sources]
        notes = [f"{len(each)} files were put side by side, since each has other sensors"]
        notes += [*self._notes, *dict.fromkeys(note for told in each for note in told.notes)]
        parts = [told.sensors for told in each]
        sensors = replace(each[0].sensors, ids=self._ids, **_columns(parts))
        kind = f"{len(each)} files, each a {each[0].kind}"
        return replace(each[0], kind=kind, sensors=sensors, notes=tuple(notes), windows=None)

    def blocks(self) -> Iterator[Block]:
        """Yield a row for each time, in order."""
        with closing(Scattered(len(self._times), len(self._ids))) as scattered:
            first = 0
            for source, name in zip(self._sources, self._names, strict=True):
                count = len(source.told.sensors)
                for block in source.blocks():
                    rows = np.searchsorted(self._times, _moments(block, name))
                    columns = np.tile(np.arange(first, first + count), len(rows))
                    scattered.add(np.repeat(rows, count), columns, block.values.ravel())
                first += count
            for row, values in scattered.blocks():
                yield Block(values, self._times[row : row + len(values)])


def _columns(parts: Sequence[Sensors]) -> dict[str, Any]:
    """Return the columns of all sensors that every part knows, None for the others."""
    columns: dict[str, Any] = {}
    for name in ("latitude", "longitude", "freeway", "direction"):
        each = [getattr(part, name) for part in parts]
        if any(one is None for one in each):
            columns[name] = None
        elif isinstance(each[0], np.ndarray):
            columns[name] = np.concatenate(each)
        else:
            columns[name] = tuple(entry for one in each for entry in one)
    return columns


def _moments(block: Block, name: str) -> NDArray[np.datetime64]:
    if block.moments is None:
        raise DataError(
            f"{name} has no times, so its sensors cannot be put beside those of the other files; "
            f"give a file with the readings of all sensors"
        )
    return block.moments


def _span(source: Source, name: str) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last moment of a source."""
    edges = [
        edge
        for block in source.blocks()
        if len(moments := _moments(block, name))
        for edge in (moments.min(), moments.max())
    ]
    if not edges:
        raise DataError(f"{name} contains no readings; leave it out")
    return min(edges), max(edges)


def _overlap(spans: Sequence[tuple[np.datetime64, np.datetime64]]) -> bool:
    """Whether two of some spans of time share a moment."""
    return any(later[0] <= earlier[1] for earlier, later in pairwise(sorted(spans)))
