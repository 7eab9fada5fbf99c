"""A model of another architecture: embeddings of sensors and times, no pools, no forecasts."""

from dataclasses import dataclass, field, replace

import numpy as np

from himnet.checkpoints import CheckpointArrays


@dataclass(frozen=True)
class EmbeddingsOnly:
    """What the analysis needs of a model, from two tables of embeddings.

    Attributes:
        sensors: (N, d).
        times: (steps_per_day, d).
        days: (7, d).
    """

    sensors: np.ndarray
    times: np.ndarray
    days: np.ndarray
    architecture: str = "Tables"
    in_steps: int = 12
    out_steps: int = 12
    num_layers: int = 0
    convolutions: tuple = ()
    can_forecast: bool = False
    sketch: None = None

    @property
    def num_nodes(self):
        return len(self.sensors)

    @property
    def steps_per_day(self):
        return len(self.times)

    @property
    def num_parameters(self):
        return self.sensors.size + self.times.size + self.days.size

    @property
    def sizes(self):
        return {"d": str(self.sensors.shape[1])}

    def why_not(self, space, *, generated=True):
        return "this model has no embedding of moments" if space == "moment" else ""

    def width(self, space):
        widths = {"spatial": self.sensors.shape[1], "temporal": 2 * self.times.shape[1]}
        return widths.get(space, 0)

    def spatial_queries(self):
        return self.sensors.astype(np.float64)

    def temporal_queries(self, tod_index, dow):
        return np.concatenate([self.times[tod_index], self.days[dow]], axis=1).astype(np.float64)

    @property
    def time_of_day_width(self):
        return self.times.shape[1]

    def pools(self, space):
        return {}

    @property
    def why_no_graph(self):
        return "Tables models learn no graph"

    def graph_factors(self, queries):
        raise AssertionError("nobody may ask for what the model cannot do")

    def untrained(self, *, seed, matched=True):
        rng = np.random.default_rng(seed)
        tables = (self.sensors, self.times, self.days)
        return EmbeddingsOnly(*(rng.normal(size=table.shape) for table in tables))

    def module(self):
        raise AssertionError("nobody may ask for what the model cannot do")


def tables(num_nodes, *, steps_per_day=288, d=5, seed=0):
    """Draw a model whose hours lie on a circle and whose sensors form groups of four."""
    rng = np.random.default_rng(seed)
    angles = 2 * np.pi * np.arange(steps_per_day) / steps_per_day
    times = 0.1 * rng.normal(size=(steps_per_day, d))
    times[:, :2] += np.stack([np.cos(angles), np.sin(angles)], axis=1)
    groups = rng.normal(size=(-(-num_nodes // 4), d)).repeat(4, axis=0)[:num_nodes]
    sensors = groups + 0.05 * rng.normal(size=(num_nodes, d))
    return EmbeddingsOnly(sensors, times, 0.1 * rng.normal(size=(7, d)))


@dataclass(frozen=True)
class CheckpointOfTables(CheckpointArrays):
    """A checkpoint whose model is one of tables, whatever its weights."""

    tables: EmbeddingsOnly = field(kw_only=True)

    @property
    def model(self):
        return self.tables

    def untrained(self, *, seed):
        fresh = self.tables.untrained(seed=seed)
        return replace(self, tables=fresh, sha256=f"{self.sha256}-{seed}", metrics={})


def with_tables(arrays):
    """Return a checkpoint that holds tables instead of its model."""
    info = arrays.dataset
    drawn = tables(info.num_nodes, steps_per_day=info.steps_per_day)
    changed = {**vars(arrays), "sha256": f"7{arrays.sha256[1:]}"}
    return CheckpointOfTables(**changed, tables=drawn)
