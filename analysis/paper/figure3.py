"""The paper's figure 3: the error on METR-LA as a function of the embedding dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.errors import AnalysisError
from analysis.figures.colours import PALETTE
from analysis.paper.canvas import GREY, PALE, Width, grid, letter, sheet
from analysis.paper.captions import panel_letters
from analysis.paper.results import misunderstood, read_result
from analysis.paper.save import Drawn
from analysis.paper.settings import PANELS, FigureSettings
from himnet.studies.studies import DIMENSIONS, METRLA_DIMENSIONS_RMSE, study_runs

COMMAND = "python -m himnet sweep dimensions --dataset METRLA"
_METRLA = "METRLA"
_SYMBOL_POINTS = 9.0  # font size of symbols, so that subscripts have more than 6 points
_SHADE = 0.7


@dataclass(frozen=True)
class _Line:
    """The style of one dimension's line."""

    symbol: str
    words: str
    colour: str
    marker: str


_LINES = {
    "d_t": _Line("dₜ", "temporal embedding", PALETTE[0], "o"),
    "d_s": _Line("dₛ", "spatial embedding", PALETTE[20], "s"),
    "d_st": _Line("dₛₜ", "ST-mixed embedding", PALETTE[18], "^"),
}


@dataclass(frozen=True)
class _Sweep:
    """The results in a folder.

    Attributes:
        dataset: name of the data set.
        errors: name of the dimension to d to the RMSE over all 12 steps, None if not known.
        epochs: name of the run to its epochs.
        missing: names of the runs without a result.
    """

    dataset: str
    errors: Mapping[str, Mapping[int, float | None]]
    epochs: Mapping[str, int]
    missing: list[str]

    @property
    def is_metrla(self) -> bool:
        """Whether the paper's numbers are for the same data."""
        return Path(self.dataset).name == _METRLA

    @property
    def known(self) -> list[float]:
        """All errors."""
        return [e for line in self.errors.values() for e in line.values() if e is not None]


def figure3(results: Path | str, settings: FigureSettings | None = None, *, width: Width) -> Drawn:
    """Draw figure 3: test RMSE over all 12 steps against d_t (a), d_s (b) and d_st (c).

    Args:
        results: folder with the JSON files of `python -m himnet sweep dimensions --out DIR`.
        settings: may choose panels, which are lines at the width of one column.
        width: of the column; a single one has one panel, a double one a panel per dimension.

    Raises:
        AnalysisError: if there is no result, or for a file that cannot be interpreted.
    """
    sweep = _read(Path(results))
    chosen = (settings or FigureSettings()).panels_of("3")
    names = [name for name, panel in zip(_LINES, PANELS["3"], strict=True) if panel in chosen]
    sweep = replace(sweep, errors={name: sweep.errors[name] for name in names})
    if not sweep.known:
        raise AnalysisError(
            f"there is no result of the sweep for these panels in {results}; run: {COMMAND}"
        )
    figure, panels = _layout(width, names)
    for name, axes in panels.items():
        _draw(axes, sweep, name)
    limits = _limits(sweep)
    for axes in panels.values():
        axes.set_ylim(*limits)
        axes.yaxis.set_major_formatter("{x:.2f}")
    _label(figure, panels, sweep, width)
    return Drawn(figure, _caption(sweep))


