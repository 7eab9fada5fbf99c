"""Mean attributions beside a model's file, in ``measured.safetensors``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.average import (
    MOST_ENTRIES,
    Agreement,
    MeanAttribution,
    Similar,
)
from analysis.attribution.baselines import BaseLine, BaseLines, Named
from analysis.attribution.lags import Lag
from analysis.attribution.reach import BANDS, QUANTITIES, Quantity, Side
from analysis.attribution.sample import MOST_TRIPLES, Rule
from analysis.checked import (
    checked_count,
    checked_fields,
    checked_interval,
    checked_line,
    checked_number,
    checked_size,
    stored_part,
)
from analysis.errors import AnalysisError
from analysis.evidence.intervals import Floats
from analysis.material import Material
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part, save_measured
from himnet.limits import MAX_DAYS

PART = "attribution"
_ARRAYS = ("by_step", "by_band", "pairs")
_OF_NULL = ("null_low", "null_high", "p_value", "p_even", "p_smallest")
_GROUPS = 3
_MOST = 10**10  # pairs of sensors
_ROUNDING = 1e-6


def save_attribution(material: Material, found: MeanAttribution, *, command: str) -> Path:
    """Write mean attributions beside the model; errors as `himnet.checkpoints.save_measured`.

    Args:
        material: the model with its data set.
        found: what was measured.
        command: that measures it.

    Raises:
        AnalysisError: if the result is partial, or of another base line than the usual one.
    """
    if found.is_partial:
        raise AnalysisError(
            f"{found.forecasts} of {found.planned} forecasts are attributed, and only a complete "
            "result can be saved; run the command again without --so-far"
        )
    check_usual(material, found.baseline)
    arrays, told = material.arrays, asdict(found)
    tables = {name: told.pop(name) for name in _ARRAYS}
    return save_measured(
        arrays.path,
        arrays.sha256,
        PART,
        told,
        data=material.sums[2],
        command=command,
        arrays={name: table for name, table in tables.items() if table is not None},
    )


def check_usual(material: Material, baseline: BaseLine) -> None:
    """Refuse to save what was measured with another base line than the usual one.

    Args:
        material: the model with its data set.
        baseline: that was used.

    Raises:
        AnalysisError: for another one.
    """
    if baseline != BaseLines(material.required_dataset()).kinds[0]:
        raise AnalysisError(
            f"--save keeps the result of the usual base line, which every page shows; omit "
            f"--baseline {baseline}, or omit --save"
        )


def stored_attribution(arrays: CheckpointArrays) -> tuple[MeanAttribution, Part] | None:
    """Return mean attributions as they were measured before, and their origin; None if not.

    Raises:
        AnalysisError: for a part that does not hold such a result of this model's sensors.
    """
    sensors, steps = arrays.model.num_nodes, arrays.model.in_steps
    return stored_part(
        arrays, PART, lambda part: _mean_attribution(part, sensors, steps), command="why --average"
    )


def _mean_attribution(part: Part, sensors: int, steps: int) -> MeanAttribution:
    """Check a result, which may come from anyone, and return it.

    Raises:
        KeyError, TypeError, ValueError: for anything but a valid one.
    """
    told = part.value
    if told.keys() != {one.name for one in fields(MeanAttribution)} - {*_ARRAYS}:
        raise ValueError("other fields")
    averages = told["quantities"]
    if not isinstance(averages, dict) or averages.keys() != QUANTITIES.keys():
        raise TypeError("other quantities")
    if told["rule"] not in get_args(Rule):
        raise ValueError("other rules")
    forecasts = checked_count(told["forecasts"], MOST_TRIPLES)
    counts = tuple(checked_count(one, forecasts) for one in _listed(told["counts"], 2))
    if sum(counts) != forecasts or checked_count(told["planned"], MOST_TRIPLES) != forecasts:
        raise ValueError("other counts")
    similar = told["similar"]
    return MeanAttribution(
        forecasts,
        forecasts,
        checked_count(told["days"], min(forecasts, MAX_DAYS)),
        told["rule"],
        _base_line(told["baseline"]),
        (counts[0], counts[1]),
        checked_count(told["incomplete"], forecasts),
        checked_size(told["largest_gap"]),
        checked_size(told["moved"]),
        {
            name: tuple(_quantity(one) for one in _listed(averages[name], _GROUPS))
            for name in QUANTITIES
        },
        tuple(_side(one, sensors) for one in _none_or_all(told["sides"])),
        tuple(_lag(one) for one in _none_or_all(told["lags"])),
        _agreement(told["occlusion"], forecasts),
        _correlation(told["graph"]),
        None if similar is None else _similar(similar),
        checked_line(told["similar_problem"]),
        **_tables(part.arrays, sensors, steps),
    )


def _tables(arrays: Mapping[str, NDArray[Any]], sensors: int, steps: int) -> dict[str, Any]:
    """Return the three tables.

    Raises:
        ValueError: for other arrays, or numbers that are not shares.
    """
    pairs = arrays.get("pairs")
    wanted: dict[str, tuple[tuple[int, ...], type]] = {
        "by_step": ((_GROUPS, steps), np.float64),
        "by_band": ((_GROUPS, len(BANDS)), np.float64),
    }
    if sensors**2 <= MOST_ENTRIES:
        wanted["pairs"] = ((sensors, sensors), np.float16)
    if {name: (table.shape, table.dtype) for name, table in arrays.items()} != {
        name: (shape, np.dtype(kind)) for name, (shape, kind) in wanted.items()
    }:
        raise ValueError("other arrays")
    for table in arrays.values():
        known = table[~np.isnan(table)]
        if not ((known >= 0) & (known <= 1 + _ROUNDING)).all():
            raise ValueError("no shares")
    by_step: Floats = arrays["by_step"]
    return {"by_step": by_step, "by_band": arrays["by_band"], "pairs": pairs}


def _quantity(told: Mapping[str, Any]) -> Quantity:
    checked_fields(told, Quantity)
    found = checked_interval(told["found"])
    return Quantity(
        found, checked_number(told["even"]), checked_count(told["forecasts"], MOST_TRIPLES)
    )


def _side(told: Mapping[str, Any], sensors: int) -> Side:
    checked_fields(told, Side)
    return Side(
        checked_interval(told["upstream"]),
        _share(told["even"]),
        checked_line(told["null"]),
        **{name: _share(told[name]) for name in _OF_NULL},
        forecasts=checked_count(told["forecasts"], MOST_TRIPLES),
        blocks=checked_count(told["blocks"], sensors),
    )


def _lag(told: Mapping[str, Any]) -> Lag:
    checked_fields(told, Lag)
    return Lag(
        checked_interval(told["minutes"]),
        _share(told["upstream_first"]),
        _share(told["downstream_first"]),
        _correlation(told["correlation"]),
        checked_size(told["km"]),
        checked_count(told["pairs"], _MOST),
    )


def _agreement(told: Mapping[str, Any], forecasts: int) -> Agreement:
    checked_fields(told, Agreement)
    mean, least, most = (_correlation(told[name]) for name in ("mean", "least", "most"))
    return Agreement(mean, least, most, checked_count(told["forecasts"], forecasts))


def _similar(told: Mapping[str, Any]) -> Similar:
    checked_fields(told, Similar)
    held = told["held"]
    if not isinstance(held, list) or not 1 <= len(held) <= _GROUPS:
        raise TypeError("no list of what is held fixed")
    return Similar(
        _correlation(told["shares"]),
        _correlation(told["ranks"]),
        _share(told["p_shares"]),
        _share(told["p_ranks"]),
        checked_line(told["null"]),
        checked_count(told["pairs"], _MOST),
        tuple(map(checked_line, held)),
    )


def _listed(told: Any, count: int) -> Sequence[Any]:
    if not isinstance(told, list) or len(told) != count:
        raise TypeError("no list of that length")
    return told


def _none_or_all(told: Any) -> Sequence[Any]:
    return [] if told == [] else _listed(told, _GROUPS)


def _base_line(told: Any) -> BaseLine:
    if told in get_args(Named):
        return told  # type: ignore[no-any-return]
    raise ValueError("another base line")


def _share(told: Any) -> float:
    if (number := checked_size(told)) > 1 + _ROUNDING:
        raise ValueError("a share above 1")
    return number


def _correlation(told: Any) -> float:
    if abs(number := checked_number(told)) > 1 + _ROUNDING:
        raise ValueError("a correlation above 1")
    return number
