"""The results for the claims as a table: plain text within 120 columns, or Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence

from analysis.claims.catalogue import FAMILIES, HEADS, Family
from analysis.claims.result import Beside, ClaimResult
from analysis.claims.rules import LEVEL, RULES

WIDTH = 120
_CLAIM_WIDTH = 22
_HEADS = (
    "value",
    "null",
    "effect",
    "p",
    "least p",
    "p Holm",
    "p untrained",
    "p readings",
    "verdict",
)
_WIDTHS = (6, 6, 10, 5, 7, 6, 11, 10, 18)
_INDENT = "    "
_COUNTED = 1e4  # larger numbers are counts, such as of pairs


def text(results: Sequence[ClaimResult]) -> str:
    """Return a table for each family, followed by an explanation and notes for each claim."""
    lines = []
    for family, own in by_family(results).items():
        head = textwrap.wrap(HEADS[family], _CLAIM_WIDTH)
        lines += ["", _line(head[0], _HEADS), "-" * len(_line("", _HEADS))]
        for result in own:
            first, *more = textwrap.wrap(result.claim, _CLAIM_WIDTH)
            lines.append(_line(first, _cells(result)))
            lines += more
    lines = lines[1:]
    lines += ["", *textwrap.wrap(_legend(by_family(results)), WIDTH), ""]
    for result in results:
        lines += [result.claim, *_details(result), ""]
    return "\n".join(lines).rstrip()


def markdown(results: Sequence[ClaimResult]) -> str:
    """Return a table for each family in Markdown."""
    return "\n\n".join(
        markdown_rows(
            (HEADS[family], "statistic", *_HEADS),
            [(result.claim, result.statistic, *_cells(result)) for result in own],
        )
        for family, own in by_family(results).items()
    )


def markdown_rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown.

    Args:
        heads, rows: the cells, as Markdown.
    """
    lines = [f"| {' | '.join(cell.strip() for cell in row)} |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]])


def by_family(results: Sequence[ClaimResult]) -> dict[Family, list[ClaimResult]]:
    """Return the results of each family that has any."""
    found: dict[Family, list[ClaimResult]] = {}
    families = {claim.id: family for family, claims in FAMILIES.items() for claim in claims}
    for result in results:
        found.setdefault(families.get(result.id, "paper"), []).append(result)
    return found


def _legend(families: Collection[Family]) -> str:
    """Return the explanation of the columns; what only the paper's claims have is left out."""
    days = " (for days, p untrained)" if "paper" in families else ""
    weekend = "; the weekend must also stand out from days on a line" if "paper" in families else ""
    return (
        "null: mean of the permutation null, or of untrained models if there is none; effect: "
        f"effect size in words; p: against that null; least p: the smallest that the null can "
        f"give; p Holm: p{days}, corrected for the number of claims of the table that can be "
        "decided; p untrained: against untrained models, smallest to largest over their kinds; p "
        "readings: against readings of other sensors. A claim holds if p Holm, p untrained and p "
        f"readings are below {LEVEL:g} and the effect is at least weak{weekend}. If it exceeds "
        "only some kinds of untrained models, it depends on the null; if no outcome could have "
        "made it hold, it is inconclusive; where the data set lacks what it speaks of, it is not "
        "applicable. All is about this one trained model (a single seed). Rules: version "
        f"{RULES}, docs/claims.md."
    )


def _line(claim: str, cells: Sequence[str]) -> str:
    padded = [cell.rjust(width) for cell, width in zip(cells[:-1], _WIDTHS[:-1], strict=True)]
    return "  ".join([claim.ljust(_CLAIM_WIDTH), *padded, cells[-1].ljust(_WIDTHS[-1])]).rstrip()


def _cells(result: ClaimResult) -> tuple[str, ...]:
    return (
        _number(result.value),
        _number(result.null_mean),
        "-" if result.effect is None else result.effect.reading,
        _p(result.p_value),
        _p(result.p_smallest),
        _p(result.p_holm),
        p_span(result.p_untrained),
        _p(result.p_readings),
        result.verdict,
    )


def _details(result: ClaimResult) -> list[str]:
    paragraphs = [f"statistic: {result.statistic}", f"null: {result.null}"]
    if result.null_range is not None:
        smallest = _p(result.p_smallest)
        paragraphs[-1] += f"; 95 % {_span(result.null_range)}, smallest possible p {smallest}"
    if result.effect is not None:
        effect = result.effect
        paragraphs.append(f"effect size: {effect.name} {effect.value:.3g}, {effect.reading}")
    paragraphs += [
        f"{null.count} {null.name}: mean {_number(null.mean)}, "
        f"95 % {_span((null.low, null.high))}, p {_p(null.p_value)}"
        for null in result.nulls
    ]
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
    words = f"also, {beside.name}: {beside_value(beside)}"
    if beside.null_mean is None or beside.value != beside.value:
        return words
    return f"{words} (null {_number(beside.null_mean)}, p {_p(beside.p_value)})"


def beside_value(beside: Beside) -> str:
    """Return an additional number in words; NaN is one that does not exist."""
    if beside.value != beside.value:
        return "undefined"
    return f"{beside.value:,.0f}" if abs(beside.value) >= _COUNTED else f"{beside.value:.4g}"


def _number(value: float | None) -> str:
    return "-" if value is None or value != value else f"{rounded(value):.3f}"


def rounded(value: float, digits: int = 3) -> float:
    """Return a rounded number, zero without a sign."""
    return round(value, digits) + 0.0


def _span(span: tuple[float, float] | None) -> str:
    return "-" if span is None else f"{_number(span[0])} to {_number(span[1])}"


def p_span(span: tuple[float, float] | None) -> str:
    """Return the smallest and largest of several p values; one number if they are equal."""
    if span is None:
        return "-"
    low, high = map(_p, span)
    return low if low == high else f"{low}-{high}"


def _p(p: float | None) -> str:
    return "-" if p is None or p != p else f"{p:.3f}"
