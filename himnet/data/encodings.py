"""The encoding of a text file, by its mark or by what its bytes can be."""

from __future__ import annotations

from itertools import pairwise

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MANY = 0.4  # of the bytes


def encoding_of(sample: bytes) -> str:
    """Return the encoding of a text: one of Unicode's, else GB 18030 or Windows-1252.

    Args:
        sample: the beginning of the file.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    even, odd = sample[0:4000:2], sample[1:4000:2]
    if odd and odd.count(0) > _MANY * len(odd) and not even.count(0):
        return "utf-16-le"
    if even and even.count(0) > _MANY * len(even) and not odd.count(0):
        return "utf-16-be"
    try:
        sample[: sample.rfind(b"\n") + 1 or None].decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        # in GB 18030, both bytes of a character are usually high; in Windows-1252, single ones
        high = [byte >= 0x80 for byte in sample]
        paired = sum(one and two for one, two in pairwise(high))
        return "gb18030" if paired >= _MANY * sum(high) else "cp1252"
