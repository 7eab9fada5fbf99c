"""The identity curve for print: this project's figure of exchanged embeddings, not the paper's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from matplotlib.axes import Axes

from analysis.errors import AnalysisError
from analysis.figures.identity import CURVE_COLOURS, MOMENTS_COLOUR
from analysis.identity.curve import Cost, Identity
from analysis.identity.measure import REACHES, Reach
from analysis.identity.moments import MOMENT_CLASSES
from analysis.identity.partners import MATCHED, SENSOR_CLASSES
from analysis.identity.stored import stored_identity
from analysis.identity.table import REACH_WORDS, verdict
from analysis.material import Material
from analysis.paper.arrange import Cell
from analysis.paper.canvas import GREY, Width, laid_out, legend_below, letter
from analysis.paper.captions import caption_of, panel_letters
from analysis.paper.save import Drawn
from analysis.paper.settings import TITLES, FigureSettings
from himnet import texts

NAME = "identity"
_MARKERS: dict[Reach, str] = {"pool": "o", "graph": "s", "both": "^"}
_APART = 0.24  # between the reaches of one row
_NAMES_MM = 35.0
_TITLES = {"a": "partner's embedding", "b": "other moment's embedding"}


def identity_curve(
    material: Material, settings: FigureSettings | None = None, *, width: Width
) -> Drawn:
    """Draw the cost of sensors' (a) and of moments' (b) exchanged embeddings, as it was measured.

    Args:
        material: the model, with what was measured on it.
        settings: may choose panels.
        width: of the column.

    Raises:
        AnalysisError: if nothing was measured, or not what the chosen panels show.
    """
    stored = stored_identity(material.arrays)
    if stored is None:
        raise AnalysisError(
            "the identity curve of this model has not been measured; measure it with python -m "
            "analysis identity --checkpoint CKPT --save"
        )
    found, unit = stored[0], material.info.unit
    rows = {
        "a": [name for name in SENSOR_CLASSES if any(one.name == name for one in found.costs)],
        "b": [name for name in MOMENT_CLASSES if any(one.name == name for one in found.costs)],
    }
    wanted = (settings or FigureSettings()).panels_of(NAME)
    letters = panel_letters([name for name in wanted if rows[name]])
    if not letters:
        raise AnalysisError("this model has no embeddings of the chosen panels to exchange")
    cells = {
        name: Cell(left=_NAMES_MM, right=3, bottom=13, ratio=1.0, most=42, alone=width == "single")
        for name in letters
    }
    figure, panels = laid_out(cells, width)
    for name, axes in panels.items():
        reaches: Sequence[Reach | None] = REACHES if name == "a" else (None,)
        _draw(axes, found, rows[name], reaches)
        axes.set_xlabel(f"increase of the MAE ({texts.line(unit)})" if unit else "increase of MAE")
        letter(axes, letters[name], _TITLES[name], left_mm=_NAMES_MM - 2)
        if name == "a":
            legend_below(axes, len(REACHES), gap=20.0)
    return Drawn(figure, _caption(found, unit, letters), case=asdict(found), title=TITLES[NAME])


def _draw(
    axes: Axes, found: Identity, names: Sequence[str], reaches: Sequence[Reach | None]
) -> None:
    """Draw a row for each class, with a point and its interval for each reach."""
    for number, reach in enumerate(reaches):
        colour = MOMENTS_COLOUR if reach is None else CURVE_COLOURS[reach]
        up = _APART * (number - (len(reaches) - 1) / 2)
        label = "" if reach is None else REACH_WORDS[reach]
        for row, name in enumerate(names):
            cost = found.cost(name, reach)
            if cost is not None and np.isfinite(cost.difference.value):
                _point(axes, cost, row + up, colour, label)
                label = ""
    axes.axvline(0, color=GREY, lw=0.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    words = {**SENSOR_CLASSES, **MOMENT_CLASSES}
    axes.set_yticks(range(len(names)), [words[name] for name in names])
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x", color=GREY, alpha=0.2, lw=0.4)
    axes.set_axisbelow(True)


def _point(axes: Axes, cost: Cost, height: float, colour: str, label: str) -> None:
    edges = cost.difference
    if np.isfinite(edges.low):
        axes.plot([edges.low, edges.high], [height] * 2, color=colour, lw=0.7)
    hollow = cost.name in MATCHED.values()
    axes.plot(
        [edges.value], [height], marker="o" if cost.reach is None else _MARKERS[cost.reach],
        markersize=3, color=colour, markerfacecolor="white" if hollow else colour,
        markeredgewidth=0.7, linestyle="none", label=label or None,
    )  # fmt: skip


def _caption(found: Identity, unit: str, letters: dict[str, str]) -> str:
    parts = {
        "a": "All sensors take the spatial embedding of a partner of the class on the left at "
        "once, as the query of the pools, in the graph, or in both; hollow: sensors elsewhere "
        "matched to the partners of the class above by correlation of the series and mean reading.",
        "b": "All windows take the temporal embedding of another moment; kinds of days are working "
        "days and weekend.",
    }
    return (
        "Not a figure of the paper. Increase of the mean absolute error over "
        f"{found.windows} windows of the test split from {found.days} days, with 95 % intervals "
        f"over days. {caption_of(letters, parts)} {verdict(found, unit)}"
    )
