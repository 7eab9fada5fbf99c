"""The plan of a run: the request, combined with stored settings and with the data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from himnet.checkpoints import load_checkpoint
from himnet.config import SIZES_OF_DATA, HimNetConfig
from himnet.data.dataset import Dataset
from himnet.data.load import load_dataset
from himnet.errors import DataError, TrainingError
from himnet.metrics import present
from himnet.model.himnet import HimNet
from himnet.training.request import Request
from himnet.training.settings import TrainingSettings, check_same, model_config
from himnet.training.state import RunState

_SOURCE = ("dataset", "data_dir", "city")


@dataclass(frozen=True)
class Plan:
    """A run that is ready to start.

    Attributes:
        dataset: checked to be suitable for training.
        source: how the data set was requested, to load it again when the run is resumed.
        settings: of the optimisation.
        model: on the CPU, with the initial weights (a resumed run replaces them).
    """

    dataset: Dataset
    source: dict[str, Any]
    settings: TrainingSettings
    model: HimNet

    @property
    def config(self) -> HimNetConfig:
        """The model's configuration."""
        return self.model.config


def new_plan(request: Request) -> Plan:
    """Plan a run that starts from the beginning.

    Raises:
        ConfigError: for an invalid setting or size.
        DataError: for a data set that is missing, damaged or empty.
        CheckpointError: for a damaged checkpoint to start from.
        TrainingError: for a checkpoint to start from that does not match.
    """
    source = {name: request.remembered()[name] for name in _SOURCE}
    dataset = _load(source)
    source |= {"name": dataset.name, "sha256": dataset.info.sha256}
    settings = TrainingSettings.for_dataset(dataset.name, request.settings)
    if settings.init is None:
        model = _drawn_model(model_config(dataset, request.sizes), settings)
    else:
        model = _given_model(settings.init, dataset, request.sizes)
    return Plan(dataset, source, settings, model)


def resumed_plan(request: Request, stored: RunState) -> Plan:
    """Plan a run that is resumed; everything that is given must be unchanged.

    Raises:
        TrainingError: if it is not.
        DataError: for a data set that is missing or damaged.
    """
    for name, value in request.sizes.items():
        check_same(name, stored.config[name], value)
    settings = TrainingSettings.from_dict(stored.settings).resumed(request.settings)
    given = {name: value for name in _SOURCE if (value := request.remembered()[name])}
    source = stored.source | given | {"city": {**stored.source["city"], **request.city}}
    dataset = _load(source)
    check_same("the data set", stored.source["name"], dataset.name)
    if dataset.info.sha256 != stored.source["sha256"]:
        raise TrainingError(
            f"the readings of '{dataset.name}' are not those that the run to resume was trained "
            f"on; restore them, or start a new run with another --out"
        )
    return Plan(dataset, source, settings, HimNet(HimNetConfig.from_dict(stored.config), seed=0))


def _load(source: Mapping[str, Any]) -> Dataset:
    dataset = load_dataset(source["dataset"], source["data_dir"], **source["city"])
    if not np.isfinite(dataset.values).all():
        raise DataError(
            f"'{dataset.name}' contains readings that are not finite; replace missing readings "
            f"with the data set's missing value"
        )
    for split in ("train", "val"):
        steps = dataset.splits[split].index
        if not len(steps):
            raise DataError(f"'{dataset.name}' has no windows in the split '{split}'")
        truth = dataset.values[steps[:, 1].min() : steps[:, 2].max()]
        if not present(truth, dataset.info.missing_value).any():
            raise DataError(f"'{dataset.name}' has no readings in the split '{split}'")
    return dataset


def _drawn_model(config: HimNetConfig, settings: TrainingSettings) -> HimNet:
    """Return a model with initial weights, with the requested scale of the dictionaries."""
    model = HimNet(config, seed=settings.seed)
    if config.has_dictionaries:
        with torch.no_grad():
            for dictionary in (model.tod_embedding, model.dow_embedding):
                dictionary.weight.mul_(settings.dictionary_std)
    return model


def _given_model(init: str, dataset: Dataset, sizes: Mapping[str, Any]) -> HimNet:
    """Return the model of the checkpoint to start from."""
    model: HimNet = load_checkpoint(init).model
    wanted = replace(model_config(dataset), **sizes).to_dict()
    for name in (*SIZES_OF_DATA, *sizes):
        have = getattr(model.config, name)
        if have != wanted[name]:
            raise TrainingError(
                f"the checkpoint '{init}' has {name} {have}, but this run needs {wanted[name]}; "
                f"start from another checkpoint or omit --init"
            )
    return model.train()
