"""Finding a data set and putting it together, from any layout and any folder."""

import datetime as dt
import shutil
from dataclasses import replace

import numpy as np
import pytest

from himnet.data.calendar import regular_calendar
from himnet.data.dataset import build_dataset
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.load import data_directory, find_dataset_folder, load_dataset
from himnet.data.registry import DATASETS
from himnet.data.synthetic import synthetic_city
from himnet.data.windows import SPLITS, split_windows
from himnet.errors import DataError
from tests.himnet.data.folders import write_csv, write_h5, write_json, write_npz, write_sensors


@pytest.fixture(scope="module")
def small():
    return synthetic_city(num_nodes=4, days=2)


@pytest.fixture
def folder(tmp_path, small):
    """A data set with nothing but its two files."""
    return write_npz(tmp_path / "mine", small)


def test_the_folder_of_the_data_sets(monkeypatch, tmp_path):
    monkeypatch.delenv("HIMNET_DATA_DIR", raising=False)
    assert str(data_directory()) == "data"
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path))
    assert data_directory() == tmp_path
    assert str(data_directory("elsewhere")) == "elsewhere"


def test_a_folder_is_found_by_name_by_path_and_through_the_environment(folder, small, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(folder.parent))
    for name, directory in (("mine", folder.parent), (str(folder), None), ("mine", None)):
        dataset = load_dataset(name, directory)
        assert dataset.name == "mine"
        assert dataset.info.sha256 == small.info.sha256


def test_a_bare_folder_has_numbered_sensors_and_no_dates(folder, small):
    dataset = load_dataset(str(folder))
    info = dataset.info
    assert info.sensors.ids == ("0", "1", "2", "3")
    assert (info.start, info.first_weekday, info.missing_value) == (None, None, 0.0)
    assert dataset.timestamps is None
    assert info.steps_per_day == 288
    np.testing.assert_array_equal(dataset.dow, small.dow)
    for split in SPLITS:
        np.testing.assert_array_equal(dataset.splits[split].index, small.splits[split].index)


def test_its_own_files_tell_the_rest(folder, small):
    write_json(folder, start="2024-01-01T00:00", name="Mine", unit="km/h", missing_value=-1)
    rows = [f"{name},1,{position},A-{position},N" for position, name in enumerate("abcd")]
    write_sensors(folder, *rows, header="id,latitude,longitude,freeway,direction")
    dataset = load_dataset(str(folder))
    assert (dataset.name, dataset.info.unit, dataset.info.first_weekday) == ("Mine", "km/h", 0)
    assert dataset.sensors.roads[2] == "A-2 N"
    np.testing.assert_array_equal(dataset.timestamps, small.timestamps)
    assert not dataset.missing().any()


def test_other_steps_are_read_off_the_file(tmp_path):
    city = synthetic_city(num_nodes=3, days=4, steps_per_day=96)
    dataset = load_dataset(str(write_npz(tmp_path / "quarters", city)))
    assert dataset.steps_per_day == 96
    np.testing.assert_array_equal(dataset.tod_index, city.tod_index)


def test_weekdays_that_count_from_the_first_day_are_named_by_the_start(tmp_path):
    thursday = dt.datetime(2012, 3, 1)
    calendar = regular_calendar(thursday, 600, 288, first_weekday=3)
    values = np.random.default_rng(0).random((600, 2)) + 1
    info = DatasetInfo("counted", Sensors.numbered(2))
    city = build_dataset(info, values, calendar, split_windows(600, (0.6, 0.2, 0.2)))
    folder = write_json(write_npz(tmp_path / "counted", city), start="2012-03-01")
    dataset = load_dataset(str(folder))
    assert dataset.dow[0] == 0
    assert dataset.info.day_names[0] == "Thursday"
    write_json(folder, first_day_of_week="Sunday")
    assert load_dataset(str(folder)).info.day_names[0] == "Sunday"
    write_json(folder, start="2012-03-01", first_day_of_week="Monday")
    with pytest.raises(DataError, match='contradicts "first_day_of_week"'):
        load_dataset(str(folder))


