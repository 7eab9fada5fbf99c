"""The paper's settings for the six published data sets (without torch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from himnet.config import HimNetConfig
from himnet.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """Model sizes, optimisation and published accuracy targets of one data set.

    Attributes:
        model: the model's configuration.
        loss: ``"mae"`` (masked) or ``"huber"``, on de-normalised values.
        weight_decay: Adam's coupled L2 term.
        milestones: epochs after which the learning rate is multiplied by 0.1.
        tf_decay_steps: s in the scheduled-sampling probability s / (s + exp(i / s)).
        split: fractions of the windows for training, validation and test.
        num_steps: readings per sensor in the published files, T.
    """

    model: HimNetConfig
    loss: Literal["mae", "huber"]
    weight_decay: float
    milestones: tuple[int, ...]
    tf_decay_steps: int
    split: tuple[float, float, float]
    num_steps: int


_SPEED = (0.7, 0.1, 0.2)
_FLOW = (0.6, 0.2, 0.2)

PRESETS: dict[str, Preset] = {
    "METRLA": Preset(HimNetConfig(207), "mae", 5e-4, (30, 40), 6000, _SPEED, 34_272),
    "PEMSBAY": Preset(HimNetConfig(325), "mae", 1e-4, (25, 35), 6000, _SPEED, 52_116),
    "PEMS03": Preset(HimNetConfig(358), "huber", 3e-4, (30, 50), 4000, _FLOW, 26_208),
    "PEMS04": Preset(
        HimNetConfig(307, tod_embedding_dim=12, dow_embedding_dim=4),
        "huber", 1e-4, (30, 50), 4000, _FLOW, 16_992,
    ),
    "PEMS07": Preset(HimNetConfig(883), "huber", 1e-4, (40, 60), 6000, _FLOW, 28_224),
    "PEMS08": Preset(
        HimNetConfig(
            170, hidden_dim=96, tod_embedding_dim=10, dow_embedding_dim=2,
            node_embedding_dim=14, st_embedding_dim=10,
        ),
        "huber", 0.0, (40, 60, 80), 6000, _FLOW, 17_856,
    ),
}  # fmt: skip


def preset(name: str) -> Preset:
    """Return the paper's preset of a published data set.

    Raises:
        ConfigError: for a name that is not one of the six.
    """
    if name not in PRESETS:
        raise ConfigError(f"there is no preset '{name}'; the paper has {', '.join(PRESETS)}")
    return PRESETS[name]
