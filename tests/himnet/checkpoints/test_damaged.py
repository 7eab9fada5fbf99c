"""200 damaged, foreign and hostile files: each ends in CheckpointError, none does anything else."""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

from himnet.checkpoints import load_arrays, save_checkpoint
from himnet.checkpoints.convert import read_state_dict
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.errors import CheckpointError
from himnet.scaler import Scaler

CONFIG = HimNetConfig(
    3, hidden_dim=2, steps_per_day=4, tod_embedding_dim=1, dow_embedding_dim=1,
    node_embedding_dim=2, st_embedding_dim=2,
)  # fmt: skip
DIMS = {name: list(shape) for name, shape in CONFIG.state_shapes().items()}


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """The bytes of an undamaged checkpoint, which loads."""
    rng = np.random.default_rng(0)
    path = save_checkpoint(
        tmp_path_factory.mktemp("intact") / "model.safetensors",
        {name: rng.normal(size=shape) for name, shape in DIMS.items()},
        config=CONFIG,
        scaler=Scaler(50.0, 1e-05),
        dataset=DatasetInfo("town", Sensors.numbered(3), steps_per_day=4),
        metrics={"val": {"windows": 3}},
    )
    assert load_arrays(path).config == CONFIG
    return path.read_bytes()


def parts(content):
    """Split a safetensors file into its header, as a dict, and its data."""
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def joined(header, data):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + data


def refused(tmp_path, content, name="model.safetensors"):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        load_arrays(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize("keep", np.linspace(0, 0.999, 30).tolist())
def test_cut_files(tmp_path, intact, keep):
    refused(tmp_path, intact[: int(keep * len(intact))])


@pytest.mark.parametrize("seed", range(100))
def test_a_flipped_bit_anywhere(tmp_path, intact, seed):
    rng = np.random.default_rng(seed)
    # half of them in the header, which is where a reader is easily led astray
    end = 8 + struct.unpack("<Q", intact[:8])[0] if seed % 2 else len(intact)
    content = bytearray(intact)
    content[rng.integers(end)] ^= 1 << rng.integers(8)
    refused(tmp_path, bytes(content))


@pytest.mark.slow
def test_every_single_bit(tmp_path, intact):
    for position in range(8 * len(intact)):
        content = bytearray(intact)
        content[position // 8] ^= 1 << position % 8
        refused(tmp_path, bytes(content))


@pytest.mark.parametrize("name", list(DIMS))
def test_wrong_shapes_and_missing_tensors(tmp_path, intact, name):
    header, data = parts(intact)
    header[name]["shape"] = [*header[name]["shape"], 1]
    assert name in refused(tmp_path, joined(header, data))
    header, data = parts(intact)
    entry = header.pop(name)
    header["another." + name] = entry
    assert "unexpected: another." + name in refused(tmp_path, joined(header, data))


@pytest.mark.parametrize("dtype", ["I64", "BOOL", "F8_E4M3", "float32", "", None, 7, ["F32"]])
def test_wrong_types(tmp_path, intact, dtype):
    header, data = parts(intact)
    header["out_proj.bias"]["dtype"] = dtype
    refused(tmp_path, joined(header, data))


@pytest.mark.parametrize(
    "entry",
    [
        {"data_offsets": [0, 2**60]},
        {"data_offsets": [-4, 0]},
        {"data_offsets": [4, 0]},
        {"data_offsets": [0.0, 4.0]},
        {"data_offsets": [0]},
        {"data_offsets": None},
        {"shape": [2**40, 2**40]},
        {"shape": [-1]},
        {"shape": [True]},
        {"shape": "1"},
        {"shape": [1] * 1000},
        {"extra": 1},
    ],
)
def test_impossible_tensor_tables(tmp_path, intact, entry):
    header, data = parts(intact)
    header["out_proj.bias"].update(entry)
    refused(tmp_path, joined(header, data))


def test_tensors_that_overlap_or_leave_gaps(tmp_path, intact):
    header, data = parts(intact)
    first, second = header["st_proj.bias"], header["out_proj.bias"]
    first["data_offsets"][0] = second["data_offsets"][0]
    refused(tmp_path, joined(header, data))
    refused(tmp_path, intact + b"\0\0\0\0")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 7,
        b"\0" * 100,
        b"\xff" * 100,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 15 * 2**20) + b"{}",
        joined(b"[]", b""),
        joined(b"null", b""),
        joined(b"{", b""),
        joined(b"{}", b""),
        joined(b'{"a": NaN}', b""),
        joined(b'{"a": 1, "a": 1}', b""),
        joined(b'{"__metadata__": {"himnet": 3}}', b""),
        joined(b'{"__metadata__": "himnet"}', b""),
        joined(b'{"a":' * 5000 + b"1" + b"}" * 5000, b""),
        joined(b"[" * 100_000, b""),
        joined(b"\xff\xfe{}", b""),
        b"PK\x03\x04 not a zip",
        b"\x80\x04\x95 not a pickle",
        b"<!doctype html><title>404</title>",
    ],
)
def test_files_that_are_something_else(tmp_path, content):
    refused(tmp_path, content)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["config"].update(num_nodes=10**12),
        lambda d: d["config"].update(num_nodes=99_999),
        lambda d: d["config"].update(hidden_dim="2"),
        lambda d: d["config"].update(ablate="E_s"),
        lambda d: d["config"].update(colour="red"),
        lambda d: d["config"].pop("num_nodes"),
        lambda d: d["scaler"].update(std=0),
        lambda d: d["scaler"].update(mean="high"),
        lambda d: d["scaler"].pop("std"),
        lambda d: d["dataset"].update(sensors=None),
        lambda d: d["dataset"]["sensors"].update(ids=["0", "0", "1"]),
        lambda d: d["dataset"]["sensors"].update(latitude=[91, 0, 0], longitude=[0, 0, 0]),
        lambda d: d["dataset"].update(steps_per_day=5),
        lambda d: d.update(training=None),
        lambda d: d.update(metrics=[1]),
        lambda d: d.update(more={}),
        lambda d: d.pop("scaler"),
    ],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_descriptions_that_contradict_the_tensors_or_themselves(tmp_path, intact, change, sealed):
    header, data = parts(intact)
    description = json.loads(header["__metadata__"]["himnet"])
    change(description)
    header["__metadata__"]["himnet"] = json.dumps(description)
    if not sealed:
        del header["__metadata__"]["sha256"]
    refused(tmp_path, joined(header, data))


