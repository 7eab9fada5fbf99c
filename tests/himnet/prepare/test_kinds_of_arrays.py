"""Each kind of array file through the command: it comes out as the series that went in."""

import pickle
import re

import h5py
import numpy as np
import pytest

from tests.himnet.prepare.series import IDS, frame, prepared, run, same
from tests.himnet.prepare.stored import stacked, write_fixed, write_table

PER_DAY = 96
START = ("--start", "2012-03-01T00:00", "--step", 15)


def values():
    return frame().to_numpy()


def index(unit):
    return frame().index.to_numpy().astype(f"datetime64[{unit}]").astype(np.int64)


def channels(*, week=1.0, day=1.0, from_one=0):
    """Return readings, time of day and day of week (T, N, 3)."""
    steps = np.arange(len(values()))
    days = ((steps // PER_DAY + 3) % 7 + from_one) / week
    return stacked(values(), day * (steps % PER_DAY) / PER_DAY, days)


def fixed(path, **ways):
    usual = {"labels": IDS, "index": index("ns"), "blocks": [(IDS, values())]}
    return write_fixed(path, **{**usual, **ways})


def table(path, **ways):
    blocks = {"values_block_0": (IDS, values())}
    return write_table(path, blocks=blocks, index=index("us"), **ways)


def saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def plain(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, array in datasets.items():
            file[name] = array
    return path


def listed(folder):
    path = folder / "ids.txt"
    path.write_text(",".join(IDS))
    return path


def graph(folder):
    path = folder / "adj_mx.pkl"
    place = {name: position for position, name in enumerate(IDS)}
    path.write_bytes(pickle.dumps((list(IDS), place, np.eye(len(IDS))), 2))
    return path


def windows(folder):
    cube = channels()[:, :, :2]
    count = len(cube) - 23
    x = np.stack([cube[start : start + 12] for start in range(count)])
    y = np.stack([cube[start + 12 : start + 24] for start in range(count)])
    for split, part in (
        ("train", slice(0, 120)),
        ("val", slice(120, 140)),
        ("test", slice(140, count)),
    ):
        saved(folder / f"{split}.npz", x=x[part], y=y[part])
    return folder


def largest(folder):
    cube, mean, deviation = channels(week=7), values().mean(), values().std()
    cube[..., 0] = (cube[..., 0] - mean) / deviation
    for split, part in zip(
        ("train", "val", "test"), np.split(np.arange(11, 188), [120, 140]), strict=True
    ):
        np.save(folder / f"idx_{split}.npy", part)
    saved(folder / "his.npz", data=cube, mean=mean, std=deviation)
    return folder


def records(path):
    fields = [("time", "i8"), *((name, "f8") for name in IDS)]
    rows = np.zeros(len(values()), dtype=fields)
    rows["time"] = index("s")
    for position, name in enumerate(IDS):
        rows[name] = values()[:, position]
    np.save(path, rows)
    return path


def local_noon_in_utc(path):
    zone = {"tz": np.bytes_(b"Asia/Shanghai")}
    utc = index("ns") - 8 * 3_600 * 10**9
    return fixed(path, index=utc, index_attributes=zone)


NO_IDS = ("numbers",)  # the file has no ids: the command is given a list
NO_DATES = ("numbers", "dates")  # and no moments
KINDS = {
    "pandas 2, fixed": (lambda d: fixed(d / "a.h5"), ()),
    "pandas 3, fixed": (
        lambda d: fixed(d / "a.h5", index=index("us"), kind="datetime64[us]"), ()
    ),
    "pandas, table": (lambda d: table(d / "a.h5", order=IDS), ()),
    "pandas, table, names that cannot be read": (lambda d: table(d / "a.h5", foreign=True), NO_IDS),
    "pandas, another key": (lambda d: fixed(d / "a.hdf5", key="deep/t"), ()),
    "pandas, compressed": (
        lambda d: fixed(d / "a.h5", compression="gzip", chunks=(10, 3), shuffle=True), ()
    ),
    "pandas, a time zone": (lambda d: local_noon_in_utc(d / "a.h5"), ()),
    "HDF5 array with times and ids": (
        lambda d: plain(d / "a.h5", speed=values(), timestamps=index("s"), sensor_ids=list(IDS)), ()
    ),
    "HDF5 array alone": (lambda d: plain(d / "a.h5", data=values()), NO_DATES),
    "HDF5 array by sensor": (
        lambda d: plain(d / "a.h5", data=values().T, time=index("ms"), ids=list(IDS)), ()
    ),
    "npz (T, N)": (lambda d: saved(d / "a.npz", data=values()), NO_DATES),
    "npz (T, N, 1)": (lambda d: saved(d / "a.npz", x=values()[..., None]), NO_DATES),
    "npz (N, T)": (lambda d: saved(d / "a.npz", data=values().T), NO_DATES),
    "npz, Fortran order": (lambda d: saved(d / "a.npz", data=values().copy("F")), NO_DATES),
    "npz, big-endian": (lambda d: saved(d / "a.npz", data=values().astype(">f8")), NO_DATES),
    "npz with times and ids": (
        lambda d: saved(d / "a.npz", speed=values(), ids=np.array(IDS), time=index("s")), ()
    ),
    "npz with a calendar": (lambda d: saved(d / "data.npz", data=channels()), ("numbers", "start")),
    "npz with days as sevenths": (
        lambda d: saved(d / "a.npz", data=channels(week=7)), ("numbers", "start")
    ),
    "npz with days from 1 and minutes": (
        lambda d: saved(d / "a.npz", data=channels(from_one=1, day=1440)), ("numbers", "start")
    ),
    "npy": (lambda d: np.save(d / "a.npy", values()) or d / "a.npy", NO_DATES),
    "npy of records": (lambda d: records(d / "a.npy"), ()),
    "an array per sensor": (
        lambda d: saved(d / "a.npz", time=index("s"), **dict(zip(IDS, values().T, strict=True))), ()
    ),
    "windows of DCRNN": (lambda d: windows(d), ("numbers", "start")),
    "LargeST": (lambda d: largest(d), ("numbers", "start")),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("beside", [listed, graph], ids=["ids", "graph"])
def test_each_kind_is_the_series_that_was_written(tmp_path, kind, beside):
    write, lacks = KINDS[kind]
    folder = tmp_path / "source"
    folder.mkdir()
    words = [write(folder)]
    words += ["--sensors", beside(tmp_path)] if "numbers" in lacks else []
    words += START if "dates" in lacks else START[:2] if "start" in lacks else []
    dataset = prepared(tmp_path / "out", *words)
    if kind == "LargeST":
        np.testing.assert_allclose(dataset.readings(), values(), rtol=1e-6)
        assert [len(split) for split in dataset.splits.values()] == [120, 20, 37]
    else:
        same(dataset, frame())


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda d: saved(d / "a.npz", data=values()), "--start .* --step"),
        (lambda d: windows(d), "--start"),
        (lambda d: graph(d), "is a pickle, which could run any program"),
        (lambda d: plain(d / "a.h5", a=np.ones(3)), "no table of pandas and no array of numbers"),
    ],
    ids=range(4),
)
def test_what_is_lacking_is_said_in_one_sentence(tmp_path, write, said, capsys):
    folder = tmp_path / "source"
    folder.mkdir()
    assert run(write(folder), "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert re.search(said, told[0])
    assert not (tmp_path / "out").exists()