def test_all_layouts_are_one_data_set(tmp_path, small):
    folder = write_npz(tmp_path / "all", small)
    write_csv(folder, small, "METR-LA.csv.xz")
    write_h5(folder, small)
    write_json(folder, start=small.info.start)
    one, *others = (load_dataset(str(folder), layout=kind) for kind in ("npz", "h5", "csv"))
    for other in others:
        assert other.info.sha256 == one.info.sha256 == small.info.sha256
        np.testing.assert_array_equal(other.timestamps, one.timestamps)
        np.testing.assert_array_equal(other.tod_index, one.tod_index)
        np.testing.assert_array_equal(other.dow, one.dow)
        for split in SPLITS:
            np.testing.assert_array_equal(other.splits[split].index, one.splits[split].index)
        assert other.sensors.ids == small.sensors.ids


def test_the_fastest_layout_that_is_there_is_taken(tmp_path, small):
    folder = write_csv(tmp_path / "some", small)
    assert load_dataset(str(folder)).sensors.ids == small.sensors.ids  # from the CSV
    write_h5(folder, small, block0_values=small.values + 1)
    assert load_dataset(str(folder)).values[0, 0] == small.values[0, 0] + 1
    write_npz(folder, small)
    assert load_dataset(str(folder)).sensors.ids == ("0", "1", "2", "3")


def test_an_archive_without_windows_is_refused(folder):
    (folder / "index.npz").unlink()
    told = (
        r"no index.npz with the windows; .* python -m himnet prepare .*mine --out .*mine-dataset$"
    )
    with pytest.raises(DataError, match=told):
        load_dataset(str(folder))


def test_a_table_is_not_a_data_set_but_becomes_one(tmp_path):
    table = tmp_path / "my readings.csv"
    table.write_text("time,a\n2012-03-01 00:00,1\n")
    command = r"python -m himnet prepare '.*my readings.csv' --out '.*my readings-dataset'$"
    for name in (str(table), str(tmp_path)):
        with pytest.raises(DataError, match=command):
            load_dataset(name)


@pytest.mark.parametrize("write", [write_csv, write_h5])
def test_absent_rows_are_not_passed_over_in_silence(tmp_path, small, write):
    keep = np.random.default_rng(0).random(len(small.values)) > 0.05
    cut = replace(small, values=small.values[keep], timestamps=small.timestamps[keep])
    folder = write(tmp_path / "cut", cut)
    share = f"{1 - keep[: np.flatnonzero(keep)[-1] + 1].mean():.1%}"
    with pytest.raises(DataError, match=rf"absent \({share} of the steps\).*himnet prepare"):
        load_dataset(str(folder))


def test_the_hour_that_clocks_skip_may_be_absent(tmp_path, small):
    hours = small.timestamps.astype("datetime64[h]").astype(int) % 24
    for hour, fits in ((2, True), (12, False)):
        keep = ~((hours == hour) & (np.arange(len(hours)) < 288))
        cut = replace(small, values=small.values[keep], timestamps=small.timestamps[keep])
        folder = write_csv(tmp_path / str(hour), cut)
        if fits:
            assert len(load_dataset(str(folder)).values) == len(small.values) - 12
        else:
            with pytest.raises(DataError, match=r"12 rows of .* are absent"):
                load_dataset(str(folder))


def test_files_that_contradict_each_other_are_refused(folder, small):
    write_sensors(folder, "a,1,2", "b,3,4")
    with pytest.raises(DataError, match="lists 2 sensors, but the readings have 4 columns"):
        load_dataset(str(folder))
    (folder / "sensors.csv").unlink()
    index = {name: windows.index for name, windows in small.splits.items()}
    write_npz(folder, small, test=index["test"] + 1)
    with pytest.raises(DataError, match=r"increase, within the 576 steps of data.npz"):
        load_dataset(str(folder))


def test_dates_that_dataset_json_contradicts_are_refused(tmp_path, small):
    folder = write_csv(tmp_path / "dated", small)
    for key, value in (("start", "2012-03-01"), ("step_minutes", 15)):
        write_json(folder, **{key: value})
        with pytest.raises(DataError, match=f"contradict '{key}' in dataset.json"):
            load_dataset(str(folder))
    write_json(folder, start=small.info.start, step_minutes=5, first_day_of_week="Sunday")
    assert load_dataset(str(folder)).dow[0] == 1


def test_sensors_in_another_order_are_refused(tmp_path, small):
    folder = write_csv(tmp_path / "dated", small)
    write_sensors(folder, *(f"{name},0,0" for name in reversed(small.sensors.ids)))
    with pytest.raises(DataError, match=r"or in a different order; add a sensors.csv"):
        load_dataset(str(folder))


