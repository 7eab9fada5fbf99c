"""A data set's name out of a stranger's checkpoint: acted upon only where that is harmless."""

import pytest

from himnet.data.info import DatasetInfo, Sensors
from himnet.data.load import MOST_MADE_UP, name_of_stranger
from himnet.errors import DataError


def told(name):
    return DatasetInfo(name, Sensors.numbered(2))


@pytest.mark.parametrize("name", ["METRLA", "Melbourne pedestrians", "synthetic", "x; rm -r y"])
def test_a_plain_name_is_taken(name):
    assert name_of_stranger(told(name)) == name


@pytest.mark.parametrize("name", ["/etc", "../mine", "a/b", "..", ".", "C:\\data", "\\\\host\\x"])
def test_a_path_is_not(name):
    with pytest.raises(DataError, match="--dataset"):
        name_of_stranger(told(name))


def test_nothing_is_no_name():
    with pytest.raises(DataError, match="does not name its data set"):
        name_of_stranger(told(""))


@pytest.mark.parametrize(
    "sizes",
    ["num_nodes=5000,days=400", "days=1_000_000", "num_nodes=36,steps_per_day=86400,days=99999"],
)
def test_a_city_that_would_fill_the_memory_is_not_made(sizes):
    with pytest.raises(DataError, match=f"{MOST_MADE_UP:,}"):
        name_of_stranger(told(f"synthetic:{sizes}"))


def test_a_setting_that_there_is_not_is_told():
    with pytest.raises(DataError, match="not a setting"):
        name_of_stranger(told("synthetic:color=red"))