def test_a_renamed_seal_is_not_a_missing_one(tmp_path, intact):
    assert "altered" in refused(tmp_path, intact.replace(b'"sha256"', b'"sha257"'))
    assert "altered" in refused(tmp_path, intact.replace(b"1e-05", b"1E-05"))


def test_a_file_without_a_seal_loads_with_a_warning(tmp_path, intact):
    header, data = parts(intact)
    del header["__metadata__"]["sha256"]
    (tmp_path / "model.safetensors").write_bytes(joined(header, data))
    loaded = load_arrays(tmp_path)
    assert len(loaded.warnings) == 1
    assert "sha256" in loaded.warnings[0]


def test_weights_that_are_not_finite(tmp_path, intact):
    header, data = parts(intact)
    del header["__metadata__"]["sha256"]
    start = header["out_proj.bias"]["data_offsets"][0]
    for value in (np.nan, np.inf):
        spoilt = data[:start] + np.float32(value).tobytes() + data[start + 4 :]
        assert "not finite" in refused(tmp_path, joined(header, spoilt))


class _Payload:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
@pytest.mark.parametrize("wrap", ["raw", "torch", "zip"])
def test_pickles_with_a_payload_run_nothing(tmp_path, name, wrap):
    target = tmp_path / "owned"
    buffer = io.BytesIO()
    if wrap == "raw":
        pickle.dump(_Payload(target), buffer)
    elif wrap == "torch":
        torch.save({"node_embedding": _Payload(target)}, buffer)
    else:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(_Payload(target)))
    message = refused(tmp_path, buffer.getvalue(), name)
    assert ("convert" in message) == name.endswith(".pt")
    assert not target.exists()


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.5, 0.7, 0.99])
def test_a_pickle_that_ends_too_early_in_an_intact_archive_is_refused(tmp_path, share):
    buffer, path = io.BytesIO(), tmp_path / "model.pt"
    torch.save({"node_embedding": torch.zeros(5, 3)}, buffer)
    with zipfile.ZipFile(buffer) as whole, zipfile.ZipFile(path, "w") as cut:
        for name in whole.namelist():
            content = whole.read(name)
            end = int(share * len(content)) if name.endswith("data.pkl") else len(content)
            cut.writestr(name, content[:end])
    with pytest.raises(CheckpointError):
        read_state_dict(path)


