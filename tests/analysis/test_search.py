"""Words find sensors: whole and partial names, alone and combined."""

from contextlib import suppress

import pytest

from analysis.errors import AnalysisError
from analysis.search import examples, search, suggestions
from himnet import load_arrays
from himnet.data.info import Sensors

SENSORS = Sensors(
    ids=("7001", "7002", "7103", "9001", "9002"),
    freeway=("US-101", "US-101", "SR-2", "SR-2", ""),
    direction=("N", "S", "E", "W", ""),
)
LABELS = [0, 0, 1, 2, 2]


@pytest.fixture(scope="module")
def metr_la():
    return load_arrays("metr-la").dataset.sensors


@pytest.mark.parametrize(("words", "found"), [
    ("7103", ["7103"]),
    ("70", ["7001", "7002"]),
    ("us-101", ["7001", "7002"]),
    ("101", ["7001", "7002"]),
    ("sr2", ["7103", "9001"]),
    ("SR 2", ["7103", "9001"]),
    ("2", ["7103", "9001"]),
    (" US-101   n ", ["7001"]),
    ("101 N", ["7001"]),
    ("us101s", ["7002"]),
    ("northbound", ["7001"]),
    ("N", ["7001"]),
    ("n, west", ["7001", "9001"]),
    ("cluster 2", ["9001", "9002"]),
    ("cluster 2 sr-2", ["9001"]),
    ("us-101 n cluster 0", ["7001"]),
    ("cluster 0 us-101 n", ["7001"]),
    ("cluster 0 cluster 2 101 sr2", ["7001", "7002", "9001"]),
    ("7001 7103", ["7001", "7103"]),
    ("Cluster2, sr-2 e", ["7103", "9001", "9002"]),
    ("7001,,9", ["7001", "9001", "9002"]),
    (" , ", []),
])  # fmt: skip
def test_words_find_ids_freeways_directions_and_clusters(words, found):
    assert list(search(SENSORS, words, labels=LABELS)) == found


@pytest.mark.parametrize("words", ["I-5", "cluster 9", "7001, nobody", "-"])
def test_words_that_describe_nothing_are_told(words):
    with pytest.raises(AnalysisError, match="matches no sensor; enter an id such as 7001"):
        search(SENSORS, words, labels=LABELS)


def test_a_misspelt_name_is_answered_with_similar_ones():
    with pytest.raises(AnalysisError, match="did you mean US-101 or"):
        search(SENSORS, "us-110", labels=LABELS)


def test_words_of_different_kinds_must_all_apply():
    with pytest.raises(AnalysisError, match="none of them all; separate alternatives by commas"):
        search(SENSORS, "us-101 cluster 1", labels=LABELS)


def test_without_clusters_and_roads_ids_are_still_found():
    bare = Sensors.numbered(4)
    assert list(search(bare, bare.ids[2])) == [bare.ids[2]]
    with pytest.raises(AnalysisError, match="matches no sensor"):
        search(bare, "cluster 0")


def test_the_words_that_found_nothing_before_find_the_roads_of_los_angeles(metr_la):
    by_road = dict(zip(metr_la.ids, metr_la.freeway, strict=True))
    for words, freeway in (("101", "US-101"), ("sr2", "SR-2"), ("5", "I-5")):
        found = search(metr_la, words)
        assert found
        assert {by_road[name] for name in found} == {freeway}


def test_every_suggestion_finds_something(metr_la):
    labels = [place % 3 for place in range(len(metr_la))]
    told = suggestions(metr_la, 3)
    assert len(set(told)) == len(told)
    for words in told:
        assert search(metr_la, words, labels=labels)


def test_a_text_of_any_length_is_answered(metr_la):
    for words in ("x" * 10**6, " ".join(["us-101"] * 10**5), "cluster " + "9" * 10**5):
        with suppress(AnalysisError):
            assert search(metr_la, words)


NAMED = Sensors(
    ids=("1", "2", "3"), name=("Main St, east", "Main St, west", "5 NB Via de San Ysidro")
)


@pytest.mark.parametrize(("words", "found"), [
    ("Main St, east", ["1"]),
    ("main", ["1", "2"]),
    ("5 nb via de san ysidro", ["3"]),
    ("ysidro", ["3"]),
    ("3, main", ["1", "2", "3"]),
])  # fmt: skip
def test_words_find_names(words, found):
    assert list(search(NAMED, words)) == found


def test_names_are_suggested_and_the_hint_is_one_of_these_sensors():
    assert suggestions(NAMED, 0)[:3] == sorted(NAMED.name)
    assert examples(NAMED) == "Main St, east"
    assert examples(Sensors.numbered(3)) == "0"
    assert examples(SENSORS) == "101, I-5 N"
    with pytest.raises(AnalysisError, match="an id such as 1, a name or a cluster"):
        search(NAMED, "nobody")
