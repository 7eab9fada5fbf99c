"""The paper's ten claims in its order, two about places, and five about the learnt graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from analysis.claims.clusters import cluster_form, gap_beside, silhouette_of
from analysis.claims.effects import (
    CORRELATION,
    COSINES,
    LINE,
    RAND,
    SHARES,
    SILHOUETTE,
    Scale,
    cohens_h,
)
from analysis.claims.ground import Ground
from analysis.claims.learnt_graph import (
    ADJACENT,
    ALONG,
    NEAR,
    SAME_ROAD,
    STRAIGHT,
)
from analysis.claims.mantel import series_beside, series_similarity
from analysis.claims.model_view import ModelView
from analysis.claims.moments import Moments, all_moments, period_moments
from analysis.claims.places import (
    carriageway_beside,
    carriageways,
    one_direction,
    road_alignment,
    road_beside,
    without_any_road,
    without_roads,
)
from analysis.claims.proximity import (
    distance_beside,
    distance_decay,
    distance_decay_of,
    near_beside,
    near_sharing,
    near_sharing_of,
    without_places,
)
from analysis.claims.result import Beside
from analysis.claims.st_mixed import (
    divergence,
    divergence_beside,
    divergence_of,
    within_beside,
    within_excess,
    within_excess_of,
)
from analysis.claims.temporal import (
    beats_line,
    clock_beside,
    clock_order,
    day_silhouette,
    rush_beside,
    rush_hours,
    weekend,
    weekend_beside,
)
from analysis.evidence.statistic import Statistic
from analysis.patterns.hours import MOST_TIMES
from himnet.data.info import DatasetInfo

if TYPE_CHECKING:
    from analysis.claims.findings import Finding


Family = Literal["paper", "places", "graph"]


class Test(Protocol):
    """Measures a statistic of a model and compares it with the permutation null."""

    def __call__(self, view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
        """Measure and compare; `AnalysisError` if the claim does not apply to the model or data."""


class BesideTest(Protocol):
    """Measures additional numbers."""

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
        statistic: what is measured.
        null: the permutation null in words.
        scale: of the effect size.
        test: measures the statistic and compares it with that null; None if there is none. Large
            values support the claim.
        measure: only measures, for a claim without such a null or with a slow one.
        beside: measures additional numbers, or None.
        takes_forward_passes: whether models must be run on the data for it.
        takes_dictionaries: whether the sizes of the time dictionaries matter for it.
        takes_dataset: whether readings are also needed.
        sign: -1 if the statistic is shown with the opposite sign of what is tested.
        takes_size: returns the effect size of a finding; None takes the value.
        condition: returns whether a further condition is met, and a sentence on it, or None.
        family: of the claims that p values are corrected over.
        inapplicable: returns why the claim says nothing about the data set, "" if it does, or None.
        remark: a note that is shown with every result; "" for none.
        when: returns a sentence on the moments that are used, or None.
    """

    id: str
    sentence: str
    statistic: str
    null: str
    scale: Scale
    test: Test | None = None
    measure: Callable[[ModelView, Ground], float] | None = None
    beside: BesideTest | None = None
    takes_forward_passes: bool = False
    takes_dictionaries: bool = False
    takes_dataset: bool = False
    sign: int = 1
    takes_size: Callable[[Finding], float] | None = None
    condition: Callable[[ModelView, Ground, float], tuple[bool, str]] | None = None
    family: Family = "paper"
    inapplicable: Callable[[Ground], str] | None = None
    remark: str = ""
    when: Callable[[Moments, DatasetInfo], str] | None = None

    def value(self, view: ModelView, ground: Ground) -> float:
        """Measure one model.

        Raises:
            AnalysisError: if the claim does not apply to the model or data.
        """
        if self.measure is not None:
            return self.measure(view, ground)
        assert self.test is not None
        return self.test(view, ground, draws=1, seed=0).value


def _share_of_line(finding: Finding) -> float:
    """Return the weekend's ratio as a multiple of that of a line."""
    line = finding.beside[0].value
    return float("nan") if finding.value is None else finding.value / line


def _above_expected(finding: Finding) -> float:
    """Return Cohen's h of the share of opposite pairs against the expected share."""
    share, expected = (beside.value for beside in finding.beside[:2])
    return cohens_h(share, expected)


def _own_readings(finding: Finding) -> float:
    """Return by how much the value exceeds those with readings of other sensors."""
    null = finding.readings_null
    return float("nan") if null is None else null.value - null.null_mean


_TIME_PART = (
    "Cosines are those of the time-of-day part of theta only; in complete meta-parameters, the day "
    "part can dominate, so that all hours of a day appear similar. If a day has more than "
    f"{MOST_TIMES} steps, that many evenly spaced ones are used."
)

