"""All colours of figures, so that an item has the same colour in every view.

The cluster colours were chosen one by one, each as far as possible (in OKLab) from those before
it, for normal, deuteranopic and protanopic vision, and visible on a white and on a near-black
page. Since nobody can distinguish 25 colours reliably, views number their clusters as well.
"""

from __future__ import annotations

from collections.abc import Iterable

CLUSTER_COLOURS: tuple[str, ...] = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00",
    "#56b4e9", "#960069", "#5a4b0f", "#3ce187", "#5a2db4",
    "#8778ff", "#f0b4d2", "#875a69", "#96b487", "#3c4b78",
    "#b43ca5", "#c32d4b", "#96874b", "#b4d200", "#874bd2",
    "#f087ff", "#965a00", "#1e694b", "#f05a69", "#6987c3",
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
DIVERGING: Scale = _even(  # ColorBrewer's RdBu: red below zero, white at zero, blue above
    (
        "#b2182b", "#d6604d", "#f4a582", "#fddbc7", "#f7f7f7",
        "#d1e5f0", "#92c5de", "#4393c3", "#2166ac",
    )
)  # fmt: skip
HOURS: Scale = _even(  # cyclic: midnight at both ends, noon in the middle
    (
        "#4b4fb0", "#2e7fc2", "#38b0b5", "#8fc15a", "#f0b429",
        "#ee7d3b", "#d8456b", "#8e3f9e", "#4b4fb0",
    )
)  # fmt: skip


def cluster_colour(number: int) -> str:
    """Return the colour of a cluster by its number; colours repeat from the 26th on."""
    return CLUSTER_COLOURS[number % len(CLUSTER_COLOURS)]


def road_colours(labels: Iterable[str]) -> dict[str, str]:
    """Return a colour for each road label; the same for the same set of labels.

    Sensors of unknown road (label "") are drawn in neutral.
    """
    known = sorted(set(labels) - {""})
    return {label: cluster_colour(place) for place, label in enumerate(known)} | {"": NEUTRAL}


def with_alpha(colour: str, alpha: float) -> str:
    """Return a ``#rrggbb`` colour as CSS rgba with an opacity from 0 to 1."""
    red, green, blue = _channels(colour)
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def readable_on(colour: str) -> str:
    """Return black or white, whichever has the higher contrast on a ``#rrggbb`` colour."""
    red, green, blue = _channels(colour)
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _channels(colour: str) -> tuple[int, ...]:
    """Return red, green and blue, 0 to 255, of a ``#rrggbb`` colour."""
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
