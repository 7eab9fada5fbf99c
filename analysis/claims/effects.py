"""Effect sizes in words: how much of it there is, where a p value only says that it is there."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Literal

Reading = Literal["opposite", "negligible", "weak", "moderate", "strong"]
_WORDS: tuple[Reading, ...] = ("negligible", "weak", "moderate", "strong")


@dataclass(frozen=True)
class Scale:
    """The thresholds of a kind of effect size.

    Attributes:
        name: of the effect size.
        edges: where weak, moderate and strong begin.
        inclusive: whether an edge itself belongs to the weaker side.
    """

    name: str
    edges: tuple[float, float, float]
    inclusive: bool = False

    def reading(self, size: float) -> Reading:
        """Return an effect size in words; positive sizes are in the direction of the claim."""
        place = bisect_left if self.inclusive else bisect_right
        if place(self.edges, -size) > 0:
            return "opposite"
        return _WORDS[place(self.edges, size)]


SILHOUETTE = Scale("silhouette", (0.25, 0.5, 0.7), inclusive=True)  # Kaufman and Rousseeuw, 1990
CORRELATION = Scale("correlation", (0.1, 0.3, 0.5))  # Cohen, 1988
COSINES = Scale("difference of cosines", (0.1, 0.3, 0.5))  # as correlations
SHARES = Scale("Cohen's h", (0.2, 0.5, 0.8))  # Cohen, 1988
RAND = Scale("adjusted Rand index", (0.1, 0.65, 0.8))  # from 0.65 Steinley, 2004
LINE = Scale("ratio, as a multiple of that of a line", (0.6, 1.0, 1.5), inclusive=True)


@dataclass(frozen=True)
class Effect:
    """An effect size.

    Attributes:
        name: of the kind.
        value: positive in the direction of the claim.
        reading: in words.
    """

    name: str
    value: float
    reading: Reading

    @classmethod
    def of(cls, scale: Scale, value: float) -> Effect:
        """Create one from a number."""
        return cls(scale.name, value, scale.reading(value))


def cohens_h(share: float, other: float) -> float:
    """Return Cohen's h, 2 asin sqrt(share) - 2 asin sqrt(other)."""
    return 2 * math.asin(math.sqrt(share)) - 2 * math.asin(math.sqrt(other))
