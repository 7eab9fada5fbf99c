"""Files of the PeMS Clearinghouse: days, districts, hours, and their metadata."""

import gzip

import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare.options import Options
from himnet.prepare.pems import is_pems, open_pems
from himnet.prepare.pems_stations import freeway_name
from tests.himnet.prepare.stored import walked

HEADER = "ID\tFwy\tDir\tDistrict\tCounty\tCity\tState_PM\tAbs_PM\tLatitude\tLongitude\tType\tName"
STATIONS = (715938, 715944, 1108148)


def speed(day, minute, station):
    return round(50 + day + minute / 1440 + station % 10, 4)


def line(station, stamp, value, *, lanes="ML", observed=100, way="N", flow=195, freeway=5):
    cells = [stamp, station, 7, freeway, way, lanes, 0.545, 40, observed, flow, 0.0411, value]
    return ",".join(map(str, [*cells, *[""] * 40]))


def five_minutes(day, stations=STATIONS, minutes=None, **more):
    minutes = range(0, 1440, 5) if minutes is None else minutes
    stamps = [(m, f"10/{day:02d}/2025 {m // 60:02d}:{m % 60:02d}:00") for m in minutes]
    return [line(s, stamp, speed(day, m, s), **more) for m, stamp in stamps for s in stations]


def written(folder, lines, day=1, district=7, *, pack=True, kind="station_5min", name=None):
    raw = ("\n".join(lines) + "\n").encode("latin-1")
    name = name or f"d{district:02d}_text_{kind}_2025_10_{day:02d}.txt" + (".gz" if pack else "")
    (folder / name).write_bytes(gzip.compress(raw) if pack else raw)
    return folder / name


def metadata(folder, stations=STATIONS, date="2023_12_22", shift=0.0):
    rows = [
        f"{s}\t5\tN\t7\t37\t\tR1.2\t{n}\t{34 + n / 100 + shift}\t-118.1\tML\tCAÑON {n}"
        for n, s in enumerate(stations)
    ]
    path = folder / f"d07_text_meta_{date}.txt"
    path.write_bytes("\n".join([HEADER, *rows, ""]).encode("latin-1"))
    return path


def expected(days, stations=STATIONS):
    return np.array(
        [[speed(d, m, s) for s in stations] for d in days for m in range(0, 1440, 5)], np.float32
    )


def test_days_plain_and_packed_with_their_places(tmp_path):
    for day in (2, 1, 3):
        written(tmp_path, five_minutes(day), day, pack=day != 2)
    metadata(tmp_path)
    assert is_pems(tmp_path)
    source = open_pems([tmp_path], Options())
    values, times = walked(source)
    np.testing.assert_array_equal(values, expected((1, 2, 3)))
    steps = np.datetime64("2025-10-01T00:00", "s") + np.arange(864) * np.timedelta64(300, "s")
    np.testing.assert_array_equal(times["moments"], steps)
    sensors = source.told.sensors
    assert sensors.ids == tuple(map(str, STATIONS))
    assert sensors.roads == ("I-5 N",) * 3
    np.testing.assert_allclose(sensors.latitude, [34, 34.01, 34.02])
    assert source.told.labels["unit"] == "mph"
    assert any("'speed' was taken" in note for note in source.told.notes)


def test_files_may_be_named_as_one_likes(tmp_path):
    files = [
        written(tmp_path, five_minutes(2), name="b.csv", pack=False),
        written(tmp_path, five_minutes(1), name="c.gz"),
        metadata(tmp_path).rename(tmp_path / "stations.tsv"),
    ]
    assert all(map(is_pems, files))
    values, _ = walked(open_pems(files, Options()))
    np.testing.assert_array_equal(values, expected((1, 2)))


