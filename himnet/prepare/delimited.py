"""Tables in text files: any separator, encoding, decimal sign and compression."""

from __future__ import annotations

import csv
import io
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, zip_longest
from pathlib import Path

from himnet.data.encodings import encoding_of
from himnet.errors import DataError
from himnet.prepare.dates import is_date, is_time_of_day
from himnet.prepare.numbers import Numbers, decimal_sign, doubtful_dot
from himnet.prepare.packed import Unpacked
from himnet.prepare.table import Rows, RowTable
from himnet.texts import clipped

MAX_ROW = 1 << 25  # characters of a line
_SAMPLE_BYTES = 1 << 20
_SAMPLE_LINES = 120
_SEPARATORS = {",": "','", ";": "';'", "\t": "tabs", "|": "'|'", " ": "spaces"}
_WITH_UNIT = re.compile(r"[+-]?\d[\d.,]* ?[a-z/]{1,8}")  # refused later, by its row and column
_COMMENTS = ("#", "%", "//", "!")


class DelimitedText(RowTable):
    """A text file of rows.

    Args:
        path: of the file.
        decimal: sign, if the user tells it.

    Raises:
        DataError: for a file that is no text, or whose numbers can be read in two ways.
    """

    def __init__(self, path: Path, *, decimal: str | None = None) -> None:
        super().__init__(path)
        self._walked: Unpacked | None = None
        with _reading(path):
            packing = self._look()
        sign = decimal or self._decimal_sign(self._sample_rows())
        self.numbers = Numbers(sign)
        details = [f"separated by {_SEPARATORS[self.separator]}"]
        details += ["decimal comma"] if sign == "," else []
        details += [self._encoding] if self._encoding not in ("utf-8", "utf-8-sig") else []
        details += [packing] if packing else []
        self.kind = f"text table ({', '.join(details)})"

    def _decimal_sign(self, rows: list[Sequence[str]]) -> str:
        """Return the decimal sign; an error if it can be one of two."""
        sign = decimal_sign((cell for row in rows for cell in row), self.separator)
        if sign is None:
            raise DataError(
                f"the numbers of {self.path}, such as 1,234, have a comma that can be decimal or "
                f"separate thousands; give --decimal , or --decimal ."
            )
        columns = zip_longest(*rows[1:], fillvalue="")
        if sign == "." and (number := doubtful_dot(columns, self.separator)) is not None:
            raise DataError(
                f"the numbers of {self.path}, such as {number}, have a dot that can be decimal or "
                f"separate thousands; give --decimal . or --decimal ,"
            )
        return sign

    def share(self) -> float:
        """Return the share of the file that the current walk has read."""
        return 0.0 if self._walked is None else self._walked.share()

    def rows(self) -> Rows:
        """Yield each row's line number and its cells; blank lines and comments are left out."""
        before = 1 if self._header_comment else 0  # it is repeated as the first row
        with _reading(self.path):
            for number, row in _split(self._lines(), self.separator):
                yield number - before, row

    def _look(self) -> str:
        """Find encoding, comments and separator in the first lines; return the compression."""
        with Unpacked(self.path) as file:
            sample, packing = io.BufferedReader(file, 1 << 16).read(_SAMPLE_BYTES), file.packing
        if not sample.strip(b"\r\n\t \x00"):
            raise DataError(f"{self.path} is empty; give a file with readings")
        self._encoding = encoding_of(sample)
        if sample[257:262] == b"ustar":
            raise DataError(f"{self.path} is a tar archive; unpack it, and give the files in it")
        if self._encoding == "utf-8" and b"\x00" in sample:
            raise DataError(
                f"{self.path} has null characters, so it is no text table; give a CSV, Parquet, "
                f"Feather, Excel, HDF5 or NumPy file"
            )
        comments, lines = self._first_lines()
        self._header_comment = _header_comment([*comments[-1:], *lines]) if comments else None
        body = [line for line in lines if not line.lstrip().startswith(_COMMENTS)]
        if not body:
            raise DataError(f"{self.path} has only comments; give a file with readings")
        if comments or len(body) < len(lines):
            self.notes.append("lines of comments were left out")
        self.separator = _separator(body)
        return packing

    def _first_lines(self) -> tuple[list[str], list[str]]:
        """Return the last comment above the table, and the first lines from there on."""
        comments: list[str] = []
        walk = self._lines(keep_comments=True)
        for line in walk:
            if not line.startswith(_COMMENTS):
                return comments, [line, *islice(walk, _SAMPLE_LINES)]
            comments = [line]
        return comments, []

    def _sample_rows(self) -> list[Sequence[str]]:
        with _reading(self.path):
            rows = _split(self._lines(), self.separator)
            return [row for _, row in islice(rows, _SAMPLE_LINES)]

    def _lines(self, *, keep_comments: bool = False) -> Iterator[str]:
        with Unpacked(self.path) as file:
            self._walked = file
            buffered = io.BufferedReader(file, 1 << 18)
            text = io.TextIOWrapper(buffered, self._encoding, newline=None)
            if not keep_comments and self._header_comment:
                yield self._header_comment
            while line := text.readline(MAX_ROW + 1):
                if len(line) > MAX_ROW:
                    raise DataError(
                        f"{self.path} has a line of over {MAX_ROW:,} characters; a table needs a "
                        f"line for each row"
                    )
                if "\0" in line:
                    raise DataError(f"{self.path} has null characters, so it is no text table")
                line = line.removeprefix("\ufeff")  # where files were joined
                if line.startswith(_COMMENTS) and not keep_comments:
                    yield "\n"  # lines keep their numbers
                    continue
                yield line


