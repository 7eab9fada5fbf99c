"""Losses on de-normalised values, as sums and counts.

The caller divides by the count, which in a distributed run is that of all workers.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

LossSums = Callable[[Tensor, Tensor, float | None], tuple[Tensor, Tensor]]


def present(truth: Tensor, missing_value: float | None) -> Tensor:
    """Return a mask of existing readings, like `himnet.metrics.present` for NumPy arrays."""
    valid = ~torch.isnan(truth)
    if missing_value is not None and missing_value == missing_value:
        valid &= (truth - missing_value).abs() > 5e-5
    return valid


def masked_mae_sums(
    prediction: Tensor, truth: Tensor, missing_value: float | None
) -> tuple[Tensor, Tensor]:
    """Return the sum of absolute errors over the existing readings, and their number.

    Args:
        prediction, truth: of the same shape, in the data's unit.
        missing_value: value that stands for "no reading"; NaN always does.

    Returns:
        Two scalars on the tensors' device; the second has no gradient.
    """
    valid = present(truth, missing_value)
    # the truth is replaced, not the error multiplied: 0 * NaN would still be NaN
    error = (prediction - torch.where(valid, truth, prediction.detach())).abs()
    return error.sum(), valid.sum()


def huber_sums(
    prediction: Tensor, truth: Tensor, missing_value: float | None
) -> tuple[Tensor, Tensor]:
    """Return the sum of Huber losses (delta 1) and their number; arguments as above.

    As published, readings that equal the missing value are included; NaN never is.
    """
    valid = present(truth, None)
    known = torch.where(valid, truth, prediction.detach())
    return functional.huber_loss(prediction, known, reduction="sum"), valid.sum()


LOSSES: dict[str, LossSums] = {"mae": masked_mae_sums, "huber": huber_sums}