@pytest.mark.parametrize(
    ("channel", "value", "unit"),
    [("flow", 195, "vehicles per 5 minutes"), ("occupancy", 0.0411, "share of time")],
)
def test_the_other_quantities(tmp_path, channel, value, unit):
    source = open_pems([written(tmp_path, five_minutes(1))], Options(channel=channel))
    assert source.told.labels["quantity"] == channel
    assert source.told.labels["unit"] == unit
    np.testing.assert_array_equal(walked(source)[0], np.float32(value))
    with pytest.raises(DataError, match="no channel 'trucks'; choose one of speed, flow, occ"):
        open_pems([tmp_path], Options(channel="trucks"))


def test_what_was_not_observed_is_missing_unless_it_is_kept(tmp_path):
    lines = [*five_minutes(1, STATIONS[:1]), *five_minutes(1, STATIONS[1:2], observed=0),
             *five_minutes(1, STATIONS[2:], observed=50)]  # fmt: skip
    path = written(tmp_path, lines)
    source = open_pems([path], Options())
    values, _ = walked(source)
    assert np.isnan(values[:, 1]).all()
    np.testing.assert_array_equal(values[:, [0, 2]], expected((1,))[:, [0, 2]])
    told = "288 of 864 readings (33.3%) were filled in by PeMS"
    assert any(told in note for note in source.told.notes)
    kept, _ = walked(open_pems([path], Options(imputed="keep")))
    np.testing.assert_array_equal(kept, expected((1,)))


def test_empty_cells_are_missing(tmp_path):
    lines = five_minutes(1)
    lines[1] = line(STATIONS[1], "10/01/2025 00:00:00", "")
    values, _ = walked(open_pems([written(tmp_path, lines)], Options()))
    assert np.isnan(values[0, 1])
    assert np.isnan(values).sum() == 1


def test_only_the_mainline_is_taken_and_that_is_said(tmp_path):
    lines = (
        five_minutes(1) + five_minutes(1, (99, 98), lanes="HV") + five_minutes(1, (97,), lanes="FR")
    )
    source = open_pems([written(tmp_path, lines)], Options())
    assert source.told.sensors.ids == tuple(map(str, STATIONS))
    np.testing.assert_array_equal(walked(source)[0], expected((1,)))
    told = "left out: 2 of carpool lanes, 1 of off-ramps"
    assert any(told in note for note in source.told.notes)
    source = open_pems([written(tmp_path, five_minutes(1, (99,), lanes="HV"))], Options())
    assert source.told.sensors.ids == ("99",)


def test_districts_of_one_day_are_side_by_side(tmp_path):
    one = written(tmp_path, five_minutes(1, STATIONS[:2]), district=7)
    other = written(tmp_path, five_minutes(1, STATIONS[2:], way="S", freeway=101), district=11)
    source = open_pems([other, one], Options())
    np.testing.assert_array_equal(walked(source)[0], expected((1,)))
    assert source.told.sensors.roads == ("I-5 N", "I-5 N", "US-101 S")


def test_stations_of_some_days_only_are_missing_on_the_others(tmp_path):
    written(tmp_path, five_minutes(1), 1)
    written(tmp_path, five_minutes(2, STATIONS[:1]), 2)
    values, _ = walked(open_pems([tmp_path], Options()))
    np.testing.assert_array_equal(values[:288], expected((1,)))
    np.testing.assert_array_equal(values[288:, 0], expected((2,))[:, 0])
    assert np.isnan(values[288:, 1:]).all()


def test_the_hour_that_clocks_repeat_comes_twice(tmp_path):
    minutes = [*range(0, 120, 5), *range(60, 1440, 5)]
    _, times = walked(open_pems([written(tmp_path, five_minutes(1, minutes=minutes))], Options()))
    assert len(times["moments"]) == 288 + 12
    back = np.flatnonzero(np.diff(times["moments"]).astype(int) < 0)
    assert back.tolist() == [23]


def test_hourly_files(tmp_path):
    lines = five_minutes(1, minutes=range(0, 1440, 60)) + five_minutes(
        2, minutes=range(0, 1440, 60)
    )
    path = written(
        tmp_path, lines, kind="station_hour", name="d07_text_station_hour_2025_10.txt.gz"
    )
    source = open_pems([path], Options(channel="flow"))
    assert walked(source)[0].shape == (48, 3)
    assert source.told.labels["unit"] == "vehicles per hour"


