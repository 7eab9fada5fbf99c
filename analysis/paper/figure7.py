"""The paper's figure 7: the cost of training at the sizes of the six data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import AnalysisError
from analysis.figures.colours import PALETTE
from analysis.paper.arrange import TALLEST_MM
from analysis.paper.canvas import GREY, Width, grid, letter, sheet
from analysis.paper.captions import caption_of, panel_letters
from analysis.paper.results import misunderstood, read_result
from analysis.paper.save import Drawn
from analysis.paper.settings import FigureSettings

COMMAND = "python -m himnet efficiency --json > FILE"
_LOOKS: dict[bool, dict[str, Any]] = {  # style of a bar, by whether it is quoted
    True: {"facecolor": "white", "edgecolor": GREY, "hatch": "//////"},
    False: {"facecolor": PALETTE[0], "edgecolor": PALETTE[0]},
}
_ROW_MM = 3.9
_LOWEST_ROW_MM = 2.4  # in which a line of text has room
_GAP_MM, _AROUND_MM = 10.0, 11.0  # between panels, and above and below all
_NAMES_MM = 33.0  # left of the bars, for the names of the rows
_ROOM = 1.6  # times the longest bar: the number is written after it


@dataclass(frozen=True)
class _Panel:
    """A cost: its name in the results, its title, and what the caption says of it."""

    key: str
    title: str
    words: str


_PANELS = {
    "a": _Panel("seconds_per_epoch", "time per epoch (s)", "Time per epoch without validation."),
    "b": _Panel("peak_mb", "peak memory (MB)", "Peak memory."),
    "c": _Panel("parameters", "parameters (thousands)", "Trainable parameters."),
}
_KEYS = [panel.key for panel in _PANELS.values()]


@dataclass(frozen=True)
class _Row:
    """One row of bars.

    Attributes:
        name: label of the row.
        costs: by `_KEYS`; unknown ones are missing, None means that it did not fit.
        quoted: whether the values were published by others.
    """

    name: str
    costs: Mapping[str, float | None]
    quoted: bool = False


def figure7(results: Path | str, settings: FigureSettings | None = None, *, width: Width) -> Drawn:
    """Draw figure 7: time (a), memory (b) and parameters (c), and published values as quoted.

    Args:
        results: the file of `python -m himnet efficiency --json`.
        settings: may choose panels.
        width: of the column.

    Raises:
        AnalysisError: if there is no such file, or if it cannot be interpreted.
    """
    path = Path(results)
    letters = panel_letters((settings or FigureSettings()).panels_of("7"))
    content = read_result(path, COMMAND)
    try:
        rows = _rows(content)
        caption = _caption(content, rows, letters)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise misunderstood(path, COMMAND, error) from error
    if not rows:
        raise AnalysisError(f"{path} contains no data set; measure some with: {COMMAND}")
    # panels side by side share their rows; below each other, each has the rows with known values
    shown = {
        name: [row for row in rows if width == "double" or _PANELS[name].key in row.costs]
        for name in letters
    }
    figure, panels = _layout(width, [len(own) for own in shown.values()], path)
    for place, (axes, name) in enumerate(zip(panels, letters, strict=True)):
        named = width == "single" or place == 0
        _draw(axes, shown[name], _PANELS[name].key, named=named)
        left = _NAMES_MM - 2 if named else 3.0
        letter(axes, letters[name], _PANELS[name].title, left_mm=left)
    return Drawn(figure, caption)


def _rows(content: Mapping[str, Any]) -> list[_Row]:
    """Return the rows from top to bottom: each data set, followed by the published values."""
    rows = []
    for name, entry in content["datasets"].items():
        costs = {key: None if entry[key] is None else float(entry[key]) for key in _KEYS}
        costs["parameters"] = entry["parameters"] / 1000
        rows.append(_Row(f"{name}, {entry['sensors']:,} sensors", costs))
        for source, told in content["quoted"].get(name, {}).items():
            known = {key: float(told[key]) for key in _KEYS if told.get(key) is not None}
            rows.append(_Row(f"{source}, {told['device']}", known, quoted=True))
    return rows


def _layout(width: Width, rows: list[int], path: Path) -> tuple[Figure, list[Axes]]:
    """Return the sheet and its panels with these numbers of rows.

    Raises:
        AnalysisError: for more rows than can be read.
    """
    below = width == "single"
    gaps = (len(rows) - 1) * _GAP_MM if below else 0.0
    lines = sum(count + 0.4 for count in rows) if below else max(rows) + 0.4
    row_mm = min(_ROW_MM, (TALLEST_MM - _AROUND_MM - gaps) / lines)
    if row_mm < _LOWEST_ROW_MM:
        raise AnalysisError(
            f"{path} has {max(rows)} rows for a panel of figure 7, more than fit into "
            f"{TALLEST_MM:g} mm; measure fewer data sets, or choose fewer panels"
        )
    figure = sheet(width, row_mm * lines + gaps + _AROUND_MM)
    margins = (_NAMES_MM, 4, 5, 6)
    if below:
        heights = [count + 0.4 for count in rows]
        cells = grid(
            figure, len(rows), 1, margins_mm=margins, gaps_mm=(0, _GAP_MM), heights=heights
        )
        return figure, [figure.add_subplot(cells[n, 0]) for n in range(len(rows))]
    cells = grid(figure, 1, len(rows), margins_mm=margins, gaps_mm=(6, 0))
    return figure, [figure.add_subplot(cells[0, n]) for n in range(len(rows))]


def _draw(axes: Axes, rows: list[_Row], key: str, *, named: bool) -> None:
    """Draw one cost of all rows as bars, each followed by its number."""
    longest = max((row.costs.get(key) or 0.0 for row in rows), default=0.0)
    for place, row in enumerate(rows):
        value = row.costs.get(key)
        if value is not None:
            axes.barh(place, value, height=0.62, lw=0.6, zorder=3, **_LOOKS[row.quoted])
        axes.annotate(
            _number(row, key), (value or 0.0, place), xytext=(2, 0), textcoords="offset points",
            va="center_baseline", ha="left",
        )  # fmt: skip
    axes.set_xlim(0, _ROOM * (longest or 1.0))
    axes.set_ylim(len(rows) - 0.3, -0.7)
    axes.set_yticks(range(len(rows)), [row.name for row in rows] if named else [""] * len(rows))
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="x", color=GREY, alpha=0.2, lw=0.4)
    axes.set_axisbelow(True)


def _number(row: _Row, key: str) -> str:
    if key not in row.costs:
        return "–"
    value = row.costs[key]
    return "did not fit" if value is None else f"{value:,.0f}{' (quoted)' if row.quoted else ''}"


def _caption(content: Mapping[str, Any], rows: list[_Row], letters: Mapping[str, str]) -> str:
    machine, steps = content["machine"], content["steps"]
    counted = f"the median of {steps} steps" if steps > 1 else "one step"
    threads = "1 thread" if machine["threads"] == 1 else f"{machine['threads']} threads"
    where = machine["gpu"] or f"{machine['processor']} with {threads}"
    parts = {name: panel.words for name, panel in _PANELS.items()}
    text = (
        f"Training at the sizes of the data sets. {caption_of(letters, parts)} Filled: measured on "
        f"{where} in "
        f"{machine['precision']} with torch {machine['torch']}, batch size "
        f"{content['batch_size']}; {counted} after one warm-up step, times the batches per epoch; "
        f"memory: {machine['memory']}; data: {content['data']}."
    )
    if any(row.quoted for row in rows):
        text += " Hatched: published by others (quoted); –: not stated."
    tight = [row.name for row in rows if None in row.costs.values()]
    if tight:
        text += f" Did not fit into the memory of this machine: {'; '.join(tight)}."
    return text
