"""Numbers as tables write them: decimal commas, separated thousands, and signs for "no reading"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
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
        text = cell.strip()
        if text.lower() in MISSING_WORDS:
            return float("nan")
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


def decimal_sign(cells: Iterable[str], separator: str) -> str | None:
    """Return the decimal sign of a table's numbers; None if they can be read in two ways.

    Args:
        cells: of the first rows.
        separator: between cells.
    """
    texts = [cell.strip() for cell in cells]
    mixed = [text for text in texts if "," in text and "." in text]
    for text in mixed:
        if _COMMA_THOUSANDS.fullmatch(text):
            return "."
        if _DOT_THOUSANDS.fullmatch(text):
            return ","
    commas = [text for text in texts if "," in text and _WITH_COMMA.fullmatch(text)]
    if not commas:
        return "."
    if not all(_COMMA_THOUSANDS.fullmatch(text) for text in commas):
        return ","
    if separator == "," or any(re.fullmatch(r"[+-]?\d+\.\d+", text) for text in texts):
        return "."
    # all have three digits after the comma: decimals of fixed length unless some have none
    plain = any(re.fullmatch(r"[+-]?\d{1,3}", text) and text != "0" for text in texts)
    return None if plain else ","
