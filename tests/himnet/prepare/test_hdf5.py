"""Tables of pandas in HDF5 files: every version, key and layout, and hostile ones."""

import contextlib
import os
import pickle

import h5py
import numpy as np
import pytest

from himnet.data.formats import read_h5
from himnet.data.load import load_dataset
from himnet.errors import DataError
from himnet.prepare.hdf5 import is_hdf5, open_hdf5
from himnet.prepare.options import Options
from tests.himnet.prepare.stored import (
    PER_DAY,
    moments,
    names,
    pickled,
    readings,
    rows_and_growth,
    walked,
    write_axis,
    write_fixed,
    write_table,
)


def opened(path, **options):
    assert is_hdf5(path)
    return open_hdf5([path], Options(**options))


def check(source, ids=None):
    """Check a source of the usual readings and moments."""
    values, times = walked(source)
    np.testing.assert_array_equal(values, readings().astype(np.float32))
    np.testing.assert_array_equal(times["moments"], moments())
    assert source.told.sensors.ids == tuple(names() if ids is None else ids)


def stored(unit):
    return moments().astype(f"datetime64[{unit}]").astype(np.int64)


@pytest.mark.parametrize("key", ["df", "t", "speed", "deep/in/groups"])
def test_any_key(tmp_path, key):
    path = write_fixed(tmp_path / "readings.h5", key)
    check(opened(path))
    assert key in opened(path).told.kind


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("datetime64", "ns"), ("datetime64[ns]", "ns"), ("datetime64[us]", "us"),
        ("datetime64[ms]", "ms"), ("datetime64[s]", "s"),
        ("datetime64", "us"),  # pandas 2 did not say so
        ("integer", "s"), ("", "ms"),
    ],
)  # fmt: skip
def test_moments_of_every_version_of_pandas(tmp_path, kind, unit):
    path = write_fixed(tmp_path / "metr-la.h5", kind=kind, index=stored(unit))
    check(opened(path))
    series = read_h5(path)  # what the loader of data sets reads
    np.testing.assert_array_equal(series.clock, moments())
    assert series.ids == tuple(names())


def test_moments_as_texts(tmp_path):
    texts = np.array([str(moment).replace("T", " ").encode() for moment in moments()])
    check(opened(write_fixed(tmp_path / "a.h5", index=texts)))


def test_a_time_zone_is_turned_into_its_local_clock(tmp_path):
    index = (moments() - np.timedelta64(8, "h")).astype("datetime64[ns]").astype(np.int64)
    zone = {"tz": np.bytes_(b"Asia/Shanghai")}
    source = opened(write_fixed(tmp_path / "a.h5", index=index, index_attributes=zone))
    check(source)
    assert any("Asia/Shanghai" in note for note in source.told.notes)
    source = opened(
        write_table(
            tmp_path / "b.h5",
            index=index,
            kind="datetime64",
            info={"index": {"tz": "Asia/Shanghai", "freq": np.dtype("f4")}},
        )
    )
    check(source)


@pytest.mark.parametrize("zone", [pickled(np.dtype("f4")), np.bytes_(b"Nowhere/City")])
def test_a_time_zone_that_cannot_be_read_is_refused(tmp_path, zone):
    path = write_fixed(tmp_path / "a.h5", index_attributes={"tz": zone})
    with pytest.raises(DataError, match="without a zone"):
        walked(opened(path))


def test_blocks_of_several_types_are_one_table(tmp_path):
    values, ids = readings(), names()
    whole = np.round(values[:, [3, 0]]).astype(np.int32)
    blocks = [(ids[1:3], values[:, 1:3]), ([ids[3], ids[0]], whole)]
    source = opened(write_fixed(tmp_path / "a.h5", labels=ids, blocks=blocks))
    found, _ = walked(source)
    expected = np.column_stack([whole[:, 1], values[:, 1:3], whole[:, 0]]).astype(np.float32)
    np.testing.assert_array_equal(found, expected)
    assert source.told.sensors.ids == tuple(ids)


def test_numbers_as_names(tmp_path):
    labels = np.array([3, 1, 2, 0])
    check(opened(write_fixed(tmp_path / "a.h5", labels=labels, label_kind="integer")), ids="3120")


def test_columns_that_are_not_numbers_are_left_out_and_named(tmp_path):
    ids = [*names(), "remark"]
    path = write_fixed(tmp_path / "a.h5", labels=ids, blocks=[(names(), readings())])
    with h5py.File(path, "a") as file:
        write_axis(file["df"], "block1_items", ["remark"])
        objects = file["df"].create_dataset("block1_values", (1,), dtype=h5py.vlen_dtype("u1"))
        objects[0] = np.frombuffer(pickle.dumps(["x"]), dtype="u1")
    source = opened(path)
    check(source)
    assert any("remark" in note for note in source.told.notes)


