"""All colours of figures, so that an item has the same colour in every view.

The colours of the palette were found by simulated annealing: visible on light and dark pages and
maps, all different in normal sight (CIEDE2000 of 14 or more), and as many pairs as possible
different without the cones for red or green too. `analysis.figures.cluster_colours` gives clusters
that touch colours of such pairs. Since nobody can distinguish 25 colours reliably, views number
their clusters as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from analysis.figures.vision import contrast

PALETTE: tuple[str, ...] = (  # each as far as possible from those before it
    "#005a87", "#ffc300", "#1e5a00", "#87b4ff", "#d28778",
    "#a55a69", "#2d69ff", "#009600", "#b478a5", "#1e694b",
    "#4b2dd2", "#1e8787", "#f03c96", "#4ba5c3", "#e15a00",
    "#78874b", "#c3b478", "#a50087", "#2db487", "#a587ff",
    "#a50f00", "#ff9600", "#c32de1", "#87e169", "#784b2d",
)  # fmt: skip

# day-of-week numbers 0 to 6 of a data set that starts on Mondays: cool weekdays, warm weekend
DAY_COLOURS: tuple[str, ...] = (
    "#0077bb", "#33bbee", "#009988", "#7fae3d", "#8b74d6", "#ee7733", "#cc3311",
)  # fmt: skip

NEUTRAL = "#8a94a0"  # for items of no group, on light and dark pages
GRID = "rgba(128, 140, 155, 0.28)"
PERIOD_COLOURS: dict[str, str] = {  # the three periods of the paper's figure 5
    "midnight": "rgba(90, 75, 160, 0.20)",
    "morning": "rgba(230, 159, 0, 0.22)",
    "noon": "rgba(0, 158, 115, 0.18)",
}

Scale = list[tuple[float, str]]


def _even(colours: Iterable[str]) -> Scale:
    listed = list(colours)
    return [(place / (len(listed) - 1), colour) for place, colour in enumerate(listed)]


BLUES: Scale = _even(  # ColorBrewer's Blues: the paper's scale
    (
        "#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6",
        "#4292c6", "#2171b5", "#08519c", "#08306b",
    )
)  # fmt: skip
# In the two scales of signed numbers, lightness falls steadily from the lowest to the highest
# value, so that their order is kept in grey; both are grey at zero.
COSINES: Scale = _even(  # yellow below zero, blue above
    (
        "#fee33e", "#e2cb50", "#c6b35f", "#a99c6e", "#868686",
        "#6a6e93", "#4a5896", "#174396", "#003176",
    )
)  # fmt: skip
DIFFERENCES: Scale = _even(  # green below zero, purple above
    (
        "#cff1a3", "#bcd69a", "#aabc92", "#99a38b", "#898989",
        "#8b6b7a", "#844f6a", "#7b3259", "#6f0a49",
    )
)  # fmt: skip
HOURS: Scale = _even(  # cyclic: midnight at both ends, noon in the middle
    (
        "#4b4fb0", "#2e7fc2", "#38b0b5", "#8fc15a", "#f0b429",
        "#ee7d3b", "#d8456b", "#8e3f9e", "#4b4fb0",
    )
)  # fmt: skip


def palette_colour(number: int) -> str:
    """Return a colour by its number; colours repeat from the 26th on."""
    return PALETTE[number % len(PALETTE)]


def road_colours(labels: Iterable[str]) -> dict[str, str]:
    """Return a colour for each road label; the same for the same set of labels.

    Sensors of unknown road (label "") are drawn in neutral.
    """
    known = sorted(set(labels) - {""})
    return {label: palette_colour(place) for place, label in enumerate(known)} | {"": NEUTRAL}


def sampled(scale: Scale, places: NDArray[np.floating]) -> list[str]:
    """Return the ``#rrggbb`` colours at places (n,) on a scale from 0 to 1; beyond it, its ends."""
    stops = np.array([_channels(colour) for _, colour in scale])
    steps = [place for place, _ in scale]
    mixed = np.stack([np.interp(places, steps, channel) for channel in stops.T], axis=-1)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed.round().astype(int)]


def with_alpha(colour: str, alpha: float) -> str:
    """Return a ``#rrggbb`` colour as CSS rgba with an opacity from 0 to 1."""
    red, green, blue = _channels(colour)
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def readable_on(colour: str) -> str:
    """Return black or white, whichever has the higher contrast on a ``#rrggbb`` colour."""
    return max("#000000", "#ffffff", key=lambda ink: contrast(ink, colour))


def _channels(colour: str) -> tuple[int, ...]:
    """Return red, green and blue, 0 to 255, of a ``#rrggbb`` colour."""
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
