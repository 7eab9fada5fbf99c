"""Scale bars: round lengths and how they are written."""

from __future__ import annotations

_METRES = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


def bar_length(most: float) -> float:
    """Return the longest round length of at most `most` metres; else the shortest there is."""
    return float(max((length for length in _METRES if length <= most), default=_METRES[0]))


def bar_text(metres: float) -> str:
    """Return a length as text, in kilometres from one on."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
