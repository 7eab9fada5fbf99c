"""What a model has learnt as plain arrays for other tools: embeddings, coordinates, parameters."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.clustering import METHOD_NAMES, Method, methods_for, number_of_clusters
from analysis.geometry.spaces import (
    MetaParameterSpace,
    SpaceChoice,
    chosen_layers,
    chosen_pools,
    learnt_space,
    spatial_queries,
    temporal_queries,
)
from analysis.limits import is_large, left_out
from analysis.material import Material
from analysis.patterns.hours import hour_rows, week_coordinates, week_hours
from himnet.config import DAYS_PER_WEEK, SpaceName

FORMAT = "himnet-export/1"
HEADER = "header"
_NOTE = (
    "A meta-parameter is theta = E P, a query times a pool. G = P P^T holds all inner products, "
    "theta_i . theta_j = e_i G e_j, and with G = L L^T the rows of E L are coordinates with the "
    "same inner products, distances and cosines as the meta-parameters themselves. Arrays whose "
    "first axis is N are in the order of sensor_id, those of 168 in that of week_day and week_hour."
)


@dataclass(frozen=True)
class ExportChoice:
    """What to export.

    Attributes:
        space: which generated parameters to compare.
        clusters, method, seed: of the sensors' clusters (`analysis.geometry.clustering.cluster`);
            None takes the default for so many sensors.
        date: ISO date of the day whose E_st is exported; None takes the whole track.
        meta_parameters: whether to export theta itself, tens of thousands of values per sensor.
    """

    space: SpaceChoice = field(default_factory=SpaceChoice)
    clusters: int | None = None
    method: Method | None = None
    seed: int = 0
    date: str | None = None
    meta_parameters: bool = False


@dataclass(frozen=True)
class Entry:
    """An array and its description: axes, unit and equation."""

    array: NDArray[Any]
    axes: str
    words: str


@dataclass(frozen=True)
class Export:
    """The content of an export.

    Attributes:
        entries: by name.
        left_out: the reason for each missing part, by its name.
        about: the checkpoint and the choices, as JSON types.
    """

    entries: dict[str, Entry]
    left_out: dict[str, str]
    about: dict[str, Any]

    @property
    def header(self) -> dict[str, Any]:
        """Return the header that is stored beside the arrays, as JSON types."""
        arrays = {
            name: {
                "shape": list(entry.array.shape),
                "dtype": str(entry.array.dtype),
                "axes": entry.axes,
                "is": entry.words,
            }
            for name, entry in self.entries.items()
        }
        return {
            "format": FORMAT, "note": _NOTE, **self.about,
            "arrays": arrays, "left_out": self.left_out,
        }  # fmt: skip

    def to_npz(self) -> bytes:
        """Return the content of an .npz file: the arrays, and the header as JSON text.

        Equal exports have equal bytes; read it with `numpy.load` and ``allow_pickle=False``.
        """
        buffer = io.BytesIO()
        text = np.array(json.dumps(self.header, indent=2, ensure_ascii=False))
        arrays = {name: entry.array for name, entry in self.entries.items()}
        np.savez(buffer, allow_pickle=False, **{HEADER: text}, **arrays)
        return buffer.getvalue()


def collect(material: Material, choice: ExportChoice | None = None) -> Export:
    """Collect the arrays of a checkpoint and its track; parts that do not exist are left out.

    Args:
        material: of the checkpoint.
        choice: what to export; None takes the defaults.

    Raises:
        AnalysisError: for a layer that the model does not have, or a date that is not available.
    """
    choice, count = choice or ExportChoice(), material.info.num_nodes
    choice = replace(
        choice,
        clusters=choice.clusters or number_of_clusters(count),
        method=choice.method or methods_for(count)[0],
    )
    chosen_layers(material.model, choice.space)
    entries: dict[str, Entry] = {}
    left_out: dict[str, str] = {}
    for name, part in _PARTS.items():
        try:
            entries |= part(material, choice)
        except AnalysisError as error:
            if name == "st_embedding" and choice.date is not None:
                raise
            left_out[name] = str(error)
    about = {
        "checkpoint_sha256": material.arrays.sha256,
        "dataset": material.info.name,
        "data": material.credit,
        "config": asdict(material.arrays.config),
        "choice": asdict(choice),
    }
    return Export(entries, left_out, about)


def _sensors(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    sensors = material.info.sensors
    known = {
        "sensor_id": (sensors.ids, "id of each sensor in the data set"),
        "freeway": (sensors.freeway, 'freeway of each sensor, such as "US-101"'),
        "direction": (sensors.direction, 'direction of travel, such as "N"'),
        "name": (sensors.name, "name of each sensor, such as that of its street"),
        "latitude": (sensors.latitude, "degrees (WGS 84)"),
        "longitude": (sensors.longitude, "degrees (WGS 84)"),
    }
    return {
        name: Entry(np.asarray(column), "(N,): sensors", words)
        for name, (column, words) in known.items()
        if column is not None
    }


def _dictionaries(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    model, width = material.model, material.model.time_of_day_width
    rows, weekdays = np.arange(model.steps_per_day), np.arange(DAYS_PER_WEEK)
    of_times = temporal_queries(model, rows, np.zeros_like(rows))[:, :width]
    of_days = temporal_queries(model, np.zeros_like(weekdays), weekdays)[:, width:]
    days = ", ".join(material.info.day_names)
    return {
        "tod_embedding": Entry(
            of_times.astype(np.float32), "(steps of a day, d_tod)",
            "time-of-day dictionary; E_t is a row of it and a row of dow_embedding, concatenated",
        ),
        "dow_embedding": Entry(
            of_days.astype(np.float32), "(7, d_dow)", f"day-of-week dictionary: {days}"
        ),
    }  # fmt: skip


def _temporal(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    space = learnt_space(material.model, "temporal", choice.space)
    coordinates = week_coordinates(material.model, choice.space)
    hours, days = week_hours()
    return _geometry("temporal", "d_t", space) | {
        "week_hour": Entry(hours, "(168,): hours of a week", "hour of the day, 0 to 23"),
        "week_day": Entry(days, "(168,): hours of a week", "row of dow_embedding, 0 to 6"),
        "temporal_coordinates": Entry(
            coordinates, "(168, r): hours of a week", "E_t L: coordinates of the meta-parameters"
        ),
    }


def _spatial_embedding(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    embedding = spatial_queries(material.model).astype(np.float32)
    return {"spatial_embedding": Entry(embedding, "(N, d_s): sensors", "E_s")}


def _spatial(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    space = learnt_space(material.model, "spatial", choice.space)
    coordinates = material.spatial_coordinates(choice.space)
    return _geometry("spatial", "d_s", space) | {
        "spatial_coordinates": Entry(
            coordinates, "(N, r): sensors", "E_s L: coordinates of the meta-parameters"
        )
    }


def _clusters(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    labels = material.clusters(
        choice.space, k=choice.clusters, method=choice.method, seed=choice.seed
    )
    assert choice.method is not None  # set by `collect`
    by = METHOD_NAMES[choice.method]
    words = f"number of each sensor's cluster, by {by} in spatial_coordinates"
    return {"cluster": Entry(labels, "(N,): sensors", words)}


def _st(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    space = learnt_space(material.model, "moment", choice.space)
    return _geometry("st", "d_st", space)


def _st_embedding(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    embedding, steps = _moments(material, choice.date)
    axis = "(M,): moments"
    found = {
        "st_embedding": Entry(
            embedding, "(M, N, d_st): moments, sensors",
            "E_st of the windows whose last input step is the moment; times st_factor it gives "
            "coordinates of the meta-parameters",
        ),
        "st_step": Entry(steps, axis, "index of the moment's reading in the data set"),
    }  # fmt: skip
    start = material.info.start_time
    if start is not None:
        seconds = np.round(steps * material.info.step_minutes * 60).astype("timedelta64[s]")
        words = "moment, local time"
        found["st_time"] = Entry(np.datetime64(start, "s") + seconds, axis, words)
    return found


def _moments(material: Material, date: str | None) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return E_st (M, N, d_st) of the track, or of one day, and the steps (M,)."""
    if date is not None:
        from analysis.paper.values import chosen_day

        day = material.day(chosen_day(material, date))
        return day.embedding, day.steps
    if material.track is None:
        raise AnalysisError(
            f"there is no track beside {material.arrays.path.name}; choose a day with --date "
            f"(this requires the data set)"
        )
    return material.track.st_embedding, material.track.steps


