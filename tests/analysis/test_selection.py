"""Selections: what combines, and what a file from anybody may hold."""

import json

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.selection import (
    MOST_NAMED,
    from_json,
    in_order,
    inverted,
    is_name,
    positions_of,
    to_json,
)
from himnet.data.info import Sensors

SENSORS = Sensors(
    ids=("7001", "7002", "7103", "9001", "9002"),
    freeway=("US-101", "US-101", "SR-2", "SR-2", ""),
    direction=("N", "S", "E", "W", ""),
)


def test_an_inverse_holds_all_others_and_twice_inverted_is_the_same():
    some = ("9001", "7002")
    rest = inverted(SENSORS, some)
    assert set(rest) | set(some) == set(SENSORS.ids)
    assert not set(rest) & set(some)
    assert inverted(SENSORS, rest) == in_order(SENSORS, some) == ("7002", "9001")
    assert inverted(SENSORS, ()) == SENSORS.ids


def test_unknown_and_repeated_ids_leave_a_selection():
    assert in_order(SENSORS, ["9002", "nobody", "9002"]) == ("9002",)
    assert positions_of(SENSORS, ["9002", "nobody", "7001"]).tolist() == [0, 4]
    assert positions_of(SENSORS, ()).dtype == np.int64


def test_a_file_brings_back_what_was_saved_as_far_as_the_sensors_are_known():
    named = {"east": ("7103",), "täglich": ("9001", "9002")}
    text = to_json(named, dataset="METRLA")
    assert from_json(text, SENSORS) == from_json(text.encode(), SENSORS) == named
    fewer = Sensors(ids=("9002",))
    assert from_json(text, fewer) == {"täglich": ("9002",)}
    with pytest.raises(AnalysisError, match="none of the 2 selections"):
        from_json(text, Sensors.numbered(3))


@pytest.mark.parametrize("text", [
    "", "[]", "null", "{}", '{"format": "x", "selections": 3}', "\udcff".encode("utf-8", "replace"),
    b"\xff\xfe\x00", '{"format": "himnet-selections/1", "selections": {"a": 3}}',
])  # fmt: skip
def test_other_files_are_refused_in_a_sentence(text):
    with pytest.raises(AnalysisError, match="the file contains no selections"):
        from_json(text, SENSORS)


def test_a_file_of_another_format_or_with_impossible_names_gives_nothing():
    content = {"format": "himnet-selections/2", "dataset": "", "selections": {"a": ["7001"]}}
    with pytest.raises(AnalysisError, match="none of the"):
        from_json(json.dumps(content), SENSORS)
    content = content | {"format": "himnet-selections/1"}
    content["selections"] = {"two\nlines": ["7001"], "x" * 61: ["7001"], "ok": ["7001"]}
    assert list(from_json(json.dumps(content), SENSORS)) == ["ok"]


def test_no_file_brings_more_names_than_are_kept():
    many = {f"name {number}": ("7001",) for number in range(MOST_NAMED + 5)}
    assert len(from_json(to_json(many, dataset=""), SENSORS)) == MOST_NAMED


def test_a_name_is_one_line_of_text():
    assert is_name("Rush hour, SR-2")
    assert not any(map(is_name, ("", "  ", "a\tb", "x" * 61)))
