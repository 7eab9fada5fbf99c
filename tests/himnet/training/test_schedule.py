"""The learning rate is PyTorch's MultiStepLR and OneCycleLR, as a function of the position."""

import pytest
import torch

from himnet.training.schedule import learning_rate
from himnet.training.settings import TrainingSettings


def torch_rates(scheduler_of, steps, steps_per_scheduler_step):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.01, momentum=0.9)
    scheduler = scheduler_of(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (step + 1) % steps_per_scheduler_step == 0:
            scheduler.step()
    return rates


def test_paper_schedule_is_multi_step_lr_by_epochs():
    settings = TrainingSettings(learning_rate=0.01, milestones=(2, 3), epochs=5)
    expected = torch_rates(
        lambda optimizer: torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 3]), 5 * 4, 4
    )
    assert [learning_rate(settings, step, 4) for step in range(20)] == pytest.approx(expected)


@pytest.mark.parametrize("epochs", [3, 7])
def test_one_cycle_is_one_cycle_lr(epochs):
    settings = TrainingSettings(learning_rate=0.01, schedule="one-cycle", epochs=epochs)
    total = epochs * 10
    expected = torch_rates(
        lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total), total - 1, 1
    )
    rates = [learning_rate(settings, step, 10) for step in range(total - 1)]
    assert rates == pytest.approx(expected)


@pytest.mark.parametrize("total", [1, 2, 3, 4])
def test_one_cycle_of_very_few_steps_has_positive_rates(total):
    settings = TrainingSettings(learning_rate=0.01, schedule="one-cycle", epochs=1)
    rates = [learning_rate(settings, step, total) for step in range(total)]
    assert all(0 < rate <= 0.01 for rate in rates)
