"""Spaces: Gram coordinates are as good as the expanded parameters, for whoever measures in them."""

from itertools import product

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

from analysis.errors import AnalysisError
from analysis.evidence.agreement import silhouette
from analysis.geometry.projection import tsne
from analysis.geometry.similarity import cosine_matrix, distance_matrix
from analysis.geometry.spaces import (
    SpaceChoice,
    learnt_space,
    space_of,
    spatial_queries,
    temporal_queries,
)
from himnet.model.parameters import HimNetParameters
from tests.analysis.expanded import (
    ONE_LAYER,
    PARTS,
    SPACES,
    TWO_LAYERS,
    expanded,
    queries_of,
    rank_deficient,
    small,
    trained_like,
)

KINDS = tuple(SPACES)
MODELS = {
    "one layer": (trained_like(ONE_LAYER), ONE_LAYER),
    "two layers of order 3": (trained_like(TWO_LAYERS), TWO_LAYERS),
    "rank-deficient pools": (rank_deficient(TWO_LAYERS), TWO_LAYERS),
}


def choices(config):
    """Every choice that a model has."""
    layers = ["all", *range(config.num_layers)]
    for pool, bias, layer in product(("gate", "update", "both"), (True, False), layers):
        yield SpaceChoice(pool=pool, bias=bias, layer=layer)


def plain_cosines(theta):
    """Cosines by their definition, one pair after the other."""
    return np.array([[a @ b / np.sqrt((a @ a) * (b @ b)) for b in theta] for a in theta])


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


@pytest.mark.parametrize("kind", KINDS)
def test_cosines_equal_those_of_the_expanded_parameters(model, kind):
    weights, config = model
    queries = queries_of(kind, weights, config)
    for choice in choices(config):
        theta = expanded(weights, config, PARTS[kind], queries, choice)
        found = learnt_space(HimNetParameters(weights, config), SPACES[kind], choice).coordinates(
            queries
        )
        raw, centred = plain_cosines(theta), plain_cosines(theta - theta.mean(axis=0))
        assert np.abs(cosine_matrix(found) - raw).max() < 1e-6, choice.label
        assert np.abs(cosine_matrix(found, centred=True) - centred).max() < 1e-6, choice.label


@pytest.mark.parametrize("kind", KINDS)
def test_distances_equal_those_of_the_expanded_parameters(model, kind):
    weights, config = model
    queries = queries_of(kind, weights, config)
    for choice in choices(config):
        theta = expanded(weights, config, PARTS[kind], queries, choice)
        found = learnt_space(HimNetParameters(weights, config), SPACES[kind], choice).coordinates(
            queries
        )
        assert np.abs(distance_matrix(found) - cdist(theta, theta)).max() < 1e-6, choice.label


@pytest.mark.parametrize("kind", KINDS)
def test_silhouettes_equal_those_of_the_expanded_parameters(model, kind):
    weights, config = model
    queries = queries_of(kind, weights, config)
    labels = np.arange(len(queries)) % 3
    for choice in choices(config):
        theta = expanded(weights, config, PARTS[kind], queries, choice)
        found = learnt_space(HimNetParameters(weights, config), SPACES[kind], choice).coordinates(
            queries
        )
        expected = silhouette_score(theta, labels)
        assert silhouette(found, labels) == pytest.approx(expected, abs=1e-6), choice.label