def test_places_of_a_fact_sheet_are_found_by_id(tmp_path, small, monkeypatch):
    table = write_sensors(
        tmp_path, *(f"{name},{n},7" for n, name in enumerate(reversed(small.sensors.ids)))
    )
    spec = replace(
        DATASETS["PEMSBAY"], num_nodes=4, num_steps=len(small.values), places=table, start=None
    )
    monkeypatch.setitem(DATASETS, "PEMSBAY", spec)
    folder = write_csv(tmp_path / "PEMSBAY", small)
    sensors = load_dataset("PEMSBAY", folder.parent).sensors
    assert sensors.ids == small.sensors.ids
    assert sensors.latitude.tolist() == [3, 2, 1, 0]


def test_nan_is_missing(tmp_path, small):
    data = np.stack([small.values, *np.broadcast_arrays(small.tod[:, None], small.values)[:1]], -1)
    data = np.concatenate(
        [data, np.broadcast_to(small.dow[:, None, None], (*data.shape[:2], 1))], -1
    )
    data[5, 2, 0] = np.nan
    dataset = load_dataset(str(write_npz(tmp_path / "gaps", small, data=data.astype(np.float32))))
    assert dataset.values[5, 2] == 0
    assert dataset.missing()[5, 2]


def test_a_namesake_of_a_published_set_is_not_taken_for_it(tmp_path, small):
    dataset = load_dataset("METRLA", write_npz(tmp_path / "METRLA", small).parent)
    assert dataset.num_nodes == 4
    assert not dataset.sensors.has_coordinates


def test_a_cut_of_metr_la_keeps_its_sensors_but_claims_no_dates(tmp_path):
    rng = np.random.default_rng(0)
    calendar = regular_calendar(dt.datetime(2012, 5, 1), 400, 288)
    info = DatasetInfo("cut", Sensors.numbered(207))
    values, splits = rng.random((400, 207)) + 1, split_windows(400, (0.7, 0.1, 0.2))
    cut = build_dataset(info, values, calendar, splits)
    dataset = load_dataset("METRLA", write_npz(tmp_path / "METRLA", cut).parent)
    assert dataset.sensors.has_roads
    assert dataset.timestamps is None
    assert dataset.info.day_names[1] == "Tuesday"


def test_a_missing_published_set_says_where_and_how(tmp_path):
    with pytest.raises(DataError) as told:
        load_dataset("METRLA", tmp_path)
    assert str(told.value) == (
        f"the data set METRLA is not in {tmp_path / 'METRLA'}; if it is elsewhere, give its "
        f"path with --dataset PATH, or the folder that contains it with --data-dir DIR or "
        f"HIMNET_DATA_DIR; get it with: python -m himnet download METRLA --data-dir {tmp_path}"
    )


def test_the_command_for_the_usual_folder_is_short(tmp_path, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match=r"python -m himnet download METRLA$"):
        load_dataset("METRLA")


def test_a_data_set_in_place_of_the_folder_of_all_gets_a_hint(folder):
    with pytest.raises(
        DataError, match="is a data set, not a folder of data sets; give its parent folder"
    ):
        load_dataset("METRLA", folder)


def test_a_data_set_is_found_by_the_name_that_its_folder_says_it_has(folder, tmp_path):
    write_json(folder, name="Greater Berlin")
    (tmp_path / "a-link").symlink_to(folder, target_is_directory=True)
    found = load_dataset("Greater Berlin", tmp_path)
    assert found.name == load_dataset("mine", tmp_path).name == "Greater Berlin"
    assert find_dataset_folder("Greater Berlin", tmp_path).samefile(folder)
    assert find_dataset_folder("greater berlin", tmp_path) is None


def test_a_folders_own_name_comes_before_the_one_that_another_claims(folder, tmp_path, small):
    write_json(folder, name="METRLA")
    assert find_dataset_folder("METRLA", tmp_path) == folder
    published = write_npz(tmp_path / "METRLA", small)
    assert find_dataset_folder("METRLA", tmp_path) == published


def test_two_folders_that_claim_one_name_are_both_named(folder, tmp_path, small):
    other = write_npz(tmp_path / "berlin", small)
    for claiming in (folder, other):
        write_json(claiming, name="Berlin")
    with pytest.raises(DataError, match=f"{other} and {folder} both have the name 'Berlin'"):
        load_dataset("Berlin", tmp_path)
    assert load_dataset("mine", tmp_path).name == "Berlin"


