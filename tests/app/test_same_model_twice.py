"""One model with other companions: what is shown is what lies beside the one that was chosen."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from himnet.checkpoints import load_arrays
from himnet.checkpoints.locate import track_file
from himnet.forecasting.track import load_track, save_track
from tests.app import made_up
from tests.app.drawn import charts, numbers

pytestmark = pytest.mark.slow


@pytest.fixture
def twins(explorer, tmp_path, monkeypatch):
    """Two folders with the same model, and tracks whose forecasts differ by ten."""
    first = made_up.save(tmp_path, "one")
    made_up.add_track(first)
    second = tmp_path / "two" / first.name
    second.parent.mkdir()
    shutil.copy(first, second)
    track = load_track(first)
    save_track(track_file(second), replace(track, forecasts=track.forecasts + 10))
    assert load_arrays(first).sha256 == load_arrays(second).sha256
    for folder, step in ((first.parent, 10), (second.parent, 777)):
        (folder / "snapshots").mkdir()
        shutil.copy(first, folder / "snapshots" / f"step-{step:06d}.safetensors")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    return explorer


def table(app):
    return next(one.value for one in app.dataframe if "mean forecast speed (mph)" in one.value)


def test_means_are_those_of_the_own_track(twins):
    one, two = (table(twins(name, "spatial")).set_index("sensor") for name in ("one", "two"))
    difference = two["mean forecast speed (mph)"] - one["mean forecast speed (mph)"]
    assert difference.to_numpy() == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(("page", "key"), [("forecasts", "f-moment"), ("explore", "e-series")])
def test_series_are_those_of_the_own_track(twins, page, key):
    drawn = []
    for name in ("one", "two"):
        figure = charts(twins(name, page))[key]
        drawn.append([numbers(trace["y"]) for trace in figure["data"][:2]])
    for first, second in zip(*drawn, strict=True):
        known = np.isfinite(second - first)
        assert known.any()
        assert (second - first)[known] == pytest.approx(10, abs=0.1)


def test_films_are_of_the_own_snapshots(twins):
    steps = []
    for name in ("one", "two"):
        film = charts(twins(name, "compare"))["c-film"]
        steps.append({step["label"] for step in film["layout"]["sliders"][0]["steps"]})
    assert "10" in steps[0]
    assert "777" in steps[1]
    assert "10" not in steps[1]


def test_a_link_to_nowhere_beside_a_model_harms_nothing(twins, tmp_path):
    (tmp_path / "one" / ".#model.lock").symlink_to("nowhere")
    app = twins("one", "explore")
    assert not app.exception
    assert not app.error
