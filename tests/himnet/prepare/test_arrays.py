"""Arrays of NumPy in the layouts of the field's repositories, and hostile ones."""

import datetime as dt
import io
import zipfile

import numpy as np
import pytest

from himnet.data.load import load_dataset
from himnet.errors import DataError
from himnet.prepare.arrays import is_arrays, open_arrays
from himnet.prepare.options import Options
from tests.himnet.data.folders import write_json, write_npz, write_sensors
from tests.himnet.prepare.stored import (
    PER_DAY,
    calendar,
    moments,
    names,
    readings,
    rows_and_growth,
    stacked,
    walked,
)

TOD, DOW = calendar()
VALUES = readings()


class Payload:
    """Runs code when it is unpickled."""

    ran = False

    def __reduce__(self):
        return setattr, (Payload, "ran", True)


def saved(folder, name="data.npz", **arrays):
    path = folder / name
    np.savez_compressed(path, **arrays)
    return path


def opened(path, **options):
    assert is_arrays(path)
    return open_arrays([path], Options(**options))


def check(source, expected=VALUES, tod=None, dow=None):
    values, times = walked(source)
    np.testing.assert_array_equal(values, np.asarray(expected, dtype=np.float32))
    for name, wanted in (("tod", tod), ("dow", dow)):
        if wanted is None:
            assert times[name] is None
        else:
            np.testing.assert_allclose(times[name], wanted, atol=1e-3)
    assert len(source.told.sensors) == np.shape(expected)[1]
    return source


@pytest.mark.parametrize("name", ["data", "x", "arr_0", "readings", "speeds"])
def test_an_array_of_steps_and_sensors(tmp_path, name):
    check(opened(saved(tmp_path, "PEMS99.npz", **{name: VALUES})))
    check(opened(saved(tmp_path, "PEMS99.npz", **{name: VALUES[..., None]})))


def test_an_npy_file(tmp_path):
    np.save(tmp_path / "speed.npy", VALUES)
    source = check(opened(tmp_path / "speed.npy"))
    assert source.told.numbered
    assert "an array of NumPy" in source.told.kind


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", ">f4", "<f2", "<i8", ">i2", "u1", "<u4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_any_type_and_order(tmp_path, dtype, order):
    values = np.asarray(VALUES.astype(dtype), order=order)
    check(opened(saved(tmp_path, "a.npz", data=values)), expected=values)
    np.save(tmp_path / "a.npy", values)
    check(opened(tmp_path / "a.npy"), expected=values)


@pytest.mark.parametrize("order", ["C", "F"])
def test_blocks_are_the_same_whatever_their_length(tmp_path, order, monkeypatch):
    cube = np.asarray(stacked(VALUES, TOD, DOW), order=order)
    path = saved(tmp_path, data=cube)
    monkeypatch.setattr("himnet.prepare.slices._VALUES_HELD", 5_000)
    source = opened(path)
    assert len(list(source.blocks())) > 1
    check(check(source, tod=TOD, dow=DOW), tod=TOD, dow=DOW)  # twice
    assert source.share() == 1


@pytest.mark.parametrize("day", [1, 24, PER_DAY, 1440, 86_400])
def test_times_of_day_of_every_notation(tmp_path, day):
    check(opened(saved(tmp_path, data=stacked(VALUES, day * TOD, DOW))), tod=TOD, dow=DOW)


@pytest.mark.parametrize(
    "notation", [lambda d: d, lambda d: d / 7, lambda d: d + 1], ids=["whole", "sevenths", "from 1"]
)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_days_of_every_notation(tmp_path, notation, dtype):
    tod, days = calendar(10 * PER_DAY)
    cube = stacked(readings(10 * PER_DAY), tod, notation(days)).astype(dtype)
    check(opened(saved(tmp_path, data=cube)), cube[..., 0], tod=tod, dow=days)


def test_seven_channels_of_days(tmp_path):
    tod, days = calendar(9 * PER_DAY)
    seven = [(days == day).astype(float) for day in range(7)]
    values = readings(9 * PER_DAY)
    check(opened(saved(tmp_path, data=stacked(values, tod, *seven))), values, tod=tod, dow=days)


