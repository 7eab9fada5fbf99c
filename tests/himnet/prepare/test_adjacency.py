"""Graphs from pickles of any Python and protocol, and from hostile ones."""

import os
import pickle

import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare.adjacency import is_pickle, read_adjacency
from himnet.prepare.sensor_list import count_listed, read_sensor_list

IDS = ["773869", "767541", "b", "ü", "5"]
WEIGHTS = np.random.default_rng(0).random((5, 5))
DICT = {name: position for position, name in enumerate(IDS)}


def written(folder, content, protocol=2):
    path = folder / "adj_mx.pkl"
    raw = content if isinstance(content, bytes) else pickle.dumps(content, protocol)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", ["<f8", "<f4", ">f8", "<f2", "<i4", "?"])
def test_a_graph_of_any_protocol(tmp_path, protocol, dtype):
    weights = (9 * WEIGHTS).astype(dtype)
    for matrix in (weights, np.asfortranarray(weights), weights.T):
        graph = read_adjacency(written(tmp_path, (IDS, DICT, matrix), protocol))
        np.testing.assert_array_equal(graph.weights, matrix.astype(np.float32))
        assert graph.ids == tuple(IDS)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (np.array(IDS), tuple(IDS)),
        (np.arange(5), tuple("01234")),
        (list(np.arange(5)), tuple("01234")),
        ([name.encode() for name in IDS], tuple(IDS)),
        (np.array([b"a", b"b", b"c", b"d", b"e"]), tuple("abcde")),
        (None, None),
    ],
    ids=range(6),
)
def test_ids_of_any_kind(tmp_path, ids, expected):
    assert read_adjacency(written(tmp_path, [ids, WEIGHTS], 4)).ids == expected
    assert read_adjacency(written(tmp_path, ["x", DICT, WEIGHTS], 4)).ids == tuple(IDS)


def test_a_matrix_alone(tmp_path):
    graph = read_adjacency(written(tmp_path, WEIGHTS))
    np.testing.assert_array_equal(graph.weights, WEIGHTS.astype(np.float32))
    np.save(tmp_path / "adj.npy", WEIGHTS)
    np.savez(tmp_path / "adj.npz", adj=WEIGHTS, ids=np.arange(5))
    for name in ("adj.npy", "adj.npz"):
        found = read_adjacency(tmp_path / name)
        np.testing.assert_array_equal(found.weights, graph.weights)
    with pytest.raises(DataError, match="has a matrix but no sensor ids"):
        read_sensor_list(written(tmp_path, WEIGHTS))


def test_a_graph_of_python_2(tmp_path):
    """Protocol 0 of Python 2 writes the bytes of an array as an escaped text."""
    raw = np.array([[1.0, 0.5], [0.0, 1.0]]).tobytes()
    text = "".join(f"\\x{byte:02x}" for byte in raw)
    dtype = "cnumpy\ndtype\np1\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb"
    array = (
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        f"(I1\n(I2\nI2\nt{dtype}I00\nS'{text}'\ntb"
    )
    content = f"(lp0\n(lS'a'\naS'b'\naa(dS'a'\nI0\nsS'b'\nI1\nsa{array}a.".encode()
    graph = read_adjacency(written(tmp_path, content))
    np.testing.assert_array_equal(graph.weights, [[1, 0.5], [0, 1]])
    assert graph.ids == ("a", "b")


def test_distances_of_a_table(tmp_path):
    path = tmp_path / "distances.csv"
    path.write_text("from,to,cost\na,b,1.5\nb,c,2\n\nc,a,0.5\n")
    graph = read_adjacency(path)
    assert graph.ids == ("a", "b", "c")
    np.testing.assert_array_equal(graph.weights, [[0, 1.5, 0], [0, 0, 2], [0.5, 0, 0]])
    for bad, said in (
        ("x,y,z\n1,2,3\n", "has the columns x, y, z; a graph needs from, to, cost"),
        ("from,to,cost\na,b,near\n", "line 2 .* is 'a,b,near'"),
        ("from,to,cost\na,b\n", "line 2"),
        ("from,to,cost\n", "lists 0 sensors"),
        ("", "has the columns none"),
        ("from,to,cost\na,b,inf\n", "not finite"),
    ):
        path.write_text(bad)
        with pytest.raises(DataError, match=said):
            read_adjacency(path)


class Evil:
    """Calls something when it is unpickled."""

    def __init__(self, function, *arguments):
        self.called = function, arguments

    def __reduce__(self):
        return self.called


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_hostile_pickles_run_nothing(tmp_path, protocol, monkeypatch):
    mark = tmp_path / "PWNED"
    for evil in (
        Evil(os.system, f"touch {mark}"),
        Evil(eval, f"open({str(mark)!r}, 'w')"),
        Evil(exec, f"open({str(mark)!r}, 'w')"),
        Evil(getattr, dict, "fromkeys"),
        Evil(np.lib.format.open_memmap, str(mark), "w+", "f8", (3,)),
        Evil(np.ndarray, (10**14,)),
        Evil(bytearray, 10**14),
    ):
        path = written(tmp_path, (IDS, DICT, evil), protocol)
        assert is_pickle(path)
        with pytest.raises(DataError, match="contains more than ids and a matrix"):
            read_adjacency(path)
    assert not mark.exists()


