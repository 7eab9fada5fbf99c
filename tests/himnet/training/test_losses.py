"""Losses as sums and counts: masks by the truth alone, and the whole of a batch in any parts."""

import numpy as np
import pytest
import torch

from himnet.metrics import masked_metrics
from himnet.metrics import present as numpy_present
from himnet.training.losses import LOSSES, huber_sums, masked_mae_sums, present


@pytest.fixture
def pair():
    generator = torch.Generator().manual_seed(0)
    truth = 60 + 5 * torch.randn(6, 12, 5, 1, generator=generator)
    truth[torch.rand(truth.shape, generator=generator) < 0.3] = 0
    return truth + torch.randn(truth.shape, generator=generator), truth


@pytest.mark.parametrize("missing_value", [0.0, None, -1.0, float("nan")])
def test_the_mask_is_that_of_the_metrics(missing_value):
    truth = torch.tensor([0.0, 4e-5, 6e-5, -1.0, float("nan"), 3.0])
    expected = numpy_present(truth.numpy(), missing_value)
    assert np.array_equal(present(truth, missing_value).numpy(), expected)


def test_masked_mae_is_that_of_the_metrics(pair):
    prediction, truth = pair
    total, count = masked_mae_sums(prediction, truth, 0.0)
    assert float(total / count) == pytest.approx(masked_metrics(prediction, truth)["mae"], rel=1e-6)


def test_missing_readings_have_no_gradient_and_nan_does_not_spread(pair):
    prediction, truth = pair
    prediction = prediction.requires_grad_()
    truth[0] = float("nan")
    total, count = masked_mae_sums(prediction, truth, 0.0)
    total.backward()
    missing = torch.isnan(truth) | (truth == 0)
    assert count == (~missing).sum()
    assert torch.all(prediction.grad[missing] == 0)
    assert torch.all(prediction.grad[~missing].abs() == 1)


def test_a_batch_of_missing_readings_sums_to_zero():
    prediction = torch.ones(2, 12, 3, 1, requires_grad=True)
    total, count = masked_mae_sums(prediction, torch.zeros(2, 12, 3, 1), 0.0)
    total.backward()
    assert (total.item(), count.item()) == (0.0, 0)
    assert torch.all(prediction.grad == 0)


def test_huber_counts_every_reading_as_published(pair):
    prediction, truth = pair
    total, count = huber_sums(prediction, truth, 0.0)
    assert int(count) == truth.numel()
    expected = torch.nn.HuberLoss()(prediction, truth)
    assert float(total / count) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_a_prediction_that_is_not_a_number_is_seen(loss, pair):
    prediction, truth = pair
    prediction[3, 2, 1] = float("nan")
    truth[3, 2, 1] = 0
    assert torch.isnan(LOSSES[loss](prediction, truth, 0.0)[0])


@pytest.mark.parametrize("loss", list(LOSSES))
def test_parts_add_up_to_the_whole(loss, pair):
    prediction, truth = pair
    whole = LOSSES[loss](prediction, truth, 0.0)
    parts = [LOSSES[loss](prediction[part], truth[part], 0.0) for part in (slice(2), slice(2, 6))]
    assert float(sum(total for total, _ in parts)) == pytest.approx(float(whole[0]), rel=1e-5)
    assert sum(int(count) for _, count in parts) == int(whole[1])
