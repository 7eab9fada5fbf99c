"""Checkpoints come back as they were saved, and what cannot come back is not saved."""

import json
import math
import os
import struct
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import save_file as save_torch_file

import himnet
from himnet.checkpoints import load_arrays, load_checkpoint, save_checkpoint
from himnet.checkpoints.description import Description
from himnet.checkpoints.format import write_sealed
from himnet.checkpoints.header import read_header
from himnet.checkpoints.store import FORMAT
from himnet.config import ABLATIONS
from himnet.data.info import DatasetInfo, Sensors
from himnet.errors import CheckpointError
from himnet.model.himnet import HimNet
from tests.himnet.checkpoints.models import COAST, SCALER, SMALL, TOWN, draw, same, write

MEASURED = {"mae": 3.5, "rmse": 7.25, "mape": 9.0}
METRICS = {"val": {"windows": 9, "all": MEASURED, "12": MEASURED}}
TRAINING = {"seed": 3, "note": "zwölf Stunden", "lr": 1e-3, "milestones": [30, 40]}


def test_weights_and_description_come_back_exactly(tmp_path):
    path = write(tmp_path / "model.safetensors", training=TRAINING, metrics=METRICS)
    loaded = load_arrays(path)
    assert same(loaded.weights, draw())
    assert (loaded.config, loaded.scaler, loaded.dataset) == (SMALL, SCALER, TOWN)
    assert (loaded.training, loaded.metrics) == (TRAINING, METRICS)
    assert (loaded.path, loaded.warnings) == (path, ())
    assert loaded.dataset.sensors == COAST


@pytest.mark.parametrize("ablate", ABLATIONS)
def test_the_loaded_model_is_the_saved_one_in_evaluation_mode(tmp_path, ablate):
    model = HimNet(replace(SMALL, ablate=ablate, num_layers=2, cheb_k=3), seed=1)
    write(tmp_path, model.state_dict(), config=model.config)
    loaded = himnet.load_checkpoint(tmp_path)
    assert not loaded.model.training
    assert loaded.config == loaded.model.config == model.config
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], value)


def test_a_checkpoint_has_all_that_is_promised(tmp_path):
    write(tmp_path / "model.safetensors")
    checkpoint = load_checkpoint(tmp_path)
    for name in ("model", "config", "scaler", "dataset", "training", "metrics", "sha256"):
        assert getattr(checkpoint, name) is not None
    assert isinstance(CheckpointError("x"), himnet.HimNetError)


def test_arrays_load_without_torch(tmp_path):
    path = write(tmp_path / "model.safetensors")
    code = (
        "import sys, himnet\n"
        "loaded = himnet.load_arrays(sys.argv[1])\n"
        "print(sum(array.size for array in loaded.weights.values()), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(SMALL.num_parameters), "False"]


def test_the_sum_follows_weights_and_description_and_nothing_else(tmp_path):
    first = load_arrays(write(tmp_path / "a.safetensors")).sha256
    assert load_arrays(write(tmp_path / "elsewhere" / "b.safetensors")).sha256 == first
    others = [
        write(tmp_path / "c.safetensors", draw(seed=1)),
        write(tmp_path / "d.safetensors", training={"seed": 1}),
        write(tmp_path / "e.safetensors", dataset=replace(TOWN, name="city")),
    ]
    assert len({first, *(load_arrays(path).sha256 for path in others)}) == 4


def test_a_file_without_a_sum_has_the_same_sum_and_a_warning(tmp_path):
    path = write(tmp_path / "model.safetensors")
    sealed = load_arrays(path)
    metadata = read_header(path).metadata
    del metadata["sha256"]
    save_file(load_file(path), tmp_path / "bare.safetensors", metadata)
    loaded = load_arrays(tmp_path / "bare.safetensors")
    assert loaded.sha256 == sealed.sha256
    assert loaded.warnings == (
        "bare.safetensors has no sha256, so changes since it was written cannot be detected",
    )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_of_other_types_come_out_as_float32(tmp_path, dtype):
    metadata = read_header(write(tmp_path / "model.safetensors")).metadata
    del metadata["sha256"]
    stored = {name: torch.tensor(array).to(dtype) for name, array in draw().items()}
    save_torch_file(stored, tmp_path / "other.safetensors", metadata)
    wanted = {name: tensor.float().numpy() for name, tensor in stored.items()}
    assert same(load_arrays(tmp_path / "other.safetensors").weights, wanted)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_prefixes_of_wrappers_are_taken_off(tmp_path, prefix):
    metadata = read_header(write(tmp_path / "model.safetensors")).metadata
    del metadata["sha256"]
    wrapped = {prefix + name: array for name, array in draw().items()}
    save_file(wrapped, tmp_path / "wrapped.safetensors", metadata)
    assert same(load_arrays(tmp_path / "wrapped.safetensors").weights, draw())


def test_torch_tensors_are_saved_like_arrays(tmp_path):
    tensors = {name: torch.tensor(array).requires_grad_() for name, array in draw().items()}
    path = write(tmp_path / "tensors.safetensors", tensors)
    assert load_arrays(path).sha256 == load_arrays(write(tmp_path / "arrays")).sha256


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_not_saved(tmp_path, value):
    weights = draw()
    weights["st_proj.bias"][2] = value
    with pytest.raises(CheckpointError, match=r"'st_proj.bias' of .* not finite"):
        write(tmp_path / "model.safetensors", weights)
    assert not list(tmp_path.iterdir())


def test_all_that_is_wrong_with_the_tensors_is_listed_at_once(tmp_path):
    weights = draw()
    del weights["node_embedding"]
    weights["colour"] = np.zeros(3)
    weights["out_proj.bias"] = np.zeros(2)
    with pytest.raises(CheckpointError) as caught:
        write(tmp_path / "model.safetensors", weights)
    for part in ("missing: node_embedding", "unexpected: colour", "out_proj.bias is (2,) instead"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {"loss": float("nan")}},
        {"training": {"when": object()}},
        {"training": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}},
        {"metrics": {"val": {"all": {"mae": "low"}}}},
        {"metrics": {"val": 3.1}},
        {"dataset": replace(TOWN, name="two\nlines")},
        {"dataset": DatasetInfo("town", Sensors.numbered(4), steps_per_day=24)},
        {"dataset": replace(TOWN, steps_per_day=48)},
    ],
)
def test_a_description_that_could_not_be_read_back_is_not_saved(tmp_path, changes):
    with pytest.raises(CheckpointError):
        write(tmp_path / "model.safetensors", **changes)
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_former_file_alone(tmp_path):
    path = write(tmp_path / "model.safetensors")
    before = path.read_bytes()
    with pytest.raises(CheckpointError):
        write(path, training={"loss": float("inf")})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_folder_gets_a_file_of_the_usual_name(tmp_path):
    assert write(tmp_path / "mine") == tmp_path / "mine" / "model.safetensors"
    with pytest.raises(CheckpointError, match=r"not as \.pt; name it .*mine\.safetensors"):
        write(tmp_path / "mine.pt")
    (tmp_path / "taken").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written"):
        write(tmp_path / "taken")


