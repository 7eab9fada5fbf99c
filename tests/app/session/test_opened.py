"""Which checkpoints there are to choose from, and which data sets are looked for and which not."""

import shutil
from dataclasses import replace

import pytest

from app.session import opened as session
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import synthetic_city
from tests.app import made_up
from tests.app.conftest import go, texts
from tests.app.drawn import charts
from tests.himnet.data.folders import write_json, write_npz


@pytest.fixture
def stranger(explorer, tmp_path, monkeypatch):
    """Open the app on a checkpoint whose data set has a given name."""

    def open_app(name, page):
        folder = tmp_path / "strangers"
        info = DatasetInfo(name, Sensors.numbered(made_up.SENSORS), first_weekday=None)
        made_up.save(folder, "theirs", info=info)
        monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
        return explorer("theirs", page)

    return open_app


def test_without_any_checkpoint_the_app_says_where_to_put_one(explorer, monkeypatch):
    monkeypatch.setattr(session, "named_checkpoints", dict)
    app = explorer(None)
    assert not app.exception
    (told,) = [info.value for info in app.info]
    assert "python -m himnet train" in told
    assert "HIMNET_CHECKPOINTS" in told


def test_the_app_opens_on_the_bundled_checkpoint(explorer):
    assert explorer(None).selectbox(key="checkpoint").value == session.BUNDLED == "metr-la"


def test_two_checkpoints_of_one_name_can_both_be_chosen(
    explorer, checkpoints, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    shutil.copytree(checkpoints / "layered", other / "city")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", f"{checkpoints}:{other}")
    app = explorer("city", "temporal")
    assert "other/city" in app.selectbox(key="checkpoint").options
    before = charts(app)["hour-cosines"]["layout"]["meta"]["checkpoint"]
    app.selectbox(key="checkpoint").set_value("other/city").run()
    assert charts(app)["hour-cosines"]["layout"]["meta"]["checkpoint"] != before


def test_a_checkpoint_that_is_replaced_while_the_app_runs_is_read_anew(
    explorer, checkpoints, tmp_path, monkeypatch
):
    folder = tmp_path / "mine"
    shutil.copytree(checkpoints / "bare", folder / "mine")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
    app = explorer("mine")
    shutil.rmtree(folder / "mine")
    shutil.copytree(checkpoints / "layered", folder / "mine")
    told = texts(app.run())
    assert not app.exception
    assert "smallville" in told
    shutil.rmtree(folder / "mine")
    app.run()
    assert not app.exception


def test_a_damaged_checkpoint_is_a_message_and_the_choice_stays(
    explorer, checkpoints, tmp_path, monkeypatch
):
    folder = tmp_path / "mine"
    shutil.copytree(checkpoints / "bare", folder / "broken")
    weights = folder / "broken" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
    app = explorer("broken")
    assert not app.exception
    assert len(app.error) == 1
    app.selectbox(key="checkpoint").set_value("metr-la").run()
    assert not app.error


@pytest.mark.parametrize("name", ["../outside", "/etc", "a/b", "..", "c:d"])
def test_a_strangers_file_names_no_folder_outside_of_the_data_directory(
    stranger, monkeypatch, name
):
    def refuse(*asked):
        raise AssertionError(f"looked for {asked}")

    monkeypatch.setattr(session, "load_dataset", refuse)
    app = stranger(name, "st_mixed")
    assert not app.exception
    assert "is not a valid name of a data set" in texts(app)


def test_a_city_that_would_fill_the_memory_is_not_made(stranger, monkeypatch):
    def refuse(*asked):
        raise AssertionError(f"made {asked}")

    monkeypatch.setattr(session, "load_dataset", refuse)
    app = stranger("synthetic:num_nodes=9999,days=9999", "st_mixed")
    assert not app.exception
    assert "are generated automatically" in texts(app)


@pytest.mark.parametrize("name", ["synthetic:nonsense=1", "synthetic:days=x", "synthetic:seed=-1"])
def test_a_city_of_impossible_settings_is_a_sentence(stranger, name):
    app = stranger(name, "st_mixed")
    assert not app.exception
    assert "There is no day to show" in texts(app)


def test_a_checkpoint_that_names_no_data_set_says_so_and_how_to_tell_it(stranger):
    told = texts(stranger("", "st_mixed"))
    assert "the checkpoint does not say what data it was trained on" in told
    assert "python -m himnet convert " in told
    assert "theirs/model.safetensors DST --name NAME" in told


def test_a_data_set_is_found_by_the_name_in_its_dataset_json(stranger, tmp_path):
    folder = tmp_path / "no-data" / "berlin"
    city = synthetic_city(num_nodes=made_up.SENSORS, days=made_up.DAYS)
    write_json(write_npz(folder, city), name="Greater Berlin")
    app = stranger("Greater Berlin", "st_mixed")
    assert not app.exception
    assert "There is no day to show" not in texts(app)
    assert "Readings: available" in texts(app)
    write_json(write_npz(folder.with_name("other"), city), name="Greater Berlin")
    told = texts(app.run())
    assert f"{folder} and {folder.with_name('other')} both have the name" in told
    assert "Readings: not available" in told


def test_a_name_too_long_for_any_folder_is_a_sentence(stranger):
    app = stranger("a" * 400, "st_mixed")
    assert not app.exception
    assert "There is no day to show" in texts(app)


def test_a_data_set_of_other_sensors_is_not_taken_for_the_models(stranger):
    app = stranger("synthetic:num_nodes=24,days=3", "st_mixed")
    assert not app.exception
    assert "has different sensors from the one that the model of" in texts(app)


def test_a_data_set_that_is_absent_is_named_with_where_it_was_looked_for(explorer, tmp_path):
    app = explorer("bare", "spatial")
    assert str(tmp_path / "no-data") in texts(app)


def test_a_name_that_markdown_would_read_is_harmless(explorer, tmp_path, monkeypatch):
    folder = tmp_path / "strangers"
    info = replace(made_up.bare_info(), name="**x** [link](http://example.org)")
    made_up.save(folder, "theirs", info=info)
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
    app = explorer("theirs")
    assert not app.exception
    assert not go(app, "spatial").exception