def test_other_channels_of_a_calendar_are_left_out(tmp_path):
    tod, days = calendar(9 * PER_DAY)
    of_month = (np.arange(9 * PER_DAY) // PER_DAY) / 31
    values = readings(9 * PER_DAY)
    source = opened(saved(tmp_path, data=stacked(values, tod, days, of_month)))
    check(source, values, tod=tod, dow=days)
    assert any("channel(s) 3, the same for all sensors" in note for note in source.told.notes)


def test_readings_that_are_all_missing_at_first_are_still_readings(tmp_path):
    steps = 20 * PER_DAY
    tod, days = calendar(steps)
    values = readings(steps)
    values[: 16 * PER_DAY] = 0
    check(opened(saved(tmp_path, data=stacked(values, tod, days))), values, tod=tod, dow=days)


def test_a_time_of_day_alone_takes_its_days_from_the_start(tmp_path):
    path = saved(tmp_path, "a.npz", data=stacked(VALUES, TOD))
    source = check(opened(path), tod=TOD)
    assert any("--start gives it" in note for note in source.told.notes)
    check(opened(path, start=dt.datetime(2012, 3, 1)), tod=TOD, dow=DOW)


def test_a_calendar_that_later_differs_between_sensors_is_refused(tmp_path):
    cube = stacked(readings(5_000), *calendar(5_000))
    cube[-1, 2, 1] = 0.3
    with pytest.raises(DataError, match=r"channel 1, .* later differs between sensors"):
        walked(opened(saved(tmp_path, data=cube)))


def pems(steps=2 * PER_DAY):
    speed = readings(steps)
    return stacked(np.round(7 * speed), speed / 200, speed)


@pytest.mark.parametrize(("channel", "number"), [(None, 0), ("flow", 0), ("Speed", 2), ("1", 1)])
def test_flow_occupancy_and_speed(tmp_path, channel, number):
    source = opened(saved(tmp_path, "PEMS04.npz", data=pems()), channel=channel)
    check(source, pems()[..., number])
    assert source.told.labels["quantity"] == ("flow", "occupancy", "speed")[number]
    said = [note for note in source.told.notes if "'flow' was taken" in note]
    assert bool(said) is (channel is None)


def test_a_channel_that_is_not_there(tmp_path):
    path = saved(tmp_path, "PEMS04.npz", data=pems())
    with pytest.raises(DataError, match="no channel 'volume'; choose one of flow, occupancy, spe"):
        opened(path, channel="volume")
    with pytest.raises(DataError, match="no channel '3'"):
        opened(path, channel="3")


def test_records_have_a_channel_for_each_field(tmp_path):
    records = np.zeros(VALUES.shape, dtype=[("flow", "f4"), ("speed", "f8")])
    records["speed"], records["flow"] = VALUES, 1
    check(opened(saved(tmp_path, "a.npz", data=records), channel="speed"))
    check(opened(saved(tmp_path, "a.npz", data=records)), np.ones(VALUES.shape))


def test_moments_and_ids_beside_the_readings(tmp_path):
    for times in (
        moments(), moments().astype("datetime64[ns]"), np.array(list(map(str, moments()))),
        moments().astype(np.int64), moments().astype("datetime64[ms]").astype(float),
    ):  # fmt: skip
        path = saved(tmp_path, "a.npz", speed=VALUES, timestamps=times, sensor_ids=names())
        source = opened(path)
        assert source.told.sensors.ids == tuple(names())
        assert not source.told.numbered
        np.testing.assert_array_equal(walked(source)[1]["moments"], moments())


def test_an_adjacency_beside_the_readings_is_none_of_them(tmp_path):
    path = saved(tmp_path, "a.npz", speed=VALUES, adj_mx=np.eye(4), dist=np.ones((4, 4)))
    check(opened(path))


def test_ids_that_are_pickled_do_not_hide_the_readings(tmp_path):
    ids = np.array([Payload(), "b", "c", "d"], dtype=object)
    source = check(opened(saved(tmp_path, "a.npz", data=VALUES, ids=ids)))
    assert source.told.numbered
    assert any("ids contains pickled objects" in note for note in source.told.notes)
    assert not Payload.ran


def test_a_folder_of_npy_files(tmp_path):
    arrays = {"speed": VALUES, "timestamps": moments(), "ids": names(), "adj": np.eye(4)}
    for name, values in arrays.items():
        np.save(tmp_path / f"{name}.npy", values)
    source = opened(tmp_path)
    assert source.told.sensors.ids == tuple(names())
    np.testing.assert_array_equal(walked(source)[1]["moments"], moments())
    check_values, _ = walked(source)
    np.testing.assert_array_equal(check_values, VALUES.astype(np.float32))


def test_a_folder_of_tables_with_a_graph_is_not_one_of_arrays(tmp_path):
    np.savez(tmp_path / "graph.npz", w=np.eye(4))
    np.save(tmp_path / "adj.npy", np.ones((4, 3)))
    assert not is_arrays(tmp_path)


def test_several_arrays_have_to_be_named(tmp_path):
    path = saved(tmp_path, "a.npz", speed=VALUES, flow=9 * VALUES)
    with pytest.raises(DataError, match=r"several arrays .*speed float64 \(576, 4\).*--sheet"):
        opened(path)
    check(opened(path, channel="speed"))
    check(opened(path, sheet="flow"), 9 * VALUES)


def test_arrays_by_sensor_are_turned_and_that_is_said(tmp_path):
    source = opened(saved(tmp_path, "a.npz", data=VALUES.T))
    check(source)
    assert any("read as (sensors, steps)" in note for note in source.told.notes)
    check(opened(saved(tmp_path, "b.npz", data=stacked(VALUES, TOD, DOW).swapaxes(0, 1))),
          tod=TOD, dow=DOW)  # fmt: skip


def test_more_sensors_than_steps_may_be_right(tmp_path):
    few = readings(30, 200) + 40 * np.random.default_rng(0).random(200)
    source = opened(saved(tmp_path, "a.npz", data=few))
    check(source, few)
    assert any("more sensors than steps" in note for note in source.told.notes)
    listed = tmp_path / "ids.txt"
    listed.write_text(",".join(map(str, range(30))))
    check(opened(saved(tmp_path, "a.npz", data=few), sensors=listed), few.T)


def test_largest_is_scaled_back_and_keeps_its_windows(tmp_path):
    tod, days = calendar()
    filled = VALUES.copy()
    filled[7:9] = 0  # which has to stay exactly 0
    mean, deviation = filled.mean(), filled.std()
    cube = stacked((filled - mean) / deviation, tod, days / 7).astype("f4")
    saved(tmp_path, "his.npz", data=cube, mean=mean, std=deviation)
    edges = np.arange(11, 564)
    for split, part in zip(("train", "val", "test"), np.split(edges, [300, 400]), strict=True):
        np.save(tmp_path / f"idx_{split}.npy", part)
    source = opened(tmp_path)
    values, times = walked(source)
    np.testing.assert_allclose(values, filled, rtol=1e-5)
    assert (values[7:9] == 0).all()
    np.testing.assert_allclose(times["dow"], days, atol=1e-6)
    assert source.told.windows["train"][0].tolist() == [0, 12, 24]
    assert source.told.windows["test"][-1].tolist() == [552, 564, 576]
    assert any("the readings were normalised" in note for note in source.told.notes)


def test_raw_readings_beside_a_mean_are_left_alone(tmp_path):
    check(opened(saved(tmp_path, "a.npz", data=VALUES, mean=VALUES.mean(), std=VALUES.std())))


def test_normalised_readings_are_said_to_be(tmp_path):
    path = saved(tmp_path, "a.npz", data=(VALUES - VALUES.mean()) / VALUES.std())
    assert any("look normalised" in note for note in opened(path).told.notes)


def test_a_folder_of_this_project(tmp_path, city):
    folder = write_npz(tmp_path / "mine", city)
    write_json(folder, start="2024-01-01T00:00", missing_value=-1, unit="mph", quantity="speed")
    write_sensors(folder, *(f"s{n},34,-118" for n in range(city.num_nodes)))
    source = opened(folder)
    values, times = walked(source)
    np.testing.assert_array_equal(values, city.values)
    np.testing.assert_array_equal(times["dow"], city.dow)
    assert source.told.labels["missing_value"] == -1
    assert source.told.labels["start"] == "2024-01-01T00:00:00"
    np.testing.assert_array_equal(source.told.windows["val"], city.splits["val"].index)
    (folder / "index.npz").unlink()
    assert opened(folder).told.windows is None


# Hostile and damaged files.


def test_pickled_objects_are_never_loaded(tmp_path):
    objects = np.array([[Payload()]], dtype=object)
    path = saved(tmp_path, "a.npz", data=objects)
    with pytest.raises(DataError, match="contains pickled objects, which are never loaded"):
        opened(path)
    np.save(tmp_path / "a.npy", objects)
    with pytest.raises(DataError, match="contains pickled objects"):
        opened(tmp_path / "a.npy")
    assert not Payload.ran


def header(descr="'<f4'", order="False", shape="(9, 2)"):
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}"
    text = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def archived(folder, content, name="data.npy", compression=zipfile.ZIP_DEFLATED):
    path = folder / "a.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (header(), r"should have 72 bytes of shape \(9, 2\), but the file has 0"),
        (header(shape="(10**12, 9)"), "cannot be read"),
        (header(shape="(1000000000000, 9)"), "should have 36,000,000,000,000 bytes"),
        (header(shape="(-1, 9)"), "cannot be read"),
        (header(descr="'what'"), "cannot be read"),
        (header(descr="[('a', 'O')]"), "pickled objects"),
        (header() + bytes(73), "should have 72 bytes"),
        (header(descr="'<c8'", shape="(9, 1)") + bytes(72), "no arrays of numbers"),
        (header(descr="'<U1'") + bytes(72), "no arrays of numbers"),
        (header(shape="(18,)") + bytes(72), "no arrays of numbers"),
        (header(shape="(9, 2, 1, 1)") + bytes(72), "no arrays of numbers"),
        (header(shape="(0, 2)"), "no arrays of numbers"),
        (header(shape="(30, 200000)", descr="'|u1'") + bytes(6_000_000), "up to 100,000 are read"),
        (b"not an array", "cannot be read"),
        (b"\x93NUMPY\x03\x00", "cannot be read"),
    ],
    ids=range(15),
)
def test_what_is_no_array_of_readings_is_refused_in_one_sentence(tmp_path, content, said):
    with pytest.raises(DataError, match=said) as caught:
        walked(opened(archived(tmp_path, content)))
    assert "\n" not in str(caught.value)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("himnet.prepare.npy._LARGE", 2**24)  # 1 GB takes long to write
    path = archived(tmp_path, header(shape="(100000, 100)") + bytes(40_000_000))
    assert path.stat().st_size < 50_000
    with pytest.raises(DataError, match=r"would unpack from 0\.0 MB to 0\.0 GB, as no readings do"):
        opened(path)


