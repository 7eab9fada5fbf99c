"""A small plot of one claim: the trained model's value and the two null distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.claims.result import ClaimResult

WIDTH, HEIGHT = 240, 50
_BINS = 24
_LEFT, _RIGHT, _BASE, _TOP = 6, WIDTH - 6, 30, 4
_VALUE, _UNTRAINED = "#c1274f", "#d9660f"


def null_picture(result: ClaimResult) -> str:
    """Return the plot of a claim as inline SVG.

    The histogram is the permutation null, the short strokes below it are untrained models, the
    line is the trained model. Text takes the page's colour.

    Args:
        result: of the claim; "" is returned if nothing was measured.
    """
    known = [draws[np.isfinite(draws)] for draws in (result.draws, result.untrained_draws)]
    if result.value is None or not np.isfinite(result.value) or not sum(map(len, known)):
        return ""
    every = np.concatenate([*known, [result.value]])
    low, high = float(every.min()), float(every.max())
    span = max(high - low, 1e-9)

    def across(values: NDArray[np.float64] | float) -> NDArray[np.float64]:
        place = (np.asarray(values, dtype=np.float64) - low) / span
        return _LEFT + place * (_RIGHT - _LEFT)

    at = float(across(result.value))
    drawn = "".join(
        (
            _bars(known[0], low, high),
            _strokes(across(known[1])),
            f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{_BASE}" y2="{_BASE}" stroke="currentColor" '
            'stroke-opacity=".4"/>',
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP - 4}" y2="{_BASE + 8}" '
            f'stroke="{_VALUE}" stroke-width="2.5"/>',
            _text(_LEFT, low, "start"),
            _text(_RIGHT, high, "end"),
        )
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{_words(result)}" font-size="10" fill="currentColor">'
        f"{drawn}</svg>"
    )


def _bars(draws: NDArray[np.float64], low: float, high: float) -> str:
    """Return the histogram of the permutation null."""
    if not len(draws):
        return ""
    counts, _ = np.histogram(draws, bins=_BINS, range=(low, max(high, low + 1e-9)))
    wide = (_RIGHT - _LEFT) / _BINS
    tall = (_BASE - _TOP) / counts.max()
    return "".join(
        f'<rect x="{_LEFT + place * wide:.1f}" y="{_BASE - count * tall:.1f}" '
        f'width="{wide - 0.6:.1f}" height="{count * tall:.1f}" fill="#8a94a0"/>'
        for place, count in enumerate(counts.tolist())
        if count
    )


def _strokes(places: NDArray[np.float64]) -> str:
    """Return a stroke for each untrained model."""
    return "".join(
        f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{_BASE + 1}" y2="{_BASE + 8}" '
        f'stroke="{_UNTRAINED}" stroke-opacity=".7" stroke-width="1.2"/>'
        for place in places.tolist()
    )


def _text(place: float, value: float, anchor: str) -> str:
    where = f'x="{place}" y="{HEIGHT - 2}" text-anchor="{anchor}"'
    return f'<text {where} opacity=".75">{round(value, 2) + 0.0:.2f}</text>'


def _words(result: ClaimResult) -> str:
    parts = [f"trained model {result.value:.2f}"]
    if result.null_mean is not None and len(result.draws):
        parts.append(f"null {result.null_mean:.2f}")
    if len(result.untrained_draws):
        parts.append(f"untrained models {np.nanmean(result.untrained_draws):.2f}")
    return "; ".join(parts)
