"""A table, whatever file it is in: rows of cells that are texts, numbers or dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError
from himnet.limits import MAX_NUMBER
from himnet.prepare.dates import is_date
from himnet.prepare.numbers import Numbers
from himnet.texts import clipped

Rows = Iterator[tuple[int, Sequence[Any]]]
SAMPLE_ROWS = 400  # from which the layout of a table is found out
MOST_CELLS = 400_000  # of a piece


class Piece(Protocol):
    """Consecutive rows of a table."""

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the rows in the file."""

    def cells(self, column: int) -> Sequence[Any]:
        """Return the t cells of one column."""

    def matrix(self, columns: Sequence[int], names: Sequence[str]) -> NDArray[np.float64]:
        """Return the numbers (t, n) of n columns, NaN for missing ones.

        Raises:
            DataError: for a cell that is no number; it names row and column.
        """


class Table(Protocol):
    """A file of rows that can be walked any number of times.

    Attributes:
        path: of the file.
        kind: of the file in a few words.
        notes: what was found out or left out.
    """

    path: Path
    kind: str
    notes: list[str]

    def sample(self) -> list[tuple[int, Sequence[Any]]]:
        """Return the first rows, header and all, with their numbers in the file."""

    def pieces(self, first: int, width: int) -> Iterator[Piece]:
        """Yield the rows from a number on.

        Args:
            first: number of the first row of interest.
            width: of the table; further cells must be empty, absent ones are.
        """

    def share(self) -> float:
        """Return the share of the file that the current walk has read, 0 to 1."""


def no_number(path: Path, row: int, name: str, cell: Any) -> DataError:
    """Return the error for a cell that should be a reading."""
    return DataError(
        f"'{clipped(cell, 60)}' in row {row}, column '{clipped(name, 60)}' of {path} is no number "
        f"up to {MAX_NUMBER:g}; correct it, or remove the column if it has no readings"
    )


@dataclass
class RowPiece:
    """Rows as lists of cells, all of one width."""

    path: Path
    numbers: list[int]
    rows: list[Sequence[Any]]
    as_number: Numbers

    def cells(self, column: int) -> Sequence[Any]:
        """Return the cells of one column."""
        return [row[column] for row in self.rows]

    def matrix(self, columns: Sequence[int], names: Sequence[str]) -> NDArray[np.float64]:
        """Return the numbers of some columns."""
        pick = itemgetter(*columns) if len(columns) > 1 else (lambda row: (row[columns[0]],))
        values = self._at_once(columns)
        if values is None:
            values = np.empty((len(self.rows), len(columns)))
            for position, row in enumerate(self.rows):
                values[position] = self._row(pick(row), self.numbers[position], names)
        if (huge := np.abs(values) > MAX_NUMBER).any():
            row_at, column_at = (int(where) for where in np.argwhere(huge)[0])
            cell = pick(self.rows[row_at])[column_at]
            raise no_number(self.path, self.numbers[row_at], names[column_at], cell)
        return values

    def _at_once(self, columns: Sequence[int]) -> NDArray[np.float64] | None:
        """Return the numbers of one column, None if there are more or a cell is none at once."""
        if len(columns) > 1 or self.as_number.decimal == ",":
            return None
        cells = list(map(itemgetter(columns[0]), self.rows))
        if bool in set(map(type, cells)):
            return None
        try:
            return np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))[:, None]
        except (ValueError, TypeError):
            return None

    def _row(
        self, cells: Sequence[Any], row: int, names: Sequence[str]
    ) -> NDArray[np.float64] | list[float]:
        """Return the numbers of a row, each for itself where one is not written plainly."""
        try:
            if self.as_number.decimal == "," or bool in map(type, cells):
                raise ValueError
            return list(map(float, cells))
        except (ValueError, TypeError):
            pass
        found = np.empty(len(cells))
        for position, cell in enumerate(cells):
            try:
                found[position] = self.as_number(cell)
            except (ValueError, TypeError, OverflowError) as error:
                raise no_number(self.path, row, names[position], cell) from error
        return found


@dataclass
class RowTable:
    """What tables of rows have in common: their rows are put into pieces of one width.

    Attributes:
        short: number of rows with fewer cells than the table is wide, and the first of them.
        header: the row of names, which may occur again where files were joined.
        passed_over: number of rows that repeat the header, or have words in one cell only.
        whole_rows: whether rows have their last cells even if these are empty.
    """

    path: Path
    kind: str = ""
    numbers: Numbers = field(default_factory=Numbers)
    notes: list[str] = field(default_factory=list)
    short: tuple[int, int] | None = None
    header: Sequence[Any] | None = None
    passed_over: int = 0
    whole_rows: ClassVar[bool] = True

    def rows(self) -> Rows:
        """Yield each row's number in the file and its cells."""
        raise NotImplementedError

    def sample(self) -> list[tuple[int, Sequence[Any]]]:
        """Return the first rows."""
        return list(islice(self.rows(), SAMPLE_ROWS))

    def pieces(self, first: int, width: int) -> Iterator[Piece]:
        """Yield the rows from a number on."""
        self.short, self.passed_over = None, 0
        most = max(1, MOST_CELLS // width)
        piece = RowPiece(self.path, [], [], self.numbers)
        for number, cells in self.rows():
            if number < first or self._is_no_row(cells, width):
                continue
            row = cells if len(cells) == width else self._fitted(number, cells, width)
            piece.numbers.append(number)
            piece.rows.append(row)
            if len(piece.rows) == most:
                yield piece
                piece = RowPiece(self.path, [], [], self.numbers)
        if piece.rows:
            yield piece
        self._tell()

    def _tell(self) -> None:
        """Note what was noticed about the rows."""
        if self.passed_over:
            self.notes.append(
                f"rows that repeat the header or have only words, left out: {self.passed_over:,}"
            )
        if self.short is not None:
            count, line = self.short
            self.notes.append(
                f"rows with fewer cells than the others, whose last readings are missing: "
                f"{count:,} (the first is row {line:,})"
            )

    def _is_no_row(self, cells: Sequence[Any], width: int) -> bool:
        """Whether a row repeats the header, or is a remark such as "Source: ..."."""
        again = self.header is not None and cells[0] == self.header[0] and cells == self.header
        words = (width > 2 and cells[-1] in (None, "")) or len(cells) == 1 < width - 1
        if words:
            there = [cell for cell in cells if cell not in (None, "")]
            words = len(there) == 1 and isinstance(there[0], str) and not is_date(there[0])
        self.passed_over += bool(again or words)
        return bool(again or words)

    def _fitted(self, number: int, cells: Sequence[Any], width: int) -> Sequence[Any]:
        """Return a row with as many cells as the table is wide."""
        if len(cells) < width:
            if not self.whole_rows:
                return [*cells, *[None] * (width - len(cells))]
            count, line = self.short or (0, number)
            self.short = (count + 1, line)
            return [*cells, *[None] * (width - len(cells))]
        if any(cell not in (None, "") for cell in cells[width:]):
            raise DataError(
                f"row {number} of {self.path} has {len(cells)} cells, but the table has {width} "
                f"columns; correct the row"
            )
        return cells[:width]
