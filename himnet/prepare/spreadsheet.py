"""Tables in Excel workbooks: values only, read row by row."""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from himnet.errors import DataError
from himnet.prepare.numbers import Numbers, decimal_sign
from himnet.prepare.packages import needed
from himnet.prepare.packed import check_expansion
from himnet.prepare.table import Rows, RowTable
from himnet.texts import clipped

MOST_TEXTS = 1 << 29  # bytes of the workbook's list of texts, which is held in memory
MAX_COLUMNS = 16_384
_SHEETS = "xl/worksheets/"  # which are read row by row


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook (.xlsx, .xlsm)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


class Spreadsheet(RowTable):
    """A sheet of a workbook.

    Args:
        path: of the workbook.
        sheet: name or number (from 1) of the sheet; None for the first with cells.
        decimal: sign of numbers that are stored as texts, if the user tells it.

    Raises:
        DataError: for a damaged workbook, one that expands without end, or an unknown sheet.
    """

    whole_rows: ClassVar[bool] = False

    def __init__(self, path: Path, *, sheet: str | None = None, decimal: str | None = None) -> None:
        super().__init__(path)
        self._done = self._rows = 0
        _check_sizes(path)
        with _workbook(path) as book:
            names = [one.title for one in book.worksheets]
            self.sheet = self._chosen(names, sheet)
        others = [name for name in names if name != self.sheet]
        if others and sheet is None:
            self.notes.append(
                f"the sheet '{clipped(self.sheet, 60)}' was read; choose another of "
                f"{clipped(', '.join(others), 200)} with --sheet"
            )
        self.kind = "Excel table"
        texts = (cell for _, row in self.sample() for cell in row if isinstance(cell, str))
        self.numbers = Numbers(decimal or decimal_sign(texts, "\t") or ".")
        self._look_for_formulas()

    def _chosen(self, names: list[str], given: str | None) -> str:
        if not names:
            raise DataError(f"{self.path} has no sheet of cells; save the table in one")
        if given is None:
            return next((name for name in names if self._has_rows(name)), names[0])
        if given in names:
            return given
        if given.isdecimal() and 1 <= int(given) <= len(names):
            return names[int(given) - 1]
        raise DataError(
            f"{self.path} has no sheet '{clipped(given, 60)}'; choose one of "
            f"{clipped(', '.join(names), 200)} with --sheet"
        )

    def _has_rows(self, name: str) -> bool:
        self.sheet = name
        return sum(1 for _ in zip(range(2), self.rows(), strict=False)) > 1

    def rows(self) -> Rows:
        """Yield each row's number and its cells."""
        with _workbook(self.path) as book:
            sheet = book[self.sheet]
            self._rows = sheet.max_row or 0
            sheet.reset_dimensions()  # what a file states as its size can be a lie
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                self._done = number
                if len(row) > MAX_COLUMNS:
                    raise DataError(f"row {number} of {self.path} has over {MAX_COLUMNS:,} cells")
                if any(cell is not None for cell in row):
                    yield number, [_plain(cell) for cell in row]

    def share(self) -> float:
        """Return the share of the sheet that the current walk has read, as the file states it."""
        return min(1.0, self._done / max(self._rows, 1))

    def _look_for_formulas(self) -> None:
        """Say whether cells are the stored results of formulas."""
        with _workbook(self.path, values=False) as book:
            sheet = book[self.sheet]
            sheet.reset_dimensions()
            for _, row in zip(range(60), sheet.iter_rows(values_only=True), strict=False):
                if any(isinstance(cell, str) and cell.startswith("=") for cell in row):
                    self.notes.append(
                        "the sheet has formulas, of which the results were taken that are stored "
                        "in the file; cells without a stored result are missing"
                    )
                    return


def _plain(cell: Any) -> Any:
    """Return a cell; moments are rounded to seconds, since Excel stores fractions of days."""
    if isinstance(cell, dt.datetime) and cell.microsecond:
        return (cell + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    return cell


def _check_sizes(path: Path) -> None:
    """Refuse a workbook that declares, or is made, to fill the memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise DataError(f"{path} is a damaged workbook ({error}); save it again") from error
    for one in members:
        check_expansion(path, one.file_size, max(one.compress_size, 1))
        if not one.filename.startswith(_SHEETS) and one.file_size > MOST_TEXTS:
            raise DataError(
                f"{path} has {one.file_size / 1e6:,.0f} MB of texts, which do not fit into memory; "
                f"save the sheet as CSV, and give that file"
            )
    check_expansion(path, sum(one.file_size for one in members), path.stat().st_size)


@contextmanager
def _workbook(path: Path, *, values: bool = True) -> Iterator[Any]:
    """Open a workbook for reading row by row, and report what is wrong with it."""
    with needed("openpyxl", "an Excel workbook"):
        import openpyxl
    book = None
    try:
        # a warning is about styles or validations, which are not read
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(
                file, read_only=True, data_only=values, keep_links=False, keep_vba=False
            )
            yield book
    except (DataError, GeneratorExit, MemoryError):
        raise
    except Exception as error:  # openpyxl raises many kinds for a damaged workbook
        raise DataError(
            f"{path} cannot be read as a workbook ({clipped(error, 100)}); save it again as .xlsx, "
            f"or as CSV"
        ) from error
    finally:
        if book is not None:
            book.close()
