"""An opened model: a checkpoint with its track and data set, for pages, commands and notebooks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.city.basemap import basemap_in, choose_basemap
from analysis.errors import AnalysisError
from analysis.geometry.clustering import Labels, Method, cluster
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import SpaceChoice, spatial_coordinates
from analysis.limits import check_forward, is_large
from analysis.model import LearntModel
from analysis.readings.days import (
    Day,
    DayValues,
    dataset_days,
    date_of,
    day_from_dataset,
    day_from_track,
    first_usual_day,
    readings_at,
    track_days,
)
from analysis.readings.source import Source, forecasts_in, readings_of
from himnet import texts
from himnet.checkpoints import CheckpointArrays, load_arrays
from himnet.data.dataset import Dataset
from himnet.data.info import DatasetInfo
from himnet.data.load import (
    data_directory,
    find_dataset_folder,
    load_dataset,
    name_of_stranger,
)
from himnet.data.registry import credit_of
from himnet.data.synthetic import is_city
from himnet.errors import DataError
from himnet.forecasting.track import Track, load_track

if TYPE_CHECKING:
    from himnet.forecasting.inference import Forecaster

Embed = Callable[[NDArray[np.int64]], NDArray[np.float32]]
_MAKING = threading.Lock()  # a forecaster is large: threads share one


@dataclass(frozen=True, eq=False)
class Material:
    """An opened model.

    Attributes:
        arrays: the checkpoint.
        track: of the model, or None.
        dataset: the data set that the model was trained on, or None.
        dataset_problem: why there is no data set; "" if there is one.
        is_on_own_forecasts: whether the data set consists of the model's own forecasts; see
            `analysis.forecasts.own_series`.
        basemap: file of the base map in the data set's folder, or None.
    """

    arrays: CheckpointArrays
    track: Track | None = field(repr=False)
    dataset: Dataset | None = field(repr=False)
    dataset_problem: str = ""
    is_on_own_forecasts: bool = False
    basemap: Path | None = None

    @property
    def model(self) -> LearntModel:
        """What the model has learnt."""
        return self.arrays.model

    @property
    def info(self) -> DatasetInfo:
        """Identity of the data set, as stated in the checkpoint."""
        return self.arrays.dataset

    @property
    def credit(self) -> str:
        """Whom to name where results are shown; see `himnet.data.registry.credit_of`."""
        return credit_of(self.info)

    @property
    def sums(self) -> tuple[str, str, str]:
        """Checksums of checkpoint, track and data set, "" for none: the key of cached results."""
        track = "" if self.track is None else self.track.sum
        info = None if self.dataset is None else self.dataset.info
        return self.arrays.sha256, track, "" if info is None else info.sha256 or info.name

    @cached_property
    def basemap_problem(self) -> str:
        """Why the base map in the data set's folder is not drawn; "" if it is, or absent."""
        return "" if self.basemap is None else choose_basemap(self.info.sensors, self.basemap)[1]

    @property
    def days(self) -> list[int]:
        """The available days, in order: days since 1970, or numbers without a calendar."""
        found = set(self.track_days)
        if self.dataset is not None:
            found |= set(dataset_days(self.dataset, self.model.in_steps).tolist()) - {-1}
        return sorted(found)

    @property
    def usual_day(self) -> int:
        """The day that is shown where none was chosen: the first that the track has most of.

        Raises:
            AnalysisError: if there is no day at all.
        """
        if not self.days:
            raise AnalysisError(
                f"there is no track next to {self.arrays.path}, and {self.dataset_problem}"
            )
        return self.days[0] if self.track is None else first_usual_day(self.track, self.info)

    @property
    def track_days(self) -> list[int]:
        """The days of the track, in order; none without a track."""
        found = [] if self.track is None else track_days(self.track, self.info).tolist()
        return sorted(set(found))

    @cached_property
    def source(self) -> Source | None:
        """The data set's readings, or the track's forecasts, or None."""
        if self.dataset is not None:
            return readings_of(self.dataset)
        return None if self.track is None else forecasts_in(self.track)

    def spatial_coordinates(self, choice: SpaceChoice | None = None) -> Floats:
        """Return coordinates (N, r) isometric to the spatial meta-parameters.

        Raises:
            AnalysisError: if the model has none.
        """
        return spatial_coordinates(self.model, choice)

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

    def steps_of(self, number: int) -> NDArray[np.int64]:
        """Return the steps of a day's readings at which a window can end; none without data set."""
        if self.dataset is None:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(dataset_days(self.dataset, self.model.in_steps) == number)

    def day(self, number: int, embed: Embed | None = None) -> Day:
        """Return one day: E_st from the track or a forward pass, and readings or forecasts.

        Args:
            number: one of `days`.
            embed: returns E_st of steps; the default is `embeddings`. It is not called for a model
                without an embedding of moments, whose E_st has the shape (M, N, 0).

        Raises:
            AnalysisError: for a day that is neither in the track nor in the data set.
        """
        if self.track is not None and number in self.track_days:
            return day_from_track(self.track, number, self.dataset, self.info)
        steps = self.steps_of(number)
        if self.dataset is None or not len(steps):
            raise AnalysisError(self._absent(number))
        if self.model.width("moment"):
            embedding = (embed or self.embeddings)(steps)
        else:
            embedding = np.empty((len(steps), self.info.num_nodes, 0), dtype=np.float32)
        return day_from_dataset(self.dataset, steps, embedding)

    def values_of(self, number: int) -> DayValues:
        """Return the readings of one day, or the track's forecasts without the data set.

        Args:
            number: one of `days`.

        Raises:
            AnalysisError: for a day that is not available.
        """
        if self.dataset is not None:
            steps = np.flatnonzero(dataset_days(self.dataset, 1) == number)
            if len(steps):
                hours = self.dataset.tod_index[steps] * self.info.step_minutes / 60
                return DayValues(hours, readings_at(self.dataset, steps))
        day = self.day(number)
        return DayValues(day.hours, day.values, day.minutes_ahead)

    def embeddings(
        self, steps: NDArray[np.int64], *, model: LearntModel | None = None
    ) -> NDArray[np.float32]:
        """Compute E_st (M, N, d_st) of the windows that end at given steps (M,).

        Args:
            steps: (M,).
            model: another model of the same data; None takes this one.

        Raises:
            AnalysisError: without the data set, or for too many sensors.
            DataError: for steps without enough history.
        """
        forecaster = self.forecaster if model is None else self._forecaster_of(model)
        return forecaster.embeddings(np.asarray(steps) + 1)

    @property
    def forecaster(self) -> Forecaster:
        """The model with its data set; created once, at the first call, which imports torch.

        Raises:
            AnalysisError: without the data set, for too many sensors, or for a model that cannot
                forecast.
            DataError: for a data set that does not fit the model.
        """
        with _MAKING:
            return self._forecaster

    @cached_property
    def _forecaster(self) -> Forecaster:
        return self._forecaster_of(self.model)

    def _forecaster_of(self, model: LearntModel) -> Forecaster:
        check_forward(self.info.num_nodes)
        dataset = self.required_dataset()
        if not model.can_forecast:
            raise AnalysisError(
                f"{model.architecture} models cannot forecast; open another checkpoint"
            )
        from himnet.forecasting.inference import Forecaster

        return Forecaster(model.module(), dataset, self.arrays.scaler)

    def required_dataset(self) -> Dataset:
        """Return the data set.

        Raises:
            AnalysisError: if there is none.
        """
        if self.dataset is None:
            raise AnalysisError(f"this needs the data set, but {self.dataset_problem}")
        return self.dataset

    def _absent(self, number: int) -> str:
        days = self.days
        if not days:
            return f"there is no track beside {self.arrays.path}, and {self.dataset_problem}"
        name, first, last = (
            str(date_of(day)) if self.info.start else f"day {day}"
            for day in (number, days[0], days[-1])
        )
        more = f"; for other days, {self.dataset_problem}" if self.dataset is None else ""
        return f"{name} is not one of the available days, {first} to {last}{more}"


