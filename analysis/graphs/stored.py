"""What was measured of a model's graphs, kept beside it in ``measured.safetensors``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.checked import checked_count, checked_line, stored_part
from analysis.claims.result import ClaimResult
from analysis.claims.stored import save_results, stored_results
from analysis.graphs.claims import GRAPH_CLAIMS
from analysis.graphs.learnt import Floats, Rows
from analysis.graphs.over_time import OverDay
from analysis.graphs.shares import PARTS, QUANTILES, Shares
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part, save_measured
from himnet.limits import MAX_STEPS_PER_DAY, is_number

PART, CLAIMS_PART = "graph", "graph-claims"  # names of the parts
Origin = Literal["track", "data set"]
Adjacency = Literal["file", "places", ""]


@dataclass(frozen=True, eq=False)
class DecoderFindings:
    """The decoder's graphs at the full hours of some days.

    Attributes:
        origin: of E_st.
        moments: number of moments.
        clock: (H,) full hours since midnight, ascending.
        by_hour: quantiles (H, ...) over the sensors and days, for each of them.
        road_auc, near_auc: (H,) of the score with one road and direction, and with the nearest
            sensors, mean over the days; NaN where these are unknown.
        untrained: quantiles (V, ...) of untrained models over all moments; V is 0 without the data
            set.
        day: whose changes `over_day` describes; see `analysis.material.Material.days`.
        over_day: how the graph changes over that day.
    """

    origin: Origin
    moments: int
    clock: NDArray[np.int64]
    by_hour: Shares
    road_auc: Floats
    near_auc: Floats
    untrained: Shares
    day: int
    over_day: OverDay


@dataclass(frozen=True, eq=False)
class SnapshotFindings:
    """The encoders' graph in the course of the training.

    Attributes:
        steps: (S,) optimisation steps, ascending; the trained model is not among them.
        shares: quantiles (S, ...) over the sensors.
        road_auc, near_auc: (S,) as in `DecoderFindings`.
    """

    steps: NDArray[np.int64]
    shares: Shares
    road_auc: Floats
    near_auc: Floats


@dataclass(frozen=True)
class Rounding:
    """What storing E_st as float16 in the track changes in the decoder's graph.

    Attributes:
        moments: number of moments that were compared.
        median, most: of |A from float16 - A from float32| over all entries.
    """

    moments: int
    median: float
    most: float


@dataclass(frozen=True, eq=False)
class GraphFindings:
    """What was measured of a model's graphs.

    Attributes:
        encoder: the parts (N,) of the rows of the encoders' graph.
        untrained: quantiles (U, ...) of the encoders' graphs of untrained models.
        snapshots: of the training; empty without snapshots.
        results: the comparisons with the world, as claims with verdicts; empty if they could not be
            read.
        adjacency: origin of the field's adjacency that was compared with, "" for none.
        sensors: number of sensors in the comparisons; fewer than N are a random sample.
        decoder: its graphs; None without E_st.
        decoder_problem: why there are none; "" if there are.
        rounding: of the track; None if it could not be measured.
    """

    encoder: Rows = field(repr=False)
    untrained: Shares
    snapshots: SnapshotFindings
    results: tuple[ClaimResult, ...]
    adjacency: Adjacency
    sensors: int
    decoder: DecoderFindings | None = None
    decoder_problem: str = ""
    rounding: Rounding | None = None


def save_graph(
    arrays: CheckpointArrays, findings: GraphFindings, *, data: str, command: str
) -> Path:
    """Write the findings beside a model's file; errors as `himnet.checkpoints.save_measured`.

    Args:
        arrays: the model.
        findings: with the results of all claims about the graph.
        data: sha256 or name of the data set; "" if none was used.
        command: that measures them.
    """
    decoder, snapshots = findings.decoder, findings.snapshots
    told = {
        "adjacency": findings.adjacency,
        "sensors": findings.sensors,
        "decoder_problem": findings.decoder_problem,
        "decoder": None if decoder is None else {name: getattr(decoder, name) for name in _TOLD},
        "rounding": None if findings.rounding is None else vars(findings.rounding),
    }
    tables: dict[str, NDArray[Any]] = {f"rows/{n}": getattr(findings.encoder, n) for n in _ROWS}
    tables |= {"untrained": findings.untrained.quantiles}
    tables |= {f"snapshots/{name}": getattr(snapshots, name) for name in _OF_SNAPSHOTS}
    tables |= {"snapshots/shares": snapshots.shares.quantiles}
    if decoder is not None:
        tables |= {f"decoder/{name}": getattr(decoder, name) for name in _OF_HOURS}
        tables |= {f"decoder/{name}": getattr(decoder, name).quantiles for name in _SPREADS}
        tables |= {f"day/{name}": getattr(decoder.over_day, name) for name in _OF_DAY}
    save_results(arrays, CLAIMS_PART, findings.results, data=data, command=command)
    return save_measured(
        arrays.path, arrays.sha256, PART, told, data=data, command=command, arrays=tables
    )


def stored_graph(arrays: CheckpointArrays) -> tuple[GraphFindings, Part] | None:
    """Return the findings as they were measured before, and their origin; None if there are none.

    Raises:
        AnalysisError: for parts that do not hold such findings of this model's sensors.
    """

    def checked(part: Part) -> GraphFindings:
        of_claims = arrays.measured.used.get(CLAIMS_PART)
        results = [] if of_claims is None else stored_results(of_claims, GRAPH_CLAIMS)
        return _findings(part, arrays.model.num_nodes, results)

    return stored_part(arrays, PART, checked, command="graph")


_ROWS = ("floor", "own", "others", "largest", "effective", "read")
_OF_SNAPSHOTS = ("steps", "road_auc", "near_auc")
_TOLD = ("origin", "moments", "day")
_OF_HOURS = ("clock", "road_auc", "near_auc")
_SPREADS = ("by_hour", "untrained")
_OF_DAY = ("hours", "steps", "parts", "difference")
_MOST = 100_000  # untrained models, snapshots, moments
_MOST_OF_A_DAY = MAX_STEPS_PER_DAY
_ROUNDED = 1e-9


def _findings(part: Part, sensors: int, results: Sequence[ClaimResult]) -> GraphFindings:
    """Check findings, which may come from anyone, and return them.

    Raises:
        KeyError, TypeError, ValueError: for anything but valid findings.
    """
    told, arrays = part.value, part.arrays
    if told["adjacency"] not in get_args(Adjacency):
        raise ValueError("no adjacency")
    rounding = told["rounding"]
    return GraphFindings(
        encoder=_rows({name: arrays[f"rows/{name}"] for name in _ROWS}, sensors),
        untrained=_shares(arrays["untrained"], sensors, least=1),
        snapshots=_snapshots(arrays, sensors),
        results=tuple(results),
        adjacency=told["adjacency"],
        sensors=checked_count(told["sensors"], sensors),
        decoder=None if told["decoder"] is None else _decoder(told["decoder"], arrays, sensors),
        decoder_problem=checked_line(told["decoder_problem"]),
        rounding=None if rounding is None else _rounding(rounding),
    )


def _rows(arrays: dict[str, NDArray[Any]], sensors: int) -> Rows:
    for array in arrays.values():
        _check(array, (sensors,), most=sensors)
    whole = arrays["floor"] + arrays["own"] + arrays["others"]
    if not np.allclose(whole, 1, atol=_ROUNDED) or (arrays["largest"] > 1).any():
        raise ValueError("rows that do not sum to 1")
    return Rows(**arrays)


def _snapshots(arrays: dict[str, NDArray[Any]], sensors: int) -> SnapshotFindings:
    steps = _ascending(arrays["snapshots/steps"])
    shares = _shares(arrays["snapshots/shares"], sensors, count=len(steps))
    aucs = (_auc(arrays[f"snapshots/{name}"], len(steps)) for name in ("road_auc", "near_auc"))
    return SnapshotFindings(steps, shares, *aucs)


def _decoder(
    told: dict[str, Any], arrays: dict[str, NDArray[Any]], sensors: int
) -> DecoderFindings:
    if told["origin"] not in get_args(Origin):
        raise ValueError("no origin")
    clock = _ascending(arrays["decoder/clock"])
    if not len(clock) or clock[-1] > 23 or type(told["day"]) is not int:
        raise ValueError("no hours of a day")
    return DecoderFindings(
        origin=told["origin"],
        moments=checked_count(told["moments"], _MOST),
        clock=clock,
        by_hour=_shares(arrays["decoder/by_hour"], sensors, count=len(clock)),
        road_auc=_auc(arrays["decoder/road_auc"], len(clock)),
        near_auc=_auc(arrays["decoder/near_auc"], len(clock)),
        untrained=_shares(arrays["decoder/untrained"], sensors),
        day=told["day"],
        over_day=_over_day({name: arrays[f"day/{name}"] for name in _OF_DAY}, sensors),
    )


def _over_day(arrays: dict[str, NDArray[Any]], sensors: int) -> OverDay:
    steps = _ascending(arrays["steps"])
    if not 0 < len(steps) <= _MOST_OF_A_DAY:
        raise ValueError("no day")
    _check(arrays["hours"], steps.shape, most=24)
    _check(arrays["parts"], (len(steps), len(PARTS)), most=sensors)
    _check(arrays["difference"], steps.shape, most=1 + _ROUNDED)
    return OverDay(**arrays)


def _shares(
    array: NDArray[Any], sensors: int, *, count: int | None = None, least: int = 0
) -> Shares:
    size = len(array) if count is None else count
    if array.ndim != 3 or not least <= size <= _MOST:
        raise ValueError("no quantiles")
    _check(array, (size, len(PARTS), len(QUANTILES)), most=sensors)
    if (np.diff(array, axis=2) < 0).any():
        raise ValueError("quantiles that fall")
    return Shares(array)


def _check(array: NDArray[Any], shape: tuple[int, ...], *, most: float) -> None:
    if array.shape != shape or array.dtype != np.float64:
        raise ValueError("another shape or type")
    if not ((array >= 0) & (array <= most + _ROUNDED)).all():  # NaN is neither
        raise ValueError("numbers that cannot be")


def _auc(array: NDArray[Any], count: int) -> Floats:
    if array.shape != (count,) or array.dtype != np.float64:
        raise ValueError("another shape or type")
    if ((array < 0) | (array > 1)).any():
        raise ValueError("no AUC")
    return array


def _ascending(array: NDArray[Any]) -> NDArray[np.int64]:
    if array.ndim != 1 or array.dtype != np.int64 or len(array) > _MOST:
        raise ValueError("no positions")
    if (array < 0).any() or (np.diff(array) <= 0).any():
        raise ValueError("positions that do not ascend")
    return array


def _rounding(told: dict[str, Any]) -> Rounding:
    median, most = told["median"], told["most"]
    if not (is_number(median) and is_number(most) and 0 <= median <= most <= 1):
        raise TypeError("no rounding error")
    return Rounding(checked_count(told["moments"], _MOST), float(median), float(most))
