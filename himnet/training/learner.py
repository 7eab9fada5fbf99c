"""Model, optimiser and averaged weights, and one optimisation step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from himnet.data.batching import WindowBatches
from himnet.data.dataset import Dataset
from himnet.devices import autocast, keep_freed_memory
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler
from himnet.training.distributed import Workers
from himnet.training.losses import LOSSES
from himnet.training.recorded import RecordedWork
from himnet.training.settings import TrainingSettings

_MODEL, _AVERAGED, _ADAM = "model.", "averaged.", "adam."  # name spaces of the stored tensors


class _Turn(NamedTuple):
    """What changes from step to step; for recorded steps, tensors at fixed addresses.

    Attributes:
        windows: (B,) first steps to forecast.
        rate: the learning rate.
        share: weight of the new weights in the averaged ones.
        teacher: (T' - 1,) see `HimNet.forward`.
    """

    windows: Tensor
    rate: float | Tensor
    share: float | Tensor
    teacher: Sequence[bool] | Tensor


class Learner:
    """The state that training changes; it stays on the device, and a step never waits for it.

    Args:
        model: with the initial weights; moved to the workers' device.
        batches: windows of the data set on that device.
        settings: of the optimisation.
        workers: the processes of this run.

    Attributes:
        model: the weights that are trained.
        averaged: the averaged weights, if the settings ask for them.
        sums: (3,) sums over this worker's steps of loss, number of readings and gradient norm;
            a single non-finite value makes its sum non-finite.
    """

    def __init__(
        self,
        model: HimNet,
        batches: WindowBatches,
        settings: TrainingSettings,
        workers: Workers,
    ) -> None:
        self.model = model.to(workers.device)
        self.model.validate_inputs = False  # the data set was checked; checks synchronise
        self.batches = batches
        self.settings = settings
        self.workers = workers
        self.averaged = None if settings.ema is None else _copy_of(self.model)
        self.sums = torch.zeros(3, dtype=sum_dtype(workers.device), device=workers.device)
        self._parameters: list[Tensor] = list(self.model.parameters())
        self._forward = workers.wrap(self.model)
        self._loss = LOSSES[settings.loss]
        self._adam = torch.optim.Adam(
            self._parameters,
            lr=settings.learning_rate,
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            fused=True,
            capturable=workers.device.type == "cuda",
        )
        keep_freed_memory()
        self._recorded: _RecordedSteps | None = None
        if workers.device.type == "cuda" and workers.world == 1:
            self.record()

    def record(self) -> None:
        """From now on, run full batches with `RecordedWork`; for a single CUDA device."""
        self._recorded = _RecordedSteps(self)

    @property
    def measured(self) -> HimNet:
        """The model to evaluate and save: the averaged weights, if there are any."""
        return self.model if self.averaged is None else self.averaged

    def step(
        self, number: int, windows: Tensor, teacher: Sequence[bool], learning_rate: float
    ) -> None:
        """Take one optimisation step.

        Args:
            number: of this step, counted from 0.
            windows: (B,) first steps to forecast of the whole batch, over all workers.
            teacher: see `HimNet.forward`.
            learning_rate: for this step.
        """
        decay = min(self.settings.ema or 0.0, (1 + number) / (10 + number))
        turn = _Turn(windows, learning_rate, 1 - decay, teacher)
        if self._recorded is None:
            self._take(turn)
        else:
            self._recorded.take(turn)

    def _take(self, turn: _Turn) -> None:
        """Take one step, without reading any number from the device."""
        windows, counted = self.workers.share(turn.windows)
        x, y_cov, truth = self.batches.batch(windows)
        teaches = turn.teacher if isinstance(turn.teacher, Tensor) else any(turn.teacher)
        targets = None if teaches is False else self.batches.scaler.normalise(truth)
        with autocast(self.workers.device, self.settings.precision):
            output = self._forward(x, y_cov, targets=targets, teacher=turn.teacher)
        forecast = self.batches.scaler.denormalise(output)
        total, count = self._loss(forecast, truth, self.batches.missing_value)
        if not counted:
            total, count = total * 0, count * 0
        # DistributedDataParallel averages over the workers, hence the factor; a batch without
        # readings has loss 0, not 0 / 0
        everywhere = self.workers.sum(count).clamp(min=1)
        self._adam.zero_grad(set_to_none=True)
        (total * (self.workers.world / everywhere)).backward()
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, self.settings.clip)
        for group in self._adam.param_groups:
            group["lr"] = turn.rate
        self._adam.step()
        if self.averaged is not None:
            self._average(self.averaged, turn.share)
        self.sums += torch.stack([part.detach().to(self.sums) for part in (total, count, norm)])

    @torch.no_grad()
    def _average(self, averaged: HimNet, share: float | Tensor) -> None:
        """Update the averaged weights; faster at the beginning, to forget the initial ones."""
        mine: list[Tensor] = list(averaged.parameters())
        change = torch._foreach_sub(self._parameters, mine)
        torch._foreach_mul_(change, share)
        torch._foreach_add_(mine, change)

    def is_finite(self) -> bool:
        """Whether every weight is a finite number; waits for the device."""
        models = [self.model, self.measured]
        finite = [p.isfinite().all() for model in models for p in model.parameters()]
        return bool(torch.stack(finite).all())

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors that a resumed run needs, by name, as copies on the CPU."""
        tensors = {_MODEL + name: value for name, value in self.model.named_parameters()}
        if self.averaged is not None:
            tensors |= {_AVERAGED + name: p for name, p in self.averaged.named_parameters()}
        for name, parameter in self.model.named_parameters():
            for key, entry in self._adam.state.get(parameter, {}).items():
                tensors[f"{_ADAM}{name}/{key}"] = entry
        return {name: value.detach().cpu().clone() for name, value in tensors.items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Load what `tensors` returned; names and shapes must match this model."""
        self.model.load_state_dict(_below(_MODEL, tensors))
        if self.averaged is not None:
            self.averaged.load_state_dict(_below(_AVERAGED, tensors))
        names = [name for name, _ in self.model.named_parameters()]
        moments: dict[int, dict[str, Tensor]] = {}
        for path, value in _below(_ADAM, tensors).items():
            name, key = path.split("/")
            moments.setdefault(names.index(name), {})[key] = value
        groups = self._adam.state_dict()["param_groups"]
        self._adam.load_state_dict({"state": moments, "param_groups": groups})


def new_learner(
    dataset: Dataset, scaler: Scaler, model: HimNet, settings: TrainingSettings, workers: Workers
) -> Learner:
    """Return a learner on the windows of a data set; see `Learner` for the arguments."""
    batches = WindowBatches(
        dataset,
        scaler,
        in_steps=model.config.in_steps,
        out_steps=model.config.out_steps,
        device=workers.device,
    )
    return Learner(model, batches, settings, workers)


class _RecordedSteps:
    """Steps on a CUDA device: full batches are recorded (see `RecordedWork`), smaller ones not.

    Args:
        learner: takes the steps.
    """

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        device, batch_size = learner.workers.device, learner.settings.batch_size
        self._taught = learner.settings.tf_decay_steps > 0
        self._windows = torch.zeros(batch_size, dtype=torch.long, device=device)
        self._numbers = torch.zeros(1 + learner.model.config.out_steps, device=device)
        self._work = RecordedWork(lambda: learner._take(self._held(self._windows)), device)

    def take(self, turn: _Turn) -> None:
        """Take one step."""
        numbers = torch.tensor([turn.rate, turn.share, *turn.teacher])
        # from pinned memory, so that the copy does not wait for the previous steps
        self._numbers.copy_(numbers.pin_memory(), non_blocking=True)
        if len(turn.windows) == len(self._windows):
            self._windows.copy_(turn.windows)
            self._work.run()
        else:
            self._learner._take(self._held(turn.windows))

    def _held(self, windows: Tensor) -> _Turn:
        rate, share = self._numbers[:2].unbind()
        return _Turn(windows, rate, share, self._numbers[2:] > 0 if self._taught else ())


def sum_dtype(device: torch.device) -> torch.dtype:
    """Return the type for sums of thousands of values: float64, except on Apple's MPS."""
    return torch.float32 if device.type == "mps" else torch.float64


def _copy_of(model: HimNet) -> HimNet:
    copy = HimNet(model.config).to(next(model.parameters()).device)
    copy.load_state_dict(model.state_dict())
    copy.validate_inputs = False
    return copy.requires_grad_(False)


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names start with a prefix, without the prefix.

    As copies: a tensor read from a file may be at an unaligned address, where vectorised sums are
    computed in a different order.
    """
    return {
        name.removeprefix(prefix): value.clone()
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
