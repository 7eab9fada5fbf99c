"""What was measured with a model: it is merged, told apart, and never changes or hides it."""

import json
import math
import os
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest

import himnet
from himnet.checkpoints import load_arrays, load_checkpoint, save_measured
from himnet.checkpoints import measured as module
from himnet.checkpoints.format import write_sealed
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import FORMAT, MAX_BYTES, RULES, check_savable, read_measured
from himnet.errors import CheckpointError, FolderError
from himnet.limits import MAX_LINE
from himnet.locks import sole_writer
from tests.himnet.checkpoints.models import draw, write
from tests.himnet.checkpoints.sealing import Parts, parts_of, sealed

OWN = {"windows": 9, "all": {"mae": 3.5, "rmse": 7.25, "mape": 9.0}}
LATER = {"windows": 4, "all": {"mae": 3.25, "rmse": 7.0, "mape": None}}
TABLE = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def model(tmp_path):
    return write(tmp_path / "mine", metrics={"val": OWN, "test": OWN})


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    """Let there be a second kind of part, with arrays."""
    monkeypatch.setitem(RULES, "errors", 3)


def save(model, name="metrics/test", value=LATER, **more):
    said = {"data": "0" * 64, "command": "python -m himnet evaluate mine --save", **more}
    return save_measured(model, load_arrays(model).sha256, name, value, **said)


def test_a_part_comes_back_with_all_that_tells_how_it_was_made(model):
    path = save(model, "errors/by-sensor", {"unit": "mph"}, arrays={"table": TABLE})
    assert path == measured_file(model)
    loaded = load_arrays(model)
    part = loaded.measured.used["errors/by-sensor"]
    assert (part.model, part.data, part.rules) == (loaded.sha256, "0" * 64, 3)
    assert (part.software, part.value) == (himnet.__version__, {"unit": "mph"})
    assert part.command == "python -m himnet evaluate mine --save"
    assert abs((np.datetime64("now") - np.datetime64(part.date)).astype(int)) < 600
    np.testing.assert_array_equal(part.arrays["table"], TABLE)
    assert part.arrays["table"].dtype == TABLE.dtype
    assert loaded.warnings == ()


def test_the_models_file_stays_as_it_is_and_its_metrics_are_the_measured_ones(model):
    before, own = model.read_bytes(), load_arrays(model)
    assert own.metrics == {"val": OWN, "test": OWN}
    save(model, value={**LATER, "all": {**LATER["all"], "mape": math.nan}})
    assert model.read_bytes() == before
    for loaded in (load_arrays(model), load_checkpoint(model)):
        assert loaded.metrics == {"val": OWN, "test": LATER}
        assert loaded.sha256 == own.sha256
    os.remove(measured_file(model))
    assert load_arrays(model).metrics == own.metrics


def test_parts_of_the_same_model_stay_and_one_is_replaced(model):
    save(model, "errors/by-sensor", {"unit": "mph"}, arrays={"table": TABLE})
    save(model, "metrics/val")
    save(model, "metrics/val", OWN)
    parts = read_measured(save(model))
    assert sorted(parts) == ["errors/by-sensor", "metrics/test", "metrics/val"]
    assert parts["metrics/val"].value == OWN
    np.testing.assert_array_equal(parts["errors/by-sensor"].arrays["table"], TABLE)


def test_parts_of_another_model_are_ignored_with_one_sentence_and_go(model):
    save(model, "metrics/val")
    save(model, "metrics/test")
    write(model, draw(seed=1))
    loaded = load_arrays(model)
    assert (loaded.metrics, loaded.measured.used) == ({}, {})
    (said,) = loaded.warnings
    assert said.startswith("metrics/test, metrics/val in measured.safetensors are ignored: it ")
    assert "another model" in said
    assert set(read_measured(save(model, "metrics/train"))) == {"metrics/train"}
    assert load_arrays(model).warnings == ()


