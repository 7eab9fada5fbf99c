"""Search of sensors by words: ids, roads, directions, clusters, and what combines them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from analysis.errors import AnalysisError
from analysis.selection import Ids, in_order
from himnet.data.info import Sensors
from himnet.texts import clipped

_DIRECTIONS = {
    word: way
    for way, name in {"n": "north", "s": "south", "e": "east", "w": "west"}.items()
    for word in (way, name, f"{name}bound", f"{way}b")
}
_MOST_JOINED = 4  # words of one name, such as "US 101 N"
_MOST_WORDS, _LONGEST = 60, 2_000  # of a search text
_MOST_IDS = 2_000  # suggested one by one
Found = tuple[str, set[str]]  # a kind of criterion, and the sensors that fulfil it


def search(sensors: Sensors, words: str, *, labels: Sequence[int] | None = None) -> Ids:
    """Return the sensors that a search text describes.

    A text that is a sensor's name, or a suggestion, describes just that.

    Comma-separated parts are united. The words of a part are combined: several of one kind are
    alternatives, and different kinds must all apply, as in ``US-101 N cluster 4``. A word is an id
    or its beginning, a freeway (``US-101``, ``us101``, ``101``) with or without a direction, a
    direction (``N``, ``northbound``), a part of a road's or a sensor's name, or a cluster
    (``cluster 3``). Case, spaces and hyphens do not matter.

    Args:
        sensors: to search.
        words: the search text.
        labels: (N,) clusters, or None without clusters.

    Raises:
        AnalysisError: for a part that matches no sensor.
    """
    if whole := _named(sensors, sensors.name or (), _plain(words)):
        return in_order(sensors, whole)
    found: set[str] = set()
    for part in (piece.strip() for piece in words[:_LONGEST].split(",")):
        if part:
            found |= _found(sensors, part, labels)
    return in_order(sensors, found)


def suggestions(sensors: Sensors, clusters: int) -> list[str]:
    """Return search texts to choose from: freeways, roads, clusters; names and ids if not too many.

    Args:
        sensors: to search.
        clusters: number of clusters; 0 without any.
    """
    freeways = sorted({name for name in sensors.freeway or () if name})
    roads = sorted({name for name in sensors.roads or () if name} - set(freeways))
    few = len(sensors) <= _MOST_IDS
    ids = sensors.ids if few else ()
    names = sorted({name for name in sensors.name or () if name} - set(ids)) if few else []
    numbers = (f"cluster {number}" for number in range(clusters))
    return [*freeways, *roads, *numbers, *names, *ids]


def examples(sensors: Sensors) -> str:
    """Return search texts for a hint, as those of these sensors: a road, or a name, or an id."""
    if any(sensors.road_names):
        return "101, I-5 N"
    known = next(filter(None, sensors.name or ()), sensors.ids[0])
    return clipped(known, 16)


def _found(sensors: Sensors, part: str, labels: Sequence[int] | None) -> set[str]:
    """Return the sensors that a part describes.

    Raises:
        AnalysisError: if there are none.
    """
    words, kinds, at = part.split()[:_MOST_WORDS], dict[str, set[str]](), 0
    while at < len(words):
        for end in range(min(at + _MOST_JOINED, len(words)), at, -1):
            if (one := _criterion(sensors, words[at:end], labels)) is not None:
                kinds.setdefault(one[0], set()).update(one[1])
                at = end
                break
        else:
            raise AnalysisError(_unknown(sensors, part))
    found = set.intersection(*kinds.values())
    if not found:
        raise AnalysisError(
            f"'{part[:60]}' matches no sensor: its words match some, but none of them all; "
            "separate alternatives by commas"
        )
    return found


def _criterion(sensors: Sensors, words: list[str], labels: Sequence[int] | None) -> Found | None:
    """Return what some words, taken together, describe; None for nothing."""
    plain = _plain("".join(words))
    if not plain:
        return None
    if own := _named(sensors, sensors.ids, plain):
        return "sensor", own
    cluster = re.fullmatch(r"(?:cluster|c)(\d{1,4})", plain, re.ASCII)
    if cluster and labels is not None:
        number = int(cluster[1])
        own = {n for n, k in zip(sensors.ids, labels, strict=True) if int(k) == number}
        if own:
            return "cluster", own
    if own := _named(sensors, sensors.name or (), plain):
        return "sensor", own
    for names in (sensors.roads, sensors.freeway):
        if own := _named(sensors, names or (), plain):
            return "road", own
    return _looser(sensors, plain) if len(words) == 1 else None


def _looser(sensors: Sensors, plain: str) -> Found | None:
    """Return what a single word may stand for: a number or part of a road, a direction, an id."""
    freeways = sensors.freeway or ()
    if plain.isdecimal():
        numbers = ["".join(filter(str.isdigit, name)) for name in freeways]
        if own := _named(sensors, numbers, plain):
            return "road", own
    if plain in _DIRECTIONS:
        ways = [way[:1].casefold() for way in sensors.direction or ()]
        own = {n for n, way in zip(sensors.ids, ways, strict=False) if way == _DIRECTIONS[plain]}
        if own:
            return "direction", own
    if own := {name for name in sensors.ids if _plain(name).startswith(plain)}:
        return "sensor", own
    roads = sensors.roads or freeways
    if len(plain) > 1 and not plain.isdecimal():
        own = {n for n, road in zip(sensors.ids, roads, strict=False) if plain in _plain(road)}
        if own:
            return "road", own
        names = sensors.name or ()
        own = {n for n, name in zip(sensors.ids, names, strict=False) if plain in _plain(name)}
        if own:
            return "sensor", own
    return None


def _named(sensors: Sensors, names: Sequence[str], plain: str) -> set[str]:
    """Return the sensors whose name of some kind, (N,) or empty, is a word."""
    return {one for one, name in zip(sensors.ids, names, strict=False) if _plain(name) == plain}


def _plain(text: str) -> str:
    """Return a text without case, spaces and hyphens."""
    return re.sub(r"[\s\-_/]+", "", text).casefold()


def _unknown(sensors: Sensors, part: str) -> str:
    """Return a sentence on a part that matches nothing, with similar names if there are any."""
    known = {_plain(name): name for name in suggestions(sensors, 0)}
    close = difflib.get_close_matches(_plain(part), known, n=3, cutoff=0.6)
    hint = " or ".join(known[name] for name in close)
    return f"'{part[:60]}' matches no sensor; " + (
        f"did you mean {hint}?"
        if hint
        else f"enter an id such as {sensors.ids[0]}, {_more(sensors)} or a cluster such as "
        "'cluster 3'"
    )


def _more(sensors: Sensors) -> str:
    """Return what else can be searched for."""
    if any(sensors.road_names):
        return "a freeway, a freeway and direction,"
    return "a name" if any(sensors.name or ()) else "several ids separated by commas"
