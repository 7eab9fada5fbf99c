"""Claims as a table with small pictures, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.claims.picture import null_picture
from analysis.claims.result import Beside, ClaimResult
from analysis.claims.table import beside_value, p_span, rounded
from himnet import texts

VERDICT_COLOURS = {
    "holds": "light-dark(#0a7a54, #3fbf8f)",
    "does not hold": "light-dark(#b3203f, #ff8098)",
    "depends on the null": "light-dark(#945600, #f0a73a)",
    "inconclusive": "light-dark(#5f6872, #a3acb6)",
    "not applicable": "light-dark(#5f6872, #a3acb6)",
}
VERDICT_SIGNS = {
    "holds": "✓",
    "does not hold": "✗",
    "depends on the null": "±",
    "inconclusive": "?",
    "not applicable": "∅",
}
_STYLE = """<style>
.claims-frame { overflow-x: auto; }
.claims { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.claims th, .claims td { padding: .22rem .35rem; text-align: right; vertical-align: top;
  line-height: 1.25; font-size: .9rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
@media (max-height: 760px) { .claims :is(th, td) { padding-top: .05rem; padding-bottom: .05rem; } }
.claims th { font-weight: 600; font-size: .82rem; }
.claims .words { text-align: left; min-width: 12rem; }
.claims .picture { text-align: left; }
.claims .verdict { white-space: nowrap; font-weight: 650; text-align: left; }
.claims small.null { display: block; opacity: .7; white-space: nowrap; font-size: .8rem; }
</style>"""
_HEADS = ("value", "p", "least p", "p, Holm", "p, untrained", "p, readings")


def claims_table(results: Sequence[ClaimResult], head: str = "claim of the paper") -> str:
    """Return claims as HTML with inline SVG, one row each, low enough to see ten at once.

    Args:
        results: of the claims of one family.
        head: of the column with the claims, as HTML.
    """
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    return (
        f'{_STYLE}<div class="claims-frame"><table class="claims"><thead><tr>'
        f'<th class="words">{head}</th>'
        '<th class="verdict">verdict</th><th class="picture">value and null models</th>'
        f"{heads}</tr></thead><tbody>{''.join(map(_row, results))}</tbody></table></div>"
    )


def claim_details(result: ClaimResult) -> str:
    """Return in Markdown the statistic of a claim, its null model, and related values."""
    if result.verdict == "not applicable":
        return f"**Note:** {texts.markdown(result.note)}"
    lines = [
        f"**Statistic:** {texts.markdown(result.statistic)}",
        f"**Null model:** {texts.markdown(result.null)}",
    ]
    if result.p_smallest is not None:
        lines[-1] += f"; the smallest p that it can give is {result.p_smallest:.2g}"
    if result.effect is not None:
        effect = result.effect
        name = texts.markdown(effect.name)
        lines.append(f"**Effect size:** {name} = {effect.value:.3g} ({effect.reading})")
    lines += [
        f"**Compared with {null.count} {texts.markdown(null.name)}:** mean {null.mean:.3g} "
        f"(95 % {null.low:.3g} to {null.high:.3g}), p = {null.p_value:.2g}"
        for null in result.nulls
    ]
    lines += [f"**Related:** {_beside(beside)}" for beside in result.beside]
    if result.note:
        lines.append(f"**Note:** {texts.markdown(result.note)}")
    return "\n\n".join(lines)


def _row(result: ClaimResult) -> str:
    colour, sign = VERDICT_COLOURS[result.verdict], VERDICT_SIGNS[result.verdict]
    words = f'<td class="words">{texts.html(result.claim)}</td>'
    verdict = f'<td class="verdict" style="color:{colour}">{sign} {result.verdict}'
    if result.verdict == "not applicable":
        why = f'<td class="picture" colspan="{1 + len(_HEADS)}">{texts.html(result.note)}</td>'
        return f"<tr>{words}{verdict}</td>{why}</tr>"
    null = ""
    if result.null_mean is not None and result.null_range is not None:
        low, high = result.null_range
        shown = [f"{rounded(value, 2):.2f}" for value in (result.null_mean, low, high)]
        null = f'<small class="null">null {shown[0]} ({shown[1]} to {shown[2]})</small>'
    cells = (
        _number(result.p_value),
        _number(result.p_smallest),
        _number(result.p_holm),
        p_span(result.p_untrained).replace("-", "–"),
        _number(result.p_readings),
    )
    p_values = "".join(f"<td>{cell}</td>" for cell in cells)
    effect = "" if result.effect is None else f" <small>{result.effect.reading}</small>"
    return (
        f"<tr>{words}{verdict}"
        '<small class="null">single seed</small></td>'
        f'<td class="picture">{null_picture(result) or "–"}</td>'
        f"<td>{_number(result.value)}{effect}{null}</td>{p_values}</tr>"
    )


def _number(value: float | None) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}"


def _beside(beside: Beside) -> str:
    words = f"{texts.markdown(beside.name)}: {beside_value(beside)}"
    if beside.null_mean is None or beside.value != beside.value:
        return words
    p = "" if beside.p_value is None else f", p = {beside.p_value:.2g}"
    return f"{words} (null {beside.null_mean:.3g}{p})"
