"""Masked MAE, RMSE and MAPE of a model during training, summed on its device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from himnet.data.batching import WindowBatches
from himnet.devices import autocast
from himnet.metrics import MetricSums
from himnet.model.himnet import HimNet
from himnet.training.distributed import Workers
from himnet.training.learner import sum_dtype
from himnet.training.losses import present


class Validation:
    """Evaluates a model on the windows of a split.

    Args:
        batches: windows of the data set on the workers' device.
        windows: (n,) first steps to forecast; each worker takes its share of every batch.
        workers: the processes of this run.
        precision: of the matrix products.
        batch_size: windows in one forward pass, over all workers.
    """

    def __init__(
        self,
        batches: WindowBatches,
        windows: Tensor,
        workers: Workers,
        *,
        precision: str,
        batch_size: int,
    ) -> None:
        self.batches = batches
        self.chunks: Sequence[Tensor] = windows.split(batch_size)
        self.workers = workers
        self.precision = precision

    def measure(
        self, model: HimNet, tick: Callable[[int], None] = lambda done: None
    ) -> dict[str, Any]:
        """Evaluate a model on all windows.

        Args:
            model: on the workers' device; its training mode is restored.
            tick: called after each batch with the number of batches done.

        Returns:
            ``{"windows", "all": {"mae", "rmse", "mape"}, "3": ..., "6": ..., "12": ...}``, NaN
            if there is no reading or the forecasts are not finite.
        """
        total: Tensor | None = None
        for done, chunk in enumerate(self.chunks, start=1):
            part = self._sums(model, chunk)
            total = part if total is None else total + part
            tick(done)
        assert total is not None  # a run is rejected if the split has no windows
        return {"windows": sum(map(len, self.chunks)), **self._metrics(self.workers.sum(total))}

    @torch.inference_mode()
    def _sums(self, model: HimNet, chunk: Tensor) -> Tensor:
        """Return (5, T'): counts, absolute, squared and relative errors, counts of the last."""
        windows, counted = self.workers.share(chunk)
        x, y_cov, truth = self.batches.batch(windows)
        with autocast(self.workers.device, self.precision):
            output = model(x, y_cov)
        valid = present(truth, self.batches.missing_value) & counted
        known = torch.where(valid, truth, 0).to(sum_dtype(truth.device))
        forecast = self.batches.scaler.denormalise(output)
        error = torch.where(valid, forecast.to(known.dtype) - known, 0)
        divisible = valid & (known != 0)
        shares = torch.where(divisible, error.abs() / known.abs(), 0)
        kinds = (valid, error.abs(), error.square(), shares, divisible)
        return torch.stack([kind.to(known.dtype).sum(dim=(0, 2, 3)) for kind in kinds])

    @staticmethod
    def _metrics(total: Tensor) -> dict[str, dict[str, float]]:
        sums = MetricSums(steps=total.shape[1])
        columns = total.cpu().double().numpy()
        sums.count, sums.absolute, sums.squared, sums.relative, sums.relative_count = columns
        return sums.result()
