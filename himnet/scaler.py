"""Z-score normalisation with statistics of the training windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from himnet.errors import ConfigError


@dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation in the data's own unit (mph for METR-LA).

    The published code computes both over the training windows, including zeros (missing readings).
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean) or not math.isfinite(self.std) or self.std <= 0:
            raise ConfigError(
                f"a scaler needs a finite mean and a standard deviation above 0, "
                f"but got mean {self.mean} and standard deviation {self.std}"
            )

    def normalise(self, values: Any) -> Any:
        """Map values (a number, array or tensor of any shape) from the data's unit to z-scores."""
        return (values - self.mean) / self.std

    def denormalise(self, values: Any) -> Any:
        """Map z-scores of any shape back to the data's unit."""
        return values * self.std + self.mean

    def to_dict(self) -> dict[str, float]:
        """Return plain floats for JSON metadata."""
        return {"mean": self.mean, "std": self.std}