def test_parts_of_other_rules_are_ignored_with_a_sentence_and_stay(model, monkeypatch):
    save(model)
    save(model, "errors", {"unit": "mph"})
    monkeypatch.setitem(RULES, "metrics", 2)
    monkeypatch.delitem(RULES, "errors")
    loaded = load_arrays(model)
    assert loaded.metrics["test"] == OWN
    assert loaded.measured.used == {}
    assert loaded.warnings == (
        "errors in measured.safetensors is ignored: it was made by a newer version of this "
        "software; measure again",
        "metrics/test in measured.safetensors is ignored: it was made by rules that have changed "
        "since; measure again",
    )
    assert set(read_measured(save(model, "metrics/val"))) == {
        "errors", "metrics/test", "metrics/val",
    }  # fmt: skip
    assert load_arrays(model).metrics == {"val": LATER, "test": OWN}


def test_a_model_without_a_sum_keeps_what_was_measured(model):
    save(model)
    content = model.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    del header["__metadata__"]["sha256"]
    raw = json.dumps(header).encode()
    model.write_bytes(struct.pack("<Q", len(raw)) + raw + content[8 + length :])
    assert load_arrays(model).metrics["test"] == LATER
    save(model, "metrics/val")
    assert load_arrays(model).metrics["val"] == LATER


def test_what_was_measured_with_former_weights_is_not_written(model):
    loaded = load_arrays(model)
    newer = write(model, draw(seed=1)).read_bytes()
    with pytest.raises(CheckpointError, match="was changed while it was measured"):
        save_measured(model, loaded.sha256, "metrics/test", LATER, data="", command="")
    assert model.read_bytes() == newer
    assert not measured_file(model).exists()


