"""Contributions of readings to a forecast, against plain autograd and brute force."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from himnet.config import HimNetConfig
from himnet.data.synthetic import synthetic_city
from himnet.errors import ConfigError, DataError, InputError
from himnet.forecasting import attribution
from himnet.forecasting.attribution import attribute, occlude
from himnet.forecasting.inference import Forecaster
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler

MIDDLE, SENSOR, HORIZON = 70, 2, 5
GONE = (slice(MIDDLE - 8, MIDDLE - 4), 3)  # steps and sensor without readings


@pytest.fixture(scope="module")
def town():
    made = synthetic_city(num_nodes=6, days=7, steps_per_day=24)
    values = made.values.copy()
    values[GONE] = made.info.missing_value
    return replace(made, values=values)


@pytest.fixture(params=[{}, {"num_layers": 2, "cheb_k": 3}], ids=["one layer", "two layers"])
def forecaster(request, town):
    sizes = HimNetConfig(6, steps_per_day=24, hidden_dim=6, node_embedding_dim=4, **request.param)
    model = HimNet(sizes, seed=0)
    with torch.no_grad():  # so that readings matter
        model.node_embedding.mul_(4)
        model.st_proj.weight.mul_(4)
        model.out_proj.weight.mul_(4)
    return Forecaster(model, town, Scaler(50.0, 10.0), device="cpu")


@pytest.fixture
def base(town):
    return np.full((12, 6), town.values[town.values > 0].mean(), dtype=np.float32)


class Linear(torch.nn.Module):
    """A forecast that is linear in the readings, and remembers its inputs."""

    def __init__(self, weights):
        super().__init__()
        self.weights, self.seen = torch.tensor(weights, dtype=torch.float32), []

    def forward(self, x, y_cov):
        self.seen.append((x.detach(), y_cov))
        value = (x[..., 0] * self.weights).sum(dim=(1, 2))
        return value[:, None, None, None].expand(-1, y_cov.shape[1], x.shape[2], 1)


def readings(town):
    return town.values[MIDDLE - 12 : MIDDLE]


def test_contributions_sum_to_the_difference_of_the_forecasts(forecaster, base):
    found = attribute(forecaster, MIDDLE, SENSOR, HORIZON, base)
    forecast = forecaster.forecasts([MIDDLE])[0, HORIZON - 1, SENSOR]
    assert found.forecast == pytest.approx(float(forecast), abs=1e-4)
    difference = found.forecast - found.base
    assert abs(difference) > 0.1
    assert found.values.sum() == pytest.approx(difference + found.gap, abs=1e-4)
    assert found.is_complete
    assert abs(found.gap) <= max(0.01 * abs(difference), 0.1)


def test_contributions_are_those_of_plain_autograd_on_a_fine_path(forecaster, town, base):
    found = attribute(forecaster, MIDDLE, SENSOR, HORIZON, base)
    x, y_cov = forecaster.batches.inputs(torch.tensor([MIDDLE]))
    other = torch.from_numpy(np.where(town.missing()[MIDDLE - 12 : MIDDLE], readings(town), base))
    start = x.clone()
    start[0, ..., 0] = forecaster.scaler.normalise(other)
    share = ((torch.arange(400) + 0.5) / 400).view(-1, 1, 1, 1)
    path = (start + share * (x - start)).requires_grad_()
    stacks = (forecaster.model.encoder_t, forecaster.model.encoder_s, forecaster.model.decoder)
    hooks = [stack.register_forward_hook(lambda *call: None) for stack in stacks]
    output = forecaster.model(path, y_cov.expand(400, -1, -1, -1))  # step by step, not fused
    for hook in hooks:
        hook.remove()
    (slope,) = torch.autograd.grad(output[:, HORIZON - 1, SENSOR, 0].sum(), path)
    expected = 10.0 * (slope.mean(0) * (x - start)[0])[..., 0].numpy()
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found.values, expected, atol=2e-3 * np.abs(expected).max())


def test_a_forecast_that_is_linear_in_the_readings_gives_exact_contributions(
    forecaster, town, base
):
    weights = np.random.default_rng(0).normal(size=(12, 6))
    forecaster.model = Linear(weights)
    found = attribute(forecaster, MIDDLE, SENSOR, HORIZON, base)
    moved = np.where(town.missing()[MIDDLE - 12 : MIDDLE], 0, readings(town) - base)
    np.testing.assert_allclose(found.values, weights * moved, rtol=1e-4, atol=1e-4)
    assert abs(found.gap) < 1e-3
    assert found.steps == attribution.FIRST_STEPS
    alone = occlude(forecaster, MIDDLE, SENSOR, HORIZON, base, by_step=True)
    np.testing.assert_allclose(alone, weights * moved, rtol=1e-3, atol=1e-3)
    together = occlude(forecaster, MIDDLE, SENSOR, HORIZON, base)
    np.testing.assert_allclose(together, (weights * moved).sum(axis=0), rtol=1e-3, atol=1e-3)


def test_only_readings_move_and_missing_ones_do_not(forecaster, town, base):
    forecaster.model = Linear(np.ones((12, 6)))
    values = attribute(forecaster, MIDDLE, SENSOR, HORIZON, base).values
    falls = occlude(forecaster, MIDDLE, SENSOR, HORIZON, base, by_step=True)
    x, y_cov = forecaster.batches.inputs(torch.tensor([MIDDLE]))
    missing = town.missing()[MIDDLE - 12 : MIDDLE]
    assert missing.sum() >= 4
    for seen, calendar in forecaster.model.seen:
        assert (seen[..., 1:] == x[..., 1:]).all()
        assert (calendar == y_cov).all()
        assert (seen[:, missing, 0] == x[:, missing, 0]).all()
    assert len(forecaster.model.seen) > 5
    assert not values[missing].any()
    assert not falls[missing].any()
    assert (values[~missing] != 0).all()


@pytest.mark.parametrize("by_step", [False, True])
def test_occlusion_is_that_of_a_data_set_with_other_readings(forecaster, town, base, by_step):
    found = occlude(forecaster, MIDDLE, SENSOR, HORIZON, base, by_step=by_step)
    own = forecaster.forecasts([MIDDLE])[0, HORIZON - 1, SENSOR]
    expected = np.zeros_like(found)
    for place in np.ndindex(*found.shape):
        values = town.values.copy()
        window = values[MIDDLE - 12 : MIDDLE]
        there = np.zeros(window.shape, dtype=bool)
        there[place if by_step else (slice(None), *place)] = True
        there &= ~town.missing()[MIDDLE - 12 : MIDDLE]
        window[there] = base[there]
        other = Forecaster(
            forecaster.model, replace(town, values=values), forecaster.scaler, device="cpu"
        )
        expected[place] = own - other.forecasts([MIDDLE])[0, HORIZON - 1, SENSOR]
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("by_step", [False, True])
@pytest.mark.parametrize("of", ["missing readings", "readings of the base line"])
def test_where_no_reading_can_move_a_forecast_none_contributes(forecaster, town, base, of, by_step):
    values = town.values.copy()
    values[MIDDLE - 12 : MIDDLE] = town.info.missing_value if of == "missing readings" else base
    still = Forecaster(
        forecaster.model, replace(town, values=values), forecaster.scaler, device="cpu"
    )
    told = []
    found = attribute(still, MIDDLE, SENSOR, HORIZON, base, tell=told.append)
    falls = occlude(still, MIDDLE, SENSOR, HORIZON, base, by_step=by_step, tell=told.append)
    assert found.is_complete
    assert not found.values.any()
    assert not falls.any()
    assert told[-1] == 1


def test_the_steps_double_until_the_gap_is_small_and_the_result_says_if_it_never_is(
    forecaster, base, monkeypatch
):
    monkeypatch.setattr(attribution, "FIRST_STEPS", 1)
    monkeypatch.setattr(attribution, "RELATIVE", 1e-9)
    monkeypatch.setattr(attribution, "OF_DEVIATION", 1e-5)
    found = attribute(forecaster, MIDDLE, SENSOR, HORIZON, base)
    assert found.is_complete
    assert 1 < found.steps < 256
    monkeypatch.setattr(attribution, "MOST_STEPS", 1)
    short = attribute(forecaster, MIDDLE, SENSOR, HORIZON, base)
    assert (short.steps, short.is_complete) == (1, False)
    assert abs(short.gap) > 1e-4


class Stopped(Exception):
    pass


@pytest.mark.parametrize("method", [attribute, occlude])
def test_a_stop_passes_through_and_leaves_the_model_as_it_was(
    forecaster, base, monkeypatch, method
):
    monkeypatch.setattr(attribution, "_ROWS_AT_ONCE", 2 * 6 * 24)  # several batches
    before = method(forecaster, MIDDLE, SENSOR, HORIZON, base)
    shares = []

    def stop(share):
        shares.append(share)
        if share > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        method(forecaster, MIDDLE, SENSOR, HORIZON, base, tell=stop)
    assert shares[0] == 0
    assert shares == sorted(shares)
    parameters = list(forecaster.model.parameters())
    assert all(one.requires_grad and one.grad is None for one in parameters)
    after = method(forecaster, MIDDLE, SENSOR, HORIZON, base, tell=shares.append)
    assert shares[-1] == 1
    same = (getattr(one, "values", one) for one in (before, after))
    np.testing.assert_array_equal(*same)


def test_without_captum_a_sentence_says_what_to_install(forecaster, base, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(ConfigError, match=r"needs captum, .* install -r requirements.txt$"):
        attribute(forecaster, MIDDLE, SENSOR, HORIZON, base)
    assert occlude(forecaster, MIDDLE, SENSOR, HORIZON, base).any()


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"sensor": 6}, InputError, "no sensor 6; choose 0 to 5"),
        ({"sensor": -1}, InputError, "no sensor -1"),
        ({"horizon": 0}, InputError, "no horizon 0; choose 1 to 12"),
        ({"horizon": 13}, InputError, "no horizon 13"),
        ({"middle": 5}, DataError, "windows from 12 to 168"),
        ({"baseline": np.zeros((6, 12))}, InputError, r"shape \(6, 12\)"),
        ({"baseline": np.full((12, 6), np.nan)}, InputError, "finite"),
    ],
)
@pytest.mark.parametrize("method", [attribute, occlude])
def test_what_the_model_does_not_have_is_refused(forecaster, base, method, changes, error, match):
    asked = {"middle": MIDDLE, "sensor": SENSOR, "horizon": HORIZON, "baseline": base} | changes
    with pytest.raises(error, match=match):
        method(forecaster, **asked)