def test_a_model_too_large_for_memory_is_refused_by_its_header(tmp_path):
    config = replace(SMALL, num_nodes=99_999, node_embedding_dim=1024, steps_per_day=86_400)
    config = replace(config, tod_embedding_dim=1024)
    town = DatasetInfo("town", Sensors.numbered(99_999), steps_per_day=86_400)
    said = Description(config, SCALER, town, {}, {}).to_dict()
    header, end = {"__metadata__": {"format": FORMAT, "himnet": json.dumps(said)}}, 0
    for name, shape in config.state_shapes().items():
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    raw = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(raw)) + raw)
    os.truncate(path, 8 + len(raw) + end)  # half-precision zeros that take no room on the disk
    with pytest.raises(CheckpointError, match=r"has [\d,]+ MB in float32; up to 537 MB"):
        load_arrays(path)


def test_plain_files_are_told_how_to_become_checkpoints(tmp_path):
    path = tmp_path / "plain.safetensors"
    save_file(draw(), path)
    with pytest.raises(CheckpointError, match=f"python -m himnet convert {path} DST.safetensors"):
        load_arrays(path)
    save_file(draw(), path, {"format": "himnet-checkpoint/9", "himnet": "{}"})
    with pytest.raises(CheckpointError, match="has the format 'himnet-checkpoint/9'"):
        load_arrays(path)


def test_save_checkpoint_takes_what_load_arrays_gives(tmp_path):
    loaded = load_arrays(write(tmp_path / "a.safetensors", training=TRAINING, metrics=METRICS))
    said = {name: getattr(loaded, name) for name in ("config", "scaler", "dataset")}
    said |= {"training": loaded.training, "metrics": loaded.metrics}
    again = save_checkpoint(tmp_path / "b.safetensors", loaded.weights, **said)
    assert load_arrays(again).sha256 == loaded.sha256


def test_a_checkpoint_from_before_sources_and_names_were_kept_opens(tmp_path):
    path = write(tmp_path / "model.safetensors")
    said = json.loads(read_header(path).metadata["himnet"])
    for key in ("source", "licence"):
        del said["dataset"][key]
    del said["dataset"]["sensors"]["name"]
    write_sealed(path, draw(), said, FORMAT)
    loaded = load_arrays(path)
    assert loaded.dataset == TOWN
    assert (loaded.dataset.credit, loaded.dataset.sensors.name) == ("", None)


@pytest.mark.parametrize("key", ["source", "licence"])
@pytest.mark.parametrize("text", [3, None, "two\nlines", "x" * 501])
def test_a_source_that_is_no_short_text_is_refused(tmp_path, key, text):
    path = write(tmp_path / "model.safetensors")
    said = json.loads(read_header(path).metadata["himnet"])
    said["dataset"][key] = text
    write_sealed(path, draw(), said, FORMAT)
    with pytest.raises(CheckpointError, match=f"the data set's '{key}' is .*, not a short text"):
        load_arrays(path)