def _geometry(name: str, width: str, space: MetaParameterSpace) -> dict[str, Entry]:
    return {
        f"{name}_gram": Entry(
            space.gram, f"({width}, {width})", f"G = P P^T, summed over {space.choice.label}"
        ),
        f"{name}_factor": Entry(
            space.factor, f"({width}, r): r is the rank", "L with G = L L^T; coordinates are E L"
        ),
    }


def _temporal_parameters(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    def queries() -> NDArray[np.float64]:
        hours, days = week_hours()
        return temporal_queries(material.model, hour_rows(material.model)[hours], days)

    return dict(_expanded(material, choice, "temporal", "168", queries))


def _spatial_parameters(material: Material, choice: ExportChoice) -> dict[str, Entry]:
    def queries() -> NDArray[np.float64]:
        if is_large(material.info.num_nodes):
            raise AnalysisError(left_out("theta of each sensor, several gigabytes,"))
        return spatial_queries(material.model)

    return dict(_expanded(material, choice, "spatial", "N", queries))


def _expanded(
    material: Material,
    choice: ExportChoice,
    name: SpaceName,
    axis: str,
    queries: Callable[[], NDArray[np.float64]],
) -> Iterator[tuple[str, Entry]]:
    """Yield theta = E P of one part, separately for each convolution's weights and biases."""
    if not choice.meta_parameters:
        return
    pools = chosen_pools(material.model, name, choice.space)
    embeddings = queries()
    for (layer, convolution), pool in pools.items():
        prefix = f"{name}_layer{layer + 1}_{convolution}"
        where = f"of the {convolution} in layer {layer + 1} of the {name} encoder"
        yield prefix + "_weights", Entry(
            pool.generate_weights(embeddings).astype(np.float32),
            f"({axis}, K*C, O): rows are T_0 x, T_1 x, ...", f"generated weights {where}",
        )  # fmt: skip
        if choice.space.bias:
            yield prefix + "_biases", Entry(
                pool.generate_biases(embeddings).astype(np.float32),
                f"({axis}, O)", f"generated biases {where}",
            )  # fmt: skip


_PARTS: dict[str, Callable[[Material, ExportChoice], dict[str, Entry]]] = {
    "sensors": _sensors,
    "temporal_embedding": _dictionaries,
    "temporal_coordinates": _temporal,
    "spatial_embedding": _spatial_embedding,
    "spatial_coordinates": _spatial,
    "cluster": _clusters,
    "st_factor": _st,
    "st_embedding": _st_embedding,
    "temporal_meta_parameters": _temporal_parameters,
    "spatial_meta_parameters": _spatial_parameters,
}
