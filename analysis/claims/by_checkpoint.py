"""The claims of several models in one table, side by side but not compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.claims.catalogue import HEADS, Family
from analysis.claims.findings import READINGS
from analysis.claims.result import ClaimResult, Null
from analysis.claims.rules import RULES
from analysis.claims.table import by_family, markdown_rows, rounded
from himnet import texts

_COLUMNS = (
    "checkpoint", "value", "95 % of the permutation null", "95 % of untrained models", "least p",
    "p Holm", "verdict",
)  # fmt: skip
_LEGEND = (
    "Each row is about one trained model (single seed), with the p values of its own family: they "
    "are corrected over the claims of one table and one checkpoint. Nothing is said about "
    "differences between cities. Where there are several kinds of untrained models, those with "
    "matched dictionaries are shown; *days* has no permutation null. *least p* is the smallest "
    f"that the permutation null can give. Rules: version {RULES}, docs/claims.md."
)


def markdown_by_checkpoint(results: Mapping[str, Sequence[ClaimResult]]) -> str:
    """Return a table of claims by checkpoint for each family, in Markdown.

    Args:
        results: of each checkpoint, by its name, which may come from anyone.
    """
    tables: dict[Family, list[tuple[str, ...]]] = {}
    heads: dict[Family, tuple[str, ...]] = {}
    for name, of_model in results.items():
        for family, own in by_family(of_model).items():
            heads[family] = (HEADS[family], *_COLUMNS)
            tables.setdefault(family, []).extend(_row(name, result) for result in own)
    for family, rows in tables.items():
        order = list(dict.fromkeys(row[0] for row in rows))
        tables[family] = sorted(rows, key=lambda row: order.index(row[0]))
    told = [markdown_rows(heads[family], rows) for family, rows in tables.items()]
    return "\n\n".join([*told, _LEGEND])


def _row(name: str, result: ClaimResult) -> tuple[str, ...]:
    cells = (result.claim, texts.markdown(name))
    if result.verdict == "not applicable":
        return (*cells, *[""] * (len(_COLUMNS) - 2), result.verdict)
    permuted = None if result.p_value is None else result.null_range
    others = _shown_null(result)
    return (
        *cells,
        _number(result.value),
        _span(permuted),
        _span(None if others is None else (others.low, others.high)),
        _number(result.p_smallest),
        _number(result.p_holm),
        result.verdict,
    )


def _shown_null(result: ClaimResult) -> Null | None:
    """Return the untrained models to show: with matched dictionaries, in their own clusters."""
    own = [null for null in result.nulls if null.name != READINGS]
    return own[0] if own else None


def _number(value: float | None) -> str:
    return "–" if value is None or value != value else f"{rounded(value):.3f}"


def _span(span: tuple[float, float] | None) -> str:
    return "–" if span is None else f"{_number(span[0])} to {_number(span[1])}"
