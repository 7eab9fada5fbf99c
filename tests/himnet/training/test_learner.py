"""One step is the published one, whatever the number of workers, and can be stored and reloaded."""

import pytest
import torch

from himnet.config import ABLATIONS
from himnet.data.batching import WindowBatches
from himnet.data.scaling import training_scaler
from himnet.model.himnet import HimNet
from himnet.training.distributed import Workers
from himnet.training.learner import Learner
from himnet.training.settings import TrainingSettings, model_config
from tests.himnet.training.tiny import SIZES, tiny_city

CITY = tiny_city()
SCALER = training_scaler(CITY)
BATCHES = WindowBatches(CITY, SCALER)
CPU = torch.device("cpu")
TEACHER = [True, False] * 5 + [True]
WINDOWS = torch.from_numpy(CITY.splits["train"].middles.copy()).split(11)


def learner(workers=None, sizes=None, **settings):
    model = HimNet(model_config(CITY, {**SIZES, **(sizes or {})}), seed=0)
    workers = workers or Workers(CPU)
    return Learner(model, BATCHES, TrainingSettings(**settings), workers)


def largest_difference(a, b):
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return max(float((mine - other).detach().abs().max()) for mine, other in pairs)


def test_steps_are_adam_with_coupled_decay_on_the_clipped_masked_mae():
    mine = learner(weight_decay=0.01, clip=0.5)
    model = HimNet(mine.model.config, seed=0)
    parameters = list(model.parameters())
    adam = torch.optim.Adam(parameters, lr=0.01, eps=1e-3, weight_decay=0.01, fused=False)
    for number, windows in enumerate(WINDOWS[:4]):
        mine.step(number, windows, TEACHER, 0.01)
        x, y_cov, truth = BATCHES.batch(windows)
        targets = (truth - SCALER.mean) / SCALER.std
        output = model(x, y_cov, targets=targets, teacher=TEACHER) * SCALER.std + SCALER.mean
        valid = truth != 0
        assert not valid.all()
        loss = (output - truth).abs()[valid].mean()
        adam.zero_grad()
        loss.backward()
        assert torch.nn.utils.clip_grad_norm_(parameters, 0.5) > 0.5
        adam.step()
    assert largest_difference(mine.model, model) < 1e-6


class Pretended(Workers):
    """One of two workers whose companion's count is known beforehand."""

    def sum(self, tensor):
        return torch.tensor(TOTAL)

    def wrap(self, model):
        return model


TOTAL = 0


