"""Metrics of snapshots beside the trained model: by their sums, and safely read back."""

import pytest

from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import snapshot_file
from himnet.errors import CheckpointError
from himnet.forecasting.snapshot_metrics import (
    measured_snapshot,
    save_snapshot_metrics,
    stored_snapshot_metrics,
)
from tests.himnet.checkpoints.models import draw, write

OLD = {"windows": 9, "all": {"mae": 9.0, "rmse": 9.0, "mape": 9.0}}
NEW = {"windows": 4, "all": {"mae": 3.25, "rmse": 7.0, "mape": None}}
SAID = {"data": "", "command": "evaluate mine --snapshots --save"}


@pytest.fixture
def run(tmp_path):
    """A trained model, and the snapshots of two steps."""
    model = write(tmp_path / "mine", metrics={"test": OLD})
    for step in (0, 50):
        write(snapshot_file(model.parent, step), draw(seed=step + 1), metrics={"val": OLD})
    return model


def snapshot(run, step):
    return load_arrays(snapshot_file(run.parent, step))


def test_a_snapshot_gets_what_was_measured_of_it_and_keeps_the_rest(run):
    trained, first, second = load_arrays(run), snapshot(run, 0), snapshot(run, 50)
    save_snapshot_metrics(trained, "test", {0: (first.sha256, NEW)}, **SAID)
    trained = load_arrays(run)
    assert trained.metrics == {"test": OLD}
    assert measured_snapshot(first, trained).metrics == {"val": OLD, "test": NEW}
    assert measured_snapshot(second, trained).metrics == {"val": OLD}
    assert trained.measured.used["snapshots/test"].command == SAID["command"]


def test_a_snapshot_that_has_changed_since_has_none(run):
    first = snapshot(run, 0)
    save_snapshot_metrics(load_arrays(run), "test", {0: (first.sha256, NEW)}, **SAID)
    write(snapshot_file(run.parent, 0), draw(seed=9))
    changed = snapshot(run, 0)
    assert stored_snapshot_metrics(load_arrays(run), first.sha256) == {"test": NEW}
    assert stored_snapshot_metrics(load_arrays(run), changed.sha256) == {}


ODD = [
    {"0": NEW}, {"0": {"sha256": "x", **NEW}}, {"first": {"sha256": "0" * 64}}, {"0": []},
    {"0": {"sha256": "0" * 64, "all": {"mae": -1}}}, {"0": {"sha256": "0" * 64, "windows": "9"}},
    {"0": {"sha256": "0" * 64, "all": 3}}, {"0": None},
]  # fmt: skip


@pytest.mark.parametrize("value", ODD, ids=str)
def test_what_a_stranger_s_file_says_wrongly_is_one_sentence(run, value):
    trained = load_arrays(run)
    save_measured(run, trained.sha256, "snapshots/test", value, **SAID)
    with pytest.raises(CheckpointError, match="evaluate --snapshots --save") as caught:
        stored_snapshot_metrics(load_arrays(run), "0" * 64)
    assert len(str(caught.value).splitlines()) == 1
