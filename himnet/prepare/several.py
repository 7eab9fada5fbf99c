"""Several files as one source: one after the other in time, or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.info import Sensors
from himnet.errors import DataError
from himnet.prepare.places import first_few
from himnet.prepare.source import Block, Source, Told
from himnet.prepare.spool import Scattered

_COMMON = 0.5  # of all sensors, that files of one series have at least


def one_source(sources: Sequence[Source], paths: Sequence[Path]) -> Source:
    """Return the source that several files are together.

    Files of the same sensors follow each other; files of different sensors, or with one column of
    readings each, are put side by side.

    Raises:
        DataError: for files that have some sensors in common, but few.
    """
    if len(sources) == 1:
        return sources[0]
    each = [set(source.told.sensors.ids) for source in sources]
    every, common = set.union(*each), set.intersection(*each)
    single = all(len(ids) == 1 for ids in each)
    if single or sum(map(len, each)) == len(every):
        return SideBySide(sources, paths, by_file=single and len(every) == 1)
    if len(common) < _COMMON * len(every):
        odd = sorted(every - common)[0]
        raise DataError(
            f"{paths[0]} and the other files have few sensors in common (for example, "
            f"'{texts.clipped(odd, 60)}' is not in all of them); prepare them separately"
        )
    return Chained(sources, len(every) - len(common))


class _Several:
    """What both ways have in common: the notes of all sources, and the share that is read."""

    def __init__(self, sources: Sequence[Source], notes: Sequence[str] = ()) -> None:
        self._sources, self._notes = sources, list(notes)
        self._walked = 0
        self._sensors = sources[0].told.sensors

    @property
    def told(self) -> Told:
        """What the first source tells, with the notes of all."""
        each = [source.told for source in self._sources]
        notes = dict.fromkeys([*(note for told in each for note in told.notes), *self._notes])
        kind = f"{len(each)} files, each a {each[0].kind}"
        return replace(each[0], kind=kind, sensors=self._sensors, notes=tuple(notes), windows=None)

    def share(self) -> float:
        """Return the share of the sources that the current walk has read, 0 to 1."""
        inner = getattr(self._sources[self._walked], "share", lambda: 0.0)()
        return float(self._walked + inner) / len(self._sources)

    def _each(self) -> Iterator[tuple[int, Block]]:
        for number, source in enumerate(self._sources):
            self._walked = number
            for block in source.blocks():
                yield number, block


class Chained(_Several):
    """Files of the same sensors, one after the other; a sensor that one lacks is missing there.

    Args:
        sources: the files.
        lacking: number of sensors that are not in all of them.
    """

    def __init__(self, sources: Sequence[Source], lacking: int) -> None:
        note = f"sensors that are not in all files, missing where they are not: {lacking}"
        super().__init__(sources, [note] if lacking else [])
        every = dict.fromkeys(one for source in sources for one in source.told.sensors.ids)
        self._places = {name: position for position, name in enumerate(every)}
        if lacking:
            self._sensors = Sensors(tuple(every))

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of one file after the other."""
        orders = [
            [self._places[name] for name in source.told.sensors.ids] for source in self._sources
        ]
        for number, block in self._each():
            values = np.full((len(block.values), len(self._places)), np.nan, dtype=np.float32)
            values[:, orders[number]] = block.values
            yield replace(block, values=values)


class SideBySide(_Several):
    """Files of different sensors, such as one per sensor, with the times of all.

    Args:
        sources: the files.
        paths: of the files.
        by_file: whether sensors are called as the files are, since their columns have one name.

    Raises:
        DataError: for files without times, or two files with one name.
    """

    def __init__(self, sources: Sequence[Source], paths: Sequence[Path], *, by_file: bool) -> None:
        super().__init__(sources, ["the files have different sensors, and were put side by side"])
        ids = [one for source in sources for one in source.told.sensors.ids]
        if by_file:
            ids = [path.name.partition(".")[0] for path in paths]
        if len(set(ids)) < len(ids):
            twice = [name for position, name in enumerate(ids) if name in ids[:position]]
            raise DataError(f"several files have the sensors {first_few(twice)}; rename them")
        self._sensors = Sensors(tuple(ids))
        self._first = np.cumsum([0, *(len(source.told.sensors) for source in sources)])

    def blocks(self) -> Iterator[Block]:
        """Yield a row for each time, in order."""
        times = np.empty(0, dtype="datetime64[s]")
        for number, block in self._each():
            times = np.union1d(times, self._moments(number, block))
        with closing(Scattered(len(times), len(self._sensors))) as scattered:
            for number, block in self._each():
                rows = np.searchsorted(times, self._moments(number, block))
                count = block.values.shape[1]
                columns = self._first[number] + np.arange(count)
                scattered.add(
                    np.repeat(rows, count), np.tile(columns, len(rows)), block.values.ravel()
                )
            for first, values in scattered.blocks():
                yield Block(values, times[first : first + len(values)])

    def _moments(self, number: int, block: Block) -> NDArray[np.datetime64]:
        if block.moments is None:
            raise DataError(
                f"file {number + 1} has no times, by which it could be put beside the others; "
                f"give one table of all sensors"
            )
        return block.moments
