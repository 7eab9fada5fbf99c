"""Similar hours: of the whole week, or of the day alone."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.patterns.hours import hour_cosines, week_coordinates
from analysis.patterns.neighbour_hours import similar_hours
from himnet.model.parameters import HimNetParameters
from tests.analysis.expanded import ONE_LAYER, small, trained_like

WEIGHTS = trained_like(ONE_LAYER)


@pytest.mark.parametrize("centred", [False, True])
def test_all_other_hours_of_the_week_are_ranked(centred):
    found = similar_hours(
        HimNetParameters(WEIGHTS, ONE_LAYER), 8, day=2, count=999, centred=centred
    )
    assert len({(row.day, row.hour) for row in found} - {(2, 8)}) == len(found) == 167
    cosines = cosine_matrix(week_coordinates(HimNetParameters(WEIGHTS, ONE_LAYER)), centred=centred)
    for row in found[::20]:
        assert row.cosine == cosines[2 * 24 + 8, row.day * 24 + row.hour]
    assert [row.cosine for row in found] == sorted((r.cosine for r in found), reverse=True)


def test_the_time_of_day_alone_knows_no_days():
    found = similar_hours(HimNetParameters(WEIGHTS, ONE_LAYER), 8, scope="tod", count=99)
    assert {row.day for row in found} == {None}
    assert sorted(row.hour for row in found) == [h for h in range(24) if h != 8]
    cosines = hour_cosines(HimNetParameters(WEIGHTS, ONE_LAYER), variant="tod")
    assert [row.cosine for row in found] == [cosines[8, row.hour] for row in found]
    assert found == similar_hours(
        HimNetParameters(WEIGHTS, ONE_LAYER), 8, day=5, scope="tod", count=99
    )


def test_a_planted_rush_hour_is_found():
    weights = {name: array.copy() for name, array in WEIGHTS.items()}
    weights["tod_embedding.weight"][2 * 17] = weights["tod_embedding.weight"][2 * 8]
    assert (
        similar_hours(HimNetParameters(weights, ONE_LAYER), 8, scope="tod", count=1)[0].hour == 17
    )
    (nearest,) = similar_hours(HimNetParameters(weights, ONE_LAYER), 8, day=4, count=1)
    assert (nearest.day, nearest.hour) == (4, 17)
    assert nearest.cosine == pytest.approx(1)


def test_days_that_are_all_alike_leave_the_same_hour_nearest():
    weights = {name: array.copy() for name, array in WEIGHTS.items()}
    weights["dow_embedding.weight"][:] = weights["dow_embedding.weight"][0]
    found = similar_hours(HimNetParameters(weights, ONE_LAYER), 8, day=3, count=6)
    assert [(row.day, row.hour) for row in found] == [(day, 8) for day in (0, 1, 2, 4, 5, 6)]


@pytest.mark.parametrize("hour", [0, 23])
def test_a_model_of_zeros_has_no_similar_hours(hour):
    weights = {name: np.zeros_like(array) for name, array in WEIGHTS.items()}
    assert similar_hours(HimNetParameters(weights, ONE_LAYER), hour) == ()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"hour": 24}, "no hour 24 of day 0"),
        ({"hour": 3, "day": 7}, "no hour 3 of day 7"),
        ({"hour": -1}, "choose 0 to 23"),
        ({"hour": 3, "scope": "month"}, "by 'month'; choose week or tod"),
        ({"hour": 3, "count": 0}, "at least 1 row"),
        ({"hour": 3, "scope": "tod", "count": 0}, "at least 1 row"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(asked, words):
    with pytest.raises(AnalysisError, match=words):
        similar_hours(HimNetParameters(WEIGHTS, ONE_LAYER), **asked)


@pytest.mark.parametrize("ablate", ["E_t", "TMP"])
@pytest.mark.parametrize("scope", ["week", "tod"])
def test_an_ablated_model_says_so(ablate, scope):
    config = small(ablate=ablate)
    with pytest.raises(AnalysisError, match=f"trained without {ablate}"):
        similar_hours(HimNetParameters(trained_like(config), config), 8, scope=scope)
