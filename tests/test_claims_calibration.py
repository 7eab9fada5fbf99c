"""P-values of untrained models: where a null is calibrated, few are small."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.material import Material
from benchmarks.claims_calibration import judged_claims, main, null_p_values, summary
from himnet import load_arrays

WEIGHTS_ALONE = {"weekend", "hours", "rush-hours", "clusters", "roads", "carriageways"}


@pytest.fixture(scope="module")
def small() -> Material:
    """A model of the synthetic city, without its readings."""
    return Material(load_arrays("synthetic-city"), None, None, "none is looked at")


def test_claims_about_st_mixed_meta_parameters_are_not_judged():
    assert {claim.id for claim in judged_claims()} == WEIGHTS_ALONE | {"series"}


def test_without_readings_all_but_the_series_are_judged(small):
    found = null_p_values(small, models=2, draws=9)
    assert set(found) == WEIGHTS_ALONE
    for values in found.values():
        assert len(values) == 2
        assert all(0 < p <= 1 for p in values)


def test_models_are_fresh_and_the_same_again(small):
    one, again = (null_p_values(small, models=2, draws=99) for _ in range(2))
    assert one == again
    assert one["clusters"][0] != one["clusters"][1]


def test_the_trained_weights_play_no_part(small):
    blank = {name: np.zeros_like(array) for name, array in small.arrays.weights.items()}
    other = replace(small, arrays=replace(small.arrays, weights=blank))
    assert null_p_values(small, models=1, draws=9) == null_p_values(other, models=1, draws=9)


def test_a_row_counts_what_is_below_the_level():
    (row,) = summary({"hours": [0.01, 0.049, 0.05, 0.9, float("nan")]})
    assert (row["below"], row["models"]) == (2, 5)
    assert row["quantiles"] == sorted(row["quantiles"])


def test_the_table_says_what_is_not_judged_and_why(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path))
    out = tmp_path / "calibration.json"
    assert main(["--models", "1", "--draws", "3", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "series is not included: the data set METRLA is not in" in printed
    assert {row["claim"] for row in json.loads(out.read_text())["claims"]} == WEIGHTS_ALONE


def test_what_is_no_checkpoint_is_one_line(capsys, tmp_path):
    assert main([str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
