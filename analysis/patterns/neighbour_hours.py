"""Which hours of the week are alike as the temporal meta-parameters see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import SpaceChoice
from analysis.model import LearntModel
from analysis.patterns.hours import HOURS_PER_DAY, hour_cosines, week_coordinates, week_hours
from analysis.patterns.neighbours import COUNT, most_similar
from himnet.config import DAYS_PER_WEEK

HourScope = Literal["week", "tod"]


@dataclass(frozen=True)
class SimilarHour:
    """An hour beside the one that was asked about.

    Attributes:
        hour: 0 to 23.
        day: day-of-week number, or None where the time of day alone counts.
        cosine: between the meta-parameters of both.
    """

    hour: int
    day: int | None
    cosine: float


def similar_hours(
    model: LearntModel,
    hour: int,
    *,
    day: int = 0,
    scope: HourScope = "week",
    choice: SpaceChoice | None = None,
    count: int = COUNT,
    centred: bool = False,
) -> tuple[SimilarHour, ...]:
    """Return the hours whose temporal meta-parameters are most similar to those of one hour.

    Args:
        model: to look at.
        hour: 0 to 23.
        day: 0 to 6; without meaning for ``"tod"``.
        scope: ``"week"`` compares with the other 167 hours of the week; ``"tod"`` with the other
            23 hours by time of day alone, without any day.
        choice: which meta-parameters.
        count: how many at most.
        centred: remove the mean over all hours that are compared first.

    Raises:
        AnalysisError: for an hour, day or scope that there is not, a count below 1, or a model
            without temporal meta-parameters.
    """
    if not 0 <= hour < HOURS_PER_DAY or not 0 <= day < DAYS_PER_WEEK:
        raise AnalysisError(f"there is no hour {hour} of day {day}; choose 0 to 23, and 0 to 6")
    if scope == "tod":
        cosines = hour_cosines(model, choice, variant="tod", centred=centred)[hour]
        return tuple(
            SimilarHour(other, None, float(cosines[other]))
            for other in most_similar(cosines, leave_out=hour, count=count)
        )
    if scope != "week":
        raise AnalysisError(f"hours cannot be compared by '{scope}'; choose week or tod")
    place = day * HOURS_PER_DAY + hour
    cosines = cosine_matrix(week_coordinates(model, choice), centred=centred)[place]
    hours, days = week_hours()
    return tuple(
        SimilarHour(int(hours[other]), int(days[other]), float(cosines[other]))
        for other in most_similar(cosines, leave_out=place, count=count)
    )
