"""Numbers as tables write them: decimal commas, separated thousands, and signs for "no reading"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MISSING_WORDS = frozenset(
    {
        "", "na", "n/a", "n.a.", "nan", "nat", "<na>", "null", "none", "nil", "missing", "no data",
        "nodata", "-", "--", "---", "–", "—", ".", "..", "...", "?", "*", "\\n", "#n/a", "#na",
        "#n/a n/a", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!", "-nan", "1.#qnan",
        "-1.#ind", "缺失", "无",
    }
)  # fmt: skip
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'’](?=\d{3}(?!\d))")
_COMMA_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_DOT_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?")
_DOTS_TWICE = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}")
_DOT_ONCE = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_OTHER_DECIMALS = re.compile(r"[+-]?(?:\d*\.(?:\d{1,2}|\d{4,})|0\.\d+)")
_WHOLE = re.compile(r"[+-]?\d{1,3}")
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Numbers:
    """How a table writes numbers.

    Attributes:
        decimal: "." or ",".
    """

    decimal: str = "."

    def __call__(self, cell: Any) -> float:
        """Return the number in a cell, NaN for a missing one.

        Raises:
            ValueError: for anything else, also for truth values and dates.
        """
        if isinstance(cell, str):
            return self._of_text(cell)
        if cell is None:
            return float("nan")
        if isinstance(cell, bool | dt.date | dt.time):
            raise ValueError(cell)
        return float(cell)

    def _of_text(self, cell: str) -> float:
        text = cell.strip().replace("−", "-")
        if text.lower() in MISSING_WORDS:
            return float("nan")
        text = _without_percent(text)
        if _SPACES.search(text):
            text = _SPACES.sub("", text)
        if self.decimal == ",":
            if _DOT_THOUSANDS.fullmatch(text):
                text = text.replace(".", "")
            elif "." in text and "," in text:
                raise ValueError(cell)
            text = text.replace(",", ".")
        elif "," in text and _COMMA_THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        if "_" in text or text.lower().lstrip("+-").startswith("inf"):
            raise ValueError(cell)
        return float(text)


def _without_percent(text: str) -> str:
    return text[:-1].rstrip() if text.endswith("%") else text


def decimal_sign(cells: Iterable[str], separator: str) -> str | None:
    """Return the decimal sign of a table's numbers; None if they can be read in two ways.

    Args:
        cells: of the first rows.
        separator: between cells.
    """
    texts = [_without_percent(cell.strip()) for cell in cells]
    mixed = [text for text in texts if "," in text and "." in text]
    for text in mixed:
        if _COMMA_THOUSANDS.fullmatch(text):
            return "."
        if _DOT_THOUSANDS.fullmatch(text):
            return ","
    commas = [text for text in texts if "," in text and _WITH_COMMA.fullmatch(text)]
    if not commas:
        return "," if any(map(_DOTS_TWICE.fullmatch, texts)) else "."
    if not all(_COMMA_THOUSANDS.fullmatch(text) for text in commas):
        return ","
    if separator == "," or any(re.fullmatch(r"[+-]?\d+\.\d+", text) for text in texts):
        return "."
    # all have three digits after the comma: decimals of fixed length unless some have none
    plain = any(re.fullmatch(r"[+-]?\d{1,3}", text) and text != "0" for text in texts)
    return None if plain else ","


def doubtful_dot(columns: Iterable[Sequence[str]], separator: str) -> str | None:
    """Return a number whose dot may separate thousands, as in 1.234, or None.

    Three digits follow each dot of its column, and other numbers have none (as 950 beside 1.234),
    or the cells are separated by ";", as where decimals have a comma. No number of the table has
    other digits after a dot.

    Args:
        columns: cells of the first rows, column by column.
        separator: between cells.
    """
    table = [list(cells) for cells in columns]
    if any(_OTHER_DECIMALS.fullmatch(cell.strip()) for cells in table for cell in cells):
        return None
    for cells in table:
        there = [cell.strip() for cell in cells if cell.strip().lower() not in MISSING_WORDS]
        numbers = list(map(_without_percent, there))
        dotted = [cell for cell in numbers if _DOT_ONCE.fullmatch(cell)]
        whole = [cell for cell in numbers if _WHOLE.fullmatch(cell)]
        doubtful = dotted and len(dotted) + len(whole) == len(numbers) > 1
        if doubtful and (separator == ";" or any(cell.strip("+-0") for cell in whole)):
            return dotted[0]
    return None
