"""Altered files: each loads with right numbers and can be used, or ends in CheckpointError.

``--fuzz-scale 1`` alters 1,000 models, 700 tracks, 700 files of measurements and 200 ``.pt``;
without, a fifth of them.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from himnet.checkpoints import load_arrays
from himnet.checkpoints.measured import FORMAT
from tests.app import made_up
from tests.himnet.checkpoints.fuzz_worker import INTACT_MEASURED, INTACT_TRACK
from tests.himnet.checkpoints.sealing import Parts, sealed

pytestmark = pytest.mark.slow

COUNTS = {"model": 1000, "track": 700, "measured": 700, "pt": 200}
ROOT = Path(__file__).parents[3]
MOST_BYTES = 1_000_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    known = {"metrics": made_up.METRICS, "training": made_up.TRAINING}
    for name, info, more in (("city", None, known), ("bare", made_up.bare_info(), {})):
        saved = made_up.save(folder / name, "model.safetensors", info=info, **more)
        track = made_up.add_track(saved, days=1, calendar=name == "city")
        track.rename(track.with_name(INTACT_TRACK))
        track.with_name(INTACT_MEASURED).write_bytes(measured(load_arrays(saved).sha256))
    return folder


def measured(sha256):
    """A file with metrics, and with a part of a kind that this version does not know."""
    made = {
        "model": sha256, "data": "town", "software": "0.1.0", "rules": 1,
        "command": "python -m himnet evaluate city --save", "date": "2024-01-01T00:00:00",
    }  # fmt: skip
    parts = {"metrics/test": {**made, "value": made_up.METRICS["test"]}}
    parts["errors"] = {**made, "value": made_up.TRAINING}
    arrays = {"errors:table": np.ones((3, 4), np.float32), "errors:counts": np.arange(5)}
    return sealed(Parts(FORMAT, json.dumps({"parts": parts}), arrays))


@pytest.mark.parametrize("kind", COUNTS)
def test_every_altered_file_loads_rightly_or_is_refused(kind, folder, pytestconfig):
    count = round(COUNTS[kind] * pytestconfig.getoption("--fuzz-scale"))
    words = ("-m", "tests.himnet.checkpoints.fuzz_worker", kind, str(folder), "0", str(count))
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(kind, found)
    assert found["faults"] == []
    assert found["did"] == []
    assert not (folder / "executed").exists()
    assert found["peak_bytes"] < MOST_BYTES
    assert sum(found["outcomes"].values()) == count
    assert min(found["outcomes"].get(name, 0) for name in ("loaded", "refused")) > 0
