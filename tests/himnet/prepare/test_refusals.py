"""What `prepare` refuses, in one sentence that says what to do, and leaves no folder behind."""

import gzip
import io
import re
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from himnet.prepare import packed
from tests.himnet.prepare.series import frame, run

HOURLY = frame(30, minutes=60)


def lines_of(table=None):
    return (frame() if table is None else table).to_csv(lineterminator="\n").splitlines()


def changed(row, column, cell):
    lines = lines_of()
    cells = lines[row].split(",")
    cells[column] = cell
    return "\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]])


def stamped(form, table=None):
    table = frame() if table is None else table
    return table.set_axis(table.index.strftime(form)).to_csv()


def moved(*moments):
    """Return readings with the moments of some rows changed."""
    index = list(frame().index)
    for row, moment in moments:
        index[row] = pd.Timestamp(moment)
    return frame().set_axis(index).to_csv()


def twice():
    """Return readings of which every second row contradicts the one before."""
    other = frame() + 1
    return pd.concat([frame(), other]).sort_index(kind="stable").to_csv()


def quantities():
    return frame().set_axis(["flow", "speed", "occupancy"], axis=1).to_csv()


def long_of(**more):
    rows = frame().rename_axis("time").reset_index().melt("time", var_name="id", value_name="speed")
    return rows.assign(**more).to_csv(index=False)


def days():
    """Return a row per day of one sensor, with a column per hour."""
    index = pd.date_range("2012-03-01", periods=60)
    return pd.DataFrame(
        np.random.default_rng(0).random((60, 24)), index, [f"{hour}:00" for hour in range(24)]
    ).to_csv()


def dotted(separator, *, whole=False):
    """Return counts of which the dot can separate thousands."""
    counts = (frame() * 100).round().astype(int)
    counts[::2] //= 10 if whole else 1
    return counts.map(lambda count: f"{count:,}".replace(",", ".")).to_csv(sep=separator)


def unknown_sensors():
    rows = long_of().replace("400", "Rue 400").replace("id", "Compteur", 1)
    return rows.replace("speed", "comptage", 1).replace("\n", ",48.1\n").replace("48.1", "x", 1)


def zeros(length):
    return b"\0" * length


def channels():
    return pd.concat({"flow": frame(), "speed": frame()}, axis=1).to_csv()


