"""Checkpoints of models that nobody trained, for tests of the pages."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np

from himnet.checkpoints import load_arrays, save_checkpoint
from himnet.checkpoints.locate import track_file
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.split_errors import HOURS, SplitErrors, save_errors
from himnet.forecasting.track import Track, save_track
from himnet.model.untrained import untrained_weights
from himnet.scaler import Scaler

SENSORS, DAYS = 24, 3
START = dt.datetime(2024, 1, 1)
SMALL = {"hidden_dim": 8, "tod_embedding_dim": 4, "dow_embedding_dim": 4}
CONFIG = HimNetConfig(num_nodes=SENSORS, node_embedding_dim=6, st_embedding_dim=6, **SMALL)
METRICS = {
    "test": {
        "windows": 100,
        **{key: {"mae": 3.1, "rmse": 6.4, "mape": 8.9} for key in ("all", "3", "6", "12")},
    }
}
TRAINING = {"steps": 1200, "epochs": 3, "seed": 0, "note": "made up for a test"}


def city_info() -> DatasetInfo:
    """A synthetic city's identity: coordinates, roads and dates are known."""
    return replace(synthetic_city(num_nodes=SENSORS, days=DAYS).info, name="smallville")


def bare_info() -> DatasetInfo:
    """A data set of which nothing is known but its size."""
    return DatasetInfo("nowhere", Sensors.numbered(SENSORS), first_weekday=None)


def save(
    folder: Path, name: str, config: HimNetConfig = CONFIG, info: DatasetInfo | None = None, **more
) -> Path:
    """Write an untrained model into a folder and return its file."""
    return save_checkpoint(
        folder / name,
        untrained_weights(config, seed=0),
        config=config,
        scaler=Scaler(50.0, 10.0),
        dataset=info or city_info(),
        **more,
    )


def add_track(
    checkpoint: Path,
    *,
    days: int = DAYS,
    calendar: bool = True,
    of: str | None = None,
    per_day: int = 288,
) -> Path:
    """Put a track beside a checkpoint whose E_st drifts over the day and differs by sensor.

    It says that it belongs to the checkpoint, or to one with the sum `of`.
    """
    arrays = load_arrays(checkpoint)
    rng, step = np.random.default_rng(0), dt.timedelta(days=1) / per_day
    steps = np.arange(11, min(max(days * per_day, 60), 3_000))
    own = rng.normal(size=(arrays.config.num_nodes, arrays.config.st_embedding_dim))
    daily = rng.normal(size=own.shape)
    phase = np.sin(steps / per_day * 2 * np.pi)[:, None, None]
    embedding = 2.0 + own + phase * daily
    forecasts = 50 + 10 * phase * rng.normal(size=(1, 4, arrays.config.num_nodes))
    track = Track(
        checkpoint_sha256=of or arrays.sha256,
        dataset=arrays.dataset.name,
        start=(START + 11 * step).isoformat() if calendar else None,
        step_minutes=24 * 60 / per_day,
        horizons=(1, 3, 6, 12),
        steps=steps,
        tod_index=steps % per_day,
        dow=steps // per_day % 7,
        st_embedding=embedding.astype(np.float16),
        forecasts=forecasts.astype(np.float16),
    )
    return save_track(track_file(checkpoint), track)


def add_errors(checkpoint: Path) -> SplitErrors:
    """Put errors on the test split beside a checkpoint, and return them; one sensor has none."""
    arrays, rng = load_arrays(checkpoint), np.random.default_rng(0)
    tables = {}
    for name, rows in (("sensor", arrays.config.num_nodes), ("hour", HOURS)):
        shape = rows, arrays.config.out_steps
        means = rng.uniform(1, 5, size=shape).astype(np.float32)
        counts = rng.integers(50, 90, size=shape).astype(np.int32)
        means[-1], counts[-1] = np.nan, 0
        tables[f"by_{name}"], tables[f"{name}_readings"] = means, counts
    errors = SplitErrors(**tables)
    save_errors(arrays, "test", errors, data="0" * 64, command="evaluate it --save")
    return errors


def make_all(folder: Path) -> Path:
    """Fill a folder with one checkpoint of every kind that pages have to cope with."""
    add_track(save(folder, "city", metrics=METRICS, training=TRAINING))
    save(folder, "bare", info=bare_info())
    add_track(save(folder, "dateless", info=bare_info()), calendar=False)
    add_track(save(folder, "misfit"), of="0" * 64)
    for part in ("E_t", "E_s", "E_st", "TMP", "SMP", "STMP"):
        saved = save(folder, f"without-{part}", replace(CONFIG, ablate=part))
        if part.startswith("E_s"):
            add_track(saved)
    save(folder, "layered", replace(CONFIG, num_layers=2, cheb_k=3))
    return folder