def _read(folder: Path) -> _Sweep:
    """Read a folder's results of the study."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        result = read_result(path, COMMAND)
        if result.get("study") == "dimensions":
            try:
                found[str(result["run"])] = _numbers(result)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise misunderstood(path, COMMAND, error) from error
    runs = study_runs("dimensions")
    known = {run.name: found[run.name] for run in runs if run.name in found}
    errors: dict[str, dict[int, float | None]] = {name: {} for name in _LINES}
    for run in runs:
        for row in run.rows or (run.name,):
            name, d = row.split(" = ")
            errors[name][int(d)] = known[run.name][2] if run.name in known else None
    datasets = sorted({dataset for dataset, _, _ in known.values()})
    missing = [run.name for run in runs if run.name not in known or known[run.name][2] is None]
    if len(missing) == len(runs):
        raise AnalysisError(f"there is no result of the sweep in {folder}; run: {COMMAND}")
    if len(datasets) > 1:
        raise AnalysisError(
            f"the results in {folder} are of several data sets, {', '.join(datasets)}; use one "
            f"folder per data set (--out)"
        )
    in_order = {name: dict(sorted(line.items())) for name, line in errors.items()}
    return _Sweep(datasets[0], in_order, {name: run[1] for name, run in known.items()}, missing)


def _numbers(result: Mapping[str, Any]) -> tuple[str, int, float | None]:
    """Return data set, epochs and the RMSE over all steps, None if it was not measured."""
    error = (result["test"] or {}).get("all", {}).get("rmse")
    return (
        str(result["asked"]["dataset"]),
        int(result["epochs"]),
        None if error is None else float(error),
    )


def _layout(width: Width, names: Sequence[str]) -> tuple[Figure, dict[str, Axes]]:
    """Return the sheet, and the axes of each dimension: the same ones at the width of a column."""
    if width == "single":
        figure = sheet(width, 56)
        axes = figure.add_subplot(grid(figure, 1, 1, margins_mm=(11, 3, 7, 7))[0, 0])
        return figure, dict.fromkeys(names, axes)
    figure = sheet(width, 53)
    cells = grid(figure, 1, len(names), margins_mm=(11, 3, 8, 10), gaps_mm=(7, 0))
    return figure, {name: figure.add_subplot(cells[0, n]) for n, name in enumerate(names)}


def _draw(axes: Axes, sweep: _Sweep, name: str) -> None:
    style = _LINES[name]
    errors = [sweep.errors[name][d] for d in DIMENSIONS]
    axes.plot(
        DIMENSIONS, [float("nan") if error is None else error for error in errors],
        color=style.colour, marker=style.marker, markersize=3.5, lw=0.9,
        markeredgecolor="white", markeredgewidth=0.3, label=style.symbol, zorder=4,
    )  # fmt: skip
    axes.set_xticks(DIMENSIONS)
    axes.set_xlim(DIMENSIONS[0] - 1.5, DIMENSIONS[-1] + 1.5)
    axes.grid(axis="y", color=GREY, alpha=0.2, lw=0.4)
    axes.set_axisbelow(True)


def _limits(sweep: _Sweep) -> tuple[float, float]:
    """Return the limits of the vertical axis: everything drawn, with a margin."""
    shown = sweep.known + (list(_quoted()) if sweep.is_metrla else [])
    low, high = min(shown), max(shown)
    margin = 0.1 * max(high - low, 0.1)
    return low - margin, high + margin


def _quoted() -> tuple[float, float]:
    """Return the ends of the range that the paper's text states."""
    low, high = METRLA_DIMENSIONS_RMSE.split(" to ")
    return float(low), float(high)


def _label(figure: Figure, panels: Mapping[str, Axes], sweep: _Sweep, width: Width) -> None:
    """Draw the paper's range, the axis labels and the legends."""
    axes = list(dict.fromkeys(panels.values()))
    axes[0].set_ylabel(f"RMSE over 12 steps{' (mph)' if sweep.is_metrla else ''}")
    if width == "single":
        axes[0].set_xlabel("embedding dimension")
        figure.legend(
            handles=axes[0].get_lines(), loc="upper left", ncols=len(_LINES), columnspacing=0.8,
            handletextpad=0.4, handlelength=1.4, fontsize=_SYMBOL_POINTS, borderpad=0.1,
        )  # fmt: skip
    else:
        letters = panel_letters(list(panels))
        for name, one in panels.items():
            letter(one, letters[name], _LINES[name].words)
            one.set_xlabel(_LINES[name].symbol, fontsize=_SYMBOL_POINTS)
    if sweep.is_metrla:
        for one in axes:
            one.axhspan(*_quoted(), color=PALE, alpha=_SHADE, lw=0, zorder=1)
        words = f"paper: {METRLA_DIMENSIONS_RMSE} (quoted)"
        band = Patch(color=PALE, alpha=_SHADE, lw=0, label=words)
        figure.legend(handles=[band], loc="upper right", borderpad=0.4, handletextpad=0.5)


def _caption(sweep: _Sweep) -> str:
    epochs = sorted(set(sweep.epochs.values()))
    trained = (
        f"{epochs[0]} epochs each" if len(epochs) == 1 else f"{epochs[0]} to {epochs[-1]} epochs"
    )
    varied = [_LINES[name].words.removesuffix(" embedding") for name in sweep.errors]
    text = (
        f"RMSE over all 12 forecast steps on the test split of {sweep.dataset}, varying the "
        f"dimension of one embedding ({', '.join(varied)}) while the other two are 16; one "
        f"training run per point, of {trained}."
    )
    if sweep.is_metrla:
        text += (
            f" Shaded: the paper's range, {METRLA_DIMENSIONS_RMSE} (quoted), for up to 200 epochs."
        )
    if sweep.missing:
        text += f" Omitted, because there is no result: {', '.join(sweep.missing)}."
    return text