def _split(lines: Iterator[str], separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    if separator == " ":
        for number, line in enumerate(lines, start=1):
            quoted = csv.reader([line.strip()], delimiter=" ", skipinitialspace=True)
            if cells := next(quoted, []) if '"' in line else line.split():
                yield number, cells
        return
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    for row in reader:
        if any(row):
            yield reader.line_num, row


def _header_comment(lines: list[str]) -> str | None:
    """Return a commented first line that names the columns, as NumPy writes it, or None."""
    comments = []
    for line in lines:
        if not line.startswith("#"):
            break
        comments.append(line.lstrip("#").lstrip())
    body = [line for line in lines[len(comments) :] if line.strip()][:20]
    if not comments or len(body) < 2:
        return None
    separator = _separator(body)
    split = [list(_split(iter([line]), separator)) for line in (comments[-1], body[0], body[1])]
    widths = [len(found[0][1]) if found else 0 for found in split]
    data = sum(_is_value(cell) for _, row in split[1] for cell in row)
    named = widths[0] == widths[1] == widths[2] > 1 and data == widths[1]
    return comments[-1] if named else None


def _separator(lines: list[str]) -> str:
    """Return the separator with which most cells are dates, numbers or empty."""
    best, best_score = ",", -1.0
    for separator in _SEPARATORS:
        try:
            rows = [row for _, row in _split(iter(lines), separator)]
        except csv.Error:
            continue
        later = rows[len(rows) // 3 :]
        cells = [cell for row in later for cell in row[:200]]
        if not cells or max(map(len, later)) < 2:
            continue
        widths = Counter(len(row) for row in later)
        good = sum(map(_is_value, cells)) / len(cells)
        score = good + widths.most_common(1)[0][1] / len(later) + 0.1 * (separator != " ")
        if score > best_score + 1e-9:
            best, best_score = separator, score
    return best


def _is_value(cell: str) -> bool:
    try:
        Numbers()(cell)
        return True
    except ValueError:
        pass
    try:
        Numbers(",")(cell)
        return True
    except ValueError:
        return is_date(cell) or is_time_of_day(cell) or bool(_WITH_UNIT.fullmatch(cell))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Report what is wrong with a file in one sentence."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} has characters that are not {error.encoding}; save it as UTF-8"
        ) from error
    except csv.Error as error:
        raise DataError(
            f"{path} cannot be split into cells ({clipped(error, 100)}); look for a quotation "
            f"mark that is not closed"
        ) from error
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read ({clipped(reason, 100)}); check it") from error
