"""What says how large a map is and where: round lengths and coordinates, as texts."""

from __future__ import annotations

_METRES = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


def bar_length(most: float) -> float:
    """Return the longest round length of at most `most` metres; else the shortest there is."""
    return float(max((length for length in _METRES if length <= most), default=_METRES[0]))


def bar_text(metres: float) -> str:
    """Return a length as text, in kilometres from one on."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def degree_text(degrees: float, positive: str, negative: str, digits: int = 2) -> str:
    """Return a latitude or longitude with its direction, such as ``"37.81° S"``."""
    if round(abs(degrees), digits) == 0:
        return f"{0:.{digits}f}°"
    return f"{abs(degrees):.{digits}f}° {positive if degrees > 0 else negative}"


def coordinates_text(latitude: float, longitude: float) -> str:
    """Return a location, such as ``"37.81° S, 144.96° E"``; longitudes may go beyond 180."""
    east = (longitude + 180) % 360 - 180
    return f"{degree_text(latitude, 'N', 'S')}, {degree_text(east, 'E', 'W')}"