@pytest.mark.parametrize(
    ("name", "value", "more", "why"),
    [
        ("metrics/test", {"all": {"mae": -1}}, {}, "mae of 'metrics/test' is -1"),
        ("metrics/test", {"all": {"mae": math.inf}}, {}, "mae of 'metrics/test' is inf"),
        ("metrics/te st", LATER, {}, "has the invalid name 'metrics/te st'"),
        ("errors", {"a": [[[[[[[1]]]]]]]}, {}, "nested too deeply"),
        ("errors", {"a": math.inf}, {}, "cannot be stored"),
        ("errors", {"a": ["x"] * 10_001}, {}, "10,002 entries"),
        ("errors", {}, {"data": "two\nlines"}, "not a short text"),
        ("errors", {}, {"arrays": {"a": np.zeros(MAX_BYTES // 8 + 1)}}, "at most 20 MB are stored"),
        ("errors", {}, {"arrays": {"a": np.array(["text"])}}, "cannot be stored"),
    ],
    ids=str,
)
def test_what_could_not_be_read_back_is_not_written(model, name, value, more, why):
    path = save(model, "metrics/val")
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=why) as caught:
        save(model, name, value, **more)
    assert len(str(caught.value).splitlines()) == 1
    assert path.read_bytes() == before


def test_a_long_command_is_cut(model):
    save(model, command="python " + "x" * 2_000)
    command = load_arrays(model).measured.used["metrics/test"].command
    assert len(command) == MAX_LINE
    assert command.endswith("x ...")


def flipped(content, seed):
    raw = bytearray(content)
    raw[np.random.default_rng(seed).integers(len(raw))] ^= 1 << seed % 8
    return bytes(raw)


def resealed(content, text=None, arrays=None, kind=FORMAT):
    parts = parts_of(content)
    return sealed(Parts(kind, text or parts.text, parts.arrays if arrays is None else arrays))


DAMAGE = {
    "empty": lambda c: b"",
    "text": lambda c: b"nothing to see here",
    "cut": lambda c: c[:-7],
    "cut in the header": lambda c: c[:300],
    "longer": lambda c: c + b"\0",
    "huge header": lambda c: struct.pack("<Q", 2**40) + c[8:],
    "long header": lambda c: struct.pack("<Q", 9 * 2**20) + b" " * 9 * 2**20,
    "too large": lambda c: c + bytes(MAX_BYTES + 9 * 2**20),
    "another kind": lambda c: resealed(c, kind="himnet-track/1"),
    "another version": lambda c: resealed(c, kind="himnet-measured/2"),
    "no sum": lambda c: c.replace(b'"sha256":"', b'"sha257":"', 1),
    "a key twice": lambda c: resealed(c, parts_of(c).text[:-1] + ',"parts":{}}'),
    "NaN": lambda c: resealed(c, parts_of(c).text.replace("3.25", "NaN")),
    "infinite": lambda c: resealed(c, parts_of(c).text.replace("3.25", "1e999")),
    "half a character": lambda c: resealed(c, parts_of(c).text.replace("mph", "\\ud800")),
    "deep": lambda c: resealed(c, '{"parts":' + "[" * 5000 + "]" * 5000 + "}"),
    "a list": lambda c: resealed(c, "[]"),
    "no parts": lambda c: resealed(c, '{"parts":[]}', {}),
    "more": lambda c: resealed(c, parts_of(c).text[:-1] + ',"more":1}'),
    "an array of no part": lambda c: resealed(c, arrays={"more:table": TABLE}),
    "an array of the part's own field": lambda c: resealed(c, arrays={"model": TABLE}),
    "a type that there is not": lambda c: c.replace(b'"dtype":"F32"', b'"dtype":"F99"'),
    **{f"bit {seed}": lambda c, seed=seed: flipped(c, seed) for seed in range(24)},
}


@pytest.fixture
def two(model):
    """A model with two parts beside it, one of them with an array."""
    save(model, "errors", {"unit": "mph"}, arrays={"table": TABLE})
    save(model)
    assert len(load_arrays(model).measured.used) == 2
    return model


def is_but_a_warning(model):
    loaded = load_arrays(model)
    (said,) = loaded.warnings
    assert len(said.splitlines()) == 1
    assert len(said) < 600
    assert said.endswith(", so it is ignored; delete it and measure again")
    assert (loaded.metrics, loaded.measured.parts) == ({"val": OWN, "test": OWN}, {})
    return said


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_hides_nothing_and_is_not_written_over(two, how):
    path = measured_file(two)
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    damaged = path.read_bytes()
    said = is_but_a_warning(two)
    for act in (lambda: save(two, "metrics/val"), lambda: check_savable(two)):
        with pytest.raises(CheckpointError) as caught:
            act()
        assert str(caught.value) == said
    assert path.read_bytes() == damaged
    path.unlink()
    save(two, "metrics/val")
    assert load_arrays(two).warnings == ()


ODD = [
    ("model", None), ("model", "x"), ("model", "A" * 64), ("model", ["0" * 64]),
    ("data", None), ("data", "two\nlines"), ("data", "x" * 501), ("data", 3),
    ("software", "\x1b[2J"), ("software", None), ("command", "\u202eevil"), ("command", {}),
    ("rules", 1.0), ("rules", True), ("rules", -1), ("rules", "1"), ("rules", 10**20),
    ("date", "yesterday"), ("date", None), ("date", "2024-01-01T00:00:00Z"), ("date", "9999-01-01"),
    ("value", None), ("value", []), ("value", {"all": {"mae": "3"}}), ("value", {"windows": -1}),
    ("value", {"all": {"mae": 1e101}}), ("value", {"all": None}), ("value", {"x" * 501: 1}),
    ("value", {"a": [0] * 10_001}), ("value", {"a": 2**64}), ("value", {"a": "x" * 20_001}),
    ("value", {"a": [[[[[[[1]]]]]]]}), ("more", 1), ("arrays", {}), ("__class__", 1),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), ODD, ids=lambda value: str(value)[:20])
def test_a_sealed_file_that_says_impossible_things_is_a_warning(two, key, value):
    path = measured_file(two)
    said = parts_of(path.read_bytes()).description
    said["parts"]["metrics/test"][key] = value
    path.write_bytes(resealed(path.read_bytes(), json.dumps(said)))
    is_but_a_warning(two)


@pytest.mark.parametrize("name", ["", "/", "a/b/c", "../x", "\x1b[1m", "A", "x" * 41, "a:b", "a\n"])
def test_a_part_of_an_odd_name_is_a_warning(two, name):
    path = measured_file(two)
    said = parts_of(path.read_bytes()).description
    said["parts"][name] = said["parts"]["metrics/test"]
    path.write_bytes(resealed(path.read_bytes(), json.dumps(said)))
    is_but_a_warning(two)


def test_more_parts_than_anybody_measures_are_a_warning(two):
    path = measured_file(two)
    said = parts_of(path.read_bytes()).description["parts"]
    many = {f"metrics/{number}": said["metrics/test"] for number in range(module.MAX_PARTS + 1)}
    path.write_bytes(resealed(path.read_bytes(), json.dumps({"parts": many}), {}))
    is_but_a_warning(two)


def test_the_resealing_itself_does_no_harm(two):
    path = measured_file(two)
    path.write_bytes(resealed(path.read_bytes()))
    assert len(load_arrays(two).measured.used) == 2


def test_a_link_is_read_and_replaced_but_its_target_is_not_written(two, tmp_path):
    path, elsewhere = measured_file(two), tmp_path / "elsewhere.safetensors"
    path.rename(elsewhere)
    before = elsewhere.read_bytes()
    path.symlink_to(elsewhere)
    assert len(load_arrays(two).measured.used) == 2
    save(two, "metrics/val")
    assert elsewhere.read_bytes() == before
    assert not path.is_symlink()
    assert len(load_arrays(two).measured.used) == 3


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("nowhere", path)])
def test_what_is_no_file_there_is_nothing(model, make):
    make(measured_file(model))
    loaded = load_arrays(model)
    assert (loaded.warnings, loaded.measured.parts) == ((), {})