WORDS = [
    ("", "is empty; give a file with readings"),
    ("\n \n\t\n", "is empty; give a file with readings"),
    ("time,a,b\n", "contains no readings; a table needs a row that names the sensors"),
    ("# only\n# comments\n", "has only comments"),
    ("time,a,b\n2012-03-01 00:00,1,2\n", "readings of one moment only"),
    (changed(5, 2, "12 mph"), "'12 mph' in row 6, column '400017' of .* is no number"),
    (changed(5, 1, "True"), "'True' in row 6, column '400001' .* is no number"),
    (changed(5, 1, "inf"), "'inf' in row 6, column '400001' .* is no number"),
    (changed(5, 1, "-Infinity"), "'-Infinity' in row 6, column '400001' .* is no number"),
    (changed(5, 1, "1_000"), None),
    (changed(5, 1, "0x10"), "'0x10' in row 6"),
    (changed(5, 1, "1e99"), "'1e99' in row 6, column '400001' of .* is no number up to 1e.15"),
    (changed(5, 0, "yesterday"), "'yesterday' in row 6 of .* is no date; .*--date-format"),
    (changed(5, 0, "2012-02-30 00:00"), "'2012-02-30 00:00' in row 6 .* is no date"),
    (changed(5, 0, ""), "row 6 of .* has no date; every row needs one"),
    (changed(5, 3, "1,2,3"), "row 6 of .* has 6 cells, but the table has 4 columns"),
    (changed(0, 2, "400001"), "two sensors .* have the name '400001'; rename one"),
    (changed(5, 1, '"1'), "quotation mark that is not closed|is no number|cells"),
    (stamped("%d/%m/%Y %H:%M"), "such as 01/03/2012 00:00, .*--date-format '%d/%m/%Y' or '%m/%d"),
    (stamped("%d-%m-%Y"), "can have the day or the month first|readings of one"),
    (stamped("%H:%M"), "no times|--time-column|is no number"),
    (frame().to_csv(index=False), "no times; give the moment .*--start 2012.*--step 5"),
    (quantities(), r"are quantities \(flow, speed, occupancy\), not sensors; .*--value-column"),
    (long_of(flow=1.0), r"several columns .*\(speed, flow\); choose one with --value-column"),
    (long_of().replace(",4", ",", 1).replace("400001", "", 1), "names no sensor|is no number"),
    (channels(), "has the channels flow, speed; choose one with --channel"),
    (days(), r"has the readings of a day \(0:00, 1:00, .* --sensor-column"),
    (twice(), r"200 of 400 rows have the time of another row .*2012-03-01T00:00:00.*--sensor-col"),
    (moved((199, "2062-03-01")), "the rows cover only .*nothing from 2012-03-03T01:30:00 to 2062"),
    (moved((50, "2012-03-01 12:37")), "2012-03-01T12:37:00 is 4.. seconds off the grid"),
    (frame(20, minutes=7).to_csv(), "is 420 seconds .100% of them.* must divide a day"),
    (frame(25).to_csv(), "a series of 25 steps is too short for windows of 12 . 12"),
    (frame().map(lambda _: np.nan).to_csv(), "all readings are missing"),
    ('{"a": [1, 2]}', "is JSON; give a table"),
    ("<html><table></table>", "is a web page; download the table itself"),
    ("time,a,b\n2012-03-01 00:00,\0\0\0\n", "has null characters|no text table"),
    (dotted(";"), "such as ..[0-9]{3}, have a dot that can be decimal or separate thousands"),
    (dotted(",", whole=True), "give --decimal . or --decimal ,"),
    (
        frame().map("{}mph".format).to_csv(),
        "mph' in column '400001' of .* is no number; if .*, otherwise correct",
    ),
    (
        stamped("%G-W%V-%uT%H:%M"),
        "no times that can be read: '2012-W09-4T00:00' in column 'number 1'",
    ),
    (stamped("%d. März %Y"), "write times as 2012-03-01 08:15, or give .* --date-format"),
    (
        unknown_sensors(),
        "'Rue 400001' in column 'Compteur' of .* apart, name it with --sensor-column",
    ),
    (stamped("%y-%m-%d %H:%M"), "or, if that is the year, '%y-%m-%d'"),
    ("<?xml version='1.0'?><Workbook/>", "is XML; save the table as .xlsx or CSV"),
    ("just some words\nand more of them\nwithout any number\n", "contains no readings|no number"),
]


@pytest.mark.parametrize(("content", "said"), WORDS)
def test_texts_are_refused_in_one_sentence(tmp_path, capsys, content, said):
    (tmp_path / "readings.csv").write_text(content)
    status = run(tmp_path / "readings.csv", "--out", tmp_path / "out")
    told = capsys.readouterr().err
    if said is None:
        assert status == 0
        return
    assert status == 1
    assert re.search(said, told), told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"readings.csv"}


OPTIONS = [
    (
        ["--date-format", "nonsense"],
        "--date-format is 'nonsense'; give it in the codes of strptime",
    ),
    (["--date-format", "%d.%m.%Y %H:%M"], "is no date in the notation '%d.%m.%Y %H:%M'"),
    (["--time-column", "when"], r"no column 'when' for --time-column; it has: \(unnamed\), 400001"),
    (["--sensor-column", "who"], "no column 'who' for --sensor-column"),
    (["--start", "2013-01-01"], "the first of the times is 2012-03-01.*omit --start"),
    (["--step", "7"], "a step of 7 minutes does not divide a day"),
    (["--missing", "20000", "--sensors", "nowhere.csv"], "nowhere.csv cannot be read"),
    (["--name", " "], "--name must be one line"),
    (["--in-steps", "0"], "--in-steps is 0; it must be 1 to"),
    (["--in-steps", "150", "--out-steps", "60"], "too short for windows of 150 . 60"),
]


