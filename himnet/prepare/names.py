"""Names that columns of tables usually have, and how a column is found by a given name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from himnet.errors import DataError
from himnet.texts import clipped

TIME_NAMES = (
    "timestamp", "datetime", "date time", "time", "date", "ts", "period", "period start",
    "start time", "starttime", "time start", "interval start", "local time", "localtime",
    "measured at", "recorded at", "sensing date", "date heure", "zeit", "zeitstempel", "datum",
    "datum zeit", "fecha", "fecha hora", "hora", "heure", "data", "ora", "tijd", "время", "дата",
    "时间", "日期", "日期时间", "采集时间", "時間", "日時", "epoch", "unix", "unixtime",
    "unix time", "index", "t",
)  # fmt: skip
DAY_NAMES = ("date", "day", "datum", "fecha", "日期", "day date", "дата", "data")
HOUR_NAMES = (
    "hour",
    "hr",
    "hours",
    "hour of day",
    "time of day",
    "stunde",
    "hora",
    "heure",
    "小时",
)
SECOND_NAMES = ("interval", "seconds", "second of day", "seconds of day", "time of day seconds")
SENSOR_NAMES = (
    "sensor id", "sensorid", "sensor", "sensor name", "station id", "stationid", "station",
    "station name", "detector id", "detectorid", "detector", "detid", "node id", "nodeid", "node",
    "site id", "siteid", "site", "location id", "locationid", "location", "loop id", "loop",
    "segment id", "segment", "link id", "linkid", "link", "road id", "roadid", "road segment id",
    "counter id", "counter", "counter name", "camera id", "camera", "device id", "deviceid",
    "device", "entity id", "item id", "unique id", "series", "series id", "vds", "vds id", "tmc",
    "tmc code", "messstelle", "zaehlstelle", "zählstelle", "point id", "station code", "code",
    "geo id", "entity", "site name", "detector name", "location name", "road name", "street",
    "link name", "segment name",
    "intersection", "junction", "传感器", "站点", "检测器",
    "路段", "identifiant du compteur", "tags", "id", "name", "zone", "zone id", "cell",
)  # fmt: skip
VALUE_NAMES = (
    "value", "reading", "speed", "flow", "volume", "count", "counts", "occupancy", "v", "q",
    "total", "avg speed", "average speed", "mean speed", "speed mph", "speed kmh", "traffic flow",
    "traffic volume", "traffic speed", "total flow", "hourly counts", "hourly count", "vehicles",
    "veh", "intensity", "density", "travel time", "demand", "measurement", "wert",
    "geschwindigkeit", "速度", "流量", "occ", "avg occupancy", "kfz", "pedestrians", "trips",
)  # fmt: skip
PLACE_NAMES = (
    ("latitude", "lat", "y", "gps lat", "breitengrad", "纬度", "sensor lat"),
    ("longitude", "lng", "lon", "long", "x", "gps lon", "laengengrad", "längengrad", "经度",
     "sensor lng"),
)  # fmt: skip
TOTAL_NAMES = ("total", "sum", "mean", "average", "avg", "all", "gesamt", "summe", "合计")
CALENDAR_NAMES = (
    "hour", "weekday", "dow", "day of week", "dayofweek", "tod", "time of day", "timeofday",
    "holiday", "is holiday", "month", "year", "day", "weekend", "is weekend", "minute", "week",
    "day name", "mdate", "dst", "utc offset", "offset", "time zone", "timezone", "tz", "quarter",
    "season", "week of year", "day of year", "is workday", "workingday", "is working day",
)  # fmt: skip
WEATHER_NAMES = (
    "temp", "temperature", "air temperature", "temperatur", "rain", "rain 1h", "snow", "snow 1h",
    "rainfall", "precipitation", "niederschlag", "humidity", "relative humidity", "wind",
    "wind speed", "windspeed", "pressure", "clouds", "clouds all", "cloud cover",
    "visibility", "atemp", "hum",
)  # fmt: skip
FLAG_NAMES = (
    "quality", "flag", "flags", "status", "error", "valid", "qc", "imputed", "observed",
    "estimated", "interpolated", "samples", "confidence", "quality flag", "qualität",
)  # fmt: skip
COUNTER_NAMES = (
    "",
    "index",
    "row",
    "no",
    "nr",
    "#",
    "id",
    "level 0",
    "idx",
    "rownum",
    "row id",
    "n",
)
UNITS = frozenset(
    {
        "mph", "km/h", "kmh", "kph", "m/s", "veh/h", "veh", "vehicles", "vph", "veh/5min", "%",
        "veh/hour", "count", "counts", "unit", "units", "pedestrians", "vehicles/h", "veh/15min",
        "miles/h", "mi/h", "vehicles per hour", "float", "double", "int", "-",
        "fz/h", "kfz/h", "veh/day", "seconds", "min", "s",
    }
)  # fmt: skip


def plain(name: object) -> str:
    """Return a column's name as it is compared: small letters, words apart, no units."""
    text = re.sub(r"[\[(].*?[\])]", " ", str(name)) or str(name)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.sub(r"[_\W]+", " ", text).lower().split()) or str(name).strip()[:1]


def find_column(given: str | None, option: str, names: Sequence[str], source: str) -> int | None:
    """Return the column that an option names, by its name or its number from 1; None if none.

    Raises:
        DataError: if there is no such column, or two.
    """
    if given is None:
        return None
    found = [position for position, name in enumerate(names) if name == given.strip()]
    found = found or [p for p, name in enumerate(names) if plain(name) == plain(given)]
    if not found and given.isdigit() and 1 <= int(given) <= len(names):
        found = [int(given) - 1]
    if len(found) == 1:
        return found[0]
    shown = clipped(", ".join(name or "(unnamed)" for name in names), 300)
    what = "has no column" if not found else "has two columns"
    raise DataError(f"{source} {what} '{clipped(given, 60)}' for {option}; it has: {shown}")
