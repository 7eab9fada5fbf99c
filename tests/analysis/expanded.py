"""Small models, and their meta-parameters written out, theta = E P: the oracle of the tests."""

import numpy as np

from analysis.geometry.spaces import (
    SpaceChoice,
    spatial_queries,
    temporal_queries,
)
from himnet.config import HimNetConfig
from himnet.model.parameters import HimNetParameters
from himnet.model.pools import MetaParameterPool
from himnet.model.untrained import untrained_weights

SENSORS = 18
_SIZES = dict(
    num_nodes=SENSORS,
    steps_per_day=48,
    hidden_dim=5,
    tod_embedding_dim=4,
    dow_embedding_dim=3,
    node_embedding_dim=6,
    st_embedding_dim=5,
)
ONE_LAYER = HimNetConfig(**_SIZES)
TWO_LAYERS = HimNetConfig(**_SIZES, num_layers=2, cheb_k=3)
PARTS = {"temporal": "encoder_t", "spatial": "encoder_s", "ST-mixed": "decoder"}
SPACES = {"temporal": "temporal", "spatial": "spatial", "ST-mixed": "moment"}


def small(**changes):
    """A configuration of one layer with some settings changed."""
    return HimNetConfig(**_SIZES | changes)


def trained_like(config, *, seed=0):
    """Weights with biases that are not zero, as training leaves them."""
    rng = np.random.default_rng(seed)
    weights = untrained_weights(config, seed=seed)
    for array in weights.values():
        array += (0.05 * rng.standard_normal(array.shape)).astype(np.float32)
    return weights


def rank_deficient(config):
    """Weights whose pools have one row twice, and one that is the sum of two others."""
    weights = trained_like(config)
    for name, array in weights.items():
        if name.endswith("_pool"):
            array[1] = array[0]
            array[2] = array[0] + array[-1]
    return weights


def queries_of(kind, weights, config):
    """Embeddings (n, d) that query one part's pools."""
    if kind == "temporal":
        hours, days = np.divmod(np.arange(0, 48 * 7, 9), 7)
        return temporal_queries(HimNetParameters(weights, config), hours, days)
    if kind == "spatial":
        return spatial_queries(HimNetParameters(weights, config))
    rng = np.random.default_rng(5)
    return rng.normal(size=(30, config.st_embedding_dim)).astype(np.float16)


def expanded(weights, config, part, queries, choice=None):
    """Generated parameters (n, S) of queries (n, d), all chosen pools and layers side by side."""
    choice = choice or SpaceChoice()
    layers = range(config.num_layers) if choice.layer == "all" else [choice.layer]
    convolutions = ("gate", "update") if choice.pool == "both" else (choice.pool,)
    queries = np.asarray(queries, dtype=np.float64)
    pieces = []
    for layer in layers:
        for convolution in convolutions:
            prefix = f"{part}.cells.{layer}.{convolution}."
            pool = MetaParameterPool(
                weights[prefix + "weights_pool"].astype(np.float64),
                weights[prefix + "bias_pool"].astype(np.float64),
            )
            pieces.append(pool.generate_weights(queries).reshape(len(queries), -1))
            if choice.bias:
                pieces.append(pool.generate_biases(queries))
    return np.concatenate(pieces, axis=1)
