"""Small models of a town with two freeways, as checkpoints that were never written."""

from pathlib import Path

import numpy as np

from himnet.checkpoints import CheckpointArrays
from himnet.data.info import DatasetInfo, Sensors
from himnet.scaler import Scaler
from tests.analysis.expanded import ONE_LAYER, SENSORS, trained_like

KILOMETRE = 1 / 111.195  # degrees of latitude
# freeway A runs north with a carriageway each way; B runs east, 20 km from it
_NORTHWARDS, _EASTWARDS = np.arange(6), np.arange(6)
TOWN = Sensors(
    ids=tuple(f"s{number}" for number in range(SENSORS)),
    latitude=np.concatenate([_NORTHWARDS, _NORTHWARDS, np.full(6, 20.0)]) * KILOMETRE,
    longitude=np.concatenate([np.zeros(6), np.full(6, 0.04), _EASTWARDS]) * KILOMETRE,
    freeway=("A",) * 12 + ("B",) * 6,
    direction=("N",) * 6 + ("S",) * 6 + ("E",) * 6,
)
NAMELESS = Sensors.numbered(SENSORS)


def town_model(config=ONE_LAYER, *, seed=0, sensors=TOWN, name="town", weights=None, **said):
    """A checkpoint of the town; `said` are its training settings and metrics."""
    return CheckpointArrays(
        config=config,
        scaler=Scaler(50.0, 12.5),
        dataset=DatasetInfo(name, sensors, steps_per_day=config.steps_per_day),
        training=said.get("training", {}),
        metrics=said.get("metrics", {}),
        sha256="",
        path=Path("town.safetensors"),
        warnings=(),
        weights=trained_like(config, seed=seed) if weights is None else weights,
    )
