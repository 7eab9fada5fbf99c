"""The published data sets, each with its fact sheet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from himnet.data.info import DAY_NAMES, DatasetInfo, Sensors
from himnet.data.sensors import (
    METRLA_SENSORS,
    PEMSBAY_SENSORS,
    PEMSD7M_SENSORS,
    read_sensors,
)
from himnet.errors import DataError
from himnet.presets import PRESETS


@dataclass(frozen=True)
class Download:
    """A file that can be downloaded: its URL, size in bytes and sha256."""

    url: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Name under which the file is stored."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class DatasetSpec:
    """Fact sheet of a data set.

    Attributes:
        name: folder name and name on the command line.
        title: a description in one line.
        quantity, unit: of the readings.
        num_nodes, num_steps: N and T of the published files; 0 if they can be chosen.
        period: first and last day as published, or None.
        start: ISO moment of the first reading, or None if the published files do not state it.
        first_weekday: weekday (0 = Monday) of day-of-week number 0, or None if it depends on the
            file.
        split: fractions of training, validation and test windows.
        source, licence, citation: origin, and what to cite.
        get: how to get it.
        note: anything else to know, or "".
        missing_value: the value that stands for "no reading".
        download: the file that `himnet download` downloads, or None.
        places: the table of its sensors that comes with this package, or None.
    """

    name: str
    title: str
    quantity: str
    unit: str
    num_nodes: int
    num_steps: int
    period: tuple[str, str] | None
    start: str | None
    first_weekday: int | None
    split: tuple[float, float, float]
    source: str
    licence: str
    citation: str
    get: str
    note: str = ""
    missing_value: float = 0.0
    download: Download | None = None
    places: Path | None = None

    @property
    def sensors(self) -> Sensors:
        """The N sensors, with places if they are known."""
        known = self.places
        return Sensors.numbered(self.num_nodes) if known is None else read_sensors(known)

    @property
    def start_time(self) -> dt.datetime | None:
        """The moment of the first reading, or None if the published files do not state it."""
        return None if self.start is None else dt.datetime.fromisoformat(self.start)

    def info(self) -> DatasetInfo:
        """Return the identity of the published data set, with sensors if they are known."""
        return DatasetInfo(
            name=self.name,
            sensors=self.sensors,
            start=self.start,
            num_steps=self.num_steps or None,
            first_weekday=self.first_weekday,
            missing_value=self.missing_value,
            unit=self.unit,
            quantity=self.quantity,
            source=self.source,
            licence=self.licence,
        )

    def how_to_get(self, data_dir: str | Path | None = None) -> str:
        """Return a clause with the command or the files that provide the data set."""
        if self.download is None:
            return f"to get it, {self.get}"
        return f"get it with: {self.get}" + (f" --data-dir {data_dir}" if data_dir else "")

    def _known_places(self) -> str:
        """Return how many sensors have places and freeways, or "" if none are known."""
        if self.places is None:
            return ""
        sensors = self.sensors
        roads = sum(map(bool, sensors.road_names))
        return f"of all {len(sensors)} sensors; freeway and direction of {roads}"

    def __str__(self) -> str:
        return self.describe()

    def describe(self) -> str:
        """Return the fact sheet as text, one fact per line."""
        sizes = f"{self.num_nodes} sensors, {self.num_steps:,} steps of 5 minutes"
        weekday = "" if self.first_weekday is None else DAY_NAMES[self.first_weekday]
        facts = {
            "readings": f"{self.quantity} ({self.unit}); {self.missing_value:g} = missing",
            "size": sizes if self.num_nodes else "configurable",
            "period": " to ".join(self.period) if self.period else "configurable",
            "day 0": weekday or "depends on the file",
            "places": self._known_places(),
            "split": " / ".join(f"{share:.0%}" for share in self.split) + " of the windows",
            "source": self.source,
            "licence": self.licence,
            "cite": self.citation,
            "get it": self.get,
            "note": self.note,
        }
        lines = [f"  {label:<9} {text}" for label, text in facts.items() if text]
        return "\n".join([f"{self.name}: {self.title}", *lines])


_DCRNN = "Li et al., Diffusion Convolutional Recurrent Neural Network, ICLR 2018"
_STSGCN = "Song et al., Spatial-Temporal Synchronous Graph Convolutional Networks, AAAI 2020"
_PEMS = "Caltrans Performance Measurement System (PeMS)"
_METADATA = "Caltrans PeMS metadata"
_OWN_CODE = "put data.npz and index.npz, as HimNet's own code reads them, into DIR"


def _published(name: str, **facts: Any) -> DatasetSpec:
    """Return the fact sheet of a data set of the paper, with its sizes."""
    chosen = PRESETS[name]
    return DatasetSpec(
        name=name,
        num_nodes=chosen.model.num_nodes,
        num_steps=chosen.num_steps,
        split=chosen.split,
        **facts,
    )


_METRLA = _published(
    "METRLA",
    title="loop detectors on the freeways of Los Angeles",
    quantity="speed",
    unit="mph",
    period=("2012-03-01", "2012-06-27"),
    start="2012-03-01T00:00:00",
    first_weekday=0,
    source="Zenodo record 5724362; sensor locations from DCRNN",
    licence="CC BY 4.0; sensor locations MIT",
    citation=_DCRNN,
    get="python -m himnet download METRLA",
    note="8.1 % of the readings are missing, including 2,148 steps of all sensors",
    download=Download(
        url="https://zenodo.org/record/5724362/files/METR-LA.csv",
        size=72_467_662,
        sha256="8d67a35472db1719d7d4be851f2bf64cb21d9c52577c8a6b4b873d43205af381",
    ),
    places=METRLA_SENSORS,
)

_PEMSBAY = _published(
    "PEMSBAY",
    title="loop detectors in the San Francisco Bay Area",
    quantity="speed",
    unit="mph",
    period=("2017-01-01", "2017-06-30"),
    start="2017-01-01T00:00:00",
    first_weekday=None,
    source=f"{_PEMS}; Zenodo record 5724362; sensor locations and freeways from {_METADATA}",
    licence="CC BY 4.0",
    citation=_DCRNN,
    get=f"put PEMS-BAY.csv from Zenodo into DIR/PEMSBAY, or {_OWN_CODE}/PEMSBAY",
    note="the hour skipped by daylight saving time (2017-03-12 02:00) is not in the files",
    places=PEMSBAY_SENSORS,
)

_PEMSD7M = DatasetSpec(
    name="PEMSD7M",
    title="loop detectors in Caltrans district 7, the smaller of two sets",
    quantity="speed",
    unit="mph",
    num_nodes=228,
    num_steps=12_672,
    period=("2012-05-01", "2012-06-30"),
    start=None,
    first_weekday=0,
    split=(0.7, 0.1, 0.2),
    source=f"{_PEMS}; sensor locations and freeways from {_METADATA}",
    licence="not stated by its publishers",
    citation="Yu et al., Spatio-Temporal Graph Convolutional Networks, IJCAI 2018",
    get=f"{_OWN_CODE}/PEMSD7M",
    note="the period's 44 weekdays only; the published file has neither times nor sensor ids",
    places=PEMSD7M_SENSORS,
)


def _flow(name: str, period: tuple[str, str], note: str = "") -> DatasetSpec:
    no_dates = 'the files contain no dates; "start" in dataset.json adds them'
    return _published(
        name,
        title=f"traffic flow in Caltrans district {int(name[-2:])}",
        quantity="flow",
        unit="vehicles per 5 minutes",
        period=period,
        start=None,
        first_weekday=None,
        source=_PEMS,
        licence="not stated by its publishers",
        citation=_STSGCN,
        get=f"{_OWN_CODE}/{name}",
        note=f"{no_dates}{note}",
    )


_SYNTHETIC = DatasetSpec(
    name="synthetic",
    title="a synthetic city with planted roads, directions, districts and rush hours",
    quantity="speed",
    unit="mph",
    num_nodes=0,
    num_steps=0,
    period=None,
    start="2024-01-01T00:00:00",
    first_weekday=0,
    split=(0.7, 0.1, 0.2),
    source="generated from a seed",
    licence="none needed",
    citation="",
    get="use --dataset synthetic",
)

_SHOWN = {"METRLA": "METR-LA", "PEMSBAY": "PEMS-BAY"}

DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec
    for spec in (
        _METRLA,
        _PEMSBAY,
        _flow("PEMS03", ("2018-09-01", "2018-11-30")),
        _flow("PEMS04", ("2018-01-01", "2018-02-28")),
        _flow(
            "PEMS07",
            ("2017-05-01", "2017-08-06"),
            "; the paper says up to 2017-08-31, but the files contain 98 days",
        ),
        _flow("PEMS08", ("2016-07-01", "2016-08-31")),
        _PEMSD7M,
        _SYNTHETIC,
    )
}


def credit_of(info: DatasetInfo) -> str:
    """Return whom to name where results on a data set are shown, with the licence; "" if unknown.

    Args:
        info: from a checkpoint; earlier versions did not write it, so that of the published data
            set with this name and size is the second choice.
    """
    spec = DATASETS.get(info.name)
    if info.credit or spec is None or spec.num_nodes != info.num_nodes:
        return info.credit
    return spec.info().credit


def shown_name(name: str) -> str:
    """Return a data set's name as papers and pages write it.

    That is the name of a published data set, or a synthetic city with its settings; any other
    name stays as it is.

    Args:
        name: of its folder and on the command line.
    """
    kind, colon, settings = name.partition(":")
    if kind == _SYNTHETIC.name:
        return "a synthetic city" + (f" ({settings.replace(',', ', ')})" if colon else "")
    return _SHOWN.get(name, name)


def dataset_spec(name: str) -> DatasetSpec:
    """Return the fact sheet of a data set.

    Raises:
        DataError: for a name that is not in the registry.
    """
    if name not in DATASETS:
        raise DataError(f"there is no data set '{name}'; choose from {', '.join(DATASETS)}")
    return DATASETS[name]
