"""Plain arrays in HDF5 files."""

import h5py
import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare.hdf5 import open_hdf5
from himnet.prepare.options import Options
from tests.himnet.prepare.stored import calendar, moments, names, readings, stacked, walked

VALUES = readings()


def written(folder, **datasets):
    path = folder / "readings.h5"
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


def check(path, expected=VALUES, ids=None, times=None, **options):
    source = open_hdf5([path], Options(**options))
    values, found = walked(source)
    np.testing.assert_array_equal(values, np.asarray(expected, dtype=np.float32))
    if times is None:
        assert found["moments"] is None
    else:
        np.testing.assert_array_equal(found["moments"], times)
    assert source.told.numbered is (ids is None)
    assert ids is None or source.told.sensors.ids == tuple(ids)
    return source


@pytest.mark.parametrize("key", ["data", "t", "deep/speed", "anything"])
def test_an_array_of_any_key(tmp_path, key):
    check(written(tmp_path, **{key: VALUES}))
    check(written(tmp_path, **{key: VALUES[..., None]}))


@pytest.mark.parametrize(
    "stamps",
    [
        moments().astype(np.int64),
        moments().astype(float),
        moments().astype("datetime64[ms]").astype(np.int64),
        np.array([str(moment).encode() for moment in moments()]),
        [str(moment).replace("T", " ") for moment in moments()],
    ],
    ids=["seconds", "floats", "milliseconds", "texts", "texts of any length"],
)
def test_moments_and_ids_in_arrays_beside_it(tmp_path, stamps):
    path = written(tmp_path, readings=VALUES, timestamps=stamps, sensor_ids=names())
    check(path, ids=names(), times=moments())


def test_moments_since_a_date_and_scales_of_axes(tmp_path):
    path = written(tmp_path, speed=VALUES, time=np.arange(len(VALUES)) * 5, station=np.arange(4))
    with h5py.File(path, "a") as file:
        file["time"].attrs["units"] = "minutes since 2012-03-01 00:00:00"
        for axis, name in enumerate(("time", "station")):
            file[name].make_scale(name)
            file["speed"].dims[axis].attach_scale(file[name])
    check(path, ids="0123", times=moments())


def test_an_array_by_sensor_is_turned(tmp_path):
    path = tmp_path / "readings.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=VALUES.T, chunks=(4, 50), compression="gzip")
        file["timestamps"] = moments().astype(np.int64)
    source = check(path, times=moments())
    assert any("read as (sensors, steps)" in note for note in source.told.notes)


def test_channels_with_a_calendar(tmp_path):
    tod, dow = calendar()
    source = open_hdf5([written(tmp_path, data=stacked(VALUES, tod, dow))], Options())
    values, times = walked(source)
    np.testing.assert_array_equal(values, VALUES.astype(np.float32))
    np.testing.assert_allclose(times["tod"], tod)
    np.testing.assert_array_equal(times["dow"], dow)


def test_arrays_of_one_shape_are_channels(tmp_path):
    path = written(tmp_path, flow=VALUES, speed=2 * VALUES, adj=np.eye(4))
    assert any("'flow' was taken" in note for note in check(path).told.notes)
    assert check(path, 2 * VALUES, channel="speed").told.labels == {"quantity": "speed"}
    with pytest.raises(DataError, match="no channel 'volume'; choose one of flow, speed"):
        check(path, channel="volume")


def test_one_of_several_arrays_is_chosen(tmp_path):
    path = written(tmp_path, a=VALUES, b=VALUES[:9])
    with pytest.raises(DataError, match=r"several arrays .* a \(576, 4\), b \(9, 4\); choose"):
        check(path)
    check(path, sheet="a")
    check(path, VALUES[:9], sheet="/b")


def test_files_without_readings_say_what_they_have(tmp_path):
    with pytest.raises(DataError, match=r"it has x float64 \(3,\)"):
        check(written(tmp_path, x=np.ones(3)))
    with pytest.raises(DataError, match="it has nothing"):
        check(written(tmp_path))


def test_a_sparse_giant_is_refused(tmp_path):
    path = tmp_path / "readings.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (10**11, 50), "f8", chunks=(1000, 50))
    with pytest.raises(DataError, match=r"in 0\.0 MB of the file"):
        check(path)
