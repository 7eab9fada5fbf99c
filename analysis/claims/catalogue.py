"""The paper's ten claims, each with its statistic and its null, in the paper's order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from analysis.claims.clusters import cluster_form, gap_beside, silhouette_of
from analysis.claims.ground import Ground
from analysis.claims.mantel import series_beside, series_similarity
from analysis.claims.model_view import ModelView
from analysis.claims.moments import Moments, all_moments, period_moments
from analysis.claims.places import (
    carriageway_beside,
    carriageways,
    road_alignment,
    road_beside,
)
from analysis.claims.result import Beside
from analysis.claims.st_mixed import (
    divergence,
    divergence_beside,
    divergence_of,
    within_excess,
    within_excess_of,
)
from analysis.claims.temporal import (
    clock_beside,
    clock_order,
    day_silhouette,
    rush_beside,
    rush_hours,
    weekend,
)
from analysis.evidence.statistic import Statistic
from analysis.patterns.hours import MOST_TIMES
from himnet.data.info import DatasetInfo


class Test(Protocol):
    """Compares what is measured of a model with the permutation null."""

    def __call__(self, view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
        """Measure and compare; `AnalysisError` where what the claim is about does not exist."""


class BesideTest(Protocol):
    """Measures second numbers."""

    def __call__(
        self, view: ModelView, ground: Ground, *, draws: int, seed: int
    ) -> tuple[Beside, ...]:
        """Measure."""


@dataclass(frozen=True)
class Claim:
    """What the paper says, and how it is tested.

    Attributes:
        id: short name.
        sentence: what the paper says.
        statistic: what is measured; large is what the paper says.
        null: the permutation null in words.
        test: measures, and compares with that null; None where there is none.
        measure: measures only, for a claim without such a null or with a slow one.
        beside: measures second numbers, or None.
        takes_forward_passes: whether an untrained model must read the data for it.
        takes_dataset: whether readings are needed too.
        remark: what must be said beside it whatever comes out; "" for nothing.
        when: says which moments are looked at, or None.
    """

    id: str
    sentence: str
    statistic: str
    null: str
    test: Test | None = None
    measure: Callable[[ModelView, Ground], float] | None = None
    beside: BesideTest | None = None
    takes_forward_passes: bool = False
    takes_dataset: bool = False
    remark: str = ""
    when: Callable[[Moments, DatasetInfo], str] | None = None

    def value(self, view: ModelView, ground: Ground) -> float:
        """Measure one model.

        Raises:
            AnalysisError: where what the claim is about does not exist.
        """
        if self.measure is not None:
            return self.measure(view, ground)
        assert self.test is not None
        return self.test(view, ground, draws=1, seed=0).value


_TIME_PART = (
    "Cosines are those of the time-of-day part of theta alone; in whole meta-parameters the day's "
    "part can dominate, so that all hours of a day seem alike. Of a day of more than "
    f"{MOST_TIMES} steps, as many evenly spaced ones are looked at."
)

CLAIMS = (
    Claim(
        id="days",
        sentence="each day forms a tight cluster",
        statistic="silhouette by day of the week's 168 hours",
        null="untrained models only",
        measure=day_silhouette,
        remark=(
            "A temporal meta-parameter is additive, theta(hour, day) = A[hour] + B[day]: the 168 "
            "points are seven translated copies of one cloud of 24, so no permutation can be "
            "made of days that were not clusters, and random weights part days too."
        ),
    ),
    Claim(
        id="weekend",
        sentence="weekdays and weekends are widely separated",
        statistic="mean weekday-weekend distance over mean distance within either",
        null="all 21 ways to choose two of seven days",
        test=weekend,
        remark=(
            "No p below 1/21 = 0.048 is possible, which survives Holm's correction only where "
            "the p of every other claim does."
        ),
    ),
    Claim(
        id="hours",
        sentence="adjacent hours are alike, less so with distance",
        statistic=(
            "minus Spearman's correlation of cosine and circular distance, over all rows of the "
            "time-of-day dictionary"
        ),
        null="times of day permuted",
        test=clock_order,
        beside=clock_beside,
        remark=_TIME_PART,
    ),
    Claim(
        id="rush-hours",
        sentence="6-9 and 16-19 h, when people travel, are alike",
        statistic="mean cosine between the two windows, less that of other windows as far apart",
        null="all circular shifts of the clock",
        test=rush_hours,
        beside=rush_beside,
        remark=_TIME_PART,
    ),
    Claim(
        id="clusters",
        sentence="sensors form clusters",
        statistic="silhouette of Ward's clusters of spatial meta-parameters",
        null="Gaussian points of the same covariance",
        test=cluster_form,
        measure=silhouette_of,
        beside=gap_beside,
    ),
    Claim(
        id="roads",
        sentence="clusters align with road segments",
        statistic="adjusted Rand index of clusters with freeway and direction",
        null="labels permuted within geographic cells of about ten sensors",
        test=road_alignment,
        beside=road_beside,
    ),
    Claim(
        id="carriageways",
        sentence="opposite lanes fall in different clusters",
        statistic=(
            "share of opposite-carriageway pairs (within 200 m) that are split, less that of "
            "consecutive same-direction sensors"
        ),
        null="labels of the two carriageways swapped at random at each place",
        test=carriageways,
        beside=carriageway_beside,
    ),
    Claim(
        id="series",
        sentence="similar meta-parameters mean similar series",
        statistic=(
            "partial Mantel correlation of spatial meta-parameters' cosines with the correlation "
            "of test-split series, geographic distance held fixed"
        ),
        null="sensors permuted",
        test=series_similarity,
        beside=series_beside,
        takes_dataset=True,
    ),
    Claim(
        id="within-clusters",
        sentence="within-cluster similarity exceeds cross-cluster similarity",
        statistic=(
            "mean ST-mixed cosine within clusters less across them, averaged over midnight, "
            "morning and noon of one day"
        ),
        null="cluster labels permuted",
        test=within_excess,
        measure=within_excess_of,
        when=period_moments,
        takes_forward_passes=True,
        remark=(
            "Cosines are centred: the mean over all sensors and moments is removed, without which "
            "all lie near 1."
        ),
    ),
    Claim(
        id="divergence",
        sentence="cross-cluster similarity falls when speeds diverge",
        statistic=(
            "minus Spearman's correlation of cross-cluster ST-mixed cosine and speed difference, "
            "mean over all pairs of clusters, every half hour of seven days"
        ),
        null="each pair's cosine against another pair's speed difference (clusters permuted)",
        test=divergence,
        measure=divergence_of,
        when=all_moments,
        beside=divergence_beside,
        takes_forward_passes=True,
        takes_dataset=True,
        remark=(
            "Cosines are centred as above. E_st is a function of the speeds that it is compared "
            "with, so untrained models follow them too."
        ),
    ),
)
