"""How many sensors the list beside the readings has, whatever kind of file it is."""

from __future__ import annotations

from pathlib import Path

from himnet.data.sensors import read_sensors
from himnet.prepare.adjacency import is_pickle, read_adjacency


def listed_sensors(path: Path | None) -> int | None:
    """Return the number of sensors in a table or a graph; None if there is no list.

    Raises:
        DataError: for a list that cannot be read.
    """
    if path is None:
        return None
    return len(read_adjacency(path).weights) if is_pickle(path) else len(read_sensors(path))
