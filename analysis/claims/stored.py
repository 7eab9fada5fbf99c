"""The claims of a model beside its file, in ``measured.safetensors``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.checked import checked_count, checked_line
from analysis.claims.catalogue import CLAIMS, FAMILIES, PLACE_CLAIMS, Claim
from analysis.claims.effects import Effect, Reading
from analysis.claims.result import Beside, ClaimResult, Null
from analysis.claims.rules import VERDICTS, Family
from analysis.claims.table import by_family
from analysis.errors import AnalysisError
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part, save_measured
from himnet.limits import MAX_TEXT, is_number

PART = "claims"  # name of the part of the paper's claims
_PARTS: Mapping[Family, str] = {"paper": PART, "places": "place-claims"}
_MOST = 100_000  # draws of a null, and models that a value is compared with
# what the catalogue and the part say, and is not stored
_FROM_CATALOGUE = ("id", "rules", "family", "claim", "statistic", "null")
_ARRAYS = ("draws", "untrained_draws")


@dataclass(frozen=True)
class StoredClaims:
    """The claims of a model as they were measured before.

    Attributes:
        results: one for each claim of the paper.
        part: where they come from.
        places: one for each claim about places; empty if these were not measured.
    """

    results: list[ClaimResult]
    part: Part
    places: list[ClaimResult]


def save_claims(
    arrays: CheckpointArrays, results: Sequence[ClaimResult], *, data: str, command: str
) -> Path:
    """Write the results beside a model's file; errors as `save_measured`.

    Args:
        arrays: the model.
        results: of all claims of one family or more, in the order of the catalogue.
        data: sha256 or name of the data set; "" if none was used.
        command: that measures them.

    Raises:
        AnalysisError: if the results are not those of all claims of a family.
    """
    families = by_family(results)
    for family, own in families.items():
        if [result.id for result in own] != [claim.id for claim in FAMILIES[family]]:
            raise AnalysisError("only the results of all claims of a family together can be saved")
    if not families:
        raise AnalysisError("there are no results of claims to save")
    for family, own in families.items():
        path = save_results(arrays, _PARTS[family], own, data=data, command=command)
    return path


def save_results(
    arrays: CheckpointArrays,
    name: str,
    results: Sequence[ClaimResult],
    *,
    data: str,
    command: str,
) -> Path:
    """Write the results for all claims of one family as one part; errors as `save_measured`.

    Args:
        arrays: the model.
        name: of the part.
        results: of all claims, in their order.
        data, command: as for `save_claims`.
    """
    draws = {
        f"{result.id}/{name}": getattr(result, name)
        for result in results
        for name in _ARRAYS
        if len(getattr(result, name))
    }
    told = {result.id: _told(result) for result in results}
    return save_measured(
        arrays.path, arrays.sha256, name, told, data=data, command=command, arrays=draws
    )


def stored_claims(arrays: CheckpointArrays) -> StoredClaims | None:
    """Return the claims that were measured before; None if there are none.

    Raises:
        AnalysisError: for a part that does not hold the result of every claim.
    """
    used = arrays.measured.used
    part, of_places = used.get(PART), used.get(_PARTS["places"])
    if part is None:
        return None
    try:
        places = [] if of_places is None else stored_results(of_places, PLACE_CLAIMS)
        return StoredClaims(stored_results(part, CLAIMS), part, places)
    except (KeyError, TypeError, ValueError) as error:
        raise AnalysisError(
            "the stored claims of this model are incomplete or damaged, so they are ignored; "
            "measure them again with --save"
        ) from error


def stored_results(part: Part, claims: Sequence[Claim]) -> list[ClaimResult]:
    """Return the results of all claims of one family, from a part that may come from anyone.

    Raises:
        KeyError, TypeError, ValueError: for a part that does not hold the result of every claim.
    """
    if part.value.keys() != {claim.id for claim in claims}:
        raise ValueError("other claims")
    return [_result(claim, part.value[claim.id], part) for claim in claims]


def _told(result: ClaimResult) -> dict[str, Any]:
    told = result.to_dict()
    return {name: told[name] for name in told if name not in _FROM_CATALOGUE}


def _result(claim: Claim, told: Mapping[str, Any], part: Part) -> ClaimResult:
    """Check one result, which may come from anyone, and return it.

    Raises:
        KeyError, TypeError, ValueError: for anything but a valid result.
    """
    if told["verdict"] not in VERDICTS:
        raise ValueError("no verdict")
    effect = told["effect"]
    note = told["note"]
    if not isinstance(note, str) or len(note) > MAX_TEXT or not (not note or note.isprintable()):
        raise TypeError("no note")
    return ClaimResult(
        id=claim.id,
        family=claim.family,
        claim=claim.sentence,
        statistic=claim.statistic,
        value=_number(told["value"]),
        null=claim.null,
        null_mean=_number(told["null_mean"]),
        null_range=_pair(told["null_range"]),
        p_value=_share(told["p_value"]),
        p_smallest=_share(told["p_smallest"]),
        p_untrained=_pair(told["p_untrained"]),
        p_readings=_share(told["p_readings"]),
        p_holm=_share(told["p_holm"]),
        verdict=told["verdict"],
        effect=None if effect is None else _effect(effect),
        note=note,
        beside=tuple(_beside(one) for one in told["beside"]),
        nulls=tuple(_null(one) for one in told["nulls"]),
        rules=part.rules,
        draws=_draws(part, f"{claim.id}/draws"),
        untrained_draws=_draws(part, f"{claim.id}/untrained_draws"),
    )


def _draws(part: Part, name: str) -> NDArray[np.float64]:
    draws = part.arrays.get(name, np.empty(0))
    if draws.ndim != 1 or draws.dtype != np.float64 or len(draws) > _MOST:
        raise ValueError("no draws")
    return draws


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if not is_number(value):
        raise TypeError("no number")
    number: float = value
    return number


def _share(value: Any) -> float | None:
    if (number := _number(value)) is not None and not 0 <= number <= 1:
        raise ValueError("no p value")
    return number


def _pair(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = map(_number, value)
    if low is None or high is None:
        raise TypeError("no pair of numbers")
    return low, high


def _known(value: Any) -> float:
    """Return a number; NaN, which JSON does not have, for None."""
    number = _number(value)
    return float("nan") if number is None else number


def _effect(told: Mapping[str, Any]) -> Effect:
    if told["reading"] not in get_args(Reading):
        raise ValueError("no effect")
    return Effect(checked_line(told["name"]), _known(told["value"]), told["reading"])


def _beside(told: Mapping[str, Any]) -> Beside:
    null_mean, p_value = _number(told["null_mean"]), _share(told["p_value"])
    return Beside(checked_line(told["name"]), _known(told["value"]), null_mean, p_value)


def _null(told: Mapping[str, Any]) -> Null:
    numbers = [_known(told[name]) for name in ("mean", "low", "high", "p_value", "p_smallest")]
    count = checked_count(told["count"], _MOST)
    mean, low, high, p_value, p_smallest = numbers
    return Null(checked_line(told["name"]), mean, low, high, p_value, p_smallest, count)
