"""The published data sets, each with its fact sheet."""

from __future__ import annotations

from dataclasses import dataclass

from himnet.data.info import DatasetInfo, Sensors
from himnet.data.sensors import METRLA_SENSORS, read_sensors
from himnet.errors import DataError
from himnet.presets import PRESETS


@dataclass(frozen=True)
class DatasetSpec:
    """Fact sheet of a data set.

    Attributes:
        name: folder name and name on the command line.
        title: what it is, in one line.
        quantity, unit: of the readings.
        num_nodes, num_steps: N and T of the published files (0: made to measure).
        start: ISO moment of the first reading, or None where the published files do not tell.
        first_weekday: weekday (0 = Monday) of day-of-week number 0, or None where unknown.
        split: fractions of training, validation and test windows.
        source: where it comes from, with its licence where that is known.
        get: how to get it.
        url, sha256: of the file that `download` fetches, or None.
    """

    name: str
    title: str
    quantity: str
    unit: str
    num_nodes: int
    num_steps: int
    start: str | None
    first_weekday: int | None
    split: tuple[float, float, float]
    source: str
    get: str
    url: str | None = None
    sha256: str | None = None

    def info(self) -> DatasetInfo:
        """Return the identity of the published data set, with sensors where they are known."""
        sensors = (
            read_sensors(METRLA_SENSORS)
            if self.name == "METRLA"
            else Sensors.numbered(self.num_nodes)
        )
        return DatasetInfo(
            name=self.name,
            sensors=sensors,
            start=self.start,
            first_weekday=self.first_weekday,
            unit=self.unit,
            quantity=self.quantity,
        )

    def describe(self) -> str:
        """Return the fact sheet as text."""
        start = self.start or "not told by the published files"
        sizes = f"{self.num_nodes} sensors, {self.num_steps:,} steps of 5 minutes"
        return "\n".join(
            (
                f"{self.name}: {self.title}",
                f"  readings  {self.quantity}, {self.unit}; 0 = missing",
                f"  size      {sizes if self.num_nodes else 'made to measure'}",
                f"  start     {start}",
                f"  split     {' / '.join(f'{share:.0%}' for share in self.split)}",
                f"  source    {self.source}",
                f"  get it    {self.get}",
            )
        )


def _published(name: str, title: str, quantity: str, unit: str, source: str) -> DatasetSpec:
    chosen = PRESETS[name]
    return DatasetSpec(
        name=name,
        title=title,
        quantity=quantity,
        unit=unit,
        num_nodes=chosen.model.num_nodes,
        num_steps=chosen.num_steps,
        start=None,
        first_weekday=None,
        split=chosen.split,
        source=source,
        get=f"put data.npz and index.npz, as HimNet's own code reads them, into DIR/{name}",
    )


_PEMS = "Caltrans Performance Measurement System (PeMS)"
_METRLA = DatasetSpec(
    name="METRLA",
    title="loop detectors on the freeways of Los Angeles, March to June 2012",
    quantity="speed",
    unit="mph",
    num_nodes=PRESETS["METRLA"].model.num_nodes,
    num_steps=PRESETS["METRLA"].num_steps,
    start="2012-03-01T00:00:00",
    first_weekday=0,
    split=PRESETS["METRLA"].split,
    source="Zenodo record 5724362 (CC BY 4.0); sensor locations from DCRNN (MIT)",
    get="python -m himnet download METRLA",
    url="https://zenodo.org/record/5724362/files/METR-LA.csv",
    sha256="8d67a35472db1719d7d4be851f2bf64cb21d9c52577c8a6b4b873d43205af381",
)

DATASETS: dict[str, DatasetSpec] = {
    "METRLA": _METRLA,
    "PEMSBAY": _published(
        "PEMSBAY", "loop detectors in the San Francisco Bay Area", "speed", "mph", _PEMS
    ),
    "PEMS03": _published(
        "PEMS03", "traffic flow, Caltrans district 3", "flow", "vehicles per 5 min", _PEMS
    ),
    "PEMS04": _published(
        "PEMS04", "traffic flow, Caltrans district 4", "flow", "vehicles per 5 min", _PEMS
    ),
    "PEMS07": _published(
        "PEMS07", "traffic flow, Caltrans district 7", "flow", "vehicles per 5 min", _PEMS
    ),
    "PEMS08": _published(
        "PEMS08", "traffic flow, Caltrans district 8", "flow", "vehicles per 5 min", _PEMS
    ),
    "synthetic": DatasetSpec(
        name="synthetic",
        title="a made-up city with planted roads, directions, districts and rush hours",
        quantity="speed",
        unit="mph",
        num_nodes=0,
        num_steps=0,
        start="2024-01-01T00:00:00",
        first_weekday=0,
        split=(0.7, 0.1, 0.2),
        source="made on the fly from a seed",
        get="nothing to get: --dataset synthetic",
    ),
}


def dataset_spec(name: str) -> DatasetSpec:
    """Return the fact sheet of a data set.

    Raises:
        DataError: for a name that is not in the registry.
    """
    if name not in DATASETS:
        raise DataError(f"there is no data set '{name}'; known are {', '.join(DATASETS)}")
    return DATASETS[name]
