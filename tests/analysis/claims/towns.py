"""Models of a synthetic town in which the paper's claims are planted, and ones where nothing is."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.material import Material
from himnet.checkpoints import CheckpointArrays
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import synthetic_city
from himnet.model.parameters import HimNetParameters
from himnet.model.untrained import untrained_weights
from himnet.scaler import Scaler

SENSORS, STEPS = 24, 48
CONFIG = HimNetConfig(
    num_nodes=SENSORS,
    steps_per_day=STEPS,
    hidden_dim=4,
    tod_embedding_dim=4,
    dow_embedding_dim=4,
    node_embedding_dim=6,
    st_embedding_dim=5,
)
TOWN = synthetic_city(num_nodes=SENSORS, days=5, steps_per_day=STEPS, seed=0)
NO_DATA = "the data set is somewhere else"


def planted_weights(config=CONFIG, *, seed=0):
    """Weights whose hours lie on a circle, whose weekend is far, and whose roads are clusters."""
    rng = np.random.default_rng(seed)
    weights = untrained_weights(config, seed=seed)
    angle = np.arange(config.steps_per_day) / config.steps_per_day * 2 * np.pi
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if config.has_dictionaries:
        weights["tod_embedding.weight"][:] = circle @ rng.normal(size=(2, 4))
        days = 0.2 * rng.normal(size=(7, 4))
        days[5:] += 4 * rng.normal(size=4)
        weights["dow_embedding.weight"][:] = days
    roads = np.unique(TOWN.sensors.roads, return_inverse=True)[1]
    if config.ablate != "E_s":
        places = 3 * rng.normal(size=(roads.max() + 1, config.node_embedding_dim))
        noise = 0.05 * rng.normal(size=(SENSORS, config.node_embedding_dim))
        weights["node_embedding"][:] = places[roads] + noise
    return weights


def arrays(config=CONFIG, *, weights=None, info=None):
    """A checkpoint of the town that was never written."""
    return CheckpointArrays(
        config=config,
        scaler=Scaler(50.0, 12.0),
        dataset=info or TOWN.info,
        training={},
        metrics={},
        sha256="",
        path=Path("town.safetensors"),
        warnings=(),
        weights=planted_weights(config) if weights is None else weights,
    )


def material(config=CONFIG, *, dataset=TOWN, weights=None, info=None):
    """The town's checkpoint with its data set, or None for without."""
    made = arrays(config, weights=weights, info=info or (dataset or TOWN).info)
    return Material(made, None, dataset, "" if dataset else NO_DATA)


def nameless(**changes):
    """The town's identity with nothing known but the sensors' number."""
    return replace(TOWN.info, sensors=Sensors.numbered(SENSORS), **changes)


def bare_info(config):
    """An identity of which nothing is known."""
    sensors = Sensors.numbered(config.num_nodes)
    return DatasetInfo("nowhere", sensors, steps_per_day=config.steps_per_day, first_weekday=None)


def view(weights=None, *, k=4, **more):
    """A model of the town as claims look at it."""
    return ModelView(
        HimNetParameters(planted_weights() if weights is None else weights, CONFIG), k, **more
    )


def ground(**more):
    """The town as the ground of claims."""
    return Ground(material(**more))