def test_no_damaged_file_takes_more_than_a_gigabyte(tmp_path, intact):
    header, _ = parts(intact)
    del header["__metadata__"]["sha256"]
    description = json.loads(header["__metadata__"]["himnet"])
    description["config"]["num_nodes"] = 99_999
    header["__metadata__"]["himnet"] = json.dumps(description)
    header["node_embedding"]["shape"] = [99_999, 1000]
    sparse = tmp_path / "sparse.safetensors"
    raw = json.dumps(header).encode()
    sparse.write_bytes(struct.pack("<Q", len(raw)) + raw)
    os.truncate(sparse, 2**40)  # a terabyte of nothing
    assert memory_of_refusing(sparse) < 1e9


BOMBS = {  # as many objects as there can be for the bytes that are read
    "lists": b'{"a":[' + b"[]," * 2_700_000 + b"0]}",
    "dicts": b'{"a":[' + b"{}," * 2_700_000 + b"0]}",
    "keys": b"{" + b",".join(b'"%x":1' % key for key in range(700_000)) + b"}",
    "texts": json.dumps({"__metadata__": {str(key): "" for key in range(500_000)}}).encode(),
    "description": json.dumps(
        {"__metadata__": {"format": "himnet-checkpoint/1", "himnet": "[" + "{}," * 2_700_000}}
    ).encode(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_no_header_takes_more_than_a_gigabyte(tmp_path, name):
    path = tmp_path / "bomb.safetensors"
    path.write_bytes(joined(BOMBS[name], b""))
    assert path.stat().st_size < 2**23 + 8  # or it would be refused unread
    assert memory_of_refusing(path) < 1e9


@pytest.mark.slow
@pytest.mark.parametrize("code", [b"}", b"(", b"h\x00)R"], ids=["dicts", "marks", "calls"])
@pytest.mark.parametrize("size", [2**21, 2**28])
def test_no_pickle_takes_more_than_a_gigabyte(tmp_path, code, size):
    path = tmp_path / "bomb.pt"
    start = b"\x80\x02ccollections\nOrderedDict\nq\x00"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/version", "3\n")
        repeats = (size - len(start) - 1) // len(code)
        archive.writestr("archive/data.pkl", start + code * repeats + b".")
    reader = "himnet.checkpoints.convert import read_state_dict as read"
    assert memory_of_refusing(path, reader) < 1e9


def memory_of_refusing(path, reader="himnet.checkpoints import load_arrays as read"):
    """Refuse a file in a process of its own, and return how many bytes that took at most."""
    # not getrusage: its maximum counts the process that forked this one, which is pytest
    code = (
        f"import re, sys\nfrom {reader}\n"
        "from himnet.errors import CheckpointError\n"
        "try:\n    read(sys.argv[1])\nexcept CheckpointError:\n"
        "    print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) * 1024


def test_missing_files_say_what_there_is(tmp_path, monkeypatch, intact):
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.safetensors").write_bytes(intact)
    assert load_arrays("mine").dataset.name == "town"
    with pytest.raises(CheckpointError, match=r"no checkpoint 'yours'.* mine"):
        load_arrays("yours")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_arrays(tmp_path / "empty")
