"""Which reader a source belongs to: by what the files contain, then by what they are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from himnet import texts
from himnet.errors import DataError
from himnet.prepare.adjacency import is_pickle
from himnet.prepare.arrays import is_arrays, open_arrays
from himnet.prepare.columnar import ColumnarTable, is_columnar
from himnet.prepare.delimited import DelimitedText
from himnet.prepare.hdf5 import is_hdf5, open_hdf5
from himnet.prepare.options import Options
from himnet.prepare.pems import is_pems, open_pems
from himnet.prepare.several import one_source
from himnet.prepare.source import Source
from himnet.prepare.spreadsheet import Spreadsheet, is_workbook
from himnet.prepare.tables import source_of_table

ACCEPTED = "CSV or another text table, Excel, Parquet, Feather, HDF5, .npz, .npy or PeMS files"
_SUFFIXES = (
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xlsm",
    ".parquet",
    ".feather",
    ".gz",
    ".xz",
    ".bz2",
    ".dyna",
)
_ELSEWHERE = {
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls); save it as .xlsx or CSV",
    b"\x80\x04": "a pickle, which could run any program; save the readings as CSV or .npz",
    b"\x80\x02": "a pickle, which could run any program; save the readings as CSV or .npz",
    b"\x80\x05": "a pickle, which could run any program; save the readings as CSV or .npz",
    b"%PDF": "a PDF; give the table that it was made from",
    b"SQLi": "a database; export the table of readings as CSV",
    b"MATLAB 5": "a MATLAB file; save it as CSV, or as HDF5 with save(..., '-v7.3')",
    b"7z\xbc\xaf": "a 7z archive; unpack it, and give the files with readings",
    b"Rar!": "a RAR archive; unpack it, and give the files with readings",
    b"version https://git-lfs": "a placeholder of Git LFS; get the file itself with: git lfs pull",
    b"<htm": "a web page; download the table itself",
    b"<tab": "a web page; download the table itself",
    b"<?xml": "XML; save the table as .xlsx or CSV",
    b"CDF": "a NetCDF file of version 3; make it one of version 4 with: nccopy -k nc4 OLD NEW",
    b"<!DO": "a web page; download the table itself",
    b"{": "JSON; give a table, such as CSV",
    b"[{": "JSON; give a table, such as CSV",
    b"[[": "JSON; give a table, such as CSV",
}
_SENSOR_TABLE = "sensors.csv"

Opener = Callable[[Sequence[Path], Options], Source]
# Readers of files that are no tables: whether a file is theirs, and how they open files.
READERS: tuple[tuple[Callable[[Path], bool], Opener], ...] = (
    (is_pems, open_pems),
    (is_arrays, open_arrays),
    (is_hdf5, open_hdf5),
)


def open_source(paths: Sequence[Path], options: Options) -> tuple[Source, Options]:
    """Open files or a folder with the reader that they belong to.

    Returns:
        The source, and the options with what the folder itself adds: its ``sensors.csv``.

    Raises:
        DataError: for files that are missing, of no known kind, or of different kinds.
    """
    if not paths:
        raise DataError(f"give at least one file: {ACCEPTED}")
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no file or folder '{path}'; check the path")
        if path.is_dir() or path.name == "data.npz":
            options = _with_own_sensors(path if path.is_dir() else path.parent, options)
        files += _files_in(path) if path.is_dir() and not _reader(path) else [path]
    readers = [_reader(path) for path in files]
    if any(readers):
        chosen = next(reader for reader in readers if reader)
        return chosen(files, options), options
    tables = [_open_table(path, options) for path in files]
    return one_source(tables, files), options


def _reader(path: Path) -> Opener | None:
    return next((opener for fits, opener in READERS if fits(path)), None)


def _files_in(folder: Path) -> list[Path]:
    """Return the tables in a folder, in the order of their names."""
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _SUFFIXES and path.is_file() and path.name != _SENSOR_TABLE
    )
    if not files:
        raise DataError(f"the folder {folder} has no file of readings ({ACCEPTED}); name the file")
    return files


def _with_own_sensors(folder: Path, options: Options) -> Options:
    own = folder / _SENSOR_TABLE
    return replace(options, sensors=own) if own.is_file() and not options.sensors else options


def _open_table(path: Path, options: Options) -> Source:
    """Open one file as a table.

    Raises:
        DataError: if it is none.
    """
    try:
        with path.open("rb") as file:
            start = file.read(32)
        columnar = is_columnar(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}); check it") from error
    if columnar:
        return source_of_table(ColumnarTable(path), options)
    if is_workbook(path):
        sheet = Spreadsheet(path, sheet=options.sheet, decimal=options.decimal)
        return source_of_table(sheet, options, sheet.numbers)
    for magic, what in _ELSEWHERE.items():
        if start.lower().lstrip().startswith(magic.lower()):
            raise DataError(f"{texts.clipped(path, 300)} is {what}")
    if is_pickle(path):
        raise DataError(
            f"{texts.clipped(path, 300)} is a pickle, which could run any program; save the "
            f"readings as CSV or .npz (a graph such as adj_mx.pkl goes after --sensors)"
        )
    table = DelimitedText(path, decimal=options.decimal)
    return source_of_table(table, options, table.numbers)
