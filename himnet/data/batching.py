"""Batches of windows, gathered on the device from one copy of the series."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from himnet.config import DAYS_PER_WEEK
from himnet.data.dataset import Dataset
from himnet.scaler import Scaler


class WindowBatches:
    """The whole series on one device, from which windows are gathered by index.

    Copies of METR-LA's training windows would take 1.2 GB; the series takes 28 MB.

    Args:
        dataset: the readings and their calendar.
        scaler: normalises the inputs.
        in_steps, out_steps: T and T'.
        device: of the series and the batches.
    """

    def __init__(
        self,
        dataset: Dataset,
        scaler: Scaler,
        *,
        in_steps: int = 12,
        out_steps: int = 12,
        device: torch.device | str = "cpu",
    ) -> None:
        self.scaler = scaler
        self.missing_value = dataset.info.missing_value
        self.values = torch.from_numpy(dataset.values).to(device)  # (T, N)
        self.calendar = _calendar(dataset, out_steps).to(device)  # (T + T', 2)
        self._before = torch.arange(-in_steps, 0, device=device)
        self._after = torch.arange(out_steps, device=device)

    def batch(self, middles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gather windows.

        Args:
            middles: (B,) integer indices of each window's first step to forecast, on any device.

        Returns:
            x (B, T, N, 3) with normalised values, y_cov (B, T', N, 2), and the true values
            (B, T', N, 1) in the data's unit.
        """
        middles = middles.to(self.values.device)
        x, y_cov = self.inputs(middles)
        return x, y_cov, self.values[middles[:, None] + self._after].unsqueeze(-1)

    def inputs(self, middles: Tensor) -> tuple[Tensor, Tensor]:
        """Gather only x (B, T, N, 3) and y_cov (B, T', N, 2), like `batch`.

        `middles` may be as late as T, one past the last reading: a forecast from the very last
        moment needs the calendar of the following steps, not their readings.
        """
        middles = middles.to(self.values.device)
        nodes = self.values.shape[1]
        past = middles[:, None] + self._before
        values = self.scaler.normalise(self.values[past]).unsqueeze(-1)
        x = torch.cat([values, self._spread(past, nodes)], dim=-1)
        return x, self._spread(middles[:, None] + self._after, nodes)

    def missing(self, middles: Tensor) -> Tensor:
        """Return which inputs (B, T, N) of windows are missing readings; arguments as `inputs`."""
        values = self.values[middles.to(self.values.device)[:, None] + self._before]
        if self.missing_value is None:
            return torch.zeros_like(values, dtype=torch.bool)
        return values == self.missing_value

    def _spread(self, steps: Tensor, nodes: int) -> Tensor:
        return self.calendar[steps].unsqueeze(2).expand(-1, -1, nodes, -1)


def _calendar(dataset: Dataset, out_steps: int) -> Tensor:
    """Return time of day and day of week (T + T', 2), continued past the end of the series."""
    ahead = dataset.tod_index[-1] + np.arange(1, out_steps + 1)
    days, steps = np.divmod(ahead, dataset.steps_per_day)
    time_of_day = np.concatenate([dataset.tod, (steps / dataset.steps_per_day).astype(np.float32)])
    day_of_week = np.concatenate([dataset.dow, (dataset.dow[-1] + days) % DAYS_PER_WEEK])
    return torch.from_numpy(np.stack([time_of_day, day_of_week.astype(np.float32)], axis=-1))
