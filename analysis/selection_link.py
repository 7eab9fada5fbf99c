"""A selection as one text for a link: one bit per sensor, with a checksum."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from analysis.errors import AnalysisError
from analysis.selection import Ids, in_order, positions_of
from himnet.data.info import Sensors

PREFIX = "set1."  # of the format; no id of a sensor that a data set knows is taken for it
_SUM_BYTES = 6
_RAW, _PACKED = "b", "z"  # how the bits are stored
_DAMAGED = (
    "the selection in the link is damaged or belongs to other sensors, so nothing is selected"
)


def fingerprint(sensors: Sensors) -> str:
    """Return a short text that differs between sets of sensors."""
    return _text(_digest(sensors, b""))


def encoded(sensors: Sensors, ids: Iterable[str]) -> str:
    """Return a selection as a text of letters, digits, dots, hyphens and underscores.

    Args:
        sensors: of the data set.
        ids: of the selected ones.
    """
    mask = np.zeros(len(sensors), dtype=bool)
    mask[positions_of(sensors, ids)] = True
    bits = np.packbits(mask).tobytes()
    packed = zlib.compress(bits, 9)
    kind, content = (_PACKED, packed) if len(packed) < len(bits) else (_RAW, bits)
    return f"{PREFIX}{_text(_digest(sensors, bits))}.{kind}{_text(content)}"


def decoded(sensors: Sensors, texts: Sequence[str]) -> Ids:
    """Return the ids that the texts of a link name, known or not.

    Args:
        sensors: of the data set.
        texts: one from `encoded`, or the ids themselves, as in older links.

    Raises:
        AnalysisError: for an encoded selection that is damaged or belongs to other sensors.
    """
    if len(texts) != 1 or not texts[0].startswith(PREFIX) or texts[0] in sensors.ids:
        return tuple(texts)
    told, _, content = texts[0].removeprefix(PREFIX).partition(".")
    bits = _bits(content, -(-len(sensors) // 8))
    if bits is None or told != _text(_digest(sensors, bits)):
        raise AnalysisError(_DAMAGED)
    mask = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=len(sensors))
    return in_order(sensors, (sensors.ids[place] for place in np.flatnonzero(mask)))


def _bits(content: str, size: int) -> bytes | None:
    """Return the bits, of `size` bytes, that a text stores; None if it does not."""
    kind, text = content[:1], content[1:]
    if kind not in (_RAW, _PACKED) or len(text) > 2 * size + 64 or not text.isascii():
        return None
    try:
        bits = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if kind == _PACKED:
            bits = zlib.decompressobj().decompress(bits, size + 1)  # never more than expected
    except (binascii.Error, zlib.error):
        return None
    return bits if len(bits) == size else None


def _digest(sensors: Sensors, bits: bytes) -> bytes:
    """Return a checksum of the sensors and of what is selected."""
    known = "\n".join(sensors.ids).encode("utf-8", "surrogatepass")
    return hashlib.sha256(known + b"\0" + bits).digest()[:_SUM_BYTES]


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")