def test_queries_that_differ_where_the_pools_do_not_are_one_meta_parameter():
    weights, config = MODELS["rank-deficient pools"]
    queries = spatial_queries(HimNetParameters(weights, config))[:2].copy()
    queries[1] = queries[0]
    queries[1, 0] += 3
    queries[1, 1] -= 3  # the pools' rows 0 and 1 are equal
    found = learnt_space(HimNetParameters(weights, config), "spatial").coordinates(queries)
    assert distance_matrix(found)[0, 1] < 1e-6
    assert cosine_matrix(found)[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_coordinates_have_the_rank_of_the_pools(kind):
    full = learnt_space(HimNetParameters(*MODELS["one layer"]), SPACES[kind]).factor
    lacking = learnt_space(HimNetParameters(*MODELS["rank-deficient pools"]), SPACES[kind]).factor
    assert full.shape == (len(full), len(full))
    assert lacking.shape == (len(full), len(full) - 2)


def test_directions_of_little_weight_are_kept_all_the_same():
    weights = trained_like(ONE_LAYER)
    for name, array in weights.items():
        if name.endswith("_pool"):
            array[0] *= 1e-4
    queries = spatial_queries(HimNetParameters(weights, ONE_LAYER))[:2].copy()
    queries[1] = queries[0]
    queries[1, 0] += 3
    theta = expanded(weights, ONE_LAYER, "encoder_s", queries)
    found = learnt_space(HimNetParameters(weights, ONE_LAYER), "spatial").coordinates(queries)
    assert distance_matrix(found)[0, 1] == pytest.approx(cdist(theta, theta)[0, 1], rel=1e-4)


def test_pools_of_zeros_leave_meta_parameters_without_direction():
    space = space_of(np.zeros((4, 4)), SpaceChoice())
    found = space.coordinates(np.random.default_rng(0).normal(size=(5, 4)))
    assert np.isnan(cosine_matrix(found)).all()
    assert not distance_matrix(found).any()


def shared_neighbours(first, second, k):
    """Mean share of the k nearest neighbours that points have in both pictures."""
    nearest = [
        np.argsort(distance_matrix(points) + np.diag(np.full(len(points), np.inf)))[:, :k]
        for points in (first, second)
    ]
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(*nearest, strict=True)])


def test_tsne_of_coordinates_keeps_the_neighbours_of_tsne_of_expanded_parameters():
    config = small(num_nodes=80)
    weights = trained_like(config)
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(8, config.node_embedding_dim))
    weights["node_embedding"][:] = np.repeat(middles, 10, axis=0) + 0.4 * rng.normal(size=(80, 6))
    queries = spatial_queries(HimNetParameters(weights, config))
    coordinates = learnt_space(HimNetParameters(weights, config), "spatial").coordinates(queries)
    theta = expanded(weights, config, "encoder_s", queries)
    ours = tsne(coordinates, perplexity=8, iterations=250)
    theirs = tsne(theta, perplexity=8, iterations=250)
    assert theta.shape[1] > 20 * coordinates.shape[1]
    assert shared_neighbours(ours, theirs, 7) > 0.9
    assert shared_neighbours(ours, theirs[rng.permutation(80)], 7) < 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_gram_matrices_of_pools_and_layers_add_up(kind):
    weights, config = MODELS["two layers of order 3"]

    def gram(**choice):
        return learnt_space(
            HimNetParameters(weights, config), SPACES[kind], SpaceChoice(**choice)
        ).gram

    assert gram(pool="both") == pytest.approx(gram(pool="gate") + gram(pool="update"))
    assert gram(layer="all") == pytest.approx(gram(layer=0) + gram(layer=1))
    biases = gram() - gram(bias=False)
    assert np.linalg.eigvalsh(biases)[-1] > 0
    assert np.linalg.eigvalsh(biases)[0] > -1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_points_changes_nothing_but_the_order(kind):
    weights, config = MODELS["one layer"]
    queries = queries_of(kind, weights, config)
    order = np.random.default_rng(1).permutation(len(queries))
    space = learnt_space(HimNetParameters(weights, config), SPACES[kind])
    first, mixed = space.coordinates(queries), space.coordinates(queries[order])
    assert mixed == pytest.approx(first[order])
    for centred in (False, True):
        cosines = cosine_matrix(first, centred=centred)[np.ix_(order, order)]
        assert cosine_matrix(mixed, centred=centred) == pytest.approx(cosines)
    assert distance_matrix(mixed) == pytest.approx(distance_matrix(first)[np.ix_(order, order)])


