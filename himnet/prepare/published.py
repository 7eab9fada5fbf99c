"""The published data sets, recognised by their sizes."""

from __future__ import annotations

from typing import Any

from himnet.data.registry import DATASETS, DatasetSpec


def published_as(steps: int, sensors: int) -> DatasetSpec | None:
    """Return the published data set with exactly these sizes, or None."""
    for spec in DATASETS.values():
        if spec.num_nodes and (spec.num_steps, spec.num_nodes) == (steps, sensors):
            return spec
    return None


def facts_of(spec: DatasetSpec) -> dict[str, Any]:
    """Return keys of ``dataset.json`` that are known of a published data set, but for its name."""
    facts: dict[str, Any] = {
        "quantity": spec.quantity, "unit": spec.unit, "missing_value": spec.missing_value,
    }  # fmt: skip
    if spec.period is not None:
        facts["start"] = spec.start or f"{spec.period[0]}T00:00:00"
    return facts


def told_of(spec: DatasetSpec) -> str:
    """Return a sentence on what was taken from the fact sheet of a published data set."""
    begins = f" and that it begins on {spec.period[0]}" if spec.period else ""
    return (
        f"the array has exactly the sizes of {spec.name}: that it is {spec.quantity} "
        f"({spec.unit}), that {spec.missing_value:g} is a missing reading{begins}, is taken from "
        f"its fact sheet; --name {spec.name} makes it that data set"
    )
