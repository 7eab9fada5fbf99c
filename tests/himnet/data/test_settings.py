"""dataset.json."""

import datetime as dt

import pytest

from himnet.data.info import DatasetInfo, Sensors
from himnet.data.settings import KEYS, read_settings
from himnet.errors import DataError
from tests.himnet.data.folders import write_json


def read(folder, **content):
    return read_settings(write_json(folder, **content) / "dataset.json")


def test_a_missing_file_leaves_everything_open(tmp_path):
    settings = read_settings(tmp_path / "dataset.json")
    info = DatasetInfo("mine", Sensors.numbered(2))
    assert settings.apply_to(info) == info
    assert (settings.start, settings.steps_per_day, settings.first_weekday) == (None, None, None)


def test_every_key_is_read(tmp_path):
    settings = read(
        tmp_path,
        name="Mine",
        start="2020-02-03T06:15",
        step_minutes=15,
        missing_value=-1,
        first_day_of_week="Thursday",
        unit="km/h",
        quantity="speed",
        source="City of Mine",
        licence="CC BY 4.0",
    )
    assert settings.start == dt.datetime(2020, 2, 3, 6, 15)
    assert (settings.steps_per_day, settings.first_weekday) == (96, 3)
    info = settings.apply_to(DatasetInfo("folder", Sensors.numbered(2)))
    assert (info.name, info.unit, info.quantity, info.missing_value) == (
        "Mine",
        "km/h",
        "speed",
        -1,
    )
    assert info.credit == "City of Mine (licence: CC BY 4.0)"


@pytest.mark.parametrize(("minutes", "per_day"), [(5, 288), (0.1, 14_400), (1440, 1), (2.5, 576)])
def test_a_step_may_be_any_part_of_a_day(tmp_path, minutes, per_day):
    assert read(tmp_path, step_minutes=minutes).steps_per_day == per_day


def test_null_says_that_nothing_is_missing(tmp_path):
    settings = read(tmp_path, missing_value=None)
    assert settings.apply_to(DatasetInfo("x", Sensors.numbered(2))).missing_value is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", 3),
        ("start", "yesterday"),
        ("start", "2012-03-01T00:00+01:00"),
        ("start", 20120301),
        ("start", None),
        ("step_minutes", 0),
        ("step_minutes", -5),
        ("step_minutes", 7),
        ("step_minutes", "5"),
        ("step_minutes", True),
        ("step_minutes", 10**400),
        ("step_minutes", float("nan")),
        ("missing_value", "zero"),
        ("missing_value", float("inf")),
        ("missing_value", [0]),
        ("first_day_of_week", "Montag"),
        ("first_day_of_week", 0),
        ("first_day_of_week", ["Monday"]),
        ("unit", {}),
        ("quantity", False),
    ],
)
def test_values_of_the_wrong_kind_are_refused(tmp_path, key, value):
    with pytest.raises(DataError, match=f"'{key}' in .*dataset.json is .*; it must be "):
        read(tmp_path, **{key: value})


def test_unknown_keys_are_refused_with_the_known_ones(tmp_path):
    with pytest.raises(DataError, match=f"unknown key.s. Start, steps; use only {', '.join(KEYS)}"):
        read(tmp_path, Start="2012-03-01", steps=3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not valid JSON"),
        (b"", "is not valid JSON"),
        (b"\xff{}", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b" " * 1_000_000 + b"{}", "has over 1,000,000 bytes"),
        (b"[]", "must contain an object"),
        (b"3", "must contain an object"),
    ],
)
def test_what_is_no_object_is_refused(tmp_path, content, said):
    path = tmp_path / "dataset.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_settings(path)


def test_an_editors_mark_does_no_harm(tmp_path):
    path = tmp_path / "dataset.json"
    path.write_bytes(b'\xef\xbb\xbf{"unit": "mph"}')
    assert read_settings(path).labels == {"unit": "mph"}
