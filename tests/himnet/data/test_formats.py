"""Readers: what each layout holds, and one sentence for every way in which a file can be bad."""

import gzip
import io
import lzma
import pickle
import zipfile

import h5py
import numpy as np
import pytest

from himnet.data.formats import load_archive, read_csv, read_h5, read_npz
from himnet.data.synthetic import synthetic_city
from himnet.errors import DataError
from tests.himnet.data.folders import write_csv, write_h5, write_npz

LINES = [",a,b", "2012-03-01 00:00:00,1.5,2", "2012-03-01 00:05:00,3,4"]


@pytest.fixture(scope="module")
def small():
    return synthetic_city(num_nodes=4, days=2)


def csv(folder, *lines):
    path = folder / "METR-LA.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def npz(folder, **arrays):
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def data(steps=30, sensors=2):
    """Return a plain "data" array."""
    array = np.zeros((steps, sensors, 3), dtype=np.float32)
    array[..., 1] = (np.arange(steps) / 288)[:, None]
    return array


@pytest.mark.parametrize("name", ["METR-LA.csv", "METR-LA.csv.xz", "METR-LA.csv.gz"])
def test_a_csv_packed_or_not(tmp_path, small, name):
    series = read_csv(write_csv(tmp_path, small, name) / name)
    np.testing.assert_array_equal(series.values.astype(np.float32), small.values)
    np.testing.assert_array_equal(series.clock, small.timestamps)
    assert series.ids == small.sensors.ids


def test_empty_cells_of_a_csv_are_missing(tmp_path):
    series = read_csv(csv(tmp_path, LINES[0], "2012-03-01 00:00:00,,2", "2012-03-01 00:05:00,3,"))
    np.testing.assert_array_equal(series.values, [[np.nan, 2], [3, np.nan]])


@pytest.mark.parametrize("zone", ["+08:00", "-0700", "+05", "Z"])
def test_the_local_clock_of_a_csv_is_kept(tmp_path, zone):
    lines = [LINES[0], *(line.replace(",", f"{zone},", 1) for line in LINES[1:])]
    assert str(read_csv(csv(tmp_path, *lines)).clock[0]) == "2012-03-01T00:00:00"


def test_a_csv_of_another_system(tmp_path):
    path = tmp_path / "METR-LA.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*LINES, ""]).encode())
    series = read_csv(path)
    assert series.ids == ("a", "b")
    np.testing.assert_array_equal(series.values, [[1.5, 2], [3, 4]])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([""], "contains no readings; its first line must name the sensors"),
        ([LINES[0]], "contains no readings"),
        (["no commas", *LINES[1:]], "contains no readings"),
        ([*LINES, "2012-03-01 00:10:00,1"], "cannot be read"),
        ([*LINES, "2012-03-01 00:10:00,1,x"], "cannot be read .*'x'"),
        ([*LINES, "yesterday,1,2"], "cannot be read .*yesterday"),
    ],
)
def test_bad_tables_are_refused(tmp_path, lines, said):
    with pytest.raises(DataError, match=said):
        read_csv(csv(tmp_path, *lines))


@pytest.mark.parametrize(("ending", "pack"), [(".xz", lzma.compress), (".gz", gzip.compress)])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_damaged_packed_tables_are_refused(tmp_path, ending, pack, damage):
    packed = pack("\n".join(LINES * 100).encode())
    middle = len(packed) // 2
    flipped = packed[:middle] + bytes([packed[middle] ^ 255]) + packed[middle + 1 :]
    content = {"cut": packed[:-20], "flipped": flipped, "empty": b"", "foreign": b"hello" * 9}
    path = tmp_path / f"METR-LA.csv{ending}"
    path.write_bytes(content[damage])
    with pytest.raises(DataError, match=r"METR-LA.csv"):
        read_csv(path)


def test_an_h5_file(tmp_path, small):
    series = read_h5(write_h5(tmp_path, small) / "metr-la.h5")
    np.testing.assert_array_equal(series.values, small.values)
    np.testing.assert_array_equal(series.clock, small.timestamps)
    assert series.ids == small.sensors.ids


def test_the_columns_of_an_h5_block_are_put_in_order(tmp_path, small):
    order = [2, 0, 3, 1]
    ids = np.array([small.sensors.ids[position].encode() for position in order])
    write_h5(tmp_path, small, block0_items=ids, block0_values=small.values[:, order])
    series = read_h5(tmp_path / "metr-la.h5")
    np.testing.assert_array_equal(series.values, small.values)


