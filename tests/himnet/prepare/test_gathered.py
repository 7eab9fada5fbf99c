"""Files that store each sensor by itself, records, and NetCDF's packed numbers."""

import h5py
import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare.arrays import open_arrays
from himnet.prepare.hdf5 import open_hdf5
from himnet.prepare.options import Options
from tests.himnet.prepare.stored import moments, names, readings, walked

VALUES = readings()


def check(source, times=None, expected=VALUES):
    for _ in range(2):
        values, found = walked(source)
        np.testing.assert_array_equal(values, expected.astype(np.float32))
        if times is None:
            assert found["moments"] is None
        else:
            np.testing.assert_array_equal(found["moments"], times)
    assert source.told.sensors.ids == tuple(names())
    assert not source.told.numbered


def records(time=None):
    fields = [(name, "f8") for name in names()]
    first = [] if time is None else [("timestamp", time.dtype)]
    table = np.zeros(len(VALUES), dtype=[*first, *fields])
    for position, name in enumerate(names()):
        table[name] = VALUES[:, position]
    if time is not None:
        table["timestamp"] = time
    return table


TIMES = {
    "none": None,
    "moments": moments(),
    "seconds": moments().astype(np.int64),
    "texts": np.array([str(moment).encode() for moment in moments()]),
}


@pytest.mark.parametrize("kind", TIMES)
def test_records_of_numpy(tmp_path, kind):
    time = TIMES[kind]
    np.save(tmp_path / "a.npy", records(time))
    check(open_arrays([tmp_path / "a.npy"], Options()), None if time is None else moments())
    np.savez(tmp_path / "a.npz", table=records(time))
    check(open_arrays([tmp_path / "a.npz"], Options()), None if time is None else moments())


@pytest.mark.parametrize("kind", ["none", "seconds", "texts"])
def test_records_of_hdf5(tmp_path, kind):
    time = TIMES[kind]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["deep/table"] = records(time)
    check(open_hdf5([tmp_path / "a.h5"], Options()), None if time is None else moments())


def test_records_of_single_readings_are_refused(tmp_path):
    dtype = [("time", "i8"), ("sensor", "i8"), ("speed", "f8")]
    np.save(tmp_path / "a.npy", np.zeros(99, dtype=dtype))
    with pytest.raises(DataError, match="records of time, sensor, speed, so it seems to have one"):
        open_arrays([tmp_path / "a.npy"], Options())


def test_arrays_of_one_sensor_each(tmp_path):
    columns = {name: VALUES[:, position] for position, name in enumerate(names())}
    np.savez(tmp_path / "a.npz", timestamps=moments(), **columns)
    check(open_arrays([tmp_path / "a.npz"], Options()), moments())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["time"] = moments().astype(np.int64)
        for name, column in columns.items():
            file.create_dataset(f"stations/{name}", data=column, chunks=(100,), compression="gzip")
    check(open_hdf5([tmp_path / "a.h5"], Options()), moments())


def test_arrays_of_different_lengths_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.ones(5), b=np.ones(6))
    with pytest.raises(DataError, match=r"has no arrays of numbers .* a float64 \(5,\), b float64"):
        open_arrays([tmp_path / "a.npz"], Options())


def test_packed_numbers_of_netcdf(tmp_path):
    packed = np.round((VALUES - 40) / 0.01).astype(np.int16)
    packed[5, 1] = -999
    expected = packed * 0.01 + 40
    expected[5, 1] = np.nan
    with h5py.File(tmp_path / "a.nc", "w") as file:
        file["speed"] = packed
        file["speed"].attrs.update(scale_factor=0.01, add_offset=40.0, _FillValue=np.int16(-999))
        file["time"] = np.arange(len(VALUES)) / 12
        file["time"].attrs["units"] = "hours since 2012-03-01 00:00"
        file["station"] = np.zeros(4)
        file["station"].attrs["NAME"] = "This is a netCDF dimension but not a netCDF variable."
        file["station_id"] = names()
    check(open_hdf5([tmp_path / "a.nc"], Options()), moments(), expected)
