"""The real METR-LA: three layouts, one data set, and the published numbers."""

import datetime as dt

import numpy as np
import pytest

from himnet.data.load import load_dataset
from himnet.data.scaling import training_scaler
from himnet.data.transfer import file_sha256
from himnet.data.windows import SPLITS

FOLDER = "METRLA"
FILES = {"npz": ("data.npz",), "h5": ("metr-la.h5",), "csv": ("METR-LA.csv", "METR-LA.csv.xz")}


@pytest.fixture(scope="module", params=FILES)
def layout(request, data_dir):
    """METR-LA read from each layout that is there."""
    names = FILES[request.param]
    if not any((data_dir / FOLDER / name).is_file() for name in names):
        pytest.skip(f"{data_dir / FOLDER} has none of {', '.join(names)}")
    return load_dataset("METRLA", data_dir, layout=request.param)


def test_every_layout_is_the_same_data_set(layout, metrla):
    assert layout.info == metrla.info
    np.testing.assert_array_equal(layout.values, metrla.values)
    np.testing.assert_array_equal(layout.timestamps, metrla.timestamps)
    np.testing.assert_array_equal(layout.tod, metrla.tod)
    np.testing.assert_array_equal(layout.dow, metrla.dow)
    for split in SPLITS:
        np.testing.assert_array_equal(layout.splits[split].index, metrla.splits[split].index)


def test_the_scaler_is_the_published_one(layout):
    scaler = training_scaler(layout)
    assert round(scaler.mean, 5) == 54.40593
    assert round(scaler.std, 5) == 19.49374


def test_what_is_known_of_it(metrla):
    assert metrla.values.shape == (34_272, 207)
    assert metrla.values[:4, 0].round(3).tolist() == pytest.approx([64.375, 62.667, 64.0, 0.0])
    assert metrla.missing().mean() == pytest.approx(0.08109, abs=1e-5)
    assert metrla.missing().all(axis=1).sum() == 2_148
    assert (metrla.timestamps[0], metrla.timestamps[-1]) == (
        np.datetime64("2012-03-01T00:00:00"),
        np.datetime64("2012-06-27T23:55:00"),
    )
    assert metrla.info.day_names[metrla.dow[0]] == "Thursday"


def test_the_hour_that_summer_time_skips_is_missing(metrla):
    first = metrla.step_at(dt.datetime(2012, 3, 11, 2))
    assert metrla.missing()[first : first + 12].all()
    assert metrla.tod_index[first] == 24


def test_the_published_columns_come_back_bit_for_bit(data_dir, metrla):
    path = data_dir / FOLDER / "data.npz"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    with np.load(path) as archive:
        published = archive["data"][:, 0]
    np.testing.assert_array_equal(metrla.tod, published[:, 1])
    np.testing.assert_array_equal(metrla.dow, published[:, 2])


def test_the_packaged_sensors_are_those_of_the_published_files(data_dir, metrla):
    ids = data_dir / FOLDER / "graph_sensor_ids.txt"
    places = data_dir / FOLDER / "graph_sensor_locations.csv"
    if not (ids.is_file() and places.is_file()):
        pytest.skip(f"{data_dir / FOLDER} has no tables of sensors")
    assert metrla.sensors.ids == tuple(ids.read_text().strip().split(","))
    rows = [line.split(",") for line in places.read_text().split()[1:]]
    assert metrla.sensors.ids == tuple(row[1] for row in rows)
    np.testing.assert_array_equal(metrla.sensors.latitude, [float(row[2]) for row in rows])
    np.testing.assert_array_equal(metrla.sensors.longitude, [float(row[3]) for row in rows])


def test_a_plain_csv_is_the_published_file(data_dir):
    path = data_dir / FOLDER / "METR-LA.csv"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    assert file_sha256(path).startswith("8d67a35472db1719")