CLAIMS = (
    Claim(
        id="days",
        sentence="each day forms a tight cluster",
        statistic="silhouette of the week's 168 hours, grouped by day",
        null="untrained models only",
        scale=SILHOUETTE,
        measure=day_silhouette,
        takes_dictionaries=True,
        remark=(
            "A temporal meta-parameter is additive, theta(hour, day) = A[hour] + B[day]: the 168 "
            "points are seven translated copies of one set of 24 points. Permuting hours or days "
            "does not change the silhouette, and random weights may separate days too."
        ),
    ),
    Claim(
        id="weekend",
        sentence="weekdays and weekends are widely separated",
        statistic="mean weekday-weekend distance divided by the mean distance within both groups",
        null="all 21 ways to choose two of seven days",
        scale=LINE,
        test=weekend,
        beside=weekend_beside,
        takes_dictionaries=True,
        takes_size=_share_of_line,
        condition=beats_line,
        remark=(
            "The smallest possible p value is 1/21 = 0.048, which survives Holm's correction only "
            "if the p values of all other claims do."
        ),
    ),
    Claim(
        id="hours",
        sentence="adjacent hours are similar, distant hours less so",
        statistic=(
            "minus Spearman's correlation between cosine and distance on the clock, for times of "
            "day at most six hours apart"
        ),
        null="times of day permuted",
        scale=CORRELATION,
        test=clock_order,
        beside=clock_beside,
        takes_dictionaries=True,
        remark=_TIME_PART,
    ),
    Claim(
        id="rush-hours",
        sentence="the rush hours, 6-9 and 16-19 h, are similar",
        statistic="mean cosine between the two periods, minus that of periods equally far apart",
        null="all circular shifts of the clock",
        scale=COSINES,
        test=rush_hours,
        beside=rush_beside,
        takes_dictionaries=True,
        remark=_TIME_PART,
    ),
    Claim(
        id="clusters",
        sentence="sensors form clusters",
        statistic="silhouette of Ward clusters of the spatial meta-parameters",
        null="Gaussian points with the same covariance",
        scale=SILHOUETTE,
        test=cluster_form,
        measure=silhouette_of,
        beside=gap_beside,
    ),
    Claim(
        id="roads",
        sentence="clusters align with road segments",
        statistic="adjusted Rand index between clusters and roads (freeway and direction)",
        null="cluster labels permuted within neighbourhoods of about ten sensors",
        scale=RAND,
        test=road_alignment,
        beside=road_beside,
        inapplicable=without_roads,
    ),
    Claim(
        id="carriageways",
        sentence="opposite lanes fall in different clusters",
        statistic=(
            "share of pairs of sensors on opposite carriageways (within 200 m) in different "
            "clusters, minus the share expected of cluster labels permuted within neighbourhoods"
        ),
        null="cluster labels permuted within neighbourhoods of about ten sensors",
        scale=SHARES,
        takes_size=_above_expected,
        test=carriageways,
        beside=carriageway_beside,
        inapplicable=one_direction,
    ),
    Claim(
        id="series",
        sentence="sensors with similar meta-parameters have similar series",
        statistic=(
            "partial Mantel correlation between cosines of spatial meta-parameters and "
            "correlations of the test-split series, controlling for geographic distance"
        ),
        null="sensors permuted within neighbourhoods of about ten",
        scale=CORRELATION,
        test=series_similarity,
        beside=series_beside,
        takes_dataset=True,
    ),
    Claim(
        id="within-clusters",
        sentence="within-cluster similarity exceeds cross-cluster similarity",
        statistic=(
            "mean ST-mixed cosine within clusters minus that across clusters, averaged over "
            "midnight, morning and noon of one day"
        ),
        null="cluster labels permuted within neighbourhoods of about ten sensors",
        scale=COSINES,
        test=within_excess,
        measure=within_excess_of,
        when=period_moments,
        beside=within_beside,
        takes_forward_passes=True,
        takes_dictionaries=True,
        takes_size=_own_readings,
        remark=(
            "Cosines are centred: the mean over all sensors and moments is subtracted; otherwise "
            "all of them would be close to 1. Clusters come from E_s, on which E_st depends, so "
            "most of the difference may be there whatever the sensors read; the effect size is "
            "what exceeds its mean with the readings of other sensors."
        ),
    ),
    Claim(
        id="divergence",
        sentence="cross-cluster similarity falls when readings diverge",
        statistic=(
            "Spearman's correlation between cross-cluster ST-mixed cosine and the difference of "
            "mean readings, averaged over all pairs of clusters, every full hour of up to seven "
            "days; a negative value is what the paper says"
        ),
        null="each pair's cosine with another pair's difference (clusters permuted)",
        scale=CORRELATION,
        sign=-1,
        test=divergence,
        measure=divergence_of,
        when=all_moments,
        beside=divergence_beside,
        takes_forward_passes=True,
        takes_dictionaries=True,
        takes_dataset=True,
        remark=(
            "Cosines are centred: at each moment, the mean over the sensors is subtracted. E_st is "
            "computed from the readings that it is compared with, so it follows them in untrained "
            "models too."
        ),
    ),
)

