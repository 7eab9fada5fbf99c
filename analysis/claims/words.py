"""What a model has learnt, in one sentence for each claim, with the number behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.claims.result import ClaimResult
from analysis.claims.table import p_span, rounded

TOPICS: tuple[str, ...] = ("hours", "roads", "divergence")  # of time, of space, of both together
_INSTEAD = {"roads": "near-clusters"}  # where a topic is not applicable


@dataclass(frozen=True)
class _Words:
    """Beginnings of the sentence about a claim.

    Attributes:
        yes, no: if the claim holds, and if it does not.
        question: for the other verdicts, after "whether".
        number: name of the value.
        hardly: if the value exceeds its null models, but the effect is negligible; "" for `no`.
        says_untrained: whether the mean of untrained models belongs beside the number.
    """

    yes: str
    no: str
    question: str
    number: str
    hardly: str = ""
    says_untrained: bool = False


_WORDS: Mapping[str, _Words] = {
    "days": _Words(
        "It tells the days of the week apart",
        "It does not tell the days of the week apart more than untrained models do",
        "it tells the days of the week apart",
        "silhouette",
    ),
    "weekend": _Words(
        "It knows the weekend",
        "It does not set the weekend apart",
        "it knows the weekend",
        "ratio of distances",
    ),
    "hours": _Words(
        "It knows the clock: the closer two times of day are, the more similar it treats them",
        "It has not learnt the clock: times of day that are close to each other are not treated "
        "more similarly",
        "it knows the clock",
        "rank correlation",
    ),
    "rush-hours": _Words(
        "It treats the morning and the evening rush hours as similar",
        "It does not treat the morning and the evening rush hours as similar",
        "it treats the two rush hours as similar",
        "difference of cosines",
    ),
    "clusters": _Words(
        "Its sensors form clusters",
        "Its sensors do not form clusters",
        "its sensors form clusters",
        "silhouette",
    ),
    "roads": _Words(
        "It knows the roads: sensors of one road and direction share a cluster more often than "
        "sensors that are merely near each other",
        "It has not learnt the roads: its clusters do not follow roads more than proximity alone "
        "explains",
        "it knows the roads",
        "adjusted Rand index",
    ),
    "carriageways": _Words(
        "It tells the two carriageways of a freeway apart",
        "It does not tell the two carriageways of a freeway apart",
        "it tells the two carriageways of a freeway apart",
        "difference of shares",
    ),
    "series": _Words(
        "Sensors that it treats as similar have similar readings",
        "Sensors that it treats as similar do not have more similar readings than others",
        "sensors that it treats as similar have similar readings",
        "partial correlation",
    ),
    "within-clusters": _Words(
        "At each moment, sensors of one cluster get similar parameters",
        "At a given moment, sensors of one cluster do not get more similar parameters than others",
        "sensors of one cluster get similar parameters at each moment",
        "difference of cosines",
        "At each moment, sensors of one cluster get similar parameters, but hardly more so with "
        "their own readings than with those of other sensors",
    ),
    "divergence": _Words(
        "It follows the readings: clusters become dissimilar when their readings diverge",
        "It does not follow the readings: clusters do not become more dissimilar when their "
        "readings diverge",
        "it follows the readings",
        "rank correlation",
    ),
    "near-clusters": _Words(
        "Sensors that are near each other share clusters",
        "Sensors that are near each other do not share clusters more than others do",
        "near sensors share clusters",
        "difference of shares",
    ),
    "distance": _Words(
        "The farther apart two sensors are, the less similar it treats them",
        "It does not treat sensors as less similar the farther apart they are",
        "similarity falls with distance",
        "correlation",
    ),
    "graph-roads": _Words(
        "Its encoders' graph connects sensors of one road and direction, more than proximity alone "
        "explains",
        "Its encoders' graph does not connect sensors of one road and direction more than "
        "proximity alone explains",
        "its encoders' graph connects sensors of one road and direction",
        "AUC",
        says_untrained=True,
    ),
    "graph-along": _Words(
        "The farther apart two sensors of one road are, the lower are the scores of its encoders' "
        "graph",
        "The scores of its encoders' graph do not fall with the distance along a road",
        "the scores of its encoders' graph fall with the distance along a road",
        "rank correlation",
        says_untrained=True,
    ),
    "graph-distance": _Words(
        "The farther apart two sensors are, the lower are the scores of its encoders' graph",
        "The scores of its encoders' graph do not fall with distance",
        "the scores of its encoders' graph fall with distance",
        "rank correlation",
        says_untrained=True,
    ),
    "graph-near": _Words(
        "Its encoders' graph connects sensors that are near each other",
        "Its encoders' graph does not connect near sensors more than others",
        "its encoders' graph connects near sensors",
        "AUC",
        says_untrained=True,
    ),
    "graph-adjacency": _Words(
        "Its encoders' graph connects the sensors that the field's adjacency connects",
        "Its encoders' graph does not connect the sensors that the field's adjacency connects",
        "its encoders' graph connects the sensors that the field's adjacency connects",
        "AUC",
        says_untrained=True,
    ),
}


def topics(known: Mapping[str, ClaimResult]) -> list[str]:
    """Return the claims that tell most: about time, about space, and about both together.

    Args:
        known: the results by the claim's short name.
    """
    found = []
    for name in TOPICS:
        other = _INSTEAD.get(name, name)
        is_better = known[name].verdict == "not applicable" and other in known
        found.append(other if is_better and known[other].verdict != "not applicable" else name)
    return found


def sentence(result: ClaimResult) -> str:
    """Return what a model has learnt, according to one claim; without numbers, plain text."""
    words = _WORDS[result.id]
    if result.verdict == "holds":
        return f"{words.yes}."
    if result.verdict == "does not hold":
        slight = result.effect is not None and result.effect.reading == "negligible"
        return f"{words.hardly if slight and words.hardly else words.no}."
    if result.verdict == "not applicable":
        return f"Whether {words.question} is no question for this data set."
    if result.verdict == "depends on the null":
        return f"Whether {words.question} depends on which untrained models it is compared with."
    return f"Whether {words.question} cannot be decided here."


def numbers(result: ClaimResult) -> str:
    """Return the number behind `sentence` with its null model and p values, in plain text."""
    if result.verdict == "not applicable":
        return "the data set lacks what it is about"
    if result.value is None:
        return "not measured"
    # as many digits as it takes to tell the value from its null model
    alike = result.null_mean is not None and _shown(result.value) == _shown(result.null_mean)
    digits = 3 if alike else 2
    told = [f"{_WORDS[result.id].number} {_shown(result.value, digits)}"]
    if result.effect is not None and result.id == "within-clusters":
        # the effect is not about the value itself, but about what the sensors' own readings add
        told.append(f"own readings add {_shown(result.effect.value)} ({result.effect.reading})")
    elif result.effect is not None:
        told[0] += f" ({result.effect.reading})"
    if result.null_mean is not None:
        told.append(f"null {_shown(result.null_mean, digits)}")
    if _WORDS[result.id].says_untrained and result.nulls:
        told.append(f"untrained {_shown(result.nulls[0].mean)}")
    if result.id == "weekend" and result.beside:  # without it, the verdict cannot be understood
        told.append(f"days on a line {_shown(result.beside[0].value)}")
    told.append(_p_value(result))
    return "; ".join(told)


def _shown(value: float, digits: int = 2) -> str:
    return f"{rounded(value, digits):.{digits}f}"


def _p_value(result: ClaimResult) -> str:
    """Return the p values that the verdict rests on, and whether they were corrected."""
    untrained = f"untrained p = {p_span(result.p_untrained)}"
    if result.p_value is None:  # untrained models are the only null
        return "no p value" if result.p_untrained is None else untrained
    if result.p_holm is None:
        return f"p = {result.p_value:.2g} (not corrected)"
    told = f"p = {result.p_holm:.2g} (Holm)"
    return f"{told}, {untrained}" if result.verdict == "depends on the null" else told