def test_a_column_of_moments_beside_plain_row_numbers(tmp_path):
    blocks = [(names(), readings()), (["date"], stored("ns")[:, None])]
    path = write_fixed(
        tmp_path / "a.h5", labels=["date", *names()], blocks=blocks,
        index=np.arange(2 * PER_DAY), kind="integer",
    )  # fmt: skip
    with h5py.File(path, "a") as file:
        file["df/block1_values"].attrs["value_type"] = np.bytes_(b"datetime64[ns]")
    check(opened(path))


def test_rows_without_moments_have_none(tmp_path):
    path = write_fixed(tmp_path / "a.h5", index=np.arange(2 * PER_DAY), kind="integer")
    assert walked(opened(path))[1]["moments"] is None


@pytest.mark.parametrize("compression", ["gzip", "lzf"])
def test_compressed_and_chunked_blocks(tmp_path, compression):
    path = write_fixed(tmp_path / "a.h5", chunks=(7, 4), compression=compression, shuffle=True)
    check(opened(path))


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_the_table_format(tmp_path, protocol):
    values, ids = readings(), names()
    blocks = {
        "values_block_0": ([ids[2], ids[0]], values[:, [2, 0]]),
        "values_block_1": ([ids[3]], values[:, 3:].astype(np.float32)),
        ids[1]: ([ids[1]], values[:, 1]),  # one of the data_columns
    }
    source = opened(write_table(tmp_path / "a.h5", blocks=blocks, order=ids, protocol=protocol))
    check(source)
    assert not source.told.numbered


def test_names_that_would_have_to_be_unpickled_become_numbers(tmp_path):
    source = opened(write_table(tmp_path / "a.h5", foreign=True))
    check(source, ids="0123")
    assert source.told.numbered
    assert any("--sensors names them" in note for note in source.told.notes)


def test_one_of_several_tables_is_chosen(tmp_path):
    path = write_fixed(tmp_path / "a.h5", "speed")
    write_fixed(path, "flow", mode="a", blocks=[(names(), 9 + readings())])
    with pytest.raises(DataError, match="several tables: flow, speed; choose one with --sheet KEY"):
        opened(path)
    for option in ("sheet", "channel"):
        check(opened(path, **{option: "speed"}))
        assert walked(opened(path, **{option: "/flow"}))[0][0, 0] == 59
    with pytest.raises(DataError, match="no table 'volume'; choose one of flow, speed"):
        opened(path, sheet="volume")


def test_the_only_table_with_moments_is_taken(tmp_path):
    path = write_fixed(tmp_path / "full437.h5", "pm25")
    write_fixed(path, "stations", mode="a", index=np.arange(4), kind="integer")
    check(opened(path))


def test_files_of_consecutive_times_follow_each_other(tmp_path):
    first = write_fixed(tmp_path / "his_2019.h5", "t")
    turned = names()[::-1]
    second = write_fixed(
        tmp_path / "his_2020.h5", "t", labels=turned, blocks=[(turned, readings()[:, ::-1])]
    )
    source = open_hdf5([first, second], Options())
    values, _ = walked(source)
    np.testing.assert_array_equal(values, np.tile(readings(), (2, 1)).astype(np.float32))
    other = write_fixed(tmp_path / "his_2021.h5", "t", labels=list("abcd"))
    with pytest.raises(DataError, match="other sensors than"):
        open_hdf5([first, other], Options())
    assert walked(open_hdf5([tmp_path / "his_2019.h5"], Options()))[0].shape == (576, 4)


def test_columns_of_two_levels_are_sensors_and_channels(tmp_path):
    path = write_fixed(tmp_path / "a.h5", blocks=[])
    pairs = [(name, channel) for name in ("n", "s") for channel in ("speed", "flow")]
    with h5py.File(path, "a") as file:
        group = file["df"]
        for axis in ("axis0", "block0_items"):
            if axis in group:
                del group[axis]
            group.attrs[f"{axis}_variety"] = np.bytes_(b"multi")
            for level in range(2):
                known = sorted({pair[level] for pair in pairs})
                codes = [known.index(pair[level]) for pair in pairs]
                write_axis(group, f"{axis}_level{level}", known)
                group[f"{axis}_label{level}"] = np.array(codes, dtype=np.int8)
        group["block0_values"] = readings()
        group["block0_values"].attrs["transposed"] = np.True_
    values, _ = walked(opened(path, channel="flow"))
    np.testing.assert_array_equal(values, readings()[:, [1, 3]].astype(np.float32))
    source = opened(path, channel="flow")
    assert source.told.sensors.ids == ("n", "s")
    assert source.told.labels == {"quantity": "flow"}
    with pytest.raises(DataError, match="no channel 'occupancy'; choose one of speed, flow"):
        opened(path, channel="occupancy")
    assert any("'speed' was taken" in note for note in opened(path).told.notes)


