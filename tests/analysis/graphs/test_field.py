"""The field's adjacency from files of strangers: pickles are not unpickled, ids are matched."""

import pickle

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs.field import field_graph, kernel
from himnet.data.info import Sensors
from himnet.errors import DataError

SENSORS = Sensors(("773869", "767541", "767542", "717447"))
EVERYONE = np.arange(4)


def weights():
    found = np.eye(4, dtype=np.float32)
    found[0, 1], found[1, 0], found[2, 3] = 0.5, 0.25, 0.75
    return found


def pickled(path, content):
    path.write_bytes(pickle.dumps(content))
    return path


def test_dcrnn_s_pickle_is_read_in_the_order_of_the_sensors(tmp_path):
    ids = list(reversed(SENSORS.ids))
    matrix = weights()[::-1, ::-1].copy()
    content = (ids, {name: place for place, name in enumerate(ids)}, matrix)
    found = field_graph(pickled(tmp_path / "adj_mx.pkl", content), SENSORS)
    np.testing.assert_allclose(found.weights(EVERYONE), weights())
    np.testing.assert_allclose(found.weights(np.array([2, 3])), weights()[2:, 2:])
    assert "weights" in found.origin


class Trap:
    """Does harm when it is unpickled."""

    def __reduce__(self):
        return (open, ("/tmp/graph-was-unpickled", "w"))


def test_a_pickle_that_calls_something_is_refused_and_calls_nothing(tmp_path):
    path = pickled(tmp_path / "adj_mx.pkl", (list(SENSORS.ids), {}, Trap()))
    with pytest.raises(DataError, match="open"):
        field_graph(path, SENSORS)


def test_a_matrix_without_ids_is_in_the_order_of_the_columns(tmp_path):
    np.save(tmp_path / "adj.npy", weights())
    found = field_graph(tmp_path / "adj.npy", SENSORS)
    np.testing.assert_allclose(found.weights(EVERYONE), weights())


@pytest.mark.parametrize("names", [SENSORS.ids, ("0", "1", "2", "3")])
def test_a_list_of_distances_leaves_out_the_pairs_that_it_lacks(tmp_path, names):
    rows = [(0, 1, 900), (1, 0, 1_100), (2, 3, 5_000)]
    lines = ["from,to,cost", *(f"{names[a]},{names[b]},{metres}" for a, b, metres in rows)]
    (tmp_path / "distances.csv").write_text("\n".join(lines))
    found = field_graph(tmp_path / "distances.csv", SENSORS)
    assert found.are_distances
    assert "left out" in found.origin
    own = found.weights(EVERYONE)
    deviation = np.std([900, 1_100, 5_000])
    assert own[0, 1] == pytest.approx(np.exp(-((900 / deviation) ** 2)))
    assert own[2, 3] == 0  # far, but known
    assert np.isnan(own[0, 2])


def test_sensors_that_are_not_in_the_file_have_no_published_distance(tmp_path):
    ids = list(SENSORS.ids[:3])
    content = (ids, {name: place for place, name in enumerate(ids)}, weights()[:3, :3].copy())
    own = field_graph(pickled(tmp_path / "adj.pkl", content), SENSORS).weights(EVERYONE)
    assert np.isnan(own[3]).all()
    assert np.isnan(own[:, 3]).all()
    np.testing.assert_allclose(own[:3, :3], weights()[:3, :3])


def test_the_graph_of_other_sensors_is_refused(tmp_path):
    np.save(tmp_path / "adj.npy", np.eye(7))
    with pytest.raises(AnalysisError, match="7 sensors, but the model has 4"):
        field_graph(tmp_path / "adj.npy", SENSORS)
    content = (["a", "b"], {"a": 0, "b": 1}, np.eye(2))
    with pytest.raises(AnalysisError, match="ids such as 'a'"):
        field_graph(pickled(tmp_path / "adj.pkl", content), SENSORS)


def test_negative_entries_are_refused(tmp_path):
    np.save(tmp_path / "adj.npy", -weights())
    with pytest.raises(AnalysisError, match="negative"):
        field_graph(tmp_path / "adj.npy", SENSORS)


def test_the_kernel_of_one_place_is_finite():
    assert np.isfinite(kernel(np.zeros((3, 3)))).all()


def test_the_field_s_graph_of_metr_la_is_read(data_dir):
    from himnet.checkpoints import load_arrays

    path = data_dir / "METRLA" / "adj_mx.pkl"
    if not path.is_file():
        pytest.skip("no adj_mx.pkl beside the readings")
    found = field_graph(path, load_arrays("metr-la").dataset.sensors)
    own = found.weights(np.arange(207))
    assert not found.are_distances
    np.testing.assert_allclose(np.diag(own), 1)
    assert (own > 0).sum() == 1_722
