"""The table of a checkpoint's measured errors and published ones, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.readings.days import duration_text
from himnet import texts
from himnet.metrics import error_text
from himnet.studies.published import HORIZONS, METRICS, Result

_STYLE = """<style>
.accuracy { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.accuracy th, .accuracy td { padding: .22rem .55rem; line-height: 1.3; text-align: right;
  white-space: nowrap; border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
.accuracy th { font-weight: 600; font-size: .85rem; }
.accuracy th.name, .accuracy td.name { text-align: left; white-space: normal; }
.accuracy td.name small { display: block; opacity: .7; font-size: .78rem; }
.accuracy tr.own td { font-weight: 650;
  background: color-mix(in srgb, #2b8ad6 16%, transparent); }
.accuracy td small { display: block; font-size: .78rem; font-weight: 400; }
.accuracy-frame { overflow-x: auto; }
</style>"""


def accuracy_table(
    measured: Mapping[str, Any] | None, published: Sequence[Result], *, step_minutes: float
) -> str:
    """Return errors by horizon as HTML: this checkpoint first, then published results.

    Args:
        measured: errors on the test windows by horizon, as in `himnet evaluate --json`.
        published: the other rows.
        step_minutes: minutes of one step, for the column titles.
    """
    rows = []
    if measured:
        windows = measured.get("windows")
        source = f"measured on {windows:,} test windows" if isinstance(windows, int) else "measured"
        own = Result("This checkpoint", source, {h: measured.get(h, {}) for h in HORIZONS})
        rows.append(_row(own, "own"))
    rows += [_row(result, "") for result in published]
    titles = ["all 12 steps"] + [duration_text(int(step) * step_minutes) for step in HORIZONS[1:]]
    head = "".join(f"<th>{title}</th>" for title in titles)
    return (
        f'{_STYLE}<div class="accuracy-frame"><table class="accuracy"><thead><tr>'
        f'<th class="name">MAE; below it RMSE / MAPE %</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(result: Result, css: str) -> str:
    cells = "".join(f"<td>{_cell(result, horizon)}</td>" for horizon in HORIZONS)
    name = f"{texts.html(result.name)}<small>{texts.html(result.source)}</small>"
    return f'<tr class="{css}"><td class="name">{name}</td>{cells}</tr>'


def _cell(result: Result, horizon: str) -> str:
    first, *others = [
        error_text(result.error(horizon, metric), 1 if metric == "mape" else 2)
        for metric in METRICS
    ]
    if {first, *others} == {"–"}:
        return "–"
    return f"{first}<small>{' / '.join(others)}</small>"
