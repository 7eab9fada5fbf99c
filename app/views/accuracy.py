"""The table of a checkpoint's measured errors and published ones, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from himnet import texts
from himnet.metrics import error_text
from himnet.studies.published import HORIZONS, METRICS, Result

_STYLE = """<style>
.accuracy { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.accuracy th, .accuracy td { padding: .38rem .55rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
.accuracy th { font-weight: 600; font-size: .85rem; }
.accuracy th.name, .accuracy td.name { text-align: left; white-space: normal; }
.accuracy td.name small { display: block; opacity: .7; font-size: .78rem; }
.accuracy tr.own td { font-weight: 650;
  background: color-mix(in srgb, #2b8ad6 16%, transparent); }
.accuracy td span { opacity: .75; }
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
    titles = ["all 12 steps"] + [f"{int(step) * step_minutes:g} min" for step in HORIZONS[1:]]
    head = "".join(f"<th>{title}</th>" for title in titles)
    return (
        f'{_STYLE}<table class="accuracy"><thead><tr><th class="name">MAE / RMSE / MAPE %</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(result: Result, css: str) -> str:
    cells = "".join(f"<td>{_cell(result, horizon)}</td>" for horizon in HORIZONS)
    name = f"{texts.html(result.name)}<small>{texts.html(result.source)}</small>"
    return f'<tr class="{css}"><td class="name">{name}</td>{cells}</tr>'


def _cell(result: Result, horizon: str) -> str:
    errors = [
        error_text(result.error(horizon, metric), 1 if metric == "mape" else 2)
        for metric in METRICS
    ]
    return "–" if set(errors) == {"–"} else " <span>/</span> ".join(errors)
