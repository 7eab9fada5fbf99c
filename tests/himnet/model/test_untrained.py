"""Untrained weights drawn without torch are what the model itself would start from."""

import numpy as np
import pytest

from himnet.config import ABLATIONS
from himnet.model.himnet import HimNet
from himnet.model.untrained import DICTIONARIES, untrained_weights
from himnet.presets import preset
from tests.analysis.expanded import small, trained_like

DRAWS = 40


def root_mean_square(arrays):
    return float(np.sqrt(np.mean([np.square(array.astype(np.float64)).mean() for array in arrays])))


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_names_and_shapes_are_those_of_the_model(ablation):
    config = small(ablate=ablation, num_layers=2, cheb_k=3)
    drawn = untrained_weights(config, seed=0)
    state = HimNet(config, seed=0).state_dict()
    assert {name: array.shape for name, array in drawn.items()} == {
        name: tuple(tensor.shape) for name, tensor in state.items()
    }
    assert all(array.dtype == np.float32 for array in drawn.values())


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_every_tensor_spreads_as_in_the_model(ablation):
    config = small(ablate=ablation, num_layers=2, cheb_k=3)
    ours = [untrained_weights(config, seed=seed) for seed in range(DRAWS)]
    theirs = [
        {name: tensor.numpy() for name, tensor in HimNet(config, seed=seed).state_dict().items()}
        for seed in range(DRAWS)
    ]
    for name in ours[0]:
        own = root_mean_square([weights[name] for weights in ours])
        expected = root_mean_square([weights[name] for weights in theirs])
        # two estimates from n normal numbers differ by 1 / sqrt(n) of their size
        tolerance = 5 / np.sqrt(DRAWS * ours[0][name].size)
        assert own == pytest.approx(expected, rel=tolerance), name


@pytest.mark.parametrize("name", ["out_proj.weight", "st_proj.weight", "st_proj.bias"])
def test_linear_layers_are_uniform_within_the_models_bounds(name):
    config = small()
    ours = np.stack([untrained_weights(config, seed=seed)[name] for seed in range(DRAWS)])
    theirs = np.stack([HimNet(config, seed=s).state_dict()[name].numpy() for s in range(DRAWS)])
    bound = 1 / np.sqrt(config.hidden_dim)
    for drawn in (ours, theirs):
        assert 0.9 * bound < np.abs(drawn).max() <= bound


def test_the_seed_makes_the_draw():
    first, again, other = (untrained_weights(small(), seed=seed) for seed in (1, 1, 2))
    for name in first:
        assert np.array_equal(first[name], again[name])
        assert not np.array_equal(first[name], other[name])


def sizes(rows):
    """Return the root mean square of rows about their mean, and the length of the mean."""
    rows = rows.astype(np.float64)
    return [np.sqrt(np.square(rows - rows.mean(axis=0)).mean()), np.linalg.norm(rows.mean(axis=0))]


def test_dictionaries_take_spread_and_mean_from_those_of_a_trained_model_each_by_itself():
    trained = trained_like(small())
    trained["tod_embedding.weight"] *= 4
    trained["dow_embedding.weight"] = 0.3 * trained["dow_embedding.weight"] + 5
    plain = untrained_weights(small(), seed=7)
    matched = untrained_weights(small(), seed=7, like=trained)
    for name, array in matched.items():
        if name in DICTIONARIES:
            assert sizes(array) == pytest.approx(sizes(trained[name]), rel=1e-5)
            own, drawn = array - array.mean(axis=0), plain[name] - plain[name].mean(axis=0)
            np.testing.assert_allclose(own / drawn, (own / drawn).flat[0], rtol=1e-3)
        else:
            assert np.array_equal(array, plain[name])


def test_an_offset_that_all_days_share_changes_no_distance_of_the_null():
    """What the first version of the rules did: scaling with the mean made null days tighter."""
    trained = trained_like(small())
    shifted = {**trained, "dow_embedding.weight": trained["dow_embedding.weight"] + 50}
    near, far = (
        untrained_weights(small(), seed=7, like=like)["dow_embedding.weight"].astype(np.float64)
        for like in (trained, shifted)
    )
    np.testing.assert_allclose(near - near[0], far - far[0], atol=1e-4)


def test_a_single_row_is_its_mean():
    config = small(steps_per_day=1)
    trained = trained_like(config)
    found = untrained_weights(config, seed=0, like=trained)["tod_embedding.weight"]
    assert np.isfinite(found).all()
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(trained["tod_embedding.weight"]))


def test_a_model_without_dictionaries_takes_a_trained_one_too():
    config = small(ablate="TMP")
    drawn = untrained_weights(config, seed=0, like=trained_like(config))
    assert not set(DICTIONARIES) & set(drawn)


def test_metrla_has_as_many_parameters_as_it_should():
    drawn = untrained_weights(preset("METRLA").model, seed=0)
    assert sum(array.size for array in drawn.values()) == 1_250_937