@pytest.mark.parametrize(
    "change",
    [
        {"block0_values": np.zeros((3, 4))},
        {"block0_values": np.zeros(5)},
        {"block0_items": np.array([b"w", b"x", b"y", b"z"])},
        {"axis1": np.array([b"today"])},
        {"block0_values": np.array(b"text")},
        {"axis0": np.array(3)},
    ],
)
def test_an_h5_file_of_another_shape_is_refused(tmp_path, small, change):
    write_h5(tmp_path, small, **change)
    with pytest.raises(DataError, match=r"metr-la.h5"):
        read_h5(tmp_path / "metr-la.h5")


def test_other_h5_files_are_refused(tmp_path):
    path = tmp_path / "metr-la.h5"
    with h5py.File(path, "w") as file:
        file["something"] = np.ones(3)
    with pytest.raises(DataError, match="cannot be read"):
        read_h5(path)
    path.write_bytes(b"not HDF5")
    with pytest.raises(DataError, match="cannot be read"):
        read_h5(path)


def test_an_archive(tmp_path, small):
    series = read_npz(write_npz(tmp_path, small) / "data.npz")
    np.testing.assert_array_equal(series.values, small.values)
    np.testing.assert_array_equal(series.clock.tod, small.tod)
    np.testing.assert_array_equal(series.clock.dow, small.dow)
    assert series.ids is None


def test_more_columns_are_left_alone(tmp_path):
    more = np.concatenate([data(), np.ones((30, 2, 4), np.float32)], axis=-1)
    assert read_npz(npz(tmp_path, data=more)).values.shape == (30, 2)


def differing(channel):
    array = data()
    array[7, 1, channel] = 0.5
    return array


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.ones(3)}, r"has no array 'data' \(it has x\); it needs data"),
        ({}, r"has no array 'data' \(it has none\)"),
        ({"data": data()[..., 0]}, r"float32 of shape \(30, 2\); it must be floats \(steps, "),
        ({"data": data()[..., :2]}, r"of shape \(30, 2, 2\)"),
        ({"data": data(steps=0)}, r"of shape \(0, 2, 3\)"),
        ({"data": data(sensors=0)}, r"of shape \(30, 0, 3\)"),
        ({"data": data().astype(int)}, "int64 of shape"),
        ({"data": data().astype(complex)}, "complex128 of shape"),
        ({"data": np.full((3, 2, 3), "x")}, "<U1 of shape"),
        ({"data": differing(1)}, "time of day of step 7 .* 0.0243056 .* but 0.5 for sensor 1"),
        ({"data": differing(2)}, "day of week of step 7 .* is 0 .* but 0.5 for sensor 1"),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, said):
    with pytest.raises(DataError, match=said):
        read_npz(npz(tmp_path, **arrays))


class Payload:
    """Runs code when it is unpickled."""

    ran = False

    def __reduce__(self):
        return setattr, (Payload, "ran", True)


def test_pickled_objects_are_never_loaded(tmp_path):
    path = npz(tmp_path, data=np.array([Payload(), Payload()], dtype=object))
    with pytest.raises(DataError, match="Object arrays cannot be loaded"):
        read_npz(path)
    path.write_bytes(pickle.dumps(Payload()))
    with pytest.raises(DataError, match="cannot be read"):
        read_npz(path)
    assert not Payload.ran


def archive_of(content, name="data.npy"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def npy(header, body=b""):
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip archive",
        archive_of(b"not an array"),
        archive_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9, 2, 3)}")),
        archive_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (10**12, 9, 3)}")),
        archive_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999, 9, 3)}")),
        archive_of(npy("{'descr': 'what', 'fortran_order': False, 'shape': (1, 1, 3)}")),
        archive_of(npy("{'descr': [1], 'fortran_order': False, 'shape': (1, 1, 3)}")),
        archive_of(npy("{'descr': ((")),
        archive_of(npy("import os")),
    ],
)
def test_what_is_no_archive_of_arrays_is_refused(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"data.npz cannot be read"):
        read_npz(path)


def test_a_plain_npy_file_is_refused(tmp_path):
    np.save(tmp_path / "data.npy", data())
    (tmp_path / "data.npy").rename(tmp_path / "data.npz")
    with pytest.raises(DataError, match="cannot be read"):
        read_npz(tmp_path / "data.npz")


@pytest.mark.parametrize("compressed", [False, True])
def test_a_damaged_archive_never_ends_in_another_error(tmp_path, compressed):
    path = tmp_path / "data.npz"
    (np.savez_compressed if compressed else np.savez)(path, data=data(steps=3))
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        position = int(rng.integers(len(whole)))
        flipped = bytes([whole[position] ^ int(rng.integers(1, 256))])
        path.write_bytes(whole[:position] + flipped + whole[position + 1 :])
        try:
            array = load_archive(path, ("data",))["data"]
        except DataError:
            continue
        np.testing.assert_array_equal(array, data(steps=3))  # a byte that nothing depends on
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="cannot be read"):
            load_archive(path, ("data",))
