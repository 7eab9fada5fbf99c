"""What lies beside a checkpoint: found where it is, named where it is not."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.city.basemap import FILE_NAME
from analysis.cli.options import print_missing
from analysis.errors import AnalysisError
from analysis.material import folder_of_stranger, load_material, sensor_positions
from himnet.data.synthetic import synthetic_city
from himnet.errors import DataError
from tests.analysis.paper.places import material
from tests.app import made_up


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("material")


@pytest.fixture(scope="module")
def tracked(folder):
    return material(folder, "tracked")


@pytest.fixture(scope="module")
def read(folder):
    info = synthetic_city(num_nodes=made_up.SENSORS, days=3).info
    return material(folder, "read", track=False, info=info)


def test_a_data_set_that_is_not_there_is_no_error_but_is_explained(tracked):
    assert tracked.dataset is None
    assert "no data set 'smallville'" in tracked.dataset_problem
    assert len(tracked.days) == made_up.DAYS


def test_a_data_set_that_was_asked_for_must_be_there(folder, tracked):
    with pytest.raises(DataError, match="no data set 'elsewhere'"):
        load_material(folder / "tracked", data_dir=folder, dataset="elsewhere")


def test_a_data_set_of_other_sensors_is_refused(folder, tracked):
    with pytest.raises(DataError, match="has different sensors from the one that the model"):
        load_material(folder / "tracked", data_dir=folder, dataset="synthetic:num_nodes=12")


def test_a_base_map_is_that_of_the_data_sets_folder_and_its_problem_is_told(tmp_path, capsys):
    opened = material(tmp_path, "town")
    assert (opened.basemap, opened.basemap_problem) == (None, "")
    file = tmp_path / opened.info.name / FILE_NAME
    file.parent.mkdir()
    file.write_text("{}", encoding="utf-8")
    opened = load_material(tmp_path / "town", data_dir=tmp_path)
    assert opened.basemap == file
    print_missing(opened)
    told = capsys.readouterr().err
    assert f"another map is drawn: the base map {file} cannot be used" in told
    assert told.count("\n") == 2


def test_a_base_map_is_looked_up_nowhere_for_a_path_as_name(tmp_path):
    (tmp_path / FILE_NAME).write_text("{}", encoding="utf-8")
    for name in ("", ".", "..", str(tmp_path), "synthetic"):
        assert folder_of_stranger(replace(made_up.city_info(), name=name), tmp_path) is None


def test_embeddings_come_from_a_forward_pass_where_there_is_no_track(read):
    day = read.day(read.days[1])
    config = read.arrays.config
    assert day.embedding.shape == (288, config.num_nodes, config.st_embedding_dim)
    assert day.are_readings
    assert np.isfinite(day.embedding).all()


def test_the_first_day_begins_when_a_window_is_full_but_its_readings_at_midnight(read):
    first = read.days[0]
    assert read.day(first).hours[0] == pytest.approx(11 / 12)
    assert read.values_of(first).hours[0] == 0


def test_values_without_a_data_set_are_forecasts(tracked):
    values = tracked.values_of(tracked.days[1])
    assert values.minutes_ahead == 5
    assert np.isfinite(values.values).all()


def test_a_forward_pass_needs_the_data_set(tracked):
    with pytest.raises(AnalysisError, match="this needs the data set, but there is no data set"):
        tracked.embeddings(np.array([20]))


def test_a_day_that_neither_has_is_named(tracked, read):
    with pytest.raises(
        AnalysisError, match=r"2024-02-01 is not one of .*; for other days, there is"
    ):
        tracked.day(19754)
    with pytest.raises(AnalysisError, match=r"to 2024-01-03$"):
        read.day(19754)


def test_clusters_are_those_of_the_spatial_meta_parameters(tracked):
    labels = tracked.clusters(k=5)
    assert labels.shape == (made_up.SENSORS,)
    assert set(labels.tolist()) == set(range(5))
    with pytest.raises(AnalysisError, match="24 points can form 1 to 24 clusters, not 25"):
        tracked.clusters(k=25)


def test_sensors_are_found_by_their_ids(tracked):
    ids = tracked.info.sensors.ids
    assert sensor_positions(tracked.info, [ids[3], ids[0]]) == [3, 0]
    with pytest.raises(AnalysisError, match="no sensor 'X1'; valid ids are, for example, S000"):
        sensor_positions(tracked.info, [ids[0], "X1"])