@pytest.mark.parametrize("windows", [11, 1])
def test_gradients_averaged_over_two_workers_are_those_of_one(windows, monkeypatch):
    batch = WINDOWS[0][:windows]
    alone = learner(clip=1e9)
    alone.step(0, batch, TEACHER, 1e-3)
    monkeypatch.setitem(globals(), "TOTAL", int(alone.sums[1]))
    both = [learner(Pretended(CPU, rank, 2), clip=1e9) for rank in range(2)]
    for one in both:
        one.step(0, batch, TEACHER, 1e-3)
    assert sum(one.sums[1] for one in both) == alone.sums[1]
    gradients = [[p.grad for p in one.model.parameters()] for one in (alone, *both)]
    for expected, first, second in zip(*gradients, strict=True):
        assert torch.allclose((first + second) / 2, expected, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("ablate", ABLATIONS)
def test_every_parameter_learns(ablate):
    mine = learner(sizes={"ablate": ablate})
    mine.step(0, WINDOWS[0], TEACHER, 1e-3)
    for name, parameter in mine.model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_batch_without_any_reading_changes_nothing(monkeypatch):
    mine = learner(weight_decay=0.0)
    before = HimNet(mine.model.config, seed=0)
    batch = BATCHES.batch
    missing = torch.zeros(11, 12, 5, 1)
    monkeypatch.setattr(BATCHES, "batch", lambda windows: (*batch(windows)[:2], missing))
    mine.step(0, WINDOWS[0], TEACHER, 0.1)
    assert largest_difference(mine.model, before) == 0
    assert mine.sums.tolist() == [0, 0, 0]


def test_averaged_weights_follow_with_a_warm_up():
    mine = learner(ema=0.15)
    expected = [p.detach().clone() for p in mine.model.parameters()]
    for number, decay in enumerate((0.1, 0.15, 0.15)):  # min(0.15, (1 + i) / (10 + i))
        mine.step(number, WINDOWS[number], TEACHER, 1e-2)
        parameters = mine.model.parameters()
        expected = [decay * a + (1 - decay) * p for a, p in zip(expected, parameters, strict=True)]
    assert mine.measured is mine.averaged
    for parameter, value in zip(mine.averaged.parameters(), expected, strict=True):
        assert torch.allclose(parameter, value, atol=1e-6)


def test_sums_grow_and_show_what_is_not_finite():
    mine = learner()
    mine.step(0, WINDOWS[0], TEACHER, 1e-3)
    loss, count, norm = mine.sums.tolist()
    assert loss > 0
    assert count == int((BATCHES.batch(WINDOWS[0])[2] != 0).sum())
    assert norm > 0
    with torch.no_grad():
        mine.model.out_proj.bias.fill_(float("inf"))
    mine.step(1, WINDOWS[1], TEACHER, 1e-3)
    assert not torch.isfinite(mine.sums).all()


@pytest.mark.parametrize("ema", [None, 0.9])
def test_what_is_stored_and_reloaded_goes_on_bit_for_bit(ema):
    first, second = learner(ema=ema), learner(ema=ema)
    for number in range(3):
        first.step(number, WINDOWS[number], TEACHER, 1e-2)
    second.load(first.tensors())
    for one in (first, second):
        one.step(3, WINDOWS[3], TEACHER, 1e-2)
    assert first.tensors().keys() == second.tensors().keys()
    for name, tensor in first.tensors().items():
        assert torch.equal(second.tensors()[name], tensor), name


def test_stored_tensors_do_not_change_with_the_next_step():
    mine = learner()
    mine.step(0, WINDOWS[0], TEACHER, 1e-2)
    stored = mine.tensors()
    copies = {name: tensor.clone() for name, tensor in stored.items()}
    mine.step(1, WINDOWS[1], TEACHER, 1e-2)
    assert all(torch.equal(stored[name], copies[name]) for name in copies)


class Repeated:
    """Work that is not recorded."""

    def __init__(self, work, device):
        self.run = work


@pytest.mark.parametrize("tf_decay_steps", [0, 6000])
def test_steps_from_tensors_that_stay_are_the_same_steps(monkeypatch, tf_decay_steps):
    monkeypatch.setattr("himnet.training.learner.RecordedWork", Repeated)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: self)
    draws = [TEACHER, [not draw for draw in TEACHER], [False] * 11] if tf_decay_steps else []
    draws += [[False] * 11] * (3 - len(draws))
    settings = {"ema": 0.15, "batch_size": 11, "tf_decay_steps": tf_decay_steps}
    plain, recorded = learner(**settings), learner(**settings)
    recorded.record()
    for number, windows in enumerate((WINDOWS[0], WINDOWS[1][:4], WINDOWS[2])):
        for one in (plain, recorded):
            one.step(number, windows, draws[number], 0.01 / (1 + number))
    assert torch.allclose(plain.sums, recorded.sums)
    assert largest_difference(plain.model, recorded.model) < 1e-6
    assert largest_difference(plain.averaged, recorded.averaged) < 1e-6


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_recorded_steps_on_a_gpu_are_those_on_the_cpu():
    gpu = torch.device("cuda")
    alike = {"ema": 0.15, "batch_size": 11}
    here = learner(**alike)
    batches = WindowBatches(CITY, SCALER, device=gpu)
    model, settings = HimNet(here.model.config, seed=0), TrainingSettings(**alike)
    there = Learner(model, batches, settings, Workers(gpu))
    for number, windows in enumerate((*WINDOWS[:7], WINDOWS[7][:4], WINDOWS[8])):
        here.step(number, windows, TEACHER, 1e-3)
        there.step(number, windows.to(gpu), TEACHER, 1e-3)
    for name, tensor in here.tensors().items():
        assert torch.allclose(there.tensors()[name], tensor, atol=1e-4), name
