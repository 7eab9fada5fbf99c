"""Two models side by side in words and tables: who forecasts better, and what both have learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.claims.catalogue import CLAIMS
from analysis.claims.result import ClaimResult
from analysis.claims.words import numbers
from analysis.readings.days import duration_text
from app.session.claims import KnownClaims
from app.views.claims_table import VERDICT_COLOURS, VERDICT_SIGNS
from himnet import texts
from himnet.metrics import error_text
from himnet.studies.published import HORIZONS

_STYLE = """<style>
.compared-box { overflow-x: auto; }
.compared { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.compared th, .compared td { padding: .3rem .35rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
.compared th { font-weight: 600; font-size: .85rem; }
.compared .words { text-align: left; white-space: normal; overflow-wrap: break-word; }
.compared td small { display: block; font-size: .78rem; }
.compared td.better { font-weight: 650; }
</style>"""


def better(first: Mapping[str, Any], second: Mapping[str, Any], names: tuple[str, str]) -> str:
    """Return which model is more accurate on a split, in Markdown.

    Args:
        first, second: metrics of both models on it, by horizon.
        names: of the models, plain text.
    """
    one, other = _mae(first, "all"), _mae(second, "all")
    named = [f"**{texts.markdown(name)}**" for name in names]
    if one is None or other is None:
        unknown = [name for name, value in zip(named, (one, other), strict=True) if value is None]
        return f"Errors on the test split have not been measured for {' and '.join(unknown)}."
    low, high = (error_text(value, 2) for value in sorted((one, other)))
    if low == high:
        return f"{named[0]} and {named[1]} are equally accurate on the test split."
    winner, loser = named if one < other else named[::-1]
    return (
        f"{winner} forecasts better: its mean absolute error on the test split is {low}, that of "
        f"{loser} {high} (one trained model each)."
    )


def accuracy_html(
    metrics: tuple[Mapping[str, Any], Mapping[str, Any]],
    names: tuple[str, str],
    *,
    step_minutes: float,
    unit: str,
) -> str:
    """Return the mean absolute errors of two models on one split as an HTML table.

    Args:
        metrics: of both on the split; empty if they were not measured.
        names: of the models, plain text.
        step_minutes: minutes of one step, for the column titles.
        unit: of the errors, plain text.
    """
    titles = ["all"] + [duration_text(int(step) * step_minutes) for step in HORIZONS[1:]]
    head = "".join(f"<th>{title}</th>" for title in titles)
    rows = [[_mae(one, horizon) for horizon in HORIZONS] for one in metrics]
    # of the numbers that are shown, which a reader subtracts
    shown = [[None if value is None else round(value, 2) for value in row] for row in rows]
    differences = [None if None in pair else pair[1] - pair[0] for pair in zip(*shown, strict=True)]
    lines = [
        _line(name, [error_text(value, 2) for value in row], _lower(row, beside))
        for name, row, beside in zip(names, rows, rows[::-1], strict=True)
    ]
    signed = ["–" if value is None else f"{value:+.2f}" for value in differences]
    lines.append(_line("second minus first", signed, [False] * len(signed)))
    what = texts.html(f"MAE in {unit}" if unit else "MAE")
    return _table(f'<th class="words">{what}</th>{head}', "".join(lines))


def verdicts_html(known: Sequence[KnownClaims | None], names: Sequence[str]) -> str:
    """Return the verdicts on the ten claims for two models as an HTML table.

    A model whose claims were not measured has no column.

    Args:
        known: the claims of each model; None if they were not measured.
        names: of the models, plain text.
    """
    shown = [(one, name) for one, name in zip(known, names, strict=True) if one is not None]
    head = "".join(f'<th class="words">{texts.html(name)}</th>' for _, name in shown)
    rows = "".join(
        f'<tr><td class="words">{texts.html(claim.sentence)}</td>'
        f"{''.join(_verdict(one.by_id[claim.id]) for one, _ in shown)}</tr>"
        for claim in CLAIMS
    )
    return _table(f'<th class="words">claim of the paper</th>{head}', rows)


def _table(head: str, rows: str) -> str:
    """Return a table that scrolls sideways where it is wider than the page."""
    return (
        f'{_STYLE}<div class="compared-box"><table class="compared">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _verdict(result: ClaimResult) -> str:
    colour, sign = VERDICT_COLOURS[result.verdict], VERDICT_SIGNS[result.verdict]
    return (
        f'<td class="words"><b style="color:{colour}">{sign} {result.verdict}</b>'
        f"<small>{texts.html(numbers(result))}</small></td>"
    )


def _line(name: str, cells: Sequence[str], strong: Sequence[bool]) -> str:
    told = "".join(
        f'<td class="better">{cell}</td>' if bold else f"<td>{cell}</td>"
        for cell, bold in zip(cells, strong, strict=True)
    )
    return f'<tr><td class="words">{texts.html(name)}</td>{told}</tr>'


def _lower(row: Sequence[float | None], beside: Sequence[float | None]) -> list[bool]:
    pairs = zip(row, beside, strict=True)
    return [one is not None and other is not None and one < other for one, other in pairs]


def _mae(metrics: Mapping[str, Any], horizon: str) -> float | None:
    value = metrics.get(horizon, {}).get("mae")
    return float(value) if isinstance(value, int | float) else None