def test_a_model_whose_name_leaves_no_room_for_another_opens(tmp_path):
    model = write(tmp_path / "short.safetensors").rename(tmp_path / f"{'x' * 243}.safetensors")
    assert load_arrays(model).warnings == ()


def test_two_do_not_write_at_once(two):
    code = "import sys, time, pathlib\nfrom himnet.locks import sole_writer\n" + (
        "with sole_writer(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n"
        "    time.sleep(60)"
    )
    words = [sys.executable, "-c", code, str(two.parent)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FolderError, match="is being written by process"):
            save(two, "metrics/val")
        holder.kill()
    with sole_writer(two.parent):
        save(two, "metrics/val")
    assert len(load_arrays(two).measured.used) == 3


KILLED = """
import os, sys, signal, pathlib
from himnet.checkpoints import load_arrays, save_measured, format
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
def half(path, content):
    path.with_name(f".{path.name}.{os.getpid()}.partial").write_bytes(content[: len(content) // 2])
    die()
if sys.argv[2] == "in-file":
    format.write_atomically = half
else:
    pathlib.Path.replace = die
model = load_arrays(sys.argv[1])
save_measured(model.path, model.sha256, "metrics/val", {"windows": 1}, data="", command="")
"""


@pytest.mark.parametrize("moment", ["in-file", "before-move"])
def test_who_is_killed_while_writing_leaves_the_former_file(model, moment):
    path = save(model)
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(model), moment], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert load_arrays(model).metrics["test"] == LATER
    save(model, "metrics/val")
    assert load_arrays(model).metrics == {"val": LATER, "test": LATER}


def test_a_file_that_holds_nothing_yet_is_in_order(model):
    write_sealed(measured_file(model), {}, {"parts": {}}, FORMAT)
    assert load_arrays(model).warnings == ()
