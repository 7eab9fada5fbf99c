"""The results for the claims as a table: plain text within 120 columns, or Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from analysis.claims.result import Beside, ClaimResult
from analysis.claims.rules import LEVEL

WIDTH = 120
_CLAIM_WIDTH = 36
_HEADS = ("value", "null", "95 % of null", "p", "min p", "p untr.", "p Holm", "verdict")
_WIDTHS = (6, 6, 16, 6, 7, 7, 6, 14)
_INDENT = "    "


def text(results: Sequence[ClaimResult]) -> str:
    """Return the table, followed by an explanation and notes for each claim."""
    lines = [_line("claim", _HEADS), "-" * len(_line("", _HEADS))]
    for result in results:
        first, *more = textwrap.wrap(result.claim, _CLAIM_WIDTH)
        lines.append(_line(first, _cells(result)))
        lines += more
    lines += ["", *textwrap.wrap(_LEGEND, WIDTH), ""]
    for result in results:
        lines += [result.claim, *_details(result), ""]
    return "\n".join(lines).rstrip()


def markdown(results: Sequence[ClaimResult]) -> str:
    """Return the table in Markdown."""
    rows: list[tuple[str, ...]] = [("claim of the paper", "statistic", *_HEADS)]
    rows += [(result.claim, result.statistic, *_cells(result)) for result in results]
    lines = [f"| {' | '.join(cell.strip() for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


_LEGEND = (
    "null: mean of the permutation null, or of untrained models if there is none; p: against the "
    "permutation null, before correction; min p: the smallest p that the null can give; p untr.: "
    "against untrained models; p Holm: p, corrected for the number of claims. A claim holds if "
    f"p Holm and p untr. are both below {LEVEL:g}."
)


def _line(claim: str, cells: Sequence[str]) -> str:
    padded = [cell.rjust(width) for cell, width in zip(cells[:-1], _WIDTHS[:-1], strict=True)]
    return "  ".join([claim.ljust(_CLAIM_WIDTH), *padded, cells[-1].ljust(_WIDTHS[-1])]).rstrip()


def _cells(result: ClaimResult) -> tuple[str, ...]:
    return (
        _number(result.value),
        _number(result.null_mean),
        _span(result.null_range),
        *(_p(p) for p in (result.p_value, result.p_smallest, result.p_untrained, result.p_holm)),
        result.verdict,
    )


def _details(result: ClaimResult) -> list[str]:
    paragraphs = [f"statistic: {result.statistic}", f"null: {result.null}"]
    if result.untrained_mean is not None:
        paragraphs.append(
            f"{len(result.untrained_draws)} untrained models: mean "
            f"{_number(result.untrained_mean)}, 95 % {_span(result.untrained_range)}"
        )
    paragraphs += [_beside(beside) for beside in result.beside]
    if result.note:
        paragraphs.append(result.note)
    return [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(
            paragraph, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT
        )
    ]


def _beside(beside: Beside) -> str:
    words = f"also, {beside.name}: {beside.value:.4g}"
    if beside.null_mean is None:
        return words
    return f"{words} (null {_number(beside.null_mean)}, p {_p(beside.p_value)})"


def _number(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"


def _span(span: tuple[float, float] | None) -> str:
    return "-" if span is None else f"{_number(span[0])} to {_number(span[1])}"


def _p(p: float | None) -> str:
    return "-" if p is None or p != p else f"{p:.3f}"
