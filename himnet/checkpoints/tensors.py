"""Checks of a checkpoint's tensors: names, shapes, values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.config import HimNetConfig
from himnet.errors import CheckpointError
from himnet.limits import MAX_WEIGHT
from himnet.texts import clipped

_WRAPPERS = ("module.", "_orig_mod.")  # prefixes of DataParallel and torch.compile
_LISTED = 5


def strip_wrappers(name: str) -> str:
    """Remove the prefixes of DataParallel and torch.compile from a name, in any order.

    That of torch.compile is also removed further on, where a part of the model was compiled.
    """
    while name.startswith(_WRAPPERS):
        for prefix in _WRAPPERS:
            name = name.removeprefix(prefix)
    return name.replace("._orig_mod.", ".")


def check_shapes(source: str, shapes: Mapping[str, tuple[int, ...]], config: HimNetConfig) -> None:
    """Compare names and shapes with those that the configuration implies.

    Args:
        source: origin of the tensors, for the message.
        shapes: by name.
        config: of the model.

    Raises:
        CheckpointError: that lists what is missing, unexpected or of another shape.
    """
    expected = config.state_shapes()
    wrong = [
        f"{name} is {clipped(tuple(shapes[name]), 80)} instead of {expected[name]}"
        for name in expected
        if name in shapes and tuple(shapes[name]) != expected[name]
    ]
    problems = []
    for title, names in (
        ("missing", [name for name in expected if name not in shapes]),
        ("unexpected", [name for name in shapes if name not in expected]),
        ("wrong", wrong),
    ):
        if names:
            listed = ", ".join(clipped(name, 160) for name in names[:_LISTED])
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            problems.append(f"{title}: {listed}{more}")
    if problems:
        only_more = len(problems) == 1 and problems[0].startswith("unexpected")
        advice = "; leave out what is unexpected, and save the others again" if only_more else ""
        raise CheckpointError(
            f"the tensors of {source} are not those of its configuration ({'; '.join(problems)})"
            f"{advice}"
        )


def check_finite(source: str, weights: Mapping[str, NDArray[Any]]) -> None:
    """Refuse weights with NaN or infinity, or so large that products of them overflow.

    Raises:
        CheckpointError: that names the tensor.
    """
    for name, array in weights.items():
        # the extremes show it without an array of booleans: NaN passes through both
        ends = [array.min(), array.max()] if array.size else [0.0]
        extremes = np.abs(np.array(ends, dtype=np.float64))  # float16 cannot hold the limit
        if not (extremes <= MAX_WEIGHT).all():
            what = f"are beyond {MAX_WEIGHT:g}" if np.isfinite(extremes).all() else "are not finite"
            raise CheckpointError(
                f"tensor '{name}' of {source} has values that {what}; its training went wrong, "
                f"so use an earlier checkpoint"
            )
