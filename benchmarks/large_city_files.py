"""Untrained checkpoints of cities of many sensors, in files of about a megabyte."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from himnet.checkpoints import load_arrays, save_checkpoint
from himnet.checkpoints.locate import track_file
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.forecasting.track import MAX_BYTES, Track, save_track
from himnet.model.untrained import untrained_weights
from himnet.scaler import Scaler

MOMENTS = 24  # of a track: two hours
_WAYS = ("N", "S", "E", "W")
_A_ROAD = 100  # sensors of a freeway in one direction, on average
_HORIZONS = (1, 3, 6, 12)
_FIRST = 11  # step of the first moment with one hour of history
_SIDE, _MIDDLE = 1.5, (34.0, -118.0)  # degrees: width of the city, and its centre


def many_sensors(count: int, *, roads: bool = True, seed: int = 0) -> Sensors:
    """Return sensors along straight freeways, in opposite pairs.

    Args:
        count: N.
        roads: whether freeways and directions are known.
        seed: of the positions of the freeways.
    """
    rng = np.random.default_rng(seed)
    ways = max(2, count // _A_ROAD // 2 * 2)
    road = np.sort(rng.integers(0, ways, count))
    along = rng.uniform(0, 1, count)
    across = rng.uniform(0, 1, ways)[road // 2 * 2] + 0.0002 * (road % 2)
    north = road // 2 % 2 == 0
    latitude = _MIDDLE[0] + _SIDE * np.where(north, along, across)
    longitude = _MIDDLE[1] + _SIDE * np.where(north, across, along)
    freeway, way = (road // 2).tolist(), (road % 2 + 2 * ~north).tolist()
    return Sensors(
        tuple(f"{700_000 + number}" for number in range(count)),
        latitude.round(5),
        longitude.round(5),
        freeway=tuple(f"US-{number}" for number in freeway) if roads else None,
        direction=tuple(_WAYS[number] for number in way) if roads else None,
    )


def large_city(path: Path, count: int, *, roads: bool = True, moments: int = 0) -> Path:
    """Write a checkpoint of many sensors, and optionally a track.

    Args:
        path: folder or file of the checkpoint.
        count: of sensors.
        roads: whether freeways and directions are known.
        moments: of the track; 0 for none, and fewer if the track would be too large.

    Returns:
        The checkpoint's file.
    """
    config = HimNetConfig(
        count, hidden_dim=4, tod_embedding_dim=4, dow_embedding_dim=4, node_embedding_dim=4,
        st_embedding_dim=4,
    )  # fmt: skip
    weights = untrained_weights(config, seed=0)
    # sensors in groups, so that there is structure
    rng = np.random.default_rng(1)
    middles = rng.normal(size=(12, config.node_embedding_dim))
    own = middles[rng.integers(0, len(middles), count)]
    own = own + 0.3 * rng.normal(size=own.shape)
    weights["node_embedding"] = own.astype(np.float32)
    info = DatasetInfo(
        f"city of {count}", many_sensors(count, roads=roads), start="2024-01-01T00:00:00",
        num_steps=20 * 288, unit="mph", quantity="speed",
    )  # fmt: skip
    saved = save_checkpoint(
        path, weights, config=config, scaler=Scaler(50.0, 10.0), dataset=info
    )  # fmt: skip
    if moments:
        _add_track(saved, moments)
    return saved


def _add_track(checkpoint: Path, moments: int) -> None:
    arrays = load_arrays(checkpoint)
    count, width = arrays.config.num_nodes, arrays.config.st_embedding_dim
    each = 3 * 8 + 2 * count * (width + len(_HORIZONS))
    steps = _FIRST + np.arange(min(moments, MAX_BYTES // each))
    rng = np.random.default_rng(0)
    phase = np.sin(steps / 288 * 2 * np.pi)[:, None, None]
    embedding = 2 + rng.normal(size=(count, width)) + phase * rng.normal(size=(count, width))
    forecasts = 50 + 10 * phase * rng.normal(size=(1, len(_HORIZONS), count))
    track = Track(
        checkpoint_sha256=arrays.sha256,
        dataset=arrays.dataset.name,
        start=f"2024-01-01T00:{_FIRST * 5:02d}:00",
        step_minutes=5.0,
        horizons=_HORIZONS,
        steps=steps,
        tod_index=steps % 288,
        dow=steps // 288 % 7,
        st_embedding=embedding.astype(np.float16),
        forecasts=forecasts.astype(np.float16),
    )
    save_track(track_file(checkpoint), track)
