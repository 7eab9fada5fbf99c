"""Each kind of table: how it is written, and that it comes out as the series that went in."""

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tests.himnet.prepare.series import IDS, frame, prepared, run, same


def text(table, **ways):
    return table.to_csv(**{"lineterminator": "\n", **ways})


def stamped(form, table=None):
    """Return the readings with moments written in a format."""
    table = frame() if table is None else table
    return table.set_axis(table.index.strftime(form))


def lines_of(table, **ways):
    return text(table, **ways).splitlines()


def longer(table=None, **names):
    """Return a row per reading."""
    table = frame() if table is None else table
    rows = (
        table.rename_axis("time").reset_index().melt("time", var_name="sensor", value_name="value")
    )
    return rows.rename(columns=names)


def parts():
    """Return moments as years, months, days, hours and minutes."""
    table = frame()
    index = table.index
    columns = {name: getattr(index, name) for name in ("year", "month", "day", "hour", "minute")}
    return pd.concat([pd.DataFrame(columns, index=index), table], axis=1)


def levels(*, sensors_first):
    """Return readings under a header of two levels, sensor and channel."""
    table = frame()
    both = pd.concat({"flow": table * 2, "speed": table}, axis=1)
    return both.swaplevel(axis=1).sort_index(axis=1) if sensors_first else both


def with_line(at, line, **ways):
    lines = lines_of(frame(), **ways)
    return "\n".join([*lines[:at], line, *lines[at:]]) + "\n"


def epoch(unit):
    table = frame()
    return table.set_axis(table.index.to_numpy().astype(f"datetime64[{unit}]").astype(np.int64))