def test_a_long_table_is_not_taken_for_two_sensors(tmp_path):
    index = np.repeat(stored("ns")[:100], 4)
    values = readings(400, 2)
    path = write_fixed(
        tmp_path / "a.h5",
        labels=["sensor", "speed"],
        index=index,
        blocks=[(["sensor", "speed"], values)],
    )
    with pytest.raises(DataError, match="a row per time and sensor"):
        opened(path)


# Hostile and foreign files.


def remade(path, name, **storage):
    """Replace a dataset of the usual file."""
    write_fixed(path)
    with h5py.File(path, "a") as file:
        del file[f"df/{name}"]
        file["df"].create_dataset(name, **storage)
    return path


def test_nothing_is_unpickled(tmp_path):
    class Payload:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'PWNED'}",)

    raw = pickled(Payload())
    attributes = {name: raw for name in ("freq", "name", "kind", "CLASS", "transposed")}
    path = write_table(tmp_path / "a.h5", info=Payload())
    with h5py.File(path, "a") as file:
        for node in (file["df"], file["df/table"]):
            for name in ("values_block_0_kind", "index_cols", "non_index_axes", *attributes):
                node.attrs[name] = raw
    assert opened(path).told.numbered
    with pytest.raises(DataError):
        opened(write_fixed(tmp_path / "b.h5", index_attributes={"tz": raw}))
    assert walked(opened(write_fixed(tmp_path / "c.h5", index_attributes=attributes)))
    assert not (tmp_path / "PWNED").exists()


def test_links_that_lead_elsewhere_are_not_followed(tmp_path):
    secret = write_fixed(tmp_path / "secret.h5")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["df"] = h5py.ExternalLink(str(secret), "/df")
        file["soft"] = h5py.SoftLink("/df")
    with pytest.raises(DataError, match=r"/df, /soft are links, which are not followed"):
        opened(path)
    path = write_fixed(tmp_path / "b.h5")
    with h5py.File(path, "a") as file:
        del file["df/block0_values"]
        file["df/block0_values"] = h5py.ExternalLink(str(secret), "/df/block0_values")
    with pytest.raises(DataError, match="0 columns"):
        opened(path)


def test_values_in_other_files_are_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"root:x:0:0" * 10_000)
    external = [(str(secret), 0, 576 * 4 * 8)]
    path = remade(tmp_path / "a.h5", "block0_values", shape=(576, 4), dtype="f8", external=external)
    with pytest.raises(DataError, match="stored in other files, which are not opened"):
        opened(path)
    other = write_fixed(tmp_path / "other.h5")
    layout = h5py.VirtualLayout(shape=(576, 4), dtype="f8")
    layout[:] = h5py.VirtualSource(str(other), "df/block0_values", shape=(576, 4))
    path = write_fixed(tmp_path / "b.h5")
    with h5py.File(path, "a") as file:
        del file["df/block0_values"]
        file["df"].create_virtual_dataset("block0_values", layout)
    with pytest.raises(DataError, match="stored in other files, which are not opened"):
        opened(path)


def test_huge_shapes_of_nothing_are_refused(tmp_path):
    path = remade(
        tmp_path / "a.h5", "block0_values", shape=(10**12, 4), dtype="f8", chunks=(1000, 4)
    )
    with pytest.raises(DataError, match=r"has shape \(1000000000000, 4\) .* in 0.0 MB"):
        opened(path)
    path = remade(
        tmp_path / "b.h5", "block0_values", shape=(10**6, 4000), dtype="f8", chunks=(10**5, 4000)
    )
    with pytest.raises(DataError, match=r"in pieces of 3,200\.0 MB"):
        opened(path)


