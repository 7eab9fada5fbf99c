"""Forward passes over many windows: forecasts and ST-mixed embeddings as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from himnet.config import PUBLISHED_ROWS
from himnet.data.batching import WindowBatches
from himnet.data.dataset import Dataset
from himnet.devices import autocast, choose_device
from himnet.errors import DataError
from himnet.model.himnet import HimNet
from himnet.progress import progress
from himnet.scaler import Scaler


class Forecaster:
    """A model in evaluation mode, with a data set and a device.

    Args:
        model: moved to `device` and put into evaluation mode.
        dataset: with as many sensors as the model.
        scaler: of the checkpoint, not of the data set.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        precision: ``"float32"`` or ``"bfloat16"``.
        batch_size: windows in one forward pass.

    Raises:
        DataError: if the data set's sensors or steps per day are not the model's.
    """

    def __init__(
        self,
        model: HimNet,
        dataset: Dataset,
        scaler: Scaler,
        *,
        device: str = "auto",
        precision: str = "float32",
        batch_size: int = 64,
    ) -> None:
        self.config = model.config
        for what, of_model, of_data in self.config.misfits(
            dataset.num_nodes, dataset.steps_per_day
        ):
            raise DataError(
                f"the model has {of_model} {what} but the data set '{dataset.name}' has {of_data}; "
                f"use the data set that the model was trained on{self._again(what, dataset)}"
            )
        self.device = choose_device(device)
        self.precision = precision
        self.batch_size = batch_size
        self.model = model.to(self.device).eval()
        self.scaler = scaler
        self.num_steps = len(dataset.values)
        self.batches = WindowBatches(
            dataset,
            scaler,
            in_steps=self.config.in_steps,
            out_steps=self.config.out_steps,
            device=self.device,
        )

    def _again(self, what: str, dataset: Dataset) -> str:
        """Return what else may help a model of the published code, which always has 288 rows."""
        rows, per_day = self.config.steps_per_day, dataset.steps_per_day
        if what != "steps per day" or rows != PUBLISHED_ROWS or rows % per_day:
            return ""
        return f" (if it is, convert the .pt again with --steps-per-day {per_day})"

    def chunks(
        self, middles: ArrayLike, *, show: str | None = None, size: int | None = None
    ) -> Iterator[Tensor]:
        """Split window indices (n,) into batches on the device.

        Args:
            middles: (n,) first step to forecast of each window.
            show: name of the progress bar; None for none.
            size: windows of a batch; None takes `batch_size`.

        Raises:
            DataError: for a window that extends beyond the data.
        """
        steps = torch.as_tensor(np.asarray(middles, dtype=np.int64))
        first, last = self.config.in_steps, self.num_steps
        if len(steps) and not first <= int(steps.min()) <= int(steps.max()) <= last:
            raise DataError(
                f"windows from step {int(steps.min())} to {int(steps.max())} are requested, but "
                f"with {first} steps of history this data set has windows from {first} to {last}"
            )
        parts = steps.to(self.device).split(size or self.batch_size) if len(steps) else ()
        return iter(progress(parts, description=show or "", unit="batch", enabled=bool(show)))

    def forecasts(self, middles: ArrayLike, *, show: str | None = None) -> NDArray[np.float32]:
        """Forecast from the windows whose first steps to forecast are `middles` (n,).

        Returns:
            (n, T', N) in the data's unit. Arguments and errors as for `chunks`.
        """
        parts = [self.both(chunk)[0] for chunk in self.chunks(middles, show=show)]
        empty = np.empty((0, self.config.out_steps, self.config.num_nodes), dtype=np.float32)
        return np.concatenate([empty, *parts])

    def embeddings(self, middles: ArrayLike, *, show: str | None = None) -> NDArray[np.float32]:
        """Return the ST-mixed embeddings E_st (n, N, d_st) of windows `middles` (n,).

        The moment of a window is that of its last input step, ``middles - 1``. Arguments and
        errors as for `chunks`.
        """
        parts = [self.embed(chunk) for chunk in self.chunks(middles, show=show)]
        config = self.config
        empty = np.empty((0, config.num_nodes, config.st_embedding_dim), dtype=np.float32)
        return np.concatenate([empty, *parts])

    @torch.inference_mode()
    def both(self, middles: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return forecasts (B, T', N) in the data's unit and E_st (B, N, d_st) of one batch."""
        x, y_cov = self.batches.inputs(middles)
        with autocast(self.device, self.precision):
            output, embedding = self.model.forecast_with_embedding(x, y_cov)
        forecast = self.scaler.denormalise(output.squeeze(-1))
        return forecast.cpu().numpy(), embedding.cpu().numpy()

    @torch.inference_mode()
    def embed(self, middles: Tensor) -> NDArray[np.float32]:
        """Return E_st (B, N, d_st) of one batch; runs only the encoders."""
        x, _ = self.batches.inputs(middles)
        with autocast(self.device, self.precision):
            return self.model.encode(x).cpu().numpy()
