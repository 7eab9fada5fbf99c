"""Plain state dicts are read without running anything, and their sizes read off the tensors."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from himnet.checkpoints.convert import infer_config, read_state_dict, used_times_of_day
from himnet.checkpoints.pickles import check_torch
from himnet.config import ABLATIONS, HimNetConfig
from himnet.errors import CheckpointError, ConfigError
from himnet.model.himnet import HimNet
from himnet.presets import PRESETS
from tests.himnet.checkpoints.models import SMALL, draw, refused, same, write, write_plain

FIXTURE = Path(__file__).parents[2] / "fixtures" / "reference_forward" / "one_layer.pt"
SIZES = {
    "small": SMALL,
    "two layers, order 3": replace(SMALL, num_layers=2, cheb_k=3),
    "three layers, order 1": replace(SMALL, num_layers=3, cheb_k=1),
    "two sensors": replace(SMALL, num_nodes=2, node_embedding_dim=9, st_embedding_dim=1),
    "twelve layers": replace(SMALL, num_layers=12),
    "other windows": replace(SMALL, in_steps=6, out_steps=24, steps_per_day=96),
    **{name: preset.model for name, preset in PRESETS.items()},
}


def shapes_of(config):
    """Arrays of the right shapes that take no memory."""
    return {name: np.broadcast_to(0.0, shape) for name, shape in config.state_shapes().items()}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_read_off_the_tensors(name):
    config = SIZES[name]
    windows = {"in_steps": config.in_steps, "out_steps": config.out_steps}
    assert infer_config(shapes_of(config), **windows) == config


@pytest.mark.parametrize("ablate", [name for name in ABLATIONS if name != "none"])
@pytest.mark.parametrize("base", ["small", "two layers, order 3", "METRLA", "PEMS08"])
def test_every_ablation_is_told_by_its_tensors(ablate, base):
    config = replace(SIZES[base], ablate=ablate)
    found = infer_config(
        shapes_of(config), steps_per_day=config.steps_per_day, num_nodes=config.num_nodes
    )
    assert found.ablate == ablate
    assert found.state_shapes() == config.state_shapes()
    assert found.steps_per_day == config.steps_per_day
    # without dictionaries their widths are lost, and nothing but their sum can matter
    if ablate != "TMP":
        assert found.temporal_embedding_dim == config.temporal_embedding_dim


@pytest.mark.parametrize(
    ("ablate", "said"),
    [("E_t", "--steps-per-day"), ("TMP", "--steps-per-day"), ("E_s", "--sensors or --dataset")],
)
def test_what_an_ablated_model_does_not_tell_must_be_given(ablate, said):
    with pytest.raises(ConfigError, match=f"give it with {said}"):
        infer_config(shapes_of(replace(SMALL, ablate=ablate)))


@pytest.mark.parametrize("given", [{"in_steps": 0}, {"out_steps": -3}, {"in_steps": 10**9}])
def test_what_is_given_must_be_possible(given):
    with pytest.raises(ConfigError, match=next(iter(given))):
        infer_config(shapes_of(SMALL), **given)
    with pytest.raises(ConfigError, match="steps_per_day"):
        infer_config(shapes_of(replace(SMALL, ablate="E_t")), steps_per_day=0)


def changed(name, shape):
    return {**shapes_of(SMALL), name: np.zeros(shape)}


def without(*names):
    return {name: array for name, array in shapes_of(SMALL).items() if name not in names}


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"weight": np.zeros((3, 3))},
        without("out_proj.weight"),
        without("out_proj.bias"),
        without("dow_embedding.weight"),
        without("encoder_s.cells.0.update.bias_pool"),
        without("encoder_t.cells.0.gate.weights_pool", "decoder.cells.0.gate.weights_pool"),
        changed("out_proj.weight", ()),
        changed("out_proj.weight", (1, 0)),
        changed("dow_embedding.weight", (8, 2)),
        changed("dow_embedding.weight", (7,)),
        changed("node_embedding", (5,)),
        changed("node_embedding", (1, 3)),
        changed("tod_embedding.weight", (24,)),
        changed("encoder_t.cells.0.gate.weights_pool", (5,)),
        changed("encoder_t.cells.0.gate.weights_pool", (5, 15, 8)),
        changed("encoder_t.cells.99.gate.weights_pool", (5, 14, 8)),
        changed("encoder_t.cells.99999999999999999999.gate.weights_pool", (5, 14, 8)),
        changed("st_proj.weight", (0, 4)),
        changed("colour", (3,)),
    ],
)
def test_tensors_of_another_model_are_refused(weights):
    with pytest.raises(CheckpointError) as caught:
        infer_config(weights, steps_per_day=24, num_nodes=5)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 2000


def test_a_published_file_comes_back_whole():
    weights = read_state_dict(FIXTURE)
    config = infer_config(weights)
    assert (config.num_nodes, config.hidden_dim, config.st_embedding_dim) == (11, 12, 4)
    HimNet(config).load_state_dict({name: torch.tensor(array) for name, array in weights.items()})


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod."])
def test_wrappings_of_trainers_are_taken_off(tmp_path, key, prefix):
    arrays = {prefix + name: torch.tensor(array) for name, array in draw().items()}
    torch.save({key: arrays, "epoch": 3, "best": 2.9}, tmp_path / "last.pt")
    assert same(read_state_dict(tmp_path / "last.pt"), draw())
    torch.save({"model": {"state_dict": OrderedDict(arrays)}}, tmp_path / "deep.pt")
    assert same(read_state_dict(tmp_path / "deep.pt"), draw())


@pytest.mark.parametrize("prefix", ["model.", "net.", "himnet.", "module.model.", "a.module."])
@pytest.mark.parametrize("key", [None, "net", "weights of the best epoch"])
def test_any_key_and_one_common_first_component_are_taken_off(tmp_path, prefix, key):
    arrays = {prefix + name: torch.tensor(array) for name, array in draw().items()}
    torch.save(arrays if key is None else {key: arrays, "epoch": 1}, tmp_path / "any.ckpt")
    assert same(read_state_dict(tmp_path / "any.ckpt"), draw())


def test_of_several_models_none_is_chosen_unasked(tmp_path):
    path = tmp_path / "two.pt"
    one, other = (
        {name: torch.tensor(array) for name, array in draw(seed=seed).items()} for seed in (0, 1)
    )
    torch.save({"online": one, "averaged": {"net": other}}, path)
    assert "under 2 keys (online, averaged.net); choose one with --key KEY" in refused(path)
    assert same(read_state_dict(path, "online"), draw(seed=0))
    for key in ("averaged", "net", "averaged.net"):
        assert same(read_state_dict(path, key), draw(seed=1))
    with pytest.raises(CheckpointError, match="no weights under the key 'mean'; it has them under"):
        read_state_dict(path, "mean")
    torch.save({"model": one, "averaged": other}, path)  # the usual key of the model itself
    assert same(read_state_dict(path), draw(seed=0))


def test_weights_that_were_not_taken_are_told(tmp_path):
    path, told = tmp_path / "ema.pt", []
    one, other = (
        {name: torch.tensor(array) for name, array in draw(seed=seed).items()} for seed in (0, 1)
    )
    scaler = {"mean": torch.tensor(3.0), "std": torch.tensor(2.0)}
    torch.save({"model": one, "ema": other, "scaler": scaler}, path)
    assert same(read_state_dict(path, tell=told.append), draw(seed=0))
    assert told == [
        "the weights under model were taken; there are others under ema, which --key KEY takes"
    ]
    assert same(read_state_dict(path, "ema"), draw(seed=1))


@pytest.mark.parametrize("wrap", [lambda w: (w, 3), lambda w: [w], lambda w: (w, {"state": {}}, 1)])
def test_a_state_dict_in_a_tuple_or_list_is_found(tmp_path, wrap):
    torch.save(wrap({name: torch.tensor(array) for name, array in draw().items()}), tmp_path / "x")
    assert same(read_state_dict(tmp_path / "x"), draw())


def test_a_compiled_part_and_a_counter_of_averages_are_taken_off(tmp_path):
    names = {name: name.replace("encoder_s.", "encoder_s._orig_mod.") for name in draw()}
    arrays = {f"module.{names[name]}": torch.tensor(array) for name, array in draw().items()}
    torch.save({"n_averaged": torch.tensor(9), **arrays}, tmp_path / "x.pt")
    assert same(read_state_dict(tmp_path / "x.pt"), draw())


def test_one_of_two_models_whose_names_begin_otherwise(tmp_path):
    both = {
        f"{part}.{name}": torch.tensor(array)
        for seed, part in enumerate(("student", "teacher"))
        for name, array in draw(seed=seed).items()
    }
    torch.save(both, tmp_path / "x.pt")
    assert same(read_state_dict(tmp_path / "x.pt", "teacher"), draw(seed=1))
    with pytest.raises(CheckpointError, match="are taken with --key student"):
        infer_config(read_state_dict(tmp_path / "x.pt"))
    torch.save({**both, "seen": torch.tensor(3)}, tmp_path / "x.pt")
    assert "take those of 'student.' with --key student" in refused(tmp_path / "x.pt")
    assert same(read_state_dict(tmp_path / "x.pt", "student"), draw(seed=0))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"steps": torch.tensor(3)}, "'steps' is int64"),
        ({"graph": torch.eye(3, dtype=torch.bool)}, "'graph' is bool"),
    ],
)
def test_a_foreign_buffer_is_named(tmp_path, content, said):
    weights = {name: torch.tensor(array) for name, array in draw().items()}
    torch.save({**weights, **content}, tmp_path / "more.pt")
    assert said in refused(tmp_path / "more.pt")


def test_another_number_of_input_channels_is_said_with_the_file():
    pool = "encoder_t.cells.0.gate.weights_pool"
    with pytest.raises(CheckpointError, match=r"of mine\.pt .*seems to have 1 channel"):
        infer_config(changed(pool, (5, 10, 8)), source="mine.pt")


@pytest.mark.parametrize("per_day", [24, 48, 72, 96, 144, 288])
def test_of_the_published_rows_those_looked_up_are_kept(per_day):
    published = draw(replace(SMALL, steps_per_day=288))
    dictionary = published["tod_embedding.weight"]
    time_of_day = (np.arange(per_day) / per_day).astype(np.float32)
    looked_up = torch.tensor(time_of_day).mul(288).long().numpy()  # as the published code does
    kept = used_times_of_day(published, per_day, "x.pt")
    assert np.array_equal(kept["tod_embedding.weight"], dictionary[looked_up])
    assert infer_config(kept).steps_per_day == per_day


@pytest.mark.parametrize("per_day", [0, -48, 50, 1440])
def test_steps_that_do_not_divide_the_published_rows_get_the_reason(per_day):
    with pytest.raises(ConfigError, match="do not divide 288"):
        used_times_of_day(draw(replace(SMALL, steps_per_day=288)), per_day, "x.pt")
    others = draw()  # 24 rows: not those of the published code
    assert used_times_of_day(others, per_day, "x.pt") is others


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32(tmp_path, dtype):
    tensors = {name: torch.tensor(array).to(dtype) for name, array in draw().items()}
    torch.save(tensors, tmp_path / "half.pt")
    wanted = {name: tensor.float().numpy() for name, tensor in tensors.items()}
    assert same(read_state_dict(tmp_path / "half.pt"), wanted)


def test_parameters_and_views_are_tensors_too(tmp_path):
    tensors = {name: torch.tensor(array) for name, array in draw().items()}
    tensors["out_proj.weight"] = torch.nn.Parameter(tensors["out_proj.weight"])
    tensors["node_embedding"] = tensors["node_embedding"].T.contiguous().T
    torch.save(tensors, tmp_path / "views.pt")
    assert same(read_state_dict(tmp_path / "views.pt"), draw())


def test_a_plain_safetensors_file_is_read_as_well(tmp_path):
    save_file(
        {"module." + name: array for name, array in draw().items()}, tmp_path / "a.safetensors"
    )
    assert same(read_state_dict(tmp_path / "a.safetensors"), draw())


def test_a_checkpoint_is_no_source(tmp_path):
    with pytest.raises(CheckpointError, match="is a checkpoint already"):
        read_state_dict(write(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        3,
        {"weight": 3},
        {"weight": [1.0]},
        {3: torch.zeros(2)},
        {"state_dict": {}},
        {"a": torch.zeros(2), "b": "text"},
        {"a": torch.zeros(2, dtype=torch.int64)},
        {"a": torch.zeros(2, dtype=torch.complex64)},
        {"a": torch.zeros(2, 2).to_sparse()},
        {"a": torch.zeros(2, device="meta")},
        {"a": np.zeros(2)},
        torch.zeros(3),
        torch.nn.Linear(2, 2),
        {"a": torch.zeros(1), "module.a": torch.zeros(1)},
        {"a": torch.zeros(1).expand(2**30)},
    ],
    ids=str,
)
def test_whatever_is_no_state_dict_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "x.pt")
    refused(tmp_path / "x.pt")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x80\x04N.", b"\0" * 1000, b"<!doctype html>", b"PK\x05\x06"]
)
@pytest.mark.parametrize("name", ["x.pt", "x.pth", "x", "x.safetensors"])
def test_whatever_is_no_archive_is_refused(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name)


@pytest.mark.parametrize("keep", np.linspace(0, 0.999, 20).tolist())
def test_a_cut_archive_is_refused(tmp_path, keep):
    content = write_plain(tmp_path / "x.pt").read_bytes()
    (tmp_path / "x.pt").write_bytes(content[: int(keep * len(content))])
    refused(tmp_path / "x.pt")


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_is_refused_or_changes_nothing(tmp_path, seed):
    content = bytearray(write_plain(tmp_path / "x.pt").read_bytes())
    rng = np.random.default_rng(seed)
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    (tmp_path / "x.pt").write_bytes(content)
    try:
        weights = read_state_dict(tmp_path / "x.pt")
    except CheckpointError:
        return
    assert same(weights, draw())


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "no file" in refused(tmp_path / "nowhere.pt")
    assert "no file" in refused(tmp_path)


def test_files_too_long_are_refused_unread(tmp_path):
    for name in ("x.pt", "x.safetensors"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(2**40)
        assert "MB" in refused(tmp_path / name)


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
        with archive.open("archive/data/0", "w", force_zip64=True) as entry:
            for _ in range(600):
                entry.write(bytes(2**20))
    assert "would unpack to 629 MB" in refused(tmp_path / "bomb.pt")


class _Call:
    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("inside", ["", "state_dict"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_payload_is_named_and_never_run(tmp_path, inside, protocol):
    target = tmp_path / "owned"
    call = _Call(os.system, f"touch {target}")
    content = {**{name: torch.tensor(array) for name, array in draw().items()}, "extra": call}
    torch.save(
        {inside: content} if inside else content, tmp_path / "x.pt", pickle_protocol=protocol
    )
    assert "contains more than plain tensors: it would call" in refused(tmp_path / "x.pt")
    assert not target.exists()


@pytest.mark.parametrize(
    "call",
    [
        _Call(eval, "1"),
        _Call(getattr, "a", "upper"),
        _Call(bytearray, 2**40),
        _Call(torch.load, "other.pt"),
        _Call(torch.zeros, 2**40),
        _Call(np.zeros, 2**40),
    ],
)
def test_calls_that_no_tensor_needs_are_refused(tmp_path, call):
    torch.save({"a": call}, tmp_path / "x.pt")
    assert "it would call" in refused(tmp_path / "x.pt")


@pytest.mark.parametrize("packed", [True, False])
def test_a_bare_pickle_is_refused_unopened(tmp_path, packed):
    target = tmp_path / "owned"
    raw = pickle.dumps(_Call(os.system, f"touch {target}"))
    if packed:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("archive/data.pkl", raw)
        raw = buffer.getvalue()
    (tmp_path / "x.pt").write_bytes(raw)
    refused(tmp_path / "x.pt")
    assert not target.exists()


def test_the_layout_of_before_torch_1_6_is_refused(tmp_path):
    tensors = {name: torch.tensor(array) for name, array in draw().items()}
    torch.save(tensors, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert "torch 1.6" in refused(tmp_path / "old.pt")


@pytest.mark.parametrize("version", ["1.13.1", "2.5.0+cu121", "2.9.1"])
def test_a_torch_that_loads_unsafely_is_refused(version):
    with pytest.raises(CheckpointError, match=r"install torch 2\.10 or later"):
        check_torch(version)


@pytest.mark.parametrize("version", ["2.10.0", "2.13.0+cpu", "3.0", torch.__version__])
def test_a_torch_that_loads_safely_is_taken(version):
    check_torch(version)


def test_a_safetensors_source_of_whole_numbers_is_refused(tmp_path):
    save_file({"a": np.zeros(3, dtype=np.int64)}, tmp_path / "x.safetensors")
    assert "integers" in refused(tmp_path / "x.safetensors")


def test_defaults_are_the_published_windows():
    assert (infer_config(draw()).in_steps, infer_config(draw()).out_steps) == (12, 12)
    assert HimNetConfig(207).in_steps == 12