def load_material(
    checkpoint: str | Path,
    *,
    data_dir: str | Path | None = None,
    dataset: str | None = None,
) -> Material:
    """Load a checkpoint with its track and data set, if available, without importing torch.

    Args:
        checkpoint: see `himnet.load_arrays`.
        data_dir: folder of the data sets; see `himnet.data.load.data_directory`.
        dataset: name or path of the data set; None takes the one named in the checkpoint.

    Raises:
        CheckpointError: for a checkpoint or track that cannot be used.
        DataError: for a data set that is named by `dataset` and cannot be used.
    """
    arrays = load_arrays(checkpoint)
    if dataset is None:
        found, problem = own_dataset(arrays, data_dir=data_dir)
        folder = folder_of_stranger(arrays.dataset, data_dir)
    else:
        found, problem = load_dataset(dataset, data_dir), ""
        check_same_sensors(arrays, found)
        folder = None if is_city(dataset) else find_dataset_folder(dataset, data_dir)
    return Material(arrays, load_track(checkpoint), found, problem, basemap=basemap_in(folder))


def folder_of_stranger(info: DatasetInfo, data_dir: str | Path | None = None) -> Path | None:
    """Return the folder of the data set that a checkpoint names; None if there is none.

    Args:
        info: from the checkpoint, which may come from anyone.
        data_dir: folder of the data sets.
    """
    if is_city(info.name):
        return None
    try:
        return find_dataset_folder(name_of_stranger(info), data_dir)
    except DataError:  # no usable name, or an ambiguous one, which loading reports
        return None