def test_stations_without_a_place_are_left_out_and_named(tmp_path):
    path = written(tmp_path, five_minutes(1))
    source = open_pems([path, metadata(tmp_path, STATIONS[:2])], Options())
    assert source.told.sensors.ids == tuple(map(str, STATIONS[:2]))
    assert any("1108148" in note for note in source.told.notes)
    np.testing.assert_array_equal(walked(source)[0], expected((1,))[:, :2])
    source = open_pems([path], Options())
    assert len(source.told.sensors) == 3
    assert any("add the metadata file" in note for note in source.told.notes)


def test_the_latest_place_counts(tmp_path):
    path = written(tmp_path, five_minutes(1))
    new, old = metadata(tmp_path, date="2024_01_01", shift=1), metadata(tmp_path)
    source = open_pems([new, path, old], Options())
    np.testing.assert_allclose(source.told.sensors.latitude, [35, 35.01, 35.02])


@pytest.mark.parametrize(
    ("route", "name"),
    [("5", "I-5"), ("405", "I-405"), ("101", "US-101"), ("50", "US-50"), ("99", "SR-99"),
     ("134", "SR-134"), ("880", "I-880"), ("x", "x")],
)  # fmt: skip
def test_names_of_freeways(route, name):
    assert freeway_name(route) == name


@pytest.mark.parametrize("places", ["metrla", "pemsbay", "pemsd7m"])
def test_names_of_freeways_are_those_of_the_published_sets(places):
    from himnet.data import sensors

    roads = sensors.read_sensors(getattr(sensors, f"{places.upper()}_SENSORS")).freeway
    for road in filter(None, roads):
        assert freeway_name(road.partition("-")[2]) == road


@pytest.mark.parametrize("kind", ["station_raw", "station_day"])
def test_files_of_other_steps_are_refused(tmp_path, kind):
    path = written(tmp_path, ["10/01/2025 00:00:04,715938,7,,,,"], kind=kind)
    assert is_pems(path)
    with pytest.raises(DataError, match="no readings of five minutes or hours by station"):
        open_pems([path], Options())


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:5], lines[5].replace("10/01/2025 00", "99/99/2025 00"), *lines[6:]],
        lambda lines: [*lines[:5], "a,b", *lines[6:]],
        lambda lines: [*lines[:5], lines[5].replace(",100,", ",much,"), *lines[6:]],
        lambda lines: [*lines, "1" * 2_000_000],
        lambda lines: [*lines[:5], ",".join("x" * 90), *lines[6:]],
    ],
    ids=range(5),
)
def test_damaged_lines_are_refused_in_one_sentence(tmp_path, change):
    path = written(tmp_path, change(five_minutes(1)))
    with pytest.raises(DataError, match=r"^[^\n]+$"):
        walked(open_pems([path], Options()))


def test_a_cut_file_is_refused(tmp_path):
    path = written(tmp_path, five_minutes(1))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="cannot be read"):
        walked(open_pems([path], Options()))


def test_other_files_among_them_are_refused(tmp_path):
    path = written(tmp_path, five_minutes(1))
    other = tmp_path / "other.csv"
    other.write_text("time,a,b\n2012-01-01,1,2\n")
    assert not is_pems(other)
    with pytest.raises(DataError, match=r"other.csv has no readings of the PeMS Clearinghouse"):
        open_pems([path, other], Options())
    with pytest.raises(DataError, match="has no readings of the PeMS Clearinghouse"):
        open_pems([metadata(tmp_path)], Options())


def test_a_list_of_stations_with_other_columns_is_refused(tmp_path):
    path = written(tmp_path, five_minutes(1))
    bad = tmp_path / "d07_text_meta_2024_01_01.txt"
    bad.write_text("ID\tFwy\tDir\tDistrict\n1\t2\tN\t7\n")
    with pytest.raises(DataError, match="has the columns ID, Fwy, Dir, District; a list of stat"):
        open_pems([path, bad], Options())