PLACE_CLAIMS = (
    Claim(
        id="near-clusters",
        sentence="near sensors share clusters",
        statistic=(
            "mean share of a sensor's five nearest sensors that are in its cluster, minus the "
            "share expected of cluster labels permuted freely"
        ),
        null="cluster labels permuted among all sensors",
        scale=SHARES,
        takes_size=_above_expected,
        test=near_sharing,
        measure=near_sharing_of,
        beside=near_beside,
        family="places",
        inapplicable=without_places,
    ),
    Claim(
        id="distance",
        sentence="similarity falls with distance",
        statistic=(
            "Mantel correlation between cosines of spatial meta-parameters and geographic "
            "distance; a negative value is what the claim says"
        ),
        null="sensors permuted among all sensors",
        scale=CORRELATION,
        sign=-1,
        test=distance_decay,
        measure=distance_decay_of,
        beside=distance_beside,
        family="places",
        inapplicable=without_places,
    ),
)
_IN_CELLS = "sensors permuted (rows and columns together) within neighbourhoods of about ten"
_SCORES = (
    "The scores s are those of the encoders' graph, softmax(relu(s)), which gives other sensors "
    "more than their floor only where s is positive."
)


def _from_auc(finding: Finding) -> float:
    """Return the rank-biserial correlation that belongs to an AUC."""
    return float("nan") if finding.value is None else 2 * finding.value - 1


GRAPH_CLAIMS = (
    Claim(
        id="graph-roads",
        sentence="the learnt graph connects sensors of one road and direction",
        statistic="AUC of the score of a pair of sensors with being on one road in one direction",
        null=_IN_CELLS,
        scale=CORRELATION,
        takes_size=_from_auc,
        test=SAME_ROAD.test,
        measure=SAME_ROAD.measure,
        beside=SAME_ROAD.beside,
        family="graph",
        inapplicable=without_roads,
        remark=_SCORES,
    ),
    Claim(
        id="graph-along",
        sentence="its scores fall with distance along the road",
        statistic=(
            "Spearman's correlation of score and distance along the road, over the pairs of one "
            "road and direction; a negative value is what the claim says"
        ),
        null=_IN_CELLS,
        scale=CORRELATION,
        sign=-1,
        test=ALONG.test,
        measure=ALONG.measure,
        beside=ALONG.beside,
        family="graph",
        inapplicable=without_any_road,
    ),
    Claim(
        id="graph-distance",
        sentence="its scores fall with straight-line distance",
        statistic=(
            "Spearman's correlation of score and straight-line distance, over all pairs; a "
            "negative value is what the claim says"
        ),
        null=_IN_CELLS,
        scale=CORRELATION,
        sign=-1,
        test=STRAIGHT.test,
        measure=STRAIGHT.measure,
        beside=STRAIGHT.beside,
        family="graph",
        inapplicable=without_places,
    ),
    Claim(
        id="graph-near",
        sentence="it connects near sensors",
        statistic="AUC of the score with one sensor being among the five nearest of the other",
        null=_IN_CELLS,
        scale=CORRELATION,
        takes_size=_from_auc,
        test=NEAR.test,
        measure=NEAR.measure,
        beside=NEAR.beside,
        family="graph",
        inapplicable=without_places,
    ),
    Claim(
        id="graph-adjacency",
        sentence="it connects the sensors that the field's adjacency connects",
        statistic=(
            "AUC of the score with a weight above 0 in the adjacency, of a file or of DCRNN's "
            "Gaussian kernel of straight-line distances"
        ),
        null=_IN_CELLS,
        scale=CORRELATION,
        takes_size=_from_auc,
        test=ADJACENT.test,
        measure=ADJACENT.measure,
        beside=ADJACENT.beside,
        family="graph",
        inapplicable=without_places,
    ),
)
EVERY = (*CLAIMS, *PLACE_CLAIMS)  # those of the page and of the command `claims`
FAMILIES: dict[Family, tuple[Claim, ...]] = {
    "paper": CLAIMS,
    "places": PLACE_CLAIMS,
    "graph": GRAPH_CLAIMS,
}
HEADS: dict[Family, str] = {
    "paper": "claim of the paper",
    "places": "claim about places",
    "graph": "the learnt graph",
}
