"""Files with odd but allowed contents: whatever loads, every page draws.

Some are seen, on two pages in turn; with ``--fuzz-scale 1`` all of them on all pages.
"""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.pages import EVERY
from benchmarks.app_server import MAIN
from himnet.checkpoints import load_arrays
from himnet.checkpoints.locate import track_file
from himnet.errors import CheckpointError
from himnet.forecasting.track import load_track
from tests.app import made_up
from tests.himnet.checkpoints.alterations import odd_descriptions
from tests.himnet.checkpoints.odd_values import TRACK_ARRAYS, WEIGHTS
from tests.himnet.checkpoints.sealing import Parts, parts_of, sealed, sum_of

pytestmark = pytest.mark.slow

PAGES = tuple(page.file for page in EVERY)
USUAL, SHARE = 2, 5  # pages of each file, and one file of so many, unless all are asked for
PER_DAY = (1, 2, 7, 25, 1000, 86_400)


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intact")
    saved = made_up.save(folder, "model", metrics=made_up.METRICS, training=made_up.TRAINING)
    return saved.read_bytes(), made_up.add_track(saved, days=2).read_bytes()


def loadable(intact, folder):
    """Write all odd files that load, each with a track that fits, and return their names."""
    names = []
    for number, altered in enumerate(odd_descriptions(intact[0])):
        names += write(folder, f"said-{number}", altered.content, parts_of(intact[1]))
    parts = parts_of(intact[0])
    for number, change in enumerate(WEIGHTS):
        for name in ("node_embedding", "decoder.cells.0.gate.weights_pool", "out_proj.bias"):
            changed = np.ascontiguousarray(change_quietly(change, parts.arrays[name]))
            content = sealed(Parts(parts.format, parts.text, {**parts.arrays, name: changed}))
            names += write(folder, f"{name}-{number}", content, parts_of(intact[1]))
    for name, changes in TRACK_ARRAYS.items():
        for number, change in enumerate(changes):
            track = parts_of(intact[1])
            track.arrays[name] = np.ascontiguousarray(change_quietly(change, track.arrays[name]))
            names += write(folder, f"track-{name}-{number}", intact[0], track)
    return names


def change_quietly(change, array):
    with np.errstate(all="ignore"):
        return change(array)


def write(folder, name, content, track):
    """Write a model with a track that says the same of the data; keep what loads."""
    path = folder / f"{name}.safetensors"
    path.write_bytes(content)
    try:
        info = load_arrays(path).dataset
    except CheckpointError:
        path.unlink()
        return []
    told = {**track.description, "checkpoint_sha256": sum_of(content)}
    told |= {"dataset": info.name, "start": None}
    if info.start_time is not None:
        step = int(np.clip(track.arrays["steps"].flat[0], 0, 10**6))
        told["start"] = (info.start_time + dt.timedelta(minutes=5 * step)).isoformat()
    beside = track_file(path)
    beside.write_bytes(sealed(Parts(track.format, json.dumps(told), track.arrays)))
    try:
        load_track(path)
    except CheckpointError:
        beside.unlink()
    return [name]


def clocks(folder):
    """Write models of cities with few and many steps a day, and return their names."""
    for per_day in PER_DAY:
        config = replace(made_up.CONFIG, steps_per_day=per_day)
        info = replace(made_up.city_info(), steps_per_day=per_day, num_steps=3 * per_day + 60)
        made_up.add_track(
            made_up.save(folder, f"clock-{per_day}.safetensors", config, info), per_day=per_day
        )
    return [f"clock-{per_day}" for per_day in PER_DAY]


def short_tracks(intact, folder):
    """Write models whose tracks are short, or begin with the last moment of a day."""
    names = []
    for first, last in ((0, 1), (0, 2), (276, 277), (276, 280), (100, 113)):
        track = parts_of(intact[1])
        track.arrays = {name: array[first:last] for name, array in track.arrays.items()}
        names += write(folder, f"moments-{first}-{last}", intact[0], track)
    assert all((folder / f"{name}.track.safetensors").is_file() for name in names)
    return names


def visit(name, page):
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params["checkpoint"] = name
    return app.switch_page(f"app_pages/{page}.py").run()


def test_what_loads_is_drawn(intact, tmp_path, monkeypatch, pytestconfig):
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "no-data"))
    monkeypatch.setenv("HIMNET_TILES", "off")
    every = pytestconfig.getoption("--fuzz-scale") >= 1
    odd = [*clocks(tmp_path), *short_tracks(intact, tmp_path)]
    names = odd + loadable(intact, tmp_path)[:: 1 if every else SHARE]
    faults, visits = [], 0
    for number, name in enumerate(names):
        turn = [(number + place * 5) % len(PAGES) for place in range(USUAL)]
        for page in PAGES if every else [PAGES[place] for place in turn]:
            app = visit(name, page)
            visits += 1
            faults += [f"{name} {page}: {found.message}" for found in app.exception]
            faults += [f"{name} {page}: {e.value}" for e in app.error if "Traceback" in e.value]
            if app.selectbox(key="checkpoint").value != name:
                faults.append(f"{name} {page}: another model was opened")
    print(f"{len(names)} files, {visits} pages, {len(faults)} faults")
    assert faults == []
