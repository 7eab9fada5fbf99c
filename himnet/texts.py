r"""Escaping of texts from outside, with one function for each medium.

A text from a file, the name of a folder or an upload, or an address is data: it is shown as it is,
and never becomes markup, a formula, a template, a script, a request or a command. Any such text
that is written into a medium passes through the function of that medium here; `SECURITY.md` states
what is guaranteed. Two media need no function: Matplotlib reads no formulas (``text.parse_math`` is
off, see `analysis.paper.canvas`), and the player and the map write texts by ``textContent``.
"""

from __future__ import annotations

import csv
import html as _html
import io
import json
import os
import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

# an underscore within a word is not Markdown, a colon only where a directive may begin
_SIGNS = re.compile(r"([\\`*\[\]<>&|~#$]|:(?=[^\s\d])|(?<![^\W_])_|_(?![^\W_]))")
_BEGINS_A_LIST = re.compile(r"\d{1,9}(?=[.)]$)|(?=[-+=]+$)")
# what Streamlit replaces by links, images and symbols after parsing Markdown, so that a backslash
# has no effect: addresses, :emoji:, and arrows that stand alone
_AFTERWARDS = re.compile(r"https?:|www\.|@|:[\w+-]+:|^(?:<->|->|<-|--|>=|<=|~=)$", re.IGNORECASE)
_ICON = ":material/"  # which Streamlit rewrites before Markdown is parsed, even within code
_LATEX = {sign: f"\\{sign}" for sign in "{}$&#%_"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\symbol{34}",
    "\N{MINUS SIGN}": "-",
}  # fmt: skip
_LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)|(?<=,)(?=,)|(?<=[?!])(?=`)")
# what LaTeX typesets in its oldest font encoding too: no \xab \xbb \xd0 \xde \xf0 \xfe
_LATEX_KNOWS = re.compile(
    "[ -~\xa7\xb0\xb1\xb7\xc0-\xcf\xd1-\xdd\xdf-\xef\xf1-\xfd\xff"
    "\u2013\u2014\u2018\u2019\u201c\u201d\u2026]"
)
_FORMULA_STARTS = ("=", "+", "-", "@")
# all control characters but tab and line feed; the second line of ranges changes text direction
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\u061c\u200b\u2060\ufeff\U000e0000-\U000e007f]"
)
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


def line(text: object) -> str:
    """Return a text as one line of printable characters, for consoles and messages."""
    words = " ".join(str(text).split())
    return (
        words
        if words.isprintable()
        else "".join(sign if sign.isprintable() else _UNPRINTABLE for sign in words)
    )


def clipped(text: object, length: int = 200) -> str:
    """Return the beginning of a text as one line, with dots if it was shortened."""
    told = str(text)
    return line(told[:length]) + (" ..." if len(told) > length else "")


def terminal(text: str) -> str:
    r"""Return a text of any number of lines, with control characters escaped.

    >>> terminal("\x1b[31mred")
    '\\x1b[31mred'
    """
    return _STEERING.sub(lambda found: ascii(found[0])[1:-1], text)


def markdown(text: object) -> str:
    r"""Return Markdown that Streamlit shows as exactly this text, on one line.

    Markdown characters are escaped with a backslash. Words that Streamlit would change even so,
    such as addresses, become code, which it does not change.

    >>> markdown("US-101 *N*")
    'US-101 \\*N\\*'
    """
    return " ".join(map(_markdown_word, line(text).split(" ")))


def html(text: object) -> str:
    """Return HTML that shows as exactly this text, between tags and in quoted attributes."""
    told = _html.escape(line(text), quote=True)
    return told.replace(_ICON, _ICON.replace("/", "&#47;"))  # within Markdown it would be changed


def plotly(text: object) -> str:
    """Return what Plotly shows as exactly this text: in names, titles, ticks and hover templates.

    Plotly reads a few HTML tags and entities, formulas between dollars, and in hover templates
    ``%{...}``.
    """
    told = _html.escape(line(text), quote=False)  # it reads few of the named entities
    return told.replace("$", "&#36;").replace("%", "&#37;")


def plotlies(texts: Iterable[object]) -> list[str]:
    """Return `plotly` of each text."""
    return [plotly(text) for text in texts]


def csv_cell(value: object) -> object:
    """Return a cell of a CSV file that no spreadsheet interprets as a formula.

    Texts that begin with = + - @ and are not numbers get an apostrophe; others do not change.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(_FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV text in which no cell can act as a spreadsheet formula.

    Args:
        header: column names, with units.
        rows: the values.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([csv_cell(cell) for cell in row])
    return written.getvalue()


def latex(text: object) -> str:
    r"""Return LaTeX that typesets exactly this text, on one line, in text mode.

    No character begins a command, a comment, a formula or an argument, and none forms a ligature.
    Characters that LaTeX lacks without further packages are written as their code points.

    >>> latex(r"50 % of \input{x}")
    '50 \\% of \\textbackslash{}input\\{x\\}'
    """
    return _LIGATURES.sub("{}", "".join(map(_latex_sign, line(text))))


def command(*words: object) -> str:
    """Return a command line to copy in which each word is one argument, whatever it contains.

    Paths from outside must pass through `operand` first.

    >>> command("python", "-m", "himnet", "info", "x; rm y")
    "python -m himnet info 'x; rm y'"
    """
    return " ".join(_quoted(str(word)) for word in words)


def operand(word: object) -> str:
    """Return a path from outside for `command`, such that it is not taken for an option."""
    return f"./{word}" if str(word).startswith("-") else str(word)


def script_json(data: Any) -> str:
    """Return data as JSON for a script in a page; it can end no element and begin no template.

    Raises:
        ValueError: for numbers that are not finite.
    """
    told = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # < > & occur only within texts, where JSON escapes are valid; braces of the structure remain,
    # and are never followed by another or by % or #
    for sign in "<>&":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return _within_texts(told)


def _markdown_word(word: str) -> str:
    return r"\:material\/".join(map(_markdown_part, word.split(_ICON)))


def _markdown_part(word: str) -> str:
    if not _AFTERWARDS.search(word):
        escaped = _SIGNS.sub(r"\\\1", word)
        return _BEGINS_A_LIST.sub(r"\g<0>\\", escaped, count=1) if escaped == word else escaped
    longest = max((len(run) for run in re.findall("`+", word)), default=0)
    fence = "`" * (longest + 1)
    room = " " if word.startswith("`") or word.endswith("`") else ""
    return f"{fence}{room}{word}{room}{fence}"


def _latex_sign(sign: str) -> str:
    known = _LATEX.get(sign)
    if known is not None:
        return known
    return sign if _LATEX_KNOWS.fullmatch(sign) else f"[U+{ord(sign):04X}]"


def _quoted(word: str) -> str:
    """Return a word quoted for a shell if necessary, with unprintable characters by number."""
    if word.isprintable():
        return shlex.quote(word)
    raw = os.fsencode(word)
    told = "".join(chr(b) if 32 <= b < 127 and b not in b"'\\" else f"\\x{b:02x}" for b in raw)
    return f"$'{told}'"


def _within_texts(told: str) -> str:
    """Replace the braces within the texts of JSON by their escapes."""

    def replaced(found: re.Match[str]) -> str:
        return found[0].replace("{", "\\u007b").replace("}", "\\u007d")

    return re.sub(r'"(?:[^"\\]|\\.)*"', replaced, told)
