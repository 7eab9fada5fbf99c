"""Colours of sensors by cluster, road or value; the same in every view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from analysis.figures.colours import COSINES, NEUTRAL, road_colours, sampled
from analysis.limits import is_large
from himnet import texts

VALUE_SCALE = "Cividis"  # suitable for colour-blind readers; both ends are visible on any page
_LEGEND_STEPS = 5


@dataclass(frozen=True)
class Colouring:
    """Colours of N sensors and their meaning.

    Attributes:
        name: the quantity or group, such as ``"cluster"``.
        groups: N texts, a sensor's group or value.
        colours: N CSS colours.
        legend: text and colour of each group, or of some values in ascending order.
        kinds: the group of each entry of the legend; empty if it shows values.
    """

    name: str
    groups: tuple[str, ...]
    colours: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...] = ()

    def at(self, places: NDArray[np.int64]) -> Colouring:
        """Return the colours of the sensors at some positions, with the same legend."""
        groups = tuple(self.groups[place] for place in places)
        return replace(self, groups=groups, colours=tuple(self.colours[place] for place in places))


def group_texts(colouring: Colouring) -> list[str]:
    """Return each sensor's group with its kind, such as "cluster 3", for a Plotly figure.

    They are the fourth column of `customdata` in charts of all sensors, by which the browser finds
    the sensors of a group.
    """
    return texts.plotlies(f"{colouring.name} {group}" for group in colouring.groups)


def by_cluster(labels: NDArray[np.int64], colours: Sequence[str]) -> Colouring:
    """Colour sensors by cluster; the legend counts them.

    Args:
        labels: (N,) cluster numbers.
        colours: of the clusters, by number; see `analysis.figures.cluster_colours`.
    """
    counts = np.bincount(labels)
    legend = tuple((f"{k} ({count})", colours[k]) for k, count in enumerate(counts))
    own = tuple(colours[label] for label in labels)
    groups, kinds = tuple(map(str, labels.tolist())), tuple(map(str, range(len(counts))))
    return Colouring("cluster", groups, own, legend, kinds)


def by_name(names: Sequence[str], *, name: str) -> Colouring:
    """Colour sensors by a text such as their freeway (N,); "" is unknown and drawn in neutral."""
    colours, counts = road_colours(names), Counter(names)
    shown = {text: text or "unknown" for text in counts}
    legend = tuple((f"{shown[text]} ({counts[text]})", colours[text]) for text in sorted(counts))
    groups, kinds = (tuple(shown[text] for text in some) for some in (names, sorted(counts)))
    return Colouring(name, groups, tuple(colours[text] for text in names), legend, kinds)


def by_cosine(cosines: NDArray[np.floating]) -> Colouring:
    """Colour sensors by a cosine (N,), on the scale from -1 to 1 of all cosines; NaN in neutral."""
    known = np.isfinite(cosines)
    legend = zip(("-1", "0", "1"), (COSINES[0][1], COSINES[4][1], COSINES[-1][1]), strict=True)
    own = sampled(COSINES, (np.where(known, cosines, 0.0) + 1) / 2)
    groups = tuple(
        f"{value:.2f}" if ok else "unknown" for value, ok in zip(cosines, known, strict=True)
    )
    colours = tuple(colour if ok else NEUTRAL for colour, ok in zip(own, known, strict=True))
    return Colouring("cosine", groups, colours, tuple(legend))


def _sampled(place: NDArray[np.floating]) -> list[str]:
    """Return the colours of positions (n,) on the scale; of very many, rounded to 256 colours."""
    if not is_large(len(place)):
        return list(sample_colorscale(VALUE_SCALE, list(place)))
    some = sample_colorscale(VALUE_SCALE, list(np.linspace(0, 1, 256)))
    return [some[number] for number in np.round(place * 255).astype(int)]


def by_value(
    values: NDArray[np.floating], *, name: str, unit: str, digits: tuple[int, int] = (1, 0)
) -> Colouring:
    """Colour sensors by a number (N,) from the smallest to the largest; NaN is drawn in neutral.

    The scale runs from the 2nd to the 98th percentile, so that a few extremes do not fill it.

    Args:
        values: (N,).
        name, unit: of the number.
        digits: decimal places of a sensor's number, and of those in the legend.
    """
    known = np.isfinite(values)
    if not known.any():
        return Colouring(name, ("unknown",) * len(values), (NEUTRAL,) * len(values), ())
    low, high = np.percentile(values[known], [2, 98])
    span = max(float(high - low), 1e-9)
    place = np.clip((np.where(known, values, low) - low) / span, 0, 1)
    own = _sampled(place)
    steps = np.linspace(0, 1, _LEGEND_STEPS)
    samples = zip(steps, sample_colorscale(VALUE_SCALE, list(steps)), strict=True)
    told = [f"{value:.{digits[0]}f} {unit}".strip() for value in values]
    return Colouring(
        name,
        tuple(text if ok else "unknown" for text, ok in zip(told, known, strict=True)),
        tuple(colour if ok else NEUTRAL for colour, ok in zip(own, known, strict=True)),
        tuple(
            (f"{low + step * span:.{digits[1]}f} {unit}".strip(), colour)
            for step, colour in samples
        ),
    )
