"""Exports: arrays that say what they are, equal to what the model holds, in the same bytes."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.cli import main
from analysis.errors import AnalysisError
from analysis.export import ExportChoice, collect
from analysis.geometry.spaces import SpaceChoice, temporal_queries
from analysis.material import load_material
from analysis.patterns.hours import week_hours
from himnet.data.synthetic import synthetic_city
from tests.analysis.expanded import expanded
from tests.app import made_up

WHOLE = ExportChoice(clusters=5, meta_parameters=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def city(folder):
    saved = made_up.save(folder, "city")
    made_up.add_track(saved)
    return load_material(saved, data_dir=folder)


@pytest.fixture(scope="module")
def layered(folder):
    return model(folder, "layered", replace(made_up.CONFIG, num_layers=2, cheb_k=3))


@pytest.fixture(scope="module")
def arrays(city):
    return {name: entry.array for name, entry in collect(city, WHOLE).entries.items()}


def model(folder, name, config, **more):
    return load_material(made_up.save(folder, name, config, **more), data_dir=folder)


def read(content):
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_the_file_needs_no_pickle_and_its_header_names_every_array(city):
    export = collect(city, WHOLE)
    stored = read(export.to_npz())
    header = json.loads(str(stored.pop("header")))
    assert set(stored) == set(header["arrays"])
    for name, array in stored.items():
        told = header["arrays"][name]
        assert told["shape"] == list(array.shape)
        assert told["dtype"] == str(array.dtype)
        assert told["is"]
        assert told["axes"].startswith("(")
    assert header["checkpoint_sha256"] == city.arrays.sha256
    assert header["choice"]["clusters"] == 5
    assert header["left_out"] == {}


def test_equal_exports_have_equal_bytes_wherever_the_checkpoint_lies(city, tmp_path):
    first = collect(city, WHOLE).to_npz()
    assert collect(city, WHOLE).to_npz() == first
    moved = made_up.save(tmp_path, "moved")
    made_up.add_track(moved)
    assert collect(load_material(moved, data_dir=tmp_path), WHOLE).to_npz() == first
    bare = [
        collect(load_material(made_up.save(tmp_path / name, "city"), data_dir=tmp_path)).to_npz()
        for name in ("here", "there")
    ]
    assert bare[0] == bare[1]


def test_embeddings_are_those_of_the_model(arrays, city):
    weights = city.arrays.weights
    assert np.array_equal(arrays["tod_embedding"], weights["tod_embedding.weight"])
    assert np.array_equal(arrays["dow_embedding"], weights["dow_embedding.weight"])
    assert np.array_equal(arrays["spatial_embedding"], weights["node_embedding"])
    assert np.array_equal(arrays["st_embedding"], city.track.st_embedding)
    assert np.array_equal(arrays["st_step"], city.track.steps)
    assert np.array_equal(arrays["st_time"], city.track.times)


def test_coordinates_follow_from_the_embeddings_and_factors_that_lie_beside_them(arrays):
    rows = arrays["week_hour"] * 12
    query = np.hstack([arrays["tod_embedding"][rows], arrays["dow_embedding"][arrays["week_day"]]])
    again = query.astype(np.float64) @ arrays["temporal_factor"]
    assert arrays["temporal_coordinates"] == pytest.approx(again)
    again = arrays["spatial_embedding"].astype(np.float64) @ arrays["spatial_factor"]
    assert arrays["spatial_coordinates"] == pytest.approx(again)
    for part in ("temporal", "spatial", "st"):
        factor = arrays[f"{part}_factor"]
        assert factor @ factor.T == pytest.approx(arrays[f"{part}_gram"], abs=1e-10)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("pool", ["gate", "update", "both"])
@pytest.mark.parametrize("layer", ["all", 1])
def test_coordinates_stand_for_the_meta_parameters_that_are_written_out(layered, pool, bias, layer):
    space = SpaceChoice(pool=pool, bias=bias, layer=layer)
    weights, config = layered.arrays.weights, layered.arrays.config
    found = collect(layered, replace(WHOLE, space=space)).entries
    for part, key in (("temporal", "encoder_t"), ("spatial", "encoder_s")):
        pieces = [e.array for name, e in found.items() if name.startswith(f"{part}_layer")]
        theta = np.hstack([piece.reshape(len(piece), -1) for piece in pieces]).astype(np.float64)
        coordinates = found[f"{part}_coordinates"].array
        inner = theta @ theta.T
        np.testing.assert_allclose(coordinates @ coordinates.T, inner, rtol=1e-4, atol=1e-4)
        oracle = expanded(weights, config, key, _queries(layered, part), space)
        np.testing.assert_allclose(theta, oracle, atol=1e-5)


def _queries(material, part):
    if part == "spatial":
        return material.arrays.weights["node_embedding"]
    hours, days = week_hours()
    return temporal_queries(material.arrays.model, hours * 12, days)


def test_meta_parameters_are_written_out_only_where_asked_for(city):
    names = collect(city).entries
    assert not [name for name in names if "_layer" in name]


def test_generated_weights_have_the_shape_of_the_state(arrays, city):
    config = city.arrays.config
    rows, h = config.cheb_k * config.layer_inputs(0), config.hidden_dim
    assert arrays["temporal_layer1_gate_weights"].shape == (168, rows, 2 * h)
    assert arrays["spatial_layer1_update_weights"].shape == (config.num_nodes, rows, h)
    assert arrays["spatial_layer1_update_biases"].shape == (config.num_nodes, h)
    assert arrays["spatial_layer1_gate_weights"].dtype == np.float32


def test_sensors_have_their_places_roads_and_clusters(arrays, city):
    sensors = city.info.sensors
    assert tuple(arrays["sensor_id"]) == sensors.ids
    assert tuple(arrays["freeway"]) == sensors.freeway
    assert np.array_equal(arrays["latitude"], sensors.latitude)
    assert np.array_equal(arrays["cluster"], city.clusters(k=5))


@pytest.mark.parametrize(
    ("part", "missing", "kept"),
    [
        ("E_t", {"tod_embedding", "temporal_coordinates"}, {"spatial_coordinates", "st_gram"}),
        ("TMP", {"tod_embedding", "temporal_gram"}, {"spatial_coordinates", "st_gram"}),
        ("E_s", {"spatial_embedding", "cluster"}, {"temporal_coordinates", "st_gram"}),
        ("SMP", {"spatial_coordinates", "cluster"}, {"spatial_embedding", "st_gram"}),
        ("E_st", {"st_gram"}, {"temporal_coordinates", "spatial_coordinates"}),
        ("STMP", {"st_gram"}, {"temporal_coordinates", "spatial_coordinates"}),
    ],
)
def test_what_an_ablated_model_lacks_is_left_out_with_its_reason(folder, part, missing, kept):
    export = collect(model(folder, f"no-{part}", replace(made_up.CONFIG, ablate=part)), WHOLE)
    assert not missing & set(export.entries)
    assert kept <= set(export.entries)
    reasons = [text for text in export.left_out.values() if f"without {part}" in text]
    assert reasons
    assert "left_out" in json.loads(str(read(export.to_npz())["header"]))


def test_what_is_not_known_of_sensors_is_left_out(folder):
    saved = made_up.save(folder, "bare", info=made_up.bare_info())
    made_up.add_track(saved, calendar=False)
    export = collect(load_material(saved, data_dir=folder))
    assert not {"latitude", "freeway", "direction", "st_time"} & set(export.entries)
    assert {"sensor_id", "cluster", "st_step"} <= set(export.entries)


def test_without_a_track_there_is_no_e_st_but_its_space(folder):
    export = collect(model(folder, "trackless", made_up.CONFIG))
    assert "st_embedding" not in export.entries
    assert "st_factor" in export.entries
    assert "no track beside" in export.left_out["st_embedding"]


def test_a_day_can_be_chosen_from_the_track(city):
    entries = collect(city, replace(WHOLE, date="2024-01-02")).entries
    steps = entries["st_step"].array
    assert list(steps[[0, -1]]) == [288, 575]
    assert entries["st_embedding"].array.shape == (288, made_up.SENSORS, 6)
    assert str(entries["st_time"].array[0]) == "2024-01-02T00:00:00"
    with pytest.raises(AnalysisError, match="2030-01-01 is not one of the available days"):
        collect(city, replace(WHOLE, date="2030-01-01"))


def test_a_day_without_a_track_is_computed_from_the_data_set(folder):
    data = synthetic_city(num_nodes=made_up.SENSORS, days=2)
    material = model(folder, "with-data", made_up.CONFIG, info=data.info)
    entries = collect(material, ExportChoice(date="2024-01-01")).entries
    steps = entries["st_step"].array
    assert list(steps[[0, -1]]) == [11, 287]  # windows need their history
    assert np.array_equal(entries["st_embedding"].array, material.embeddings(steps))


def test_a_layer_that_there_is_not_is_refused(city):
    with pytest.raises(AnalysisError, match="there is no layer 2; this model has 1"):
        collect(city, ExportChoice(space=SpaceChoice(layer=1)))


def call(folder, *options):
    return main(
        ["export", "--checkpoint", str(folder / "city"), "--data-dir", str(folder), *options]
    )


def test_the_command_writes_the_file_and_says_what_is_in_it(city, folder, tmp_path, capsys):
    out = tmp_path / "new" / "learnt.npz"
    options = ("--pool", "gate", "--no-bias", "--clusters", "4", "--layer", "1")
    assert call(folder, "--out", str(out), *options) == 0
    stored = read(out.read_bytes())
    assert stored["cluster"].max() == 3
    assert str(out) in capsys.readouterr().out
    choice = json.loads(str(stored["header"]))["choice"]
    assert choice["space"] == {"pool": "gate", "bias": False, "layer": 0}
    assert [path.name for path in out.parent.iterdir()] == ["learnt.npz"]


def test_the_command_prints_its_header_as_json(city, folder, tmp_path, capsys):
    assert call(folder, "--out", str(tmp_path / "a.npz"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["header"] == json.loads(str(read((tmp_path / "a.npz").read_bytes())["header"]))


@pytest.mark.parametrize("layer", ["0", "3", "two", "-1"])
def test_the_command_refuses_a_layer_in_one_line(city, folder, tmp_path, capsys, layer):
    assert call(folder, "--out", str(tmp_path / "a.npz"), f"--layer={layer}") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "layer" in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_command_says_what_it_left_out(city, folder, tmp_path, capsys):
    assert call(folder, "--out", str(tmp_path / "a.npz"), "--clusters", "99") == 0
    assert "is omitted: 24 points can form 1 to 24 clusters, not 99" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(city, folder, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert call(folder, "--out", str(tmp_path / "file" / "a.npz")) == 1
    assert "cannot be written" in capsys.readouterr().err
