"""What was measured of a model's graphs, as JSON types and as plain text."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Any

import numpy as np

from analysis.claims.table import WIDTH
from analysis.claims.table import text as claims_text
from analysis.graphs.direction import largest_difference
from analysis.graphs.shares import PART_WORDS, PARTS, QUANTILES, Shares, shares_of_rows
from analysis.graphs.stored import DecoderFindings, GraphFindings
from analysis.graphs.use import GraphUse
from analysis.material import Material
from analysis.readings.days import clock_time, day_label

MEANING = (
    "What an entry means: the graph is A = softmax(relu(S)) by rows, where the scores S are inner "
    "products of embeddings; A_ij is the weight with which sensor i reads sensor j, and a row sums "
    "to 1. No entry is 0: each row gives every sensor its floor, 1 / sum_j exp(relu(s_ij)), "
    "whatever was learnt. Only the excess over the floor is learnt; it is 0 where s_ij <= 0. The "
    "excess of a sensor on itself is counted apart from that on others. Effective neighbours: "
    "exp(entropy) of the excesses on others."
)
MOST_DIFFERENT = 5  # moments that are told
_LOW, _HIGH = 0.05, 0.95


def results(
    material: Material, found: GraphFindings, use: GraphUse | None = None
) -> dict[str, Any]:
    """Return the findings as JSON types.

    Args:
        material: the model.
        found: what was measured of it.
        use: of the graphs, if it was measured.
    """
    decoder, snapshots = found.decoder, found.snapshots
    return {
        "meaning": MEANING,
        "sensors": material.model.num_nodes,
        "direction": largest_difference(found.encoder.floor),
        "encoder": _spread(shares_of_rows(found.encoder)),
        "encoder_untrained": _each(found.untrained),
        "decoder": None if decoder is None else _told_decoder(material, decoder),
        "decoder_problem": found.decoder_problem,
        "snapshots": [
            {"step": int(step), "road_auc": road, "near_auc": near, **spread}
            for step, road, near, spread in zip(
                snapshots.steps, snapshots.road_auc.tolist(), snapshots.near_auc.tolist(),
                _each(snapshots.shares), strict=True,
            )
        ],
        "rounding": None if found.rounding is None else vars(found.rounding),
        "adjacency": found.adjacency,
        "compared_sensors": found.sensors,
        "claims": [result.to_dict() for result in found.results],
        "unit": material.info.unit,
        "use": None if use is None else {**asdict(use), "words": use_words(use)},
    }  # fmt: skip


def _spread(shares: Shares) -> dict[str, dict[str, float]]:
    """Return the quantiles of one graph's parts."""
    return {
        part: dict(zip(map(str, QUANTILES), shares.quantiles[place].tolist(), strict=True))
        for place, part in enumerate(PARTS)
    }


def _each(shares: Shares) -> list[dict[str, dict[str, float]]]:
    return [_spread(Shares(one)) for one in shares.quantiles]


def _told_decoder(material: Material, decoder: DecoderFindings) -> dict[str, Any]:
    over, info = decoder.over_day, material.info
    return {
        "origin": decoder.origin,
        "moments": decoder.moments,
        "hours": [
            {"hour": int(hour), "road_auc": road, "near_auc": near, **spread}
            for hour, road, near, spread in zip(
                decoder.clock, decoder.road_auc.tolist(), decoder.near_auc.tolist(),
                _each(decoder.by_hour), strict=True,
            )
        ],
        "untrained": _each(decoder.untrained),
        "day": day_label(decoder.day, info),
        "difference_mean": float(over.difference.mean()),
        "most_different": [
            {
                "time": _clock(over.hours[place], info.steps_per_day),
                "step": int(over.steps[place]),
                "difference": float(over.difference[place]),
            }
            for place in over.most(MOST_DIFFERENT)
        ],
    }  # fmt: skip


def _clock(hours: float, steps_per_day: int) -> str:
    return clock_time(hours * steps_per_day / 24, steps_per_day)


def text(result: dict[str, Any], found: GraphFindings) -> str:
    """Return the findings as plain text.

    Args:
        result: from `results`.
        found: what it was made from.
    """
    parts = [
        *_wrapped(MEANING),
        *_wrapped(
            f"Where scores are symmetric, A_ij and A_ji differ by the floors of their rows only "
            f"(here by at most {result['direction']:.1%}), so no direction can be read from them."
        ),
        "",
        *_encoder_lines(result),
        "",
        *_decoder_lines(result),
        *_snapshot_lines(result),
        *_rounding_lines(result),
        "",
        *_world_lines(result),
        claims_text(found.results),
    ]
    return "\n".join(parts)