def own_dataset(
    arrays: CheckpointArrays,
    *,
    data_dir: str | Path | None = None,
    brief: bool = False,
    load: Callable[[str, Path], Dataset] = load_dataset,
) -> tuple[Dataset | None, str]:
    """Return the data set named in a checkpoint, or None and why it cannot be used.

    Args:
        arrays: the checkpoint, which may come from anyone.
        data_dir: folder of the data sets.
        brief: for a page, which names commands itself and does not generate large cities.
        load: loads a data set by its name or path and the folder of data sets.
    """
    info, directory = arrays.dataset, data_directory(data_dir)
    if brief and not info.name:
        return None, (
            "the checkpoint does not say what data it was trained on; to add it: "
            + texts.command(
                *("python", "-m", "himnet", "convert", texts.operand(arrays.path), "DST"),
                *("--name", "NAME"),
            )
        )
    try:
        name = name_of_stranger(info)
        if brief and is_city(name) and is_large(info.num_nodes):
            return None, f"the synthetic city '{name}' is too large to generate for a page"
        if brief and not is_city(name) and find_dataset_folder(name, directory) is None:
            return None, f"the data set '{name}' is not in the folder '{directory}'"
        found = load(name, directory)
        check_same_sensors(arrays, found)
    except DataError as error:
        return None, str(error)
    return found, ""


def check_same_sensors(arrays: CheckpointArrays, dataset: Dataset) -> None:
    """Check that a data set is the one that a model was trained on.

    Raises:
        DataError: for a data set of other sensors.
    """
    info = arrays.dataset
    if dataset.sensors.ids != info.sensors.ids and dataset.info.sha256 != info.sha256:
        raise DataError(
            f"the data set '{dataset.name}' has different sensors from the one that the model of "
            f"{arrays.path} was trained on; choose another with --dataset"
        )


def sensor_positions(info: DatasetInfo, ids: Sequence[str]) -> list[int]:
    """Return the columns of sensors, given by their ids.

    Raises:
        AnalysisError: for an id that the data set does not have.
    """
    place = {name: number for number, name in enumerate(info.sensors.ids)}
    unknown = [name for name in ids if name not in place]
    if unknown:
        raise AnalysisError(
            f"there is no sensor '{unknown[0]}'; valid ids are, for example, "
            f"{', '.join(info.sensors.ids[:3])}"
        )
    return [place[name] for name in ids]