@pytest.mark.parametrize("content", ["{", '{"name": 3}', '{"name": "B", "x": 1}', "[" * 2_000_000])
def test_a_damaged_sheet_of_one_data_set_hides_no_other(folder, tmp_path, content):
    write_json(folder, name="B")
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "dataset.json").write_text(content)
    (tmp_path / "a-file").write_text("")
    assert find_dataset_folder("B", tmp_path) == folder


@pytest.mark.parametrize("name", ["", "nowhere", "a" * 400, "a\0b", "../nowhere", "/nowhere"])
def test_what_is_not_there_is_no_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert find_dataset_folder(name, tmp_path) is None
    assert find_dataset_folder(name, tmp_path / "missing") is None
    with pytest.raises(DataError, match="there is no data set"):
        load_dataset(name, tmp_path)


def test_a_link_keeps_its_name(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert load_dataset("link", tmp_path).name == "link"


def test_a_path_is_meant_from_here_and_a_plain_name_from_the_data_directory(
    folder, tmp_path, monkeypatch
):
    data_dir = tmp_path / "data"
    write_npz(data_dir / "mine", synthetic_city(num_nodes=5, days=2))
    monkeypatch.setenv("HIMNET_DATA_DIR", str(data_dir))
    monkeypatch.chdir(folder.parent)
    assert load_dataset("mine").num_nodes == 5
    assert load_dataset("./mine/").num_nodes == 4
    monkeypatch.chdir(folder)
    assert (load_dataset(".").name, load_dataset(".").num_nodes) == ("mine", 4)
    assert load_dataset("../mine").num_nodes == 4


@pytest.mark.parametrize("first", [0, 6])
def test_a_published_set_without_dates_in_its_files_has_those_of_its_sheet(
    tmp_path, small, monkeypatch, first
):
    spec = replace(DATASETS["PEMSBAY"], num_nodes=4, num_steps=len(small.values), places=None)
    monkeypatch.setitem(DATASETS, "PEMSBAY", spec)
    sunday = dt.datetime(2017, 1, 1)
    calendar = regular_calendar(sunday, spec.num_steps, 288, first_weekday=first)
    city = build_dataset(small.info, small.values, calendar, small.splits)
    dataset = load_dataset("PEMSBAY", write_npz(tmp_path / "PEMSBAY", city).parent)
    assert dataset.info.start_time == sunday
    assert dataset.info.day_names[dataset.dow[0]] == "Sunday"
    np.testing.assert_array_equal(dataset.timestamps, calendar.timestamps)


def test_an_empty_folder_says_what_is_looked_for(tmp_path):
    (tmp_path / "METRLA").mkdir()
    with pytest.raises(DataError, match=r"no file such as data.npz, .*\); get it with: python"):
        load_dataset("METRLA", tmp_path)
    (tmp_path / "other").mkdir()
    with pytest.raises(DataError, match=r"put data.npz and index.npz into it"):
        load_dataset("other", tmp_path)


@pytest.mark.parametrize("name", [name for name in DATASETS if name not in ("METRLA", "synthetic")])
def test_sets_that_are_not_downloads_say_which_files_they_need(tmp_path, name):
    with pytest.raises(
        DataError, match=f"is not in .*{name}; .*--dataset PATH.*; to get it, put .*npz.* into DIR/"
    ):
        load_dataset(name, tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "no data set 'nowhere': no folder .*nowhere, and not one of METRLA"),
        (
            "nowhere",
            "its path with --dataset PATH, or the folder that contains it with --data-dir DIR",
        ),
        ("metr-la", "did you mean METRLA"),
        ("", "no data set ''"),
    ],
)
def test_an_unknown_name_lists_what_there_is(tmp_path, name, said):
    with pytest.raises(DataError, match=said):
        load_dataset(name, tmp_path)


def test_an_unknown_layout_lists_the_known_ones(folder):
    with pytest.raises(DataError, match="no layout 'zip'; choose one of npz, h5, csv"):
        load_dataset(str(folder), layout="zip")
    with pytest.raises(DataError, match=r"no file such as METR-LA.csv\)"):
        load_dataset(str(folder), layout="csv")


@pytest.mark.parametrize("name", ["data.npz", "index.npz"])
def test_a_damaged_file_is_one_sentence(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    with pytest.raises(DataError, match=f"{name} cannot be read"):
        load_dataset(str(folder))
    shutil.rmtree(folder)
