"""What models are compared with, whatever the model: roads, places, series and moments.

Everything is computed on first use. Something that does not exist raises an `AnalysisError`, whose
message becomes the note of the claims that need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.city.carriageways import carriageway_pairs
from analysis.city.roads import distance_matrix, find_roads, positions, sensor_frame
from analysis.claims.moments import Moments, choose_moments
from analysis.errors import AnalysisError
from analysis.evidence.agreement import neighbourhoods
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats
from analysis.material import Material
from analysis.patterns.hours import line_contrast
from analysis.readings.days import readings_at
from himnet.data.dataset import Dataset

OPPOSITE_METRES = 200.0
NEAREST = 5  # sensors around each


@dataclass(frozen=True)
class Ground:
    """Properties of the sensors and the data, independent of the model's weights.

    Attributes:
        material: the checkpoint with its track and data set, where available.
    """

    material: Material

    @cached_property
    def weekend(self) -> list[int]:
        """Day-of-week numbers of Saturday and Sunday."""
        found = self.material.info.weekend
        if not found:
            raise AnalysisError("the weekend days of this data set are not known")
        return found

    @cached_property
    def line(self) -> float:
        """The weekend's ratio for days at equal distances on a line."""
        return line_contrast(self.weekend)

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """The sensors as points in metres."""
        return sensor_frame(self.material.info.sensors)

    @cached_property
    def roads(self) -> list[str]:
        """Freeway and direction of each sensor, "" where unknown."""
        names = [str(name) for name in self.frame["road"]]
        if len({name for name in names if name}) < 2:
            raise AnalysisError(
                "fewer than two roads are known, so roads cannot be compared; add freeway and "
                "direction to the data set's sensors.csv"
            )
        return names

    @cached_property
    def cells(self) -> Labels:
        """Neighbourhood (N,) of each sensor, of about ten sensors each."""
        return neighbourhoods(positions(self.frame))

    @cached_property
    def consecutive(self) -> NDArray[np.int64]:
        """Pairs (m, 2) of sensors that follow each other on one road in one direction."""
        pairs = [
            np.column_stack([road.members[:-1], road.members[1:]])
            for road in find_roads(self.frame)
        ]
        found = np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs])
        if not len(found):
            raise AnalysisError("no road has two or more sensors, so there are no consecutive ones")
        return found

    @cached_property
    def opposite(self) -> NDArray[np.int64]:
        """Pairs (m, 2) of sensors that face each other on the two carriageways of a freeway."""
        found = carriageway_pairs(self.frame, within=OPPOSITE_METRES)
        if not len(found) and self.roads:  # which says so if none are known
            raise AnalysisError(
                f"no two sensors on opposite carriageways are within {OPPOSITE_METRES:g} metres"
            )
        return found

    @cached_property
    def distances(self) -> Floats:
        """Metres (N, N) between sensors."""
        return distance_matrix(self.frame)

    @cached_property
    def nearest(self) -> NDArray[np.int64]:
        """The five nearest sensors (N, 5) of each sensor; equally near ones in column order."""
        metres = self.distances + np.diag(np.full(len(self.distances), np.inf))
        if len(metres) <= NEAREST:
            raise AnalysisError(
                f"{len(metres)} sensors are too few to compare the {NEAREST} nearest of each"
            )
        return np.argsort(metres, axis=1, kind="stable")[:, :NEAREST]

    @property
    def dataset(self) -> Dataset:
        """The data set."""
        return self.material.required_dataset()

    @cached_property
    def series_correlations(self) -> Floats:
        """Pearson's correlation (N, N) of the sensors' series over the test split.

        Each is over the steps at which both sensors have a reading, at least two days of them; NaN
        if there are fewer, or if a series is constant.
        """
        import pandas as pd

        windows = self.dataset.splits["test"].index
        steps = np.arange(windows[0, 1], windows[-1, 2])  # from first to last step to forecast
        readings = pd.DataFrame(readings_at(self.dataset, steps).astype(np.float64))
        least = min(2 * self.dataset.steps_per_day, len(steps) // 2)
        # the variance of a constant series consists of rounding errors
        readings.loc[:, readings.max() - readings.min() <= 0] = np.nan
        found: Floats = readings.corr(min_periods=max(3, least)).to_numpy(dtype=np.float64)
        return found

    @cached_property
    def moments(self) -> Moments:
        """Moments at which ST-mixed meta-parameters are compared."""
        return choose_moments(self.material)

    @cached_property
    def speeds(self) -> NDArray[np.float32]:
        """Readings (M, N) at the moments, NaN if there is none."""
        return readings_at(self.dataset, self.moments.steps)