@pytest.mark.parametrize(("options", "said"), OPTIONS)
def test_options_that_do_not_fit(tmp_path, capsys, options, said):
    frame().to_csv(tmp_path / "readings.csv")
    assert run(tmp_path / "readings.csv", "--out", tmp_path / "out", *options) == 1
    assert re.search(said, capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_what_is_not_there(tmp_path, capsys):
    assert run(tmp_path / "none.csv", "--out", tmp_path / "out") == 1
    assert "there is no file or folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--out", tmp_path / "out") == 1
    assert "has no file of readings (CSV" in capsys.readouterr().err
    assert run(tmp_path / "empty") == 1
    assert "--out DIR, or --check" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("magic", "said"),
    [
        (b"\x80\x04\x95", "pickle"), (b"\xd0\xcf\x11\xe0", "old Excel"), (b"%PDF-1.4", "PDF"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"SQLite format 3\0", "database"),
        (b"PK\x03\x04broken", "ZIP"), (b"PAR1broken", "cannot be read"),
        (b"ARROW1\0\0broken", "cannot be read"), (b"FEA1broken", "version 1"),
        (b"\x1f\x8b broken", "cannot be read"), (b"\xfd7zXZ\0broken", "cannot be read"),
        (b"CDF\x01", "nccopy"), (zeros(257) + b"ustar", "a tar archive; unpack it"),
        (b"\x89HDF\r\n\x1a\nbroken", "cannot be"), (b"\xff\xfea", "not utf|no read|cannot be"),
    ],
)  # fmt: skip
def test_files_of_other_kinds_and_damaged_ones(tmp_path, capsys, magic, said):
    (tmp_path / "readings.csv").write_bytes(magic + bytes(range(256)) * 4)
    assert run(tmp_path / "readings.csv", "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert re.search(said, told), told
    assert told.count("\n") == 1


@pytest.mark.parametrize("write", ["to_parquet", "to_excel", "to_csv", "to_feather"])
def test_a_damaged_file_never_ends_in_another_error(tmp_path, capsys, write):
    file = io.BytesIO()
    if write == "to_excel":
        frame(40).to_excel(file, engine="openpyxl")
    elif write == "to_feather":
        frame(40).reset_index().to_feather(file, compression="uncompressed")
    else:
        getattr(frame(40), write)(file)
    whole, rng = file.getvalue(), np.random.default_rng(0)
    for _ in range(40):
        at = int(rng.integers(len(whole)))
        damaged = whole[:at] + bytes([whole[at] ^ int(rng.integers(1, 256))]) + whole[at + 1 :]
        (tmp_path / "readings").write_bytes(damaged if at % 2 else whole[:at])
        assert run(tmp_path / "readings", "--check") in (0, 1)
        assert "Traceback" not in capsys.readouterr().err


def bombs():
    """Yield files that expand to a thousand times their size."""
    yield "gzip", gzip.compress(b"2012-03-01 00:00,0,0\n" * 2_000_000, 9)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packing:
        packing.writestr("readings.csv", b"0,0\n" * 12_000_000)
    yield "zip", archive.getvalue()
    book = io.BytesIO()
    frame().to_excel(book, engine="openpyxl")
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as packing:
        packing.writestr("xl/more.xml", b"<c/>" * 12_000_000)
    yield "xlsx", book.getvalue()


@pytest.mark.parametrize(("kind", "content"), list(bombs()), ids=lambda one: str(one)[:4])
def test_what_expands_without_end_is_not_expanded(tmp_path, capsys, monkeypatch, kind, content):
    monkeypatch.setattr(packed, "ALWAYS_ALLOWED", 1 << 22)
    (tmp_path / kind).write_bytes(content)
    assert run(tmp_path / kind, "--check") == 1
    assert "expands to over 200 times its size" in capsys.readouterr().err


def test_a_declared_size_is_a_promise(tmp_path, capsys):
    """A ZIP archive that says it is small cannot give more than it says."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packing:
        packing.writestr("readings.csv", frame().to_csv())
    content = bytearray(archive.getvalue())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    (tmp_path / "readings.csv").write_bytes(content)
    assert run(tmp_path / "readings.csv", "--check") == 1
    assert "Traceback" not in capsys.readouterr().err


def test_one_giant_line(tmp_path, capsys):
    (tmp_path / "readings.csv").write_text("1," * (1 << 24) + "1")
    assert run(tmp_path / "readings.csv", "--check") == 1
    assert re.search("line of over|contains no readings|no times", capsys.readouterr().err)


def test_texts_of_a_workbook_that_do_not_fit_into_memory(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("himnet.prepare.spreadsheet.MOST_TEXTS", 10)
    frame().to_excel(tmp_path / "a.xlsx", engine="openpyxl")
    assert run(tmp_path / "a.xlsx", "--check") == 1
    assert "of texts, which do not fit into memory" in capsys.readouterr().err


def test_a_workbook_that_lies_about_its_size(tmp_path, capsys):
    frame().to_excel(tmp_path / "a.xlsx", engine="openpyxl")
    book = io.BytesIO()
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            sheet = re.sub(
                rb'dimension ref="[^"]*"', b'dimension ref="A1:XFD1048576"', old.read(name)
            )
            new.writestr(name, sheet)
    (tmp_path / "a.xlsx").write_bytes(book.getvalue())
    assert run(tmp_path / "a.xlsx", "--check") == 0
    assert "sensors      3;" in capsys.readouterr().out


def test_formulas_are_never_shown_or_computed(tmp_path, capsys):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["time", "a", "b", '=HYPERLINK("http://127.0.0.1:9/")'])
    for moment, value in zip(frame().index, frame()["400001"], strict=True):
        sheet.append([moment.to_pydatetime(), value, value, "=1+1"])
    book.save(tmp_path / "a.xlsx")
    assert run(tmp_path / "a.xlsx", "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    assert "has formulas, of which the results were taken" in told
    assert "HYPERLINK" not in told + (tmp_path / "out" / "README.md").read_text()


def test_an_unknown_sheet_and_a_chosen_one(tmp_path, capsys):
    with pd.ExcelWriter(tmp_path / "a.xlsx", engine="openpyxl") as file:
        pd.DataFrame({"about": ["x"]}).to_excel(file, sheet_name="notes", index=False)
        frame().to_excel(file, sheet_name="speeds")
        (frame() * 2).to_excel(file, sheet_name="flows")
    assert run(tmp_path / "a.xlsx", "--check", "--sheet", "none") == 1
    assert "no sheet 'none'; choose one of notes, speeds, flows" in capsys.readouterr().err
    for choice in ("flows", "3"):
        assert run(tmp_path / "a.xlsx", "--check", "--sheet", choice) == 0
        assert "wide Excel table" in capsys.readouterr().out
    assert run(tmp_path / "a.xlsx", "--check", "--sheet", "notes") == 1


def test_days_and_months_that_a_spreadsheet_exchanged(tmp_path, capsys):
    """A spreadsheet makes 03/04 a date, month first, and leaves 13/04 a text."""
    book = openpyxl.Workbook()
    book.active.append(["time", "a", "b"])
    for moment in pd.date_range("2012-01-01", "2012-12-31"):
        text = moment.strftime("%d/%m/%Y %H:%M")
        turned = moment.day <= 12
        day = moment.replace(day=moment.month, month=moment.day) if turned else text
        book.active.append([day.to_pydatetime() if turned else day, 1.5, 2.5])
    book.save(tmp_path / "a.xlsx")
    assert run(tmp_path / "a.xlsx", "--check") == 1
    assert "may have exchanged days and months of the dates" in capsys.readouterr().err


HOSTILE = [
    "\x1b[31mred\x07",
    "a" * 5_000,
    "**b** ![x](http://127.0.0.1:9/x.png) <img src=x>",
    "|x|",
]


def test_hostile_names_of_sensors_are_texts(tmp_path, capsys):
    table = frame(ids=tuple(HOSTILE))
    table.to_csv(tmp_path / "readings.csv", quoting=1)
    assert run(tmp_path / "readings.csv", "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "\x1b" not in told + readme
    assert "aaaa" * 200 not in told + readme
    marked_up = re.sub("`+[^`]*`+", "", readme)  # code is shown as it is
    assert "](http" not in marked_up
    assert not re.search(r"(?<!\\)<img", marked_up)
    ids = (tmp_path / "out" / "sensors.csv").read_text()
    assert "\x1b" not in ids


@pytest.mark.parametrize("name", ["data.npz", "speeds.csv", "metr-la.h5"])
def test_a_placeholder_of_git_lfs_is_named(tmp_path, capsys, name):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n"
    (tmp_path / name).write_text(pointer)
    assert run(tmp_path / name, "--out", tmp_path / "out") == 1
    assert "a placeholder of Git LFS; get the file itself with: git lfs pull" in (
        capsys.readouterr().err
    )
