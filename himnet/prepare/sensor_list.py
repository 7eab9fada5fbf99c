"""The sensors that a file beside the readings lists: a table, a graph, or ids alone."""

from __future__ import annotations

from pathlib import Path

from himnet import texts
from himnet.data.info import Sensors
from himnet.data.sensors import read_sensors
from himnet.errors import DataError
from himnet.prepare.adjacency import is_pickle, read_adjacency

_MOST_BYTES = 32 * 2**20


def read_sensor_list(path: Path) -> Sensors:
    """Read a table of sensors, a graph with ids (``adj_mx.pkl``), or ids separated by commas.

    Raises:
        DataError: for a file that is none of these, or a graph without ids.
    """
    if is_pickle(path):
        graph = read_adjacency(path)
        if graph.ids is None:
            raise DataError(
                f"{path} has a matrix but no sensor ids; give a table of ids, latitudes and "
                f"longitudes with --sensors"
            )
        return Sensors(graph.ids)
    ids = _ids_on_one_line(path)
    return read_sensors(path) if ids is None else Sensors(ids)


def count_listed(path: Path | None) -> int | None:
    """Return the number of sensors in a list; None if there is no list.

    Raises:
        DataError: for a list that cannot be read.
    """
    return None if path is None else len(read_sensor_list(path))


def _ids_on_one_line(path: Path) -> tuple[str, ...] | None:
    """Return the ids of a file with one line of them, such as DCRNN's; None for other files."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} has over {_MOST_BYTES / 1e6:.0f} MB, more than sensors need")
        lines = path.read_text(encoding="utf-8-sig").strip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError):
            reason = texts.clipped(error.strerror or error)
            raise DataError(f"the list of sensors {path} cannot be read ({reason})") from error
        return None
    ids = tuple(cell.strip() for cell in lines[0].split(",")) if len(lines) == 1 else ()
    return ids if len(ids) > 1 and all(ids) else None
