"""Attributions as JSON types, as plain text, and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.average import MeanAttribution
from analysis.attribution.baselines import base_line_words
from analysis.attribution.lags import FAR, NEAR, Lag
from analysis.attribution.reach import BANDS, EVEN, QUANTITIES, Quantity, Side
from analysis.attribution.sample import RULE_WORDS
from analysis.evidence.intervals import Interval
from analysis.evidence.statistic import LEVEL

_WIDE = 56
SINGLE_SEED = "All of this is about one training (single seed); another may differ."


def results(found: MeanAttribution, unit: str) -> dict[str, Any]:
    """Return mean attributions as JSON types, without the matrix of pairs.

    Args:
        found: what was measured.
        unit: of the readings.
    """
    told = asdict(found)
    del told["pairs"]
    tables = {name: told[name].tolist() for name in ("by_step", "by_band")}
    more = {"unit": unit, "single_seed": True, "partial": found.is_partial}
    return {**more, "groups": list(found.groups), **told, **tables, "verdict": verdict(found)}


def text(found: MeanAttribution, unit: str) -> str:
    """Return mean attributions as plain text; arguments as for `results`."""
    partial = "PARTIAL: " if found.is_partial else ""
    names, counts = found.groups, (found.forecasts, *found.counts)
    lines = [
        f"{partial}{found.forecasts} of {found.planned} forecasts of the test split, "
        f"{found.days} days; base line: {base_line_words(found.baseline, unit)}",
        RULE_WORDS[found.rule],
        f"forecasts differ from those of the base line by {found.moved:.3g} {unit} on average; "
        f"largest gap {found.largest_gap:.2g} {unit}, {found.incomplete} above the tolerance",
        "",
        f"{'weighted by the size of the attribution':<{_WIDE}}"
        + "".join(f"{f'{one} ({n})':>30}" for one, n in zip(names, counts, strict=True)),
    ]
    for name, words in QUANTITIES.items():
        if not found.quantities[name][0].forecasts:
            continue  # without places, or roads
        cells = map(_cell, found.quantities[name])
        lines.append(f"{words:<{_WIDE}}" + "".join(f"{cell:>30}" for cell in cells))
    lines += [
        "  (mean, 95 % interval over days; in brackets if all readings mattered equally)",
        *_band_lines(found),
        *_side_lines(found),
        *_other_lines(found),
        "",
        *verdict(found),
    ]
    return "\n".join(lines)


def verdict(found: MeanAttribution) -> list[str]:
    """Return what the numbers say, in sentences that name number and null."""
    minutes, km = (found.quantities[name][0] for name in ("minutes", "km"))
    if not np.isfinite(minutes.found.value):
        return ["No reading moved a forecast: all are equal to the base line.", f"({SINGLE_SEED})"]
    lines = [
        f"Weighted by attribution, a reading is {minutes.found.value:.0f} minutes older than the "
        f"last one ({minutes.even:.0f} if forecasts depended equally on all readings)"
        + (
            f", and one of another sensor is {km.found.value:.1f} km away ({km.even:.1f})."
            if np.isfinite(km.found.value)
            else "."
        )
    ]
    for name, side in zip(found.groups, found.sides, strict=False):
        lines.append(f"{name.capitalize()}: {_side_words(side)}.")
    return [*lines, SINGLE_SEED]


def _side_words(side: Side) -> str:
    if not np.isfinite(side.p_value):
        return "no forecast has sensors on both sides along its road"
    found, low, high, even = (
        f"{100 * share:.0f}"
        for share in (side.upstream.value, side.null_low, side.null_high, side.even)
    )
    share = (
        f"{found} % of the attribution along the road is upstream at equal distances (null {low} % "
        f"to {high} %, p = {side.p_value:.2g}; {even} % if it depended equally on all readings, "
        f"p = {side.p_even:.2g})"
    )
    if side.p_value >= LEVEL:
        return f"{share}, which does not differ from half"
    which = "upstream" if side.upstream.value > EVEN else "downstream"
    if side.p_even < LEVEL and (side.upstream.value > side.even) == (which == "upstream"):
        return f"{share}, so it looks more {which}"
    return f"{share}, so it looks more {which}, but no more than the readings' differences explain"


def agree(side: Side, lag: Lag) -> str:
    """Return whether attributions look where the readings change first: yes, no or undecided."""
    if not (side.p_value < LEVEL and (lag.minutes.low > 0 or lag.minutes.high < 0)):
        return "undecided"
    return "yes" if (side.upstream.value > EVEN) == (lag.minutes.value > 0) else "no"


def _band_lines(found: MeanAttribution) -> list[str]:
    if not np.isfinite(found.by_band).any():
        return ["no distances: places are not known, or no other sensor moves a forecast"]
    edges = [*(f"{edge:g}" for edge in BANDS), ""]
    names = [f"{low}-{high}" if high else f"over {low}" for low, high in pairwise(edges)]
    lines = ["", "share of the other sensors' attribution by distance in km"]
    lines.append(f"{'':<12}" + "".join(f"{name:>10}" for name in names))
    for name, row in zip(found.groups, found.by_band, strict=True):
        lines.append(f"{name:<12}" + "".join(f"{share:>10.3f}" for share in row))
    return lines


def _side_lines(found: MeanAttribution) -> list[str]:
    if not found.sides:
        return ["", "roads and directions are not known, so nothing is upstream or downstream"]
    lines = [
        "",
        "share upstream of the attribution along the road, at equal distances; beside it the lag "
        f"at which readings of sensors {NEAR:g} to {FAR:g} km apart correlate best",
        "(positive: the upstream sensor is first, changes travel with the traffic)",
    ]
    rows = found.lags or (None,) * len(found.sides)
    for name, side, lag in zip(found.groups, found.sides, rows, strict=True):
        of_side = (
            f"{_between(side.upstream)}, null {side.null_low:.2f} to {side.null_high:.2f}, "
            f"p = {side.p_value:.2g} (least {side.p_smallest:.2g}), {side.forecasts} forecasts; "
            f"[{side.even:.2f}], p = {side.p_even:.2g}"
        )
        lines.append(f"  {name:<10} {of_side}")
        if lag is not None:
            up, down = (f"{100 * of:.0f} %" for of in (lag.upstream_first, lag.downstream_first))
            lines.append(
                f"  {'':<10} readings: {_between(lag.minutes)} min over {lag.km:.1f} km, upstream "
                f"first in {up}, downstream in {down} of {lag.pairs} pairs; "
                f"agree: {agree(side, lag)}"
            )
    return lines


def _other_lines(found: MeanAttribution) -> Iterator[str]:
    yield ""
    both, similar = found.occlusion, found.similar
    if np.isfinite(both.mean):
        yield (
            f"integrated gradients and occlusion: rank correlation over sensors {both.mean:.3f} "
            f"({both.least:.3f} to {both.most:.3f}), {both.forecasts} forecasts"
        )
    if np.isfinite(found.graph):
        yield (
            f"check, not a finding (information flows along graphs): rank correlation with the "
            f"encoders' graph {found.graph:.3f}"
        )
    if similar is None:
        yield f"similar meta-parameters: not tested, since {found.similar_problem}"
        return
    yield (
        f"similar meta-parameters: partial Mantel correlation of attribution and cosine "
        f"{similar.shares:.3f}, p = {similar.p_shares:.2g}; of ranks {similar.ranks:.3f}, "
        f"p = {similar.p_ranks:.2g}"
    )
    yield f"  held fixed: {', '.join(similar.held)}; null: {similar.null}; {similar.pairs} pairs"


def _cell(one: Quantity) -> str:
    return f"{_between(one.found)} [{one.even:.2f}]" if np.isfinite(one.found.value) else "-"


def _between(interval: Interval) -> str:
    if not np.isfinite(interval.value):
        return "-"
    known = np.isfinite(interval.low)
    edges = f"{interval.low:.2f} to {interval.high:.2f}" if known else f"{interval.days} day"
    return f"{interval.value:.2f} ({edges})"


def reading_rows(
    values: NDArray[np.floating],
    readings: NDArray[np.floating],
    baseline: NDArray[np.floating],
    ids: tuple[str, ...],
    step_minutes: float,
    falls: NDArray[np.floating] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield a row for each reading of a window, sensor by sensor; a missing reading is empty.

    Args:
        values: (T, N) attribution.
        readings: (T, N), NaN if missing.
        baseline: (T, N).
        ids: of the N sensors.
        step_minutes: minutes from one reading to the next.
        falls: of occlusion, (T, N) or (N,); None for none. Those of a whole sensor are in the row
            of its last reading.
    """
    steps = len(values)
    for place, name in enumerate(ids):
        for step in range(steps):
            reading = float(readings[step, place])
            row: dict[str, Any] = {
                "sensor": name,
                "minutes_before": (steps - 1 - step) * step_minutes,
                "reading": reading if np.isfinite(reading) else "",
                "base_line": float(baseline[step, place]),
                "attribution": float(values[step, place]),
            }
            if falls is not None and falls.ndim == 2:
                row["occlusion"] = float(falls[step, place])
            elif falls is not None:
                row["occlusion"] = float(falls[place]) if step == steps - 1 else ""
            yield row
