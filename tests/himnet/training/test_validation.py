"""Validation on the device gives the numbers of `himnet.metrics`, in any batches and shares."""

import math

import pytest
import torch

from himnet.data.batching import WindowBatches
from himnet.data.scaling import training_scaler
from himnet.forecasting.evaluate import evaluate_model
from himnet.model.himnet import HimNet
from himnet.training.distributed import Workers
from himnet.training.settings import model_config
from himnet.training.validation import Validation
from tests.himnet.training.tiny import SIZES, VAL, tiny_city


@pytest.fixture(scope="module")
def parts():
    city = tiny_city()
    model = HimNet(model_config(city, SIZES), seed=0)
    scaler = training_scaler(city)
    return city, model, scaler, WindowBatches(city, scaler)


def validation(parts, batch_size, workers=None):
    city, _, _, batches = parts
    return Validation(
        batches,
        torch.from_numpy(city.splits["val"].middles.copy()),
        workers or Workers(torch.device("cpu")),
        precision="float32",
        batch_size=batch_size,
    )


def flat(result):
    return [value for part in ("all", "3", "6", "12") for value in result[part].values()]


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_it_is_the_evaluation(parts, batch_size):
    city, model, scaler, _ = parts
    expected = evaluate_model(model, city, scaler, "val", device="cpu")
    seen = []
    result = validation(parts, batch_size).measure(model, seen.append)
    assert result["windows"] == expected["windows"] == VAL
    assert flat(result) == pytest.approx(flat(expected), rel=1e-5)
    assert seen == list(range(1, len(seen) + 1))


def test_the_shares_of_workers_add_up_even_where_one_has_none(parts):
    _, model, _, _ = parts
    whole = validation(parts, 7)
    total = sum(whole._sums(model, chunk) for chunk in whole.chunks)
    by_worker = [validation(parts, 7, Workers(torch.device("cpu"), rank, 4)) for rank in range(4)]
    assert min(len(chunk) for chunk in by_worker[0].chunks) == 6
    shared = sum(part._sums(model, chunk) for part in by_worker for chunk in part.chunks)
    assert torch.allclose(shared, total, rtol=1e-6)
    lonely = [validation(parts, 1, Workers(torch.device("cpu"), rank, 2)) for rank in range(2)]
    shared = sum(part._sums(model, chunk) for part in lonely for chunk in part.chunks)
    assert torch.allclose(shared, total, rtol=1e-6)


def test_broken_weights_give_nan_and_no_small_number(parts):
    city, _, _, _ = parts
    model = HimNet(model_config(city, SIZES), seed=0)
    with torch.no_grad():
        model.out_proj.bias.fill_(float("nan"))
    assert math.isnan(validation(parts, 7).measure(model)["all"]["mae"])
