"""Fact sheets of the published data sets."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from himnet.data.info import DatasetInfo, Sensors
from himnet.data.registry import DATASETS, credit_of, dataset_spec, shown_name
from himnet.errors import DataError
from himnet.presets import PRESETS

ROADS = {
    "US-101": ("N", 42, "S", 41), "SR-134": ("E", 21, "W", 17), "SR-2": ("E", 11, "W", 12),
    "I-5": ("N", 10, "S", 11), "I-405": ("N", 6, "S", 9), "I-110": ("N", 6, "S", 4),
    "SR-170": ("N", 5, "S", 4), "I-210": ("E", 4, "W", 4),
}  # fmt: skip


def test_there_is_a_sheet_for_each_published_set_and_the_made_up_one():
    assert list(DATASETS) == [*PRESETS, "PEMSD7M", "synthetic"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_sheet_agrees_with_the_paper(name):
    spec, preset = dataset_spec(name), PRESETS[name]
    assert (spec.num_nodes, spec.num_steps) == (preset.model.num_nodes, preset.num_steps)
    assert spec.split == preset.split
    assert spec.info().num_nodes == spec.num_nodes


@pytest.mark.parametrize("name", PRESETS)
def test_the_period_has_as_many_days_as_the_files(name):
    spec = dataset_spec(name)
    first, last = (np.datetime64(day) for day in spec.period)
    days = (last - first).astype(int) + 1
    skipped = 12 if name == "PEMSBAY" else 0  # the hour that summer time skips
    assert days * 288 - skipped == spec.num_steps


@pytest.mark.parametrize("name", DATASETS)
def test_a_sheet_reads_well(name):
    text = dataset_spec(name).describe()
    assert text == str(dataset_spec(name))
    assert text.startswith(f"{name}: ")
    assert "None" not in text
    for label in ("readings", "size", "split", "source", "get it"):
        assert f"\n  {label}" in text


def test_the_sheet_of_metr_la_says_what_matters():
    text = dataset_spec("METRLA").describe()
    for fact in ("207 sensors, 34,272 steps", "2012-03-01 to 2012-06-27", "CC BY 4.0", "Monday"):
        assert fact in text
    assert "python -m himnet download METRLA" in text


def test_the_sensors_of_metr_la_stand_on_sixteen_freeway_directions():
    sensors = dataset_spec("METRLA").info().sensors
    expected = {}
    for freeway, (one, count, other, opposite) in ROADS.items():
        expected |= {f"{freeway} {one}": count, f"{freeway} {other}": opposite}
    assert Counter(sensors.roads) == expected
    assert len(expected) == 16


def test_the_sensors_of_metr_la_are_where_they_should_be():
    sensors = dataset_spec("METRLA").info().sensors
    assert len(sensors) == 207
    assert sensors.ids[:3] == ("773869", "767541", "767542")
    assert 34.04 < sensors.latitude.min() < sensors.latitude.max() < 34.23
    assert -118.54 < sensors.longitude.min() < sensors.longitude.max() < -118.18


@pytest.mark.parametrize(
    ("name", "count", "roads", "box"),
    [
        ("PEMSBAY", 325, 320, (37.25, 37.43, -122.09, -121.83)),
        ("PEMSD7M", 228, 228, (33.7, 34.3, -118.7, -117.9)),
    ],
)
def test_places_come_with_the_package(name, count, roads, box):
    spec = dataset_spec(name)
    sensors = spec.info().sensors
    assert len(sensors) == spec.num_nodes == count
    assert sum(map(bool, sensors.road_names)) == roads
    low, high, west, east = box
    assert low < sensors.latitude.min() < sensors.latitude.max() < high
    assert west < sensors.longitude.min() < sensors.longitude.max() < east
    assert f"of all {count} sensors; freeway and direction of {roads}" in spec.describe()
    assert "Caltrans PeMS metadata" in spec.describe()


def test_the_smaller_set_of_district_7_has_the_weekdays_of_its_period():
    spec = dataset_spec("PEMSD7M")
    first, last = (np.datetime64(day) for day in spec.period)
    assert np.busday_count(first, last + 1) * 288 == spec.num_steps


def test_what_can_be_fetched_names_command_and_folder():
    spec = dataset_spec("METRLA")
    assert spec.how_to_get() == "get it with: python -m himnet download METRLA"
    assert spec.how_to_get("/data").endswith("download METRLA --data-dir /data")
    assert spec.download.file_name == "METR-LA.csv"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(
        DataError, match=r"no data set 'LA'; choose from METRLA, PEMSBAY, .*synthetic"
    ):
        dataset_spec("LA")


def test_readings_are_credited_as_their_checkpoint_says_else_as_published():
    sheet = DATASETS["METRLA"].info()
    said = replace(sheet, source="the city", licence="CC0")
    assert credit_of(said) == said.credit == "the city (licence: CC0)"
    assert "CC BY 4.0" in credit_of(replace(sheet, source="", licence=""))
    other = DatasetInfo("METRLA", Sensors.numbered(3))
    assert credit_of(other) == "", "another data set of that name"
    assert credit_of(replace(other, licence="CC0")) == "(licence: CC0)"


@pytest.mark.parametrize(("name", "shown"), [
    ("METRLA", "METR-LA"), ("PEMSBAY", "PEMS-BAY"), ("PEMS04", "PEMS04"), ("", ""),
    ("mine", "mine"),
    ("synthetic", "a synthetic city"),
    ("synthetic:num_nodes=72,days=28", "a synthetic city (num_nodes=72, days=28)"),
    ("syntheticville", "syntheticville"),
])  # fmt: skip
def test_names_are_shown_as_papers_write_them(name, shown):
    assert shown_name(name) == shown