def excel_serial():
    table = frame()
    days = (table.index - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")
    return table.set_axis(pd.Index(days, name="Date"))


def two_columns(date="%Y-%m-%d", time="%H:%M"):
    table = frame()
    stamps = {"date": table.index.strftime(date), "time": table.index.strftime(time)}
    return pd.concat([pd.DataFrame(stamps, index=table.index), table], axis=1)


def hours():
    """Return hourly readings with a date and an hour in two columns."""
    table = frame(minutes=60)
    stamps = {"Date": table.index.strftime("%Y-%m-%d"), "Hour": table.index.hour}
    return pd.concat([pd.DataFrame(stamps, index=table.index), table], axis=1)


def seconds_of_the_day():
    """Return a row per reading with a day, an interval in seconds and a detector."""
    rows = longer(sensor="detid", value="flow")
    seconds = rows["time"].dt.hour * 3600 + rows["time"].dt.minute * 60
    day = rows["time"].dt.strftime("%Y-%m-%d")
    return pd.DataFrame({"day": day, "interval": seconds, **rows[["detid", "flow"]]})


def ended(begin, end, between):
    """Return the moments as intervals, each written as a begin and an end."""
    table = frame()
    later = table.index + pd.Timedelta("15min")
    return table.set_axis(table.index.strftime(begin) + between + later.strftime(end))


def with_intervals(date, between="-"):
    """Return a column of dates and one of intervals."""
    table = ended("%H:%M", "%H:%M", between).rename_axis("Interval").reset_index()
    return table.assign(Date=frame().index.strftime(date))


def long_intervals():
    """Return a row per reading with a date and an interval, as traffic services export it."""
    rows = longer(sensor="Segment Id", value="Average Speed [km/h]")
    begin, end = rows["time"], rows["time"] + pd.Timedelta("15min")
    interval = begin.dt.strftime("%H:%M") + "-" + end.dt.strftime("%H:%M")
    stamps = {"Date": begin.dt.strftime("%Y-%m-%d"), "Time set": interval}
    return rows.drop(columns="time").assign(**stamps)


def numbered_hours(table):
    """Return a date and the hours of a day as 1 to 24."""
    stamps = {"Date": table.index.strftime("%Y-%m-%d"), "Hour": table.index.hour + 1}
    return pd.concat([pd.DataFrame(stamps, index=table.index), table], axis=1)


def day_of_service():
    """Return times of a day that ends at 4 in the morning: 24:15 is a quarter past midnight."""
    table = frame()
    day, hour = table.index.normalize(), table.index.hour
    early = hour < 4
    times = [
        f"{h + 24 * e}:{m:02d}:00" for h, e, m in zip(hour, early, table.index.minute, strict=True)
    ]
    dates = day.where(~early, day - pd.Timedelta("1D")).strftime("%Y%m%d")
    return pd.concat([pd.DataFrame({"date": dates, "time": times}, table.index), table], axis=1)


def of_r():
    """Return what write.table of R makes: names of rows, and a header without a name for them."""
    table = frame().rename_axis("time").reset_index()
    table["time"] = table["time"].dt.strftime("%Y-%m-%d %H:%M:%S")
    table.index = [str(number) for number in range(1, 201)]
    return text(table, sep=" ", quoting=2).removeprefix('"" ')


def annotated():
    """Return what InfluxDB exports: a table for each sensor, with annotations above each."""
    header = (
        "#group,false,false,true,false,false,true\n#datatype,string,long,dateTime:RFC3339,"
        "dateTime:RFC3339,double,string\n#default,_result,,,,,\n,result,table,_start,_time,_value,"
        "sensor\n"
    )
    return "\n".join(
        header
        + "".join(
            f",,{number},2012-03-01T00:00:00Z,{moment:%Y-%m-%dT%H:%M:%SZ},{value},{name}\n"
            for moment, value in frame()[name].items()
        )
        for number, name in enumerate(IDS)
    )


def late():
    return pd.to_timedelta(np.arange(200) % 5, "s")


def thousands(separator):
    table = (frame() * 100).round(0)
    return table, table.map(lambda value: f"{value:,.0f}".replace(",", separator))


QUARTERS = ["--step", "15", "--start", "2012-03-01T00:00"]
SPEED = ["--channel", "speed"]
# what it is, how its text is written, and further options
TEXTS = {
    "a CSV of pandas": (lambda: text(frame()), []),
    "semicolons and decimal commas": (lambda: text(frame(), sep=";", decimal=","), []),
    "tabs": (lambda: text(frame(), sep="\t"), []),
    "tabs and decimal commas": (lambda: text(frame(), sep="\t", decimal=","), []),
    "bars": (lambda: text(frame(), sep="|"), []),
    "spaces": (lambda: text(two_columns(), sep=" ", index=False), []),
    "all cells quoted": (lambda: text(frame(), quoting=1), []),
    "decimal commas in quoted cells": (lambda: text(frame(), decimal=",", quoting=1), []),
    "lines of another system": (lambda: text(frame(), lineterminator="\r\n"), []),
    "spaces after the separators": (lambda: text(frame()).replace(",", ", "), []),
    "a trailing separator": (lambda: text(frame()).replace("\n", ",\n"), []),
    "trailing separators below a header": (
        lambda: "\n".join([(p := lines_of(frame()))[0], *(f"{line},," for line in p[1:])]), []),
    "a named index": (lambda: text(frame().rename_axis("timestamp")), []),
    "a counter before the times": (lambda: text(frame().rename_axis("time").reset_index()), []),
    "a counter called Unnamed: 0": (
        lambda: text(frame().rename_axis("time").reset_index().rename_axis("Unnamed: 0")), []),
    "a counter that begins again, and rows twice": (
        lambda: text(
            pd.concat([frame()[:70].rename_axis("time").reset_index(),
                       frame()[60:].rename_axis("time").reset_index()])
        ), []),
    "a counter that begins late": (
        lambda: text(
            frame().rename_axis("time").reset_index().set_axis(range(1000, 1200))
            .rename_axis("Unnamed: 0")
        ), []),
    "times in the last column": (lambda: text(frame().assign(time=frame().index), index=False), []),
    "a header of R": (lambda: text(frame()).removeprefix(","), []),
    "a title above": (lambda: "Counts of the city\n\n" + text(frame()), []),
    "comments above": (lambda: "# by: someone\n# at: somewhere\n" + text(frame()), []),
    "a commented header of NumPy": (lambda: "# " + text(frame().rename_axis("time")), []),
    "a comment between": (lambda: with_line(50, "# the detector was repaired"), []),
    "a row of units": (lambda: with_line(1, ",mph,mph,mph"), []),
    "a row of units in brackets": (lambda: with_line(1, "[-],[mph],[mph],[mph]"), []),
    "blank lines": (lambda: text(frame()).replace("\n", "\n\n"), []),
    "channels above sensors": (lambda: text(levels(sensors_first=False)), SPEED),
    "sensors above channels": (lambda: text(levels(sensors_first=True)), SPEED),
    "names of levels": (
        lambda: text(levels(sensors_first=True).rename_axis(columns=["node", "channel"])), SPEED),
    "slashes, year first": (lambda: text(stamped("%Y/%m/%d %H:%M")), []),
    "slashes, day first, which a row settles": (
        lambda: text(stamped("%d/%m/%Y %H:%M", frame(2000))), []),
    "slashes, month first, which a row settles": (
        lambda: text(stamped("%m/%d/%Y %H:%M", frame(2000))), []),
    "slashes, day first, as it is told": (
        lambda: text(stamped("%d/%m/%Y %H:%M")), ["--date-format", "%d/%m/%Y"]),
    "slashes, month first, as it is told": (
        lambda: text(stamped("%m/%d/%Y %H:%M")), ["--date-format", "%m/%d/%Y %H:%M"]),
    "dots": (lambda: text(stamped("%d.%m.%Y %H:%M")), []),
    "dots and two digits of the year": (lambda: text(stamped("%d.%m.%y %H:%M:%S")), []),
    "morning and afternoon": (lambda: text(stamped("%Y-%m-%d %I:%M:%S %p")), []),
    "names of months": (lambda: text(stamped("%d-%b-%Y %H:%M")), []),
    "names of months first": (lambda: text(stamped("%B %d, %Y %I:%M %p"), quoting=1), []),
    "names of weekdays": (lambda: text(stamped("%a, %d %b %Y %H:%M:%S")), []),
    "Chinese dates": (lambda: text(stamped("%Y年%m月%d日 %H:%M").rename_axis("时间")), []),
    "ISO with a T": (lambda: text(stamped("%Y-%m-%dT%H:%M:%S")), []),
    "ISO with fractions": (lambda: text(stamped("%Y-%m-%dT%H:%M:%S.%f")), []),
    "an offset from UTC": (lambda: text(stamped("%Y-%m-%d %H:%M:%S+08:00")), []),
    "UTC": (lambda: text(stamped("%Y-%m-%dT%H:%M:%SZ")), []),
    "compact dates": (lambda: text(stamped("%Y%m%d%H%M%S").rename_axis("time")), []),
    "compact dates and times": (lambda: text(stamped("%Y%m%dT%H%M").rename_axis("time")), []),
    "seconds since 1970": (lambda: text(epoch("s").rename_axis("timestamp")), []),
    "milliseconds since 1970": (lambda: text(epoch("ms").rename_axis("timestamp")), []),
    "nanoseconds since 1970": (lambda: text(epoch("ns")), []),
    "days of a spreadsheet": (lambda: text(excel_serial()), []),
    "date and time in two columns": (lambda: text(two_columns(), index=False), []),
    "German date and time in two columns": (
        lambda: text(two_columns("%d.%m.%Y", "%H:%M"), index=False, sep=";", decimal=","), []),
    "date and digits of the time": (
        lambda: text(two_columns("%Y%m%d", "%H%M"), index=False), []),
    "date, hour and minute": (
        lambda: text(
            parts().assign(date=frame().index.strftime("%d.%m.%Y"))
            .drop(columns=["year", "month", "day"]), index=False
        ), []),
    "year, month, day, hour, minute": (lambda: text(parts(), index=False), []),
    "a column of the weekday": (
        lambda: text(frame().assign(weekday=frame().index.day_of_week)), []),
    "an end of the interval": (
        lambda: text(
            frame().rename_axis("start_time").assign(end=frame().index + pd.Timedelta("15min"))
        ), []),
    "times in columns": (lambda: text(frame().T), []),
    "times in columns, sensors named": (lambda: text(frame().T.rename_axis("sensor_id")), []),
    "no times": (lambda: text(frame(), index=False), QUARTERS),
    "no times but a counter": (lambda: text(frame().reset_index(drop=True)), QUARTERS),
    "no times but steps": (
        lambda: text(frame().reset_index(drop=True).rename_axis("step")), QUARTERS),
    "no times but days and hours": (
        lambda: text(
            frame().reset_index(drop=True).assign(day=1, hour=[n // 4 % 24 for n in range(200)]),
            index=False,
        ), QUARTERS),
    "newest first": (lambda: text(frame()[::-1]), []),
    "shuffled": (lambda: text(frame().sample(frac=1, random_state=0)), []),
    "times in columns, with places": (
        lambda: text(
            frame().T.reset_index(names="id").assign(lat=1.0, lng=2.0, street="a"), index=False
        ), []),
    "places above the readings": (
        lambda: with_line(1, "lat,34.1,34.2,34.3\nlon,-118.1,-118.2,-118.3"), []),
    "a hint for spreadsheets": (lambda: "sep=;\n" + text(frame(), sep=";", decimal=","), []),
    "a remark at the end": (lambda: text(frame()) + "\nSource: the city\n", []),
    "the header again": (lambda: with_line(90, ",400001,400017,400030"), []),
    "a column of words": (lambda: text(frame().assign(weather="sunny")), []),
    "midnight without a time": (
        lambda: text(stamped("%Y-%m-%d %H:%M:%S")).replace(" 00:00:00", ""), []),
    "midnight at 24:00": (lambda: text(frame()).replace("03-02 00:00", "03-01 24:00"), []),
    "aligned with spaces": (
        lambda: text(two_columns(), sep=" ", index=False).replace(" ", "   "), []),
    "lines of an old Mac": (lambda: text(frame(), lineterminator="\r"), []),
    "a zone by its name": (lambda: text(stamped("%Y-%m-%d %H:%M:%S PST")), []),
    "sensors and channels in one name": (
        lambda: text(frame().add_suffix("_speed").join(frame().add_suffix("_flow"))), SPEED),
    "names of levels, and of the index": (
        lambda: text(
            levels(sensors_first=True).rename_axis(columns=["nodes", "channels"])
            .rename_axis("time")
        ), SPEED),
    "long, seconds of the day": (lambda: text(seconds_of_the_day(), index=False), []),
    "long, without a header": (
        lambda: text(longer().assign(sensor="s" + longer()["sensor"]), index=False, header=False)
        .replace(",s", ","), ["--sensor-column", "2"]),
    "rows twice": (lambda: text(pd.concat([frame(), frame()[10:30]])), []),
    "a few seconds off": (
        lambda: text(frame().set_axis(frame().index + late())), []),
    "middles of the intervals": (
        lambda: text(frame().set_axis(frame().index + pd.Timedelta("450s"))), []),
    "long": (lambda: text(longer(), index=False), []),
    "long, shuffled": (lambda: text(longer().sample(frac=1, random_state=0), index=False), []),
    "long, other names": (
        lambda: text(
            longer(time="datetime", sensor="Station ID", value="Speed (mph)"), index=False), []),
    "long, strange names": (
        lambda: text(longer(time="a", sensor="b", value="c"), index=False),
        ["--time-column", "a", "--sensor-column", "b", "--value-column", "c"]),
    "long, names of sensors in words": (
        lambda: text(
            longer(frame(), time="x", sensor="y", value="z").sort_values("x"), index=False), []),
    "long, several quantities": (
        lambda: text(longer(value="speed").assign(flow=1.0, occupancy=0.1), index=False),
        ["--value-column", "speed"]),
    "long, with places": (lambda: text(longer().assign(lat=34.0, lng=-118.2), index=False), []),
    "intervals in a cell": (
        lambda: text(ended("%Y-%m-%d %H:%M", "%H:%M", " - ")), []),
    "intervals of whole moments": (
        lambda: text(ended("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M", " bis ")), []),
    "intervals of ISO": (
        lambda: text(ended("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S", "/")), []),
    "intervals, as it is told": (
        lambda: text(ended("%m/%d/%Y %I:%M %p", "%I:%M %p", " - ")),
        ["--date-format", "%m/%d/%Y %I:%M %p"]),
    "a date and an interval": (lambda: text(with_intervals("%d.%m.%Y"), index=False), []),
    "long, a date and an interval": (lambda: text(long_intervals(), index=False), []),
    "times after 24:00 of a day of service": (lambda: text(day_of_service(), index=False), []),
    "write.table of R": (of_r, []),
    "ends of intervals": (
        lambda: text(frame().set_axis(frame().index + pd.Timedelta("899s"))), []),
    "ISO weeks, as it is told": (
        lambda: text(stamped("%G-W%V-%uT%H:%M")), ["--date-format", "%G-W%V-%uT%H:%M"]),
    "days of the year, as it is told": (
        lambda: text(stamped("%Y-%jT%H:%M")), ["--date-format", "%Y-%jT%H:%M"]),
    "times in a middle column": (
        lambda: (t := frame()).insert(1, "timestamp", t.index) or text(t, index=False), []),
    "short names of the parts of a date": (
        lambda: text(parts().rename(columns={
            "year": "Yr", "month": "M", "day": "D", "hour": "HH", "minute": "MM"}), index=False),
        []),
    "5,000 comments above": (
        lambda: "".join(f"# line {n}, a comment\n" for n in range(5_000)) + text(frame()), []),
    "percent signs": (lambda: text(frame().map("{:.2f} %".format)), []),
    "percent signs and decimal commas": (
        lambda: text(frame().map("{:.2f}%".format)).replace(",", ";").replace(".", ","), []),
    "powers of ten and decimal commas": (
        lambda: text(frame().map(lambda v: f"{v:.6E}".replace(".", ",")), sep=";"), []),
    "tables of InfluxDB": (annotated, []),
    "a mark where files were joined": (
        lambda: "\ufeff" + text(frame()[:90]) + "\ufeff" + text(frame()[90:]), []),
    "flags beside the sensors": (
        lambda: text(frame().join(frame().gt(50).astype(int).add_suffix("_quality"))), []),
    "the weather and an offset": (
        lambda: text(frame().assign(temperature=9.5, utc_offset=1)), []),
    "three decimals": (lambda: text(frame(), float_format="%.3f"), []),
    "three decimals and semicolons, as it is told": (
        lambda: text(frame(), float_format="%.3f", sep=";"), ["--decimal", "."]),
    "long, a reading twice": (
        lambda: text(pd.concat([longer(), longer()[5:9]]), index=False), []),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_texts(tmp_path, kind):
    write, options = TEXTS[kind]
    (tmp_path / "readings.csv").write_text(write(), encoding="utf-8")
    dataset = prepared(tmp_path / "out", tmp_path / "readings.csv", *options)
    same(dataset, frame(dataset.values.shape[0]))


def test_hours_of_a_day_in_a_column_of_their_own(tmp_path):
    (tmp_path / "hours.csv").write_text(text(hours(), index=False))
    same(prepared(tmp_path / "out", tmp_path / "hours.csv"), frame(minutes=60))


def test_a_row_per_day_and_a_column_per_hour(tmp_path):
    table = frame(24 * 8, minutes=60)
    rows = longer(table)
    rows["date"], rows["hour"] = rows["time"].dt.date, rows["time"].dt.strftime("%H:%M")
    wide = rows.pivot(index=["sensor", "date"], columns="hour", values="value")
    (tmp_path / "days.csv").write_text(text(wide))
    same(prepared(tmp_path / "out", tmp_path / "days.csv"), table)


def test_hours_numbered_from_1_to_24(tmp_path):
    table = frame(24 * 8, minutes=60)
    (tmp_path / "a.csv").write_text(text(numbered_hours(table), index=False))
    same(prepared(tmp_path / "a", tmp_path / "a.csv"), table)
    rows = longer(table)
    rows["date"], rows["hour"] = rows["time"].dt.date, rows["time"].dt.hour + 1
    for name in ("{:02d}", "H{:02d}"):
        columns = rows.assign(hour=rows["hour"].map(name.format))
        wide = columns.pivot(index=["sensor", "date"], columns="hour", values="value")
        (tmp_path / "b.csv").write_text(text(wide))
        same(prepared(tmp_path / name, tmp_path / "b.csv"), table)


def test_columns_of_hours_from_and_to(tmp_path):
    table = frame(24 * 8, minutes=60)
    rows = longer(table)
    rows["date"] = rows["time"].dt.date
    rows["hour"] = rows["time"].dt.hour.map(lambda hour: f"{hour:02d}-{hour + 1:02d}h")
    wide = rows.pivot(index=["sensor", "date"], columns="hour", values="value")
    (tmp_path / "a.csv").write_text(text(wide))
    same(prepared(tmp_path / "out", tmp_path / "a.csv"), table)


def test_a_minus_of_typographers(tmp_path):
    table = frame() - 50
    (tmp_path / "a.csv").write_text(
        text(table.map("{:.2f}".format).map("'{}".format)).replace("'-", "−").replace("'", "")
    )
    same(prepared(tmp_path / "out", tmp_path / "a.csv"), table.round(2))


def test_merged_cells_above_two_channels(tmp_path):
    table, book = frame(), openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Time", *(cell for name in IDS for cell in (name, None))])
    sheet.append([None, *("speed", "flow") * 3])
    for moment, row in zip(table.index, table.to_numpy(), strict=True):
        sheet.append([moment.to_pydatetime(), *np.repeat(row, 2) * np.tile([1, 9], 3)])
    for column in (2, 4, 6):
        sheet.merge_cells(start_row=1, start_column=column, end_row=1, end_column=column + 1)
    sheet.merge_cells("A1:A2")
    book.save(tmp_path / "a.xlsx")
    same(prepared(tmp_path / "out", tmp_path / "a.xlsx", *SPEED), table)


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_first_pass_through_the_hour_that_occurs_twice_is_kept(tmp_path, newest_first):
    moments = pd.date_range("2023-10-28 22:00", periods=192, freq="15min", tz="UTC")
    local = moments.tz_convert("Europe/Berlin")
    table = frame(192).set_axis([moment.isoformat() for moment in local])
    (tmp_path / "a.csv").write_text(text(table[::-1] if newest_first else table))
    expected = frame(192).set_axis(local.tz_localize(None))
    expected = expected[~expected.index.duplicated()].asfreq("15min")
    same(prepared(tmp_path / "out", tmp_path / "a.csv"), expected)


def test_two_channels_of_a_published_kind_without_a_choice(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(text(levels(sensors_first=True)))
    assert run(tmp_path / "a.csv", "--check") == 1
    assert "has the channels flow, speed; choose one with --channel" in capsys.readouterr().err


def test_places_above_the_readings_are_kept(tmp_path):
    (tmp_path / "a.csv").write_text(with_line(1, "lat,34.1,34.2,34.3\nlon,-118,-118.2,-118.3"))
    sensors = prepared(tmp_path / "out", tmp_path / "a.csv").sensors
    assert sensors.latitude.tolist() == [34.1, 34.2, 34.3]
    assert sensors.longitude.tolist() == [-118, -118.2, -118.3]


PACKINGS = {
    "a byte order mark": lambda told: told.encode("utf-8-sig"),
    "UTF-16": lambda told: told.encode("utf-16"),
    "UTF-16 without a mark": lambda told: told.encode("utf-16-le"),
    "UTF-32": lambda told: told.encode("utf-32"),
    "gzip": lambda told: gzip.compress(told.encode()),
    "xz": lambda told: lzma.compress(told.encode()),
    "bzip2": lambda told: bz2.compress(told.encode()),
    "a ZIP archive": lambda told: zipped(told.encode()),
}


def zipped(content, name="readings.csv"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("kind", PACKINGS)
@pytest.mark.parametrize("name", ["readings.csv", "readings.txt", "readings"])
def test_encodings_and_compressions_whatever_the_name(tmp_path, kind, name):
    (tmp_path / name).write_bytes(PACKINGS[kind](text(frame())))
    same(prepared(tmp_path / "out", tmp_path / name), frame())


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Königstraße"), ("gb18030", "北京路口"), ("utf-8", "Тверская")],
)
def test_names_in_encodings_of_the_world(tmp_path, encoding, name):
    table = frame(ids=(name, "b", "c"))
    (tmp_path / "readings.csv").write_bytes(text(table).encode(encoding))
    same(prepared(tmp_path / "out", tmp_path / "readings.csv"), table)


COLUMNAR = {
    "Parquet, index of pandas": lambda path: frame().to_parquet(path),
    "Parquet, named index": lambda path: frame().rename_axis("when").to_parquet(path),
    "Parquet, times in a column": lambda path: frame().reset_index().to_parquet(path, index=False),
    "Parquet, texts as times": lambda path: stamped("%Y-%m-%d %H:%M").to_parquet(path),
    "Parquet, a time zone": lambda path: frame().tz_localize("Asia/Shanghai").to_parquet(path),
    "Parquet, small numbers": lambda path: frame().astype("float32").to_parquet(path),
    "Parquet, texts as numbers": lambda path: frame().map("{:.2f}".format).to_parquet(path),
    "Parquet, zstd": lambda path: frame().to_parquet(path, compression="zstd"),
    "Parquet, two levels": lambda path: levels(sensors_first=True).to_parquet(path),
    "Parquet, long": lambda path: longer().to_parquet(path),
    "Parquet, categories": lambda path: longer().astype({"sensor": "category"}).to_parquet(path),
    "Feather": lambda path: frame().reset_index().to_feather(path),
    "Feather, not compressed": lambda path: (
        frame().reset_index().to_feather(path, compression="uncompressed")
    ),
    "Feather, long": lambda path: longer().to_feather(path),
    "Excel": lambda path: frame().to_excel(path, engine="openpyxl"),
    "Excel, dates as texts": lambda path: stamped("%d.%m.%Y %H:%M").to_excel(
        path, engine="openpyxl"
    ),
    "Excel, a title above": lambda path: frame().to_excel(path, startrow=3, engine="openpyxl"),
    "Excel, long": lambda path: longer().to_excel(path, index=False, engine="openpyxl"),
    "Excel, two levels": lambda path: levels(sensors_first=True).to_excel(path, engine="openpyxl"),
    "Excel, date and time": lambda path: dated_sheet(path),
}


def dated_sheet(path):
    table = frame()
    stamps = {"Date": table.index.date, "Time": table.index.time}
    whole = pd.concat([pd.DataFrame(stamps, index=table.index), table], axis=1)
    whole.to_excel(path, index=False, engine="openpyxl")


@pytest.mark.parametrize("kind", COLUMNAR)
def test_other_files(tmp_path, kind):
    path = tmp_path / "readings"  # known by its content
    with path.open("wb") as file:
        COLUMNAR[kind](file)
    options = SPEED if "levels" in kind else []
    same(prepared(tmp_path / "out", path, *options), frame())


def test_more_columns_than_are_read_at_a_time(tmp_path):
    table = frame(ids=tuple(str(number) for number in range(150)))
    table.to_parquet(tmp_path / "wide.parquet")
    same(prepared(tmp_path / "out", tmp_path / "wide.parquet"), table)


@pytest.mark.parametrize("separator", [",", " ", "'", "\u202f"])
def test_separated_thousands(tmp_path, separator):
    table, told = thousands(separator)
    (tmp_path / "counts.csv").write_text(text(told, quoting=1), encoding="utf-8")
    same(prepared(tmp_path / "out", tmp_path / "counts.csv"), table)


@pytest.mark.parametrize("word", ["", "NA", "n/a", "NaN", "null", "-", "#N/A", "missing", "."])
def test_words_for_no_reading(tmp_path, word):
    table = frame()
    table.iloc[5:9, 1] = np.nan
    table.iloc[-1, 2] = np.nan
    (tmp_path / "readings.csv").write_text(text(table, na_rep=word))
    same(prepared(tmp_path / "out", tmp_path / "readings.csv"), table)


def test_codes_for_no_reading(tmp_path):
    table = frame()
    table.iloc[5:9, 1] = np.nan
    (tmp_path / "readings.csv").write_text(text(table.fillna(-99)))
    dataset = prepared(tmp_path / "out", tmp_path / "readings.csv", "--missing", -99)
    same(dataset, table)
    assert dataset.info.missing_value == -99


def test_absent_rows_are_filled_in_as_missing(tmp_path):
    table = frame()
    keep = np.random.default_rng(0).random(len(table)) > 0.1
    keep[[0, -1]] = True
    (tmp_path / "readings.csv").write_text(text(table[keep]))
    table[~keep] = np.nan
    same(prepared(tmp_path / "out", tmp_path / "readings.csv"), table)


def test_rows_without_their_last_cells(tmp_path):
    lines = lines_of(frame())
    lines[3] = lines[3].rpartition(",")[0]
    (tmp_path / "readings.csv").write_text("\n".join(lines))
    table = frame()
    table.iloc[2, 2] = np.nan
    same(prepared(tmp_path / "out", tmp_path / "readings.csv"), table)


def test_several_files_are_one_series(tmp_path):
    table = frame()
    (tmp_path / "b.csv").write_text(text(table[:100]))
    (tmp_path / "a.csv").write_text(text(table[100:][["400030", "400001", "400017"]], sep=";"))
    same(prepared(tmp_path / "out", tmp_path / "b.csv", tmp_path / "a.csv"), table)


@pytest.mark.parametrize("named", [True, False])
def test_a_file_per_sensor(tmp_path, named):
    table = frame()
    folder = tmp_path / "city"
    folder.mkdir()
    for name in table.columns:
        one = table[[name]] if named else table[[name]].set_axis(["speed"], axis=1)
        (folder / f"{name}.csv").write_text(text(one.rename_axis("time")))
    same(prepared(tmp_path / "out", folder), table)


def test_files_of_months_in_which_a_sensor_is_absent(tmp_path):
    table = frame()
    table.iloc[:100, 2] = np.nan
    (tmp_path / "1.csv").write_text(text(table[:100][["400001", "400017"]]))
    (tmp_path / "2.csv").write_text(text(table[100:]))
    same(prepared(tmp_path / "out", tmp_path / "1.csv", tmp_path / "2.csv"), table)


def test_files_of_different_cities_are_not_one(tmp_path, capsys):
    for name, ids in (("1", "abcd"), ("2", "dxyz")):
        (tmp_path / f"{name}.csv").write_text(text(frame(ids=tuple(ids))))
    assert run(tmp_path / "1.csv", tmp_path / "2.csv", "--check") == 1
    assert "have few sensors in common" in capsys.readouterr().err


def test_a_folder_of_tables_with_its_sensors(tmp_path):
    folder = tmp_path / "mycity"
    folder.mkdir()
    table = frame()
    (folder / "day1.csv").write_text(text(table[:96]))
    (folder / "day2.csv").write_text(text(table[96:]))
    (folder / "sensors.csv").write_text(
        "ID;Lat;Lng\n400030;3;33\n400001;1;31\n400017;2;32\n7;9;9\n"
    )
    dataset = prepared(tmp_path / "out", folder)
    same(dataset, table)
    assert dataset.sensors.latitude.tolist() == [1, 2, 3]
