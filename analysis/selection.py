"""Selections of sensors: combined, and saved in a small file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from himnet.data.info import Sensors
from himnet.strict_json import parse_json

FORMAT = "himnet-selections/1"
MOST_NAMED = 50
_LONGEST_NAME = 60
Ids = tuple[str, ...]


def in_order(sensors: Sensors, ids: Iterable[str]) -> Ids:
    """Return the known ids without duplicates, in the order of the data set's columns."""
    wanted = set(ids)
    return tuple(name for name in sensors.ids if name in wanted)


def inverted(sensors: Sensors, ids: Iterable[str]) -> Ids:
    """Return all sensors except these."""
    wanted = set(ids)
    return tuple(name for name in sensors.ids if name not in wanted)


def positions_of(sensors: Sensors, ids: Iterable[str]) -> NDArray[np.int64]:
    """Return the columns (n,) of sensors, ascending."""
    wanted = set(ids)
    found = [place for place, name in enumerate(sensors.ids) if name in wanted]
    return np.asarray(found, dtype=np.int64)


def to_json(named: Mapping[str, Ids], *, dataset: str) -> str:
    """Return named selections as JSON text, for `from_json`."""
    content = {
        "format": FORMAT,
        "dataset": dataset,
        "selections": {k: list(v) for k, v in named.items()},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def from_json(text: str | bytes, sensors: Sensors) -> dict[str, Ids]:
    """Read the text that `to_json` wrote; unknown sensors are left out.

    Args:
        text: of the file, which may come from anyone.
        sensors: of the data set that is shown.

    Raises:
        AnalysisError: for a file of another kind, or without a known sensor.
    """
    try:
        content = parse_json(text if isinstance(text, str) else text.decode("utf-8-sig"))
        given = content["selections"]
        named = {str(name): in_order(sensors, map(str, ids)) for name, ids in given.items()}
        known = content["format"] == FORMAT
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise AnalysisError(
            "the file contains no selections; open one that was saved on this page"
        ) from error
    kept = {name: ids for name, ids in named.items() if ids and is_name(name)}
    if not known or not kept:
        raise AnalysisError(
            f"none of the {len(named)} selections in the file has a sensor of this data set; open "
            f"the checkpoint that they were made with"
        )
    return dict(list(kept.items())[:MOST_NAMED])


def is_name(name: str) -> bool:
    """Whether a text is a valid name of a selection: one line of 1 to 60 characters."""
    return bool(name.strip()) and name.isprintable() and len(name) <= _LONGEST_NAME