def test_it_says_what_would_have_been_called(tmp_path):
    with pytest.raises(DataError, match=r"it would call 'posix system', so it was not read; save"):
        read_adjacency(written(tmp_path, (IDS, DICT, Evil(os.system, "true"))))


def reconstructed(shape, dtype="f8", raw=b"", state="", order=b"<"):
    """Return a pickle of an array with a state of choice."""
    kind = (
        b"cnumpy\ndtype\n(S'" + dtype.encode() + b"'\nI0\nI1\ntR(I3\nS'" + order + b"'\nNNNI-1\n"
        b"I-1\nI0\ntb"
    )
    return (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n("
        + b"".join(b"I%d\n" % size for size in shape)
        + b"t" + kind + b"I00\nB" + len(raw).to_bytes(4, "little") + raw + b"tb."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (reconstructed((2, 2), raw=bytes(32)), None),
        (reconstructed((10**9, 10**9)), "with 0 bytes"),
        (reconstructed((2, 2), raw=bytes(31)), "with 31 bytes"),
        (reconstructed((-1, -1), raw=bytes(8)), "impossible shape"),
        (reconstructed((2, 2), dtype="O8", raw=bytes(32)), "an array of type 'O8'"),
        (reconstructed((2, 2), dtype="V8", raw=bytes(32)), "an array of type 'V8'"),
        (reconstructed((2, 2), dtype="f8,f8", raw=bytes(64)), "an array of type"),
        (reconstructed((2, 3), raw=bytes(48)), r"not float64 \(2, 3\)"),
        (reconstructed((4,), raw=bytes(32)), r"not float64 \(4,\)"),
        (reconstructed((0, 0)), r"not float64 \(0, 0\)"),
        (reconstructed((1, 1), raw=np.array([np.nan]).tobytes()), "not finite"),
        (b"\x80\x04]\x94.", "must have a matrix of numbers"),
        (b"\x80\x02", "ends too early"),
        (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.", None),
    ],
    ids=range(14),
)
def test_states_are_checked_before_anything_is_made(tmp_path, raw, said):
    path = written(tmp_path, raw)
    if said is None and b"numpy" in raw:
        assert not read_adjacency(path).weights.any()
    else:
        with pytest.raises(DataError, match=said):
            read_adjacency(path)


def test_nested_references_take_neither_time_nor_memory(tmp_path):
    levels = b"".join(b"](" + (b"h" + bytes([n])) * 10 + b"eq" + bytes([n + 1]) for n in range(100))
    with pytest.raises(DataError, match="must have a matrix of numbers"):
        read_adjacency(written(tmp_path, b"\x80\x02]q\x00" + levels + b"."))


def test_oversized_pickles_are_not_read(tmp_path):
    path = tmp_path / "adj.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x02")
        file.truncate(2**31)
    with pytest.raises(DataError, match="has 2,147 MB; graphs in pickles are read up to 537 MB"):
        read_adjacency(path)


def test_repeated_ids_are_refused(tmp_path):
    with pytest.raises(DataError, match="not unique"):
        read_adjacency(written(tmp_path, (["a"] * 5, WEIGHTS)))


def test_random_changes_never_end_in_another_error(tmp_path):
    raw = pickle.dumps((IDS, DICT, WEIGHTS[:2, :2]), 2)
    rng = np.random.default_rng(0)
    for _ in range(500):
        position = int(rng.integers(len(raw)))
        changed = raw[:position] + bytes([int(rng.integers(256))]) + raw[position + 1 :]
        path = written(tmp_path, b"\x80" + changed[1:])
        try:
            read_adjacency(path)
        except DataError:
            continue


def test_lists_of_sensors_of_every_kind(tmp_path):
    assert read_sensor_list(written(tmp_path, (IDS, DICT, WEIGHTS))).ids == tuple(IDS)
    line = tmp_path / "graph_sensor_ids.txt"
    line.write_text("773869,767541,767542")
    assert read_sensor_list(line).ids == ("773869", "767541", "767542")
    lines = tmp_path / "PEMS03.txt"
    lines.write_text("317842\r\n318711\r\n\r\n")
    assert read_sensor_list(lines).ids == ("317842", "318711")
    lines.write_text("id\n317842\n318711\n")
    assert read_sensor_list(lines).ids == ("317842", "318711")
    table = tmp_path / "sensors.csv"
    table.write_text("id,latitude,longitude\na,34,-118\nb,34.1,-118\n")
    assert read_sensor_list(table).has_coordinates
    assert (count_listed(line), count_listed(table), count_listed(None)) == (3, 2, None)
    with pytest.raises(DataError, match="cannot be read"):
        read_sensor_list(tmp_path / "none.csv")


def test_the_graph_of_metr_la(data_dir, metrla):
    graph = read_adjacency(data_dir / "METRLA" / "adj_mx.pkl")
    assert graph.ids == metrla.sensors.ids
    assert graph.weights.shape == (207, 207)
    np.testing.assert_array_equal(np.diag(graph.weights), 1)
    assert read_sensor_list(data_dir / "METRLA" / "graph_sensor_ids.txt").ids == graph.ids
