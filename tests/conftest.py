"""What tests of all rooms share: the real data where it is, a small city where it is not."""

import os
from pathlib import Path

import pytest

from himnet.data.dataset import Dataset
from himnet.data.load import load_dataset
from himnet.data.synthetic import synthetic_city


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that tells how many files the fuzz tests alter."""
    parser.addoption(
        "--fuzz-scale", type=float, default=0.2, help="of 1,000 models, 700 tracks and 200 .pt"
    )


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the data sets with METR-LA in it; skips where HIMNET_DATA_DIR names none."""
    named = os.environ.get("HIMNET_DATA_DIR")
    if not named or not (Path(named) / "METRLA").is_dir():
        pytest.skip("no real data: HIMNET_DATA_DIR names no folder with METRLA in it")
    return Path(named)


@pytest.fixture(scope="session")
def metrla(data_dir: Path) -> Dataset:
    """METR-LA in its fastest layout."""
    return load_dataset("METRLA", data_dir)


@pytest.fixture(scope="session")
def city() -> Dataset:
    """A small synthetic city."""
    return synthetic_city(num_nodes=12, days=7, seed=0)