def test_two_entries_of_one_name_are_refused(tmp_path):
    path = archived(tmp_path, header() + bytes(72))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("data.npy", header() + bytes(72))
    with pytest.raises(DataError, match="two arrays of one name"):
        opened(path)


def test_other_compressions_are_refused(tmp_path):
    path = archived(tmp_path, header() + bytes(72), compression=zipfile.ZIP_LZMA)
    with pytest.raises(DataError, match="compressed in a way that NumPy does not use"):
        opened(path)


def test_a_damaged_archive_never_ends_in_another_error(tmp_path):
    path = saved(tmp_path, "a.npz", data=VALUES[:40], ids=names())
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(200):
        position = int(rng.integers(len(whole)))
        flipped = bytes([whole[position] ^ int(rng.integers(1, 256))])
        path.write_bytes(whole[:position] + flipped + whole[position + 1 :])
        try:
            walked(open_arrays([path], Options()))
        except DataError:
            continue
    for length in range(0, len(whole), 31):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError):
            walked(open_arrays([path], Options()))


def test_other_zip_archives_are_not_arrays(tmp_path):
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert not is_arrays(path)
    path.write_bytes(io.BytesIO(b"hello").getvalue())
    assert not is_arrays(path)


def test_metr_la_is_what_the_loader_reads(data_dir):
    source = opened(data_dir / "METRLA" / "data.npz")
    dataset = load_dataset("METRLA", data_dir, layout="npz")
    values, times = walked(source)
    np.testing.assert_array_equal(values, dataset.values)
    np.testing.assert_array_equal(times["dow"], dataset.dow)
    for split, windows in dataset.splits.items():
        np.testing.assert_array_equal(source.told.windows[split], windows.index)


@pytest.mark.load
def test_memory_does_not_grow_with_the_steps(tmp_path):
    steps, sensors = 20_000, 2_000
    path = tmp_path / "a.npz"
    block = np.random.default_rng(0).integers(0, 70, (1000, sensors)).astype("<f4")
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("data.npy", "w", force_zip64=True) as file,
    ):
        file.write(header(shape=f"({steps}, {sensors})"))
        for _ in range(steps // 1000):
            file.write(block.tobytes())
    rows, megabytes = rows_and_growth(open_arrays, path)
    assert rows == steps
    assert megabytes < 100  # the readings have 160 MB
