"""The table of structure says of each checkpoint what it has, and nothing of what it has not."""

import json

import pytest

from benchmarks.structure import main, structure
from himnet.checkpoints import load_arrays
from himnet.config import HimNetConfig
from tests.himnet.checkpoints.models import SMALL, write


def test_the_bundled_model_has_more_structure_than_its_nulls(capsys, tmp_path):
    assert main(["metr-la", "--json", str(tmp_path / "structure.json")]) == 0
    (row,) = json.loads((tmp_path / "structure.json").read_text())["checkpoints"]
    assert row["roads"]["ARI"]["value"] > row["roads"]["ARI"]["null_mean"]
    cosines = list(row["hours"]["cosines"].values())
    assert cosines == sorted(cosines, reverse=True)
    assert f"{row['test_mae']:.3f}" in capsys.readouterr().out


@pytest.mark.parametrize(("ablate", "missing"), [("E_t", "hours"), ("E_s", "roads")])
def test_a_part_left_out_has_no_structure(tmp_path, ablate, missing):
    config = HimNetConfig(**{**SMALL.to_dict(), "ablate": ablate})
    row = structure(load_arrays(write(tmp_path / "model.safetensors", config=config)))
    assert row[missing] is None


def test_what_is_no_checkpoint_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
