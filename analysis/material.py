"""What figures and claims are made from: a checkpoint, its track, and its data set where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.clustering import Labels, Method, cluster
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import SpaceChoice, spatial_coordinates
from analysis.limits import check_forward
from analysis.readings.days import (
    Day,
    DayValues,
    dataset_days,
    date_of,
    day_from_dataset,
    day_from_track,
    readings_at,
    track_days,
)
from himnet.checkpoints import CheckpointArrays, load_arrays
from himnet.data.dataset import Dataset
from himnet.data.info import DatasetInfo
from himnet.data.load import load_dataset, name_of_stranger
from himnet.errors import DataError
from himnet.forecasting.track import Track, load_track


@dataclass(frozen=True)
class Material:
    """A checkpoint with what lies beside it.

    Attributes:
        arrays: the checkpoint.
        track: of the model, or None.
        dataset: that the model was trained on, or None.
        dataset_problem: why there is no data set; "" where there is one.
    """

    arrays: CheckpointArrays
    track: Track | None = field(repr=False)
    dataset: Dataset | None = field(repr=False)
    dataset_problem: str = ""

    @property
    def info(self) -> DatasetInfo:
        """Identity of the data set, as the checkpoint tells it."""
        return self.arrays.dataset

    @property
    def sums(self) -> tuple[str, str, str]:
        """Sums of checkpoint, track and data set, "" for none: what results are kept by."""
        track = "" if self.track is None else self.track.sum
        info = None if self.dataset is None else self.dataset.info
        return self.arrays.sha256, track, "" if info is None else info.sha256 or info.name

    @property
    def days(self) -> list[int]:
        """The days that can be shown, in order: days since 1970, or numbers without a calendar."""
        found: set[int] = set()
        if self.dataset is not None:
            found |= set(dataset_days(self.dataset, self.arrays.config.in_steps).tolist()) - {-1}
        if self.track is not None:
            found |= set(track_days(self.track, self.info).tolist())
        return sorted(found)

    def spatial_coordinates(self, choice: SpaceChoice | None = None) -> Floats:
        """Return coordinates (N, r) isometric to the spatial meta-parameters.

        Raises:
            AnalysisError: where the model has none.
        """
        return spatial_coordinates(self.arrays, choice)

    def clusters(
        self,
        choice: SpaceChoice | None = None,
        *,
        k: int | None = None,
        method: Method | None = None,
        seed: int = 0,
    ) -> Labels:
        """Return the cluster (N,) of each sensor; arguments and errors as `cluster`."""
        return cluster(self.spatial_coordinates(choice), k=k, method=method, seed=seed)

    def day(self, number: int) -> Day:
        """Return one day: E_st from the track, else from a forward pass; readings, else forecasts.

        Args:
            number: one of `days`.

        Raises:
            AnalysisError: for a day that neither the track nor the data set has.
        """
        if self.track is not None and (track_days(self.track, self.info) == number).any():
            return day_from_track(self.track, number, self.dataset, self.info)
        if self.dataset is not None:
            steps = np.flatnonzero(
                dataset_days(self.dataset, self.arrays.config.in_steps) == number
            )
            if len(steps):
                return day_from_dataset(self.dataset, steps, self.embeddings(steps))
        raise AnalysisError(self._absent(number))

    def values_of(self, number: int) -> DayValues:
        """Return the readings of one day, the track's forecasts without the data set.

        Args:
            number: one of `days`.

        Raises:
            AnalysisError: for a day that there is not.
        """
        if self.dataset is not None:
            steps = np.flatnonzero(dataset_days(self.dataset, 1) == number)
            if len(steps):
                hours = self.dataset.tod_index[steps] * self.info.step_minutes / 60
                return DayValues(hours, readings_at(self.dataset, steps))
        day = self.day(number)
        return DayValues(day.hours, day.values, day.minutes_ahead)

    def embeddings(self, steps: NDArray[np.int64]) -> NDArray[np.float32]:
        """Compute E_st (M, N, d_st) of the windows that end at some steps (M,); wakes torch.

        Raises:
            AnalysisError: without the data set, or for a city of too many sensors.
            DataError: for steps without history.
        """
        check_forward(self.info.num_nodes)
        from himnet.checkpoints import with_model
        from himnet.forecasting.inference import st_embeddings

        dataset = self.required_dataset()
        model = with_model(self.arrays).model
        return st_embeddings(model, dataset, self.arrays.scaler, np.asarray(steps) + 1)

    def required_dataset(self) -> Dataset:
        """Return the data set.

        Raises:
            AnalysisError: where there is none.
        """
        if self.dataset is None:
            raise AnalysisError(f"this needs the data set, but {self.dataset_problem}")
        return self.dataset

    def _absent(self, number: int) -> str:
        days = self.days
        if not days:
            return f"there is no track beside {self.arrays.path}, and {self.dataset_problem}"
        name = str(date_of(number)) if self.info.start else f"day {number}"
        first, last = (
            str(date_of(day)) if self.info.start else f"day {day}" for day in (days[0], days[-1])
        )
        more = f"; for other days, {self.dataset_problem}" if self.dataset is None else ""
        return f"{name} is not among the days that can be shown, {first} to {last}{more}"


def load_material(
    checkpoint: str | Path,
    *,
    data_dir: str | Path | None = None,
    dataset: str | None = None,
) -> Material:
    """Load a checkpoint and what is found of its track and data set; torch is not imported.

    Args:
        checkpoint: see `himnet.load_arrays`.
        data_dir: folder of the data sets; see `himnet.data.load.data_directory`.
        dataset: name or path of the data set; None takes the one that the checkpoint names.

    Raises:
        CheckpointError: for a checkpoint or track that cannot be used.
        DataError: for a data set that was named here and cannot be used.
    """
    arrays = load_arrays(checkpoint)
    found, problem = None, ""
    try:
        found = _dataset(arrays, dataset, data_dir)
    except DataError as error:
        if dataset is not None:
            raise
        problem = str(error)
    return Material(arrays, load_track(checkpoint), found, problem)


def _dataset(arrays: CheckpointArrays, name: str | None, data_dir: str | Path | None) -> Dataset:
    """Load the data set of a model.

    Raises:
        DataError: where it is unknown, missing or of other sensors.
    """
    info = arrays.dataset
    found = load_dataset(name or name_of_stranger(info), data_dir)
    if found.sensors.ids != info.sensors.ids and found.info.sha256 != info.sha256:
        raise DataError(
            f"the data set '{found.name}' has other sensors than the one that the model of "
            f"{arrays.path} was trained on; name another with --dataset"
        )
    return found


def sensor_positions(info: DatasetInfo, ids: Sequence[str]) -> list[int]:
    """Return the columns of some sensors.

    Raises:
        AnalysisError: for an id that the data set does not have.
    """
    place = {name: number for number, name in enumerate(info.sensors.ids)}
    unknown = [name for name in ids if name not in place]
    if unknown:
        raise AnalysisError(
            f"there is no sensor '{unknown[0]}'; its ids look like "
            f"{', '.join(info.sensors.ids[:3])}"
        )
    return [place[name] for name in ids]
