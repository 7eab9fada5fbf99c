"""A small series that tests write in many ways, and what `prepare` makes of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from himnet.cli import main
from himnet.data.dataset import Dataset
from himnet.data.load import load_dataset

IDS = ("400001", "400017", "400030")
STEPS = 200
START = pd.Timestamp("2012-03-01 00:00")  # a Thursday


def frame(steps: int = STEPS, *, minutes: int = 15, ids: tuple[str, ...] = IDS) -> pd.DataFrame:
    """Return readings with two decimals, one column per sensor."""
    rng = np.random.default_rng(0)
    moments = pd.date_range(START, periods=steps, freq=f"{minutes}min")
    values = np.round(rng.uniform(20, 70, (steps, len(ids))), 2)
    return pd.DataFrame(values, index=moments, columns=list(ids))


def run(*words: object) -> int:
    """Run `himnet prepare` and return its exit status."""
    return main(["prepare", *map(str, words)])


def prepared(out: Path, *words: object) -> Dataset:
    """Run `himnet prepare` and return the data set that it made."""
    assert run(*words, "--out", out) == 0
    return load_dataset(str(out))


def same(dataset: Dataset, expected: pd.DataFrame) -> None:
    """Check readings, ids and moments of a data set against a table."""
    assert dataset.sensors.ids == tuple(map(str, expected.columns))
    moments = expected.index.to_numpy().astype("datetime64[s]")
    np.testing.assert_array_equal(dataset.timestamps, moments)
    readings = expected.to_numpy(dtype=np.float32)
    np.testing.assert_array_equal(dataset.readings(), readings)
    weekdays = expected.index.day_of_week.to_numpy()
    assert dataset.info.day_names[0] == "Monday"
    np.testing.assert_array_equal(dataset.dow, weekdays)