def test_sensors_in_another_order_have_the_same_geometry():
    weights, config = MODELS["one layer"]
    order = np.random.default_rng(2).permutation(config.num_nodes)
    moved = weights | {"node_embedding": weights["node_embedding"][order]}
    distances = [
        distance_matrix(
            learnt_space(HimNetParameters(of, config), "spatial").coordinates(
                spatial_queries(HimNetParameters(of, config))
            )
        )
        for of in (weights, moved)
    ]
    assert distances[1] == pytest.approx(distances[0][np.ix_(order, order)])


def test_queries_keep_their_leading_axes():
    weights, config = MODELS["one layer"]
    queries = np.random.default_rng(3).normal(size=(2, 7, config.st_embedding_dim))
    space = learnt_space(HimNetParameters(weights, config), "moment")
    found = space.coordinates(queries)
    assert found.shape == (2, 7, space.factor.shape[1])
    assert found[1] == pytest.approx(space.coordinates(queries[1]))


def test_temporal_queries_are_rows_of_both_dictionaries():
    weights, config = MODELS["one layer"]
    found = temporal_queries(HimNetParameters(weights, config), np.array([3, 40]), np.array([0, 6]))
    assert found.shape == (2, config.temporal_embedding_dim)
    assert found.dtype == np.float64
    assert np.array_equal(found[1, :4], weights["tod_embedding.weight"][40])
    assert np.array_equal(found[1, 4:], weights["dow_embedding.weight"][6])


@pytest.mark.parametrize(
    ("kind", "ablation"),
    [
        *product(["temporal"], ["E_t", "TMP"]),
        *product(["spatial"], ["E_s", "SMP"]),
        *product(["ST-mixed"], ["E_st", "STMP"]),
    ],
)
def test_a_model_without_a_part_says_so_and_keeps_the_others(kind, ablation):
    config = small(ablate=ablation)
    weights = trained_like(config)
    with pytest.raises(
        AnalysisError, match=rf"trained without {ablation}, so .* no {kind} .*; open a checkpoint"
    ):
        learnt_space(HimNetParameters(weights, config), SPACES[kind])
    for other in set(KINDS) - {kind}:
        assert len(learnt_space(HimNetParameters(weights, config), SPACES[other]).gram)


@pytest.mark.parametrize("ablation", ["E_t", "TMP"])
def test_a_model_without_dictionaries_has_no_temporal_queries(ablation):
    config = small(ablate=ablation)
    with pytest.raises(AnalysisError, match=f"trained without {ablation}"):
        temporal_queries(
            HimNetParameters(trained_like(config), config), np.zeros(1, int), np.zeros(1, int)
        )


def test_a_model_without_spatial_embedding_has_no_spatial_queries():
    config = small(ablate="E_s")
    with pytest.raises(AnalysisError, match="trained without E_s"):
        spatial_queries(HimNetParameters(trained_like(config), config))


def test_without_spatial_meta_parameters_the_spatial_embedding_is_still_there():
    config = small(ablate="SMP")
    assert spatial_queries(HimNetParameters(trained_like(config), config)).shape == (18, 6)


@pytest.mark.parametrize("layer", [2, -1])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_that_is_not_there_is_refused(kind, layer):
    weights, config = MODELS["two layers of order 3"]
    with pytest.raises(AnalysisError, match=rf"no layer {layer + 1}; .* has 2"):
        learnt_space(HimNetParameters(weights, config), SPACES[kind], SpaceChoice(layer=layer))


def test_a_pool_that_is_not_there_is_refused():
    weights, config = MODELS["one layer"]
    with pytest.raises(AnalysisError, match="unknown pool 'reset'; choose gate, update or both"):
        learnt_space(HimNetParameters(weights, config), "temporal", SpaceChoice(pool="reset"))


def test_a_choice_says_in_words_what_it_is():
    assert SpaceChoice().label == "gate and update pools, with biases, all layers"
    last = SpaceChoice(pool="update", bias=False, layer=1)
    assert last.label == "update pool, without biases, layer 2"
