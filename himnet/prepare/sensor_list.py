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
    """Read a table of sensors, a graph with ids (``adj_mx.pkl``), or ids alone.

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
    ids = _ids_alone(path)
    return read_sensors(path) if ids is None else Sensors(ids)


def count_listed(path: Path | None) -> int | None:
    """Return the number of sensors in a list; None if there is no list.

    Raises:
        DataError: for a list that cannot be read.
    """
    return None if path is None else len(read_sensor_list(path))


def _ids_alone(path: Path) -> tuple[str, ...] | None:
    """Return the ids of a file of nothing else: on one line, or one a line; None for other files.

    One a line needs a number in the first one, as otherwise it may be the name of the column.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} has over {_MOST_BYTES / 1e6:.0f} MB, more than sensors need")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        reason = texts.clipped(error.strerror or error)
        raise DataError(f"the list of sensors {path} cannot be read ({reason})") from error
    except UnicodeDecodeError:
        return None
    rows = [[cell.strip() for cell in line.split(",")] for line in lines if line.strip()]
    ids = rows[0] if len(rows) == 1 else [row[0] for row in rows if len(row) == 1]
    alone = len(rows) == 1 or (len(ids) == len(rows) > 1 and any(map(str.isdigit, ids[0])))
    plain = len(ids) > 1 and all(ids) and not any(sign in name for name in ids for sign in ";\t|")
    return tuple(ids) if alone and plain else None