def _encoder_lines(result: dict[str, Any]) -> list[str]:
    untrained = result["encoder_untrained"]
    head = f"{'':<44} {'trained: median (5-95 %)':>28}  {'untrained: median':>18}"
    lines = [f"Encoders' graph of {result['sensors']:,} sensors, parts of a row:", head]
    for part in PARTS:
        own = result["encoder"][part]
        others = float(np.mean([one[part]["0.5"] for one in untrained]))
        low, high = own[str(_LOW)], own[str(_HIGH)]
        told = f"{_number(part, own['0.5'])} ({_number(part, low)}-{_number(part, high)})"
        lines.append(f"  {PART_WORDS[part]:<42} {told:>28}  {_number(part, others):>18}")
    return [*lines, f"  untrained: mean of {len(untrained)} models of the same initialisation"]


def _number(part: str, value: float) -> str:
    if part in ("floor", "own", "others"):
        return f"{value:.1%}"
    return f"{value:.2f}" if part == "largest" else f"{value:.1f}"


def _decoder_lines(result: dict[str, Any]) -> list[str]:
    decoder = result["decoder"]
    if decoder is None:
        return _wrapped(f"No decoder's graph: {result['decoder_problem']}.")
    lines = [
        f"Decoder's graph, {decoder['moments']} moments on the full hour (E_st from the "
        f"{decoder['origin']}), medians over sensors and days:",
        f"{'hour':>6} {'floor':>7} {'self':>7} {'others':>7} {'largest x N':>12} "
        f"{'effective':>10} {'AUC road':>9} {'AUC near':>9}",
    ]
    lines += [_row(f"{one['hour']:>4} h", one, one) for one in decoder["hours"]]
    for number, one in enumerate(decoder["untrained"]):
        lines.append(f"{_row('', one, None)}  untrained {number + 1}, all moments")
    said = ", ".join(
        f"{one['time']} ({one['difference']:.3f})" for one in decoder["most_different"]
    )
    told = (
        f"{decoder['day']}: a moment's graph differs from the mean of the day by "
        f"{decoder['difference_mean']:.3f} on average (half the mean absolute difference of rows: "
        f"the share of a row's weight that is elsewhere); most at {said}."
    )
    return [*lines, *_wrapped(told)]


def _row(name: str, spread: dict[str, Any], aucs: dict[str, Any] | None) -> str:
    floor, own, others, largest, effective = (spread[part]["0.5"] for part in PARTS)
    cells = (
        f"{name:>6} {floor:>7.1%} {own:>7.1%} {others:>7.1%} {largest:>12.2f} {effective:>10.1f}"
    )
    if aucs is None:
        return cells
    return f"{cells} {_auc(aucs['road_auc']):>9} {_auc(aucs['near_auc']):>9}"


def _auc(value: float) -> str:
    return "-" if value != value else f"{value:.3f}"


def _snapshot_lines(result: dict[str, Any]) -> list[str]:
    if not result["snapshots"]:
        return []
    return [
        "",
        "Encoders' graph in training, medians over sensors:",
        f"{'step':>9} {'floor':>7} {'self':>7} {'others':>7} {'largest x N':>12} "
        f"{'effective':>10} {'AUC road':>9} {'AUC near':>9}",
        *(f"{one['step']:>3,}".rjust(9) + _row("", one, one)[6:] for one in result["snapshots"]),
    ]


def _rounding_lines(result: dict[str, Any]) -> list[str]:
    rounding = result["rounding"]
    if rounding is None:
        return []
    told = (
        f"The track stores E_st as float16. At {rounding['moments']} moments, entries of the graph "
        f"differ from those of E_st as computed now by {rounding['median']:.1e} (median) and at "
        f"most {rounding['most']:.1e}."
    )
    return ["", *_wrapped(told)]


def _world_lines(result: dict[str, Any]) -> list[str]:
    compared, count = result["compared_sensors"], result["sensors"]
    if compared == count:
        return []
    return _wrapped(
        f"Comparisons with the world are over the pairs of {compared:,} of the {count:,} sensors, "
        "drawn at random."
    )


def use_words(use: GraphUse) -> dict[str, str]:
    """Return for both graphs whether they are used; see `GraphUse.word`."""
    return {name: use.word(getattr(use, name)) for name in ("encoders", "decoder")}


def use_lines(result: dict[str, Any]) -> list[str]:
    """Return how much the error rises with uniform graphs, as plain text.

    Args:
        result: from `results`.
    """
    use, unit = result["use"], result["unit"]
    if use is None:
        return _wrapped(
            "Whether the graphs are used was not measured: it needs the data set, and a model that "
            "can be run on it and has both graphs."
        )
    lines = _wrapped(
        f"Are the graphs used? MAE {use['own']:.3f} {unit} on {use['windows']} windows of the test "
        "split, and its increase with a uniform graph instead, in which every sensor reads the "
        "mean of all (95 % intervals over days; single seed):"
    )
    for name, graph in (("encoders", "encoders' graph"), ("decoder", "decoder's graph")):
        one = use[name]
        known = f" ({one['low']:+.3f} to {one['high']:+.3f})" if one["low"] == one["low"] else ""
        lines.append(f"  {graph:<16} {one['value']:+.3f} {unit}{known}: {use['words'][name]}")
    return lines


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, WIDTH)
