"""The identity curve as JSON types, as plain text, and in sentences."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from analysis.claims.table import rounded
from analysis.evidence.intervals import Interval
from analysis.identity.curve import MAIN_REACH, Association, Comparison, Cost, Identity
from analysis.identity.measure import REACHES, Reach
from analysis.identity.moments import MOMENT_CLASSES
from analysis.identity.partners import ANY, ROAD, SENSOR_CLASSES

REACH_WORDS: dict[Reach, str] = {
    "pool": "the query of the pools",
    "graph": "the graph",
    "both": "both",
}
CLASS_WORDS = {**SENSOR_CLASSES, **MOMENT_CLASSES}
PARTNER_WORDS = {"road": "of the same road", "cluster": "of the same cluster"}
_WIDE = 36  # of the names of classes
_HEAD = (
    f"{'':<{_WIDE}} {'draws':>5} {'sensors':>8} {'MAE':>8} {'cost':>8}  {'95 % interval':<20} "
    "saved of the cost of any"
)


def results(found: Identity, unit: str) -> dict[str, Any]:
    """Return what was measured as JSON types.

    Args:
        found: what was measured.
        unit: of the readings.
    """
    told = asdict(found)
    return {
        "unit": unit,
        "partial": found.is_partial,
        "single_seed": True,
        "verdict": verdict(found, unit),
        **told,
    }


def text(found: Identity, unit: str) -> str:
    """Return what was measured as plain text.

    Args:
        found: what was measured.
        unit: of the readings.
    """
    of = f"{found.windows} of {found.planned}" if found.is_partial else f"{found.windows}"
    partial = "PARTIAL: " if found.is_partial else ""
    lines = [
        f"{partial}{of} windows of the test split from {found.days} days, {found.sensors} sensors; "
        f"MAE with the own embeddings {found.own:.4f} {unit}",
    ]
    for reach in REACHES:
        costs = [one for one in found.costs if one.reach == reach]
        if costs:
            title = f"All sensors take a partner's embedding for {REACH_WORDS[reach]}"
            lines += ["", f"{title}:", _HEAD, *map(_row, costs)]
    if moments := [one for one in found.costs if one.reach is None]:
        head = _HEAD.replace("sensors", "windows").partition("saved")[0].rstrip()
        lines += [
            "",
            "All windows take another moment's embedding (kinds of days: working days, weekend):",
            head,
            *map(_row, moments),
        ]
    if absent := _absent(found):
        lines += ["", f"left out, since no partner was found: {', '.join(absent)}"]
    if found.comparisons:
        lines += ["", "Against partners elsewhere with as similar a series (95 % intervals over"]
        lines += ["days and sensors):", *(_compared(one, unit) for one in found.comparisons)]
    if found.associations:
        lines += ["", "Partial Mantel correlation of the distance of meta-parameters with cost:"]
        lines += map(_associated, found.associations)
    return "\n".join([*lines, "", verdict(found, unit)])


def verdict(found: Identity, unit: str, *, bold: str = "") -> str:
    """Return in sentences whether embeddings are more than names, for exchanged pool queries.

    Args:
        found: what was measured.
        unit: of the readings, as its medium shows it.
        bold: mark around the numbers, such as ``"**"``.
    """
    compared, by_any = found.comparison(), found.cost(ANY)
    if compared is None or by_any is None:
        return "Whether embeddings are more than names cannot be told: no partner has a match."
    own, places = PARTNER_WORDS[compared.name], decimals(found.own)
    said = (
        f"With the parameters of a sensor {own}, the error grows by "
        f"{bold}{compared.cost:.{places}f} {unit}{bold}, with those of a sensor elsewhere whose "
        f"series is as similar by {bold}{compared.matched:.{places}f} {unit}{bold}, and with those "
        f"of any sensor by {bold}{compared.by_any:.{places}f} {unit}{bold} (the {compared.sensors} "
        "sensors for which there is such a series)"
    )
    if compared.share is not None and compared.matched_share is not None:
        said += (
            f". Of the cost of any sensor, the {compared.name} saves {_percent(compared.share)}, a "
            f"similar series alone {_percent(compared.matched_share)}"
        )
    edges = compared.difference
    low, value, high = (f"{number:+.{places}f}" for number in (edges.low, edges.value, edges.high))
    interval = f"the difference of {value} has the 95 % interval {low} to {high}"
    partial = ", partial" if found.is_partial else ""
    concluded = f"{bold}{_conclusion(compared)}{bold} ({interval}; single seed{partial})"
    weaker = (
        ""
        if compared.name == ROAD
        else " Clusters are made of the embeddings themselves, so they say less than roads would."
    )
    return f"{concluded}.{weaker} {said}. {_mantel(found)}."


def graph_cost(found: Identity, unit: str) -> str:
    """Return in a sentence what exchanging embeddings in the encoders' graph costs; "" if unknown.

    Args:
        found: what was measured.
        unit: of the readings, as its medium shows it.
    """
    by_graph, by_pool = found.cost(ANY, "graph"), found.cost(ANY, "pool")
    if by_graph is None or by_pool is None:
        return ""
    edges, places = by_graph.difference, decimals(found.own)
    low, value, high, pool = (
        f"{rounded(number, places):+.{places}f}"
        for number in (edges.low, edges.value, edges.high, by_pool.difference.value)
    )
    return (
        "If each sensor takes the embedding of another one, drawn at random, in the encoders' "
        f"graph only, the error changes by {value} {unit} (95 % interval {low} to {high}); in the "
        f"query of the pools only, by {pool} {unit} (single seed)."
    )


def decimals(error: float) -> int:
    """Return the decimal places of errors in sentences: 3 below 10 units, fewer above.

    Args:
        error: of the model, in the unit of the data.
    """
    own = error if math.isfinite(error) else 0.0
    return max(0, 3 - int(math.log10(max(own, 1.0))))


def main_association(found: Identity) -> Association | None:
    """Return the strictest association of the main reach, which holds most fixed; None for none."""
    own = [one for one in found.associations if one.reach == MAIN_REACH]
    return max(own, key=lambda one: len(one.fixed), default=None)


def _conclusion(compared: Comparison) -> str:
    own = PARTNER_WORDS[compared.name]
    if compared.difference.low > 0:
        return f"Sensors {own} share more than similar series explain"
    if compared.difference.high < 0:
        return f"Sensors {own} share less than sensors elsewhere with as similar a series"
    return f"That sensors {own} share more than similar series explain is not shown"


def _mantel(found: Identity) -> str:
    one = main_association(found)
    if one is None:
        return "There is no partial Mantel correlation"
    above = "above" if one.statistic.is_above else "not above"
    return (
        f"Partial Mantel correlation of distance and cost: {one.value:.2f}, {above} its null of "
        f"{one.null_mean:.2f}, p = {one.p_value:.2g}"
    )


def _row(cost: Cost) -> str:
    share = "" if cost.share is None else f"{_percent(cost.share)} ({_percents(cost.share)})"
    return (
        f"  {CLASS_WORDS[cost.name]:<{_WIDE - 2}} {cost.draws:>5} {cost.counted:>8} "
        f"{cost.mae:>8.4f} {cost.difference.value:>+8.4f}  {_edges(cost.difference):<20} {share}"
    ).rstrip()


def _compared(one: Comparison, unit: str) -> str:
    shares = ""
    if one.share is not None and one.matched_share is not None:
        shares = f"; saved {_percent(one.share)}, by matches {_percent(one.matched_share)}"
    return (
        f"  {SENSOR_CLASSES[one.name]}, {REACH_WORDS[one.reach]}:\n"
        f"    cost {one.cost:+.4f}, matched {one.matched:+.4f}, difference "
        f"{one.difference.value:+.4f} ({_edges(one.difference)}){shares}\n"
        f"    {one.sensors} sensors, {one.pairs} pairs; matches differ by "
        f"{one.correlation_gap:+.3f} in correlation, {one.level_gap:+.2f} {unit} in mean"
    )


def _associated(one: Association) -> str:
    return (
        f"  {REACH_WORDS[one.reach]}, fixed: {', '.join(one.fixed)}:\n"
        f"    {one.value:+.3f}; null ({one.null}) {one.null_mean:+.3f} "
        f"({one.null_low:+.3f} to {one.null_high:+.3f}), p = {one.p_value:.2g}; {one.pairs:,} pairs"
    )


def _absent(found: Identity) -> list[str]:
    """Return the classes in which nobody has a partner, in words."""
    there = {one.name for one in found.costs}
    kinds = [SENSOR_CLASSES] if any(one.reach for one in found.costs) else []
    kinds += [MOMENT_CLASSES] if any(one.reach is None for one in found.costs) else []
    return [words for kind in kinds for name, words in kind.items() if name not in there]


def _edges(interval: Interval) -> str:
    return f"{interval.low:+.4f} to {interval.high:+.4f}"


def _percent(share: Interval) -> str:
    return f"{100 * share.value:.0f} %"


def _percents(share: Interval) -> str:
    return f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