@pytest.mark.parametrize(("code", "name"), [(305, "LZO"), (307, "bzip2"), (32001, "Blosc")])
def test_foreign_compression_says_what_to_do(tmp_path, code, name):
    path = write_fixed(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        del file["df/block0_values"]
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((10, 4))
        plan.set_filter(code, h5py.h5z.FLAG_OPTIONAL, (4,))
        space = h5py.h5s.create_simple((576, 4))
        h5py.h5d.create(file["df"].id, b"block0_values", h5py.h5t.NATIVE_DOUBLE, space, plan)
    with pytest.raises(
        DataError, match=f"compressed by {name}, .* without compression or with zlib"
    ):
        opened(path)


def test_groups_in_circles_end(tmp_path):
    path = write_fixed(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["df/again"] = file["/"]
        file["other"] = file["df"]
    check(opened(path))


def test_endless_groups_are_refused(tmp_path):
    path = write_fixed(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file.create_group("/".join("x" * 60))
    with pytest.raises(DataError, match="over 32 deep"):
        opened(path)


@pytest.mark.parametrize(
    "change",
    [
        {"axis1": np.full(576, np.nan)},
        {"axis1": np.full(576, np.iinfo(np.int64).min)},
        {"axis1": stored("ns")[:-3]},
        {"axis0": np.array([b"a", b"b"])},
        {"block0_items": np.array([b"w", b"x", b"y", b"z"])},
        {"block0_values": readings(3)},
        {"block0_values": np.array(3.0)},
        {"axis0": np.array(3)},
        {"axis1": np.array([b"today"] * 576)},
        {"axis1": readings()},
    ],
    ids=range(10),
)
def test_parts_that_do_not_fit_are_refused_in_one_sentence(tmp_path, change):
    path = write_fixed(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        for name, values in change.items():
            kept = dict(file[f"df/{name}"].attrs)
            del file[f"df/{name}"]
            file[f"df/{name}"] = values
            file[f"df/{name}"].attrs.update(kept)
    with pytest.raises(DataError, match=r"^[^\n]+$"):
        walked(opened(path))


def test_references_to_objects_are_no_readings(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones(3)
        file["refs"] = np.array([[file["x"].ref] * 4] * 9, dtype=h5py.ref_dtype)
    with pytest.raises(DataError, match="no table of pandas and no array of numbers"):
        opened(path)


@pytest.mark.parametrize("kind", ["series", "series_table", "wide", "ndim_table"])
def test_other_objects_of_pandas_are_refused(tmp_path, kind):
    path = write_fixed(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["df"].attrs["pandas_type"] = np.bytes_(kind.encode())
    with pytest.raises(DataError, match=f"is a {kind} of pandas"):
        opened(path)


@pytest.mark.parametrize("damage", ["cut", "zeros"])
def test_damaged_files_are_refused(tmp_path, damage):
    path = write_fixed(tmp_path / "a.h5", chunks=(64, 4), compression="gzip")
    whole = path.read_bytes()
    cut = whole[: len(whole) // 2]
    path.write_bytes(cut if damage == "cut" else cut + bytes(len(whole) - len(cut)))
    with pytest.raises(DataError):
        walked(opened(path))
    path.write_bytes(b"not HDF5")
    assert not is_hdf5(path)


def test_flipped_bytes_never_end_in_another_error(tmp_path):
    path = write_fixed(
        tmp_path / "a.h5", index=stored("ns")[:40], chunks=(16, 4), compression="gzip"
    )
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        position = int(rng.integers(len(whole)))
        flipped = bytes([whole[position] ^ int(rng.integers(1, 256))])
        path.write_bytes(whole[:position] + flipped + whole[position + 1 :])
        with contextlib.suppress(DataError):
            if is_hdf5(path):
                walked(open_hdf5([path], Options()))


def test_metr_la_is_what_the_loader_reads(data_dir):
    source = opened(data_dir / "METRLA" / "metr-la.h5")
    dataset = load_dataset("METRLA", data_dir, layout="npz")
    values, times = walked(source)
    np.testing.assert_array_equal(values, dataset.values)
    np.testing.assert_array_equal(times["moments"], dataset.timestamps)
    assert source.told.sensors.ids == dataset.sensors.ids


@pytest.mark.load
def test_memory_does_not_grow_with_the_steps(tmp_path):
    steps, sensors = 20_000, 2_000
    ids = np.array([str(n).encode() for n in range(sensors)])
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("df")
        write_axis(group, "axis0", list(range(sensors)))
        group["block0_items"] = ids
        group["axis1"] = moments(steps).astype("datetime64[ns]").astype(np.int64)
        values = group.create_dataset(
            "block0_values", (steps, sensors), "f8", chunks=(100, sensors), compression="gzip",
            compression_opts=1,
        )  # fmt: skip
        block = np.repeat(np.arange(1000.0)[:, None] % 288, sensors, axis=1)
        for start in range(0, steps, 1000):
            values[start : start + 1000] = block
    rows, megabytes = rows_and_growth(open_hdf5, path)
    assert rows == steps
    assert megabytes < 200  # the readings alone have 320 MB
