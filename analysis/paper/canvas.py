"""The layout of figures for print: column widths, fonts, grids, panels with letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text

from analysis.errors import AnalysisError
from analysis.paper.arrange import Cell, PlaceMm, arrange
from analysis.paper.settings import DEFAULT_FONT

Width = Literal["single", "double"]
WIDTHS_MM: Mapping[Width, float] = {"single": 84.0, "double": 178.0}
_COLUMNS: Mapping[Width, int] = {"single": 2, "double": 3}  # panels side by side
_MM_PER_INCH = 25.4
SMALLEST_POINTS = 6.0  # smallest font size in print
_LEGEND_SHARE = 1.25  # widest legend below a panel, as a share of the panel's width
_AFTER_LETTER_POINTS = 9.0  # from a panel's letter to its title
_EDGE_MM = 1.0  # margin of the sheet that a legend leaves free
INK, GREY, PALE = "#1b1f24", "#6b7480", "#c9ced6"
DPI = 300

# Set once, so that figures drawn in several threads look the same; `analysis.paper.lettering`
# changes the font for one thread at a time. The default font is the same on every machine.
matplotlib.rcParams.update(
    {
        "font.family": DEFAULT_FONT,
        "font.size": SMALLEST_POINTS,
        "axes.titlesize": 6.5,
        "axes.labelsize": SMALLEST_POINTS,
        "xtick.labelsize": SMALLEST_POINTS,
        "ytick.labelsize": SMALLEST_POINTS,
        "legend.fontsize": SMALLEST_POINTS,
        "axes.titlepad": 3.0,
        "axes.labelpad": 1.5,
        "axes.linewidth": 0.5,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "xtick.major.size": 2.0,
        "ytick.major.size": 2.0,
        "xtick.major.pad": 1.5,
        "ytick.major.pad": 1.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 0.9,
        "legend.frameon": False,
        "legend.handlelength": 1.2,
        "legend.borderaxespad": 0.2,
        "hatch.linewidth": 0.4,
        "savefig.dpi": DPI,
        "text.parse_math": False,  # dollar signs in names are not formulas: see `himnet.texts`
        "svg.fonttype": "path",  # outlines: a viewer needs no font
        "svg.hashsalt": "himnet-explorer",
        "pdf.fonttype": 42,  # embedded TrueType: text stays text
        "path.simplify": False,
    }
)


def checked_width(width: str) -> Width:
    """Return a known width.

    Raises:
        AnalysisError: for an unknown one.
    """
    for name in WIDTHS_MM:
        if width == name:
            return name
    raise AnalysisError(
        f"there is no width '{width}'; choose single ({WIDTHS_MM['single']:g} mm) or double "
        f"({WIDTHS_MM['double']:g} mm)"
    )


def sheet(width: Width, height_mm: float) -> Figure:
    """Return an empty figure of a column's width, without pyplot, so that threads may draw."""
    size = (WIDTHS_MM[width] / _MM_PER_INCH, height_mm / _MM_PER_INCH)
    # text extents are in whole pixels: at a low resolution they are smaller than in print
    figure = Figure(figsize=size, dpi=DPI)
    FigureCanvasAgg(figure)  # measures texts
    return figure


def grid(
    figure: Figure,
    rows: int,
    columns: int,
    *,
    margins_mm: tuple[float, float, float, float] = (8, 2, 7, 5),
    gaps_mm: tuple[float, float] = (9, 11),
    heights: Sequence[float] | None = None,
    widths: Sequence[float] | None = None,
) -> GridSpec:
    """Return a grid with margins and gaps in millimetres, for any sheet size.

    Args:
        figure: the sheet.
        rows, columns: of the grid.
        margins_mm: left, right, bottom, top.
        gaps_mm: between columns, between rows.
        heights, widths: relative heights and widths of the rows and columns.
    """
    across, up = size_mm(figure)
    left, right, bottom, top = margins_mm
    column_mm = (across - left - right - gaps_mm[0] * (columns - 1)) / columns
    row_mm = (up - bottom - top - gaps_mm[1] * (rows - 1)) / rows
    return GridSpec(
        rows,
        columns,
        figure=figure,
        left=left / across,
        right=1 - right / across,
        bottom=bottom / up,
        top=1 - top / up,
        wspace=gaps_mm[0] / column_mm,
        hspace=gaps_mm[1] / row_mm,
        height_ratios=heights,
        width_ratios=widths,
    )


def laid_out(cells: Mapping[str, Cell], width: Width) -> tuple[Figure, dict[str, Axes]]:
    """Return a sheet with panels arranged in rows, and the axes of each by its name.

    Args:
        cells: what each panel needs, in their order.
        width: of the column.
    """
    arranged = arrange(cells, WIDTHS_MM[width], columns=_COLUMNS[width])
    figure = sheet(width, arranged.height_mm)
    return figure, {name: panel(figure, place) for name, place in arranged.places.items()}


def size_mm(figure: Figure) -> tuple[float, float]:
    """Return width and height of a sheet in millimetres."""
    wide, high = (float(side) * _MM_PER_INCH for side in figure.get_size_inches())
    return wide, high


def place_mm(axes: Axes) -> PlaceMm:
    """Return the position of axes in millimetres: from the left, from the top, width, height."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    across, up = size_mm(figure)
    box = axes.get_position()
    return box.x0 * across, (1 - box.y1) * up, box.width * across, box.height * up


def beside(axes: Axes, *, gap: float = 1.5, wide: float = 1.8) -> Axes:
    """Return narrow axes at the right of others, as high as these, `gap` and `wide` in mm."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    left, top, width, height = place_mm(axes)
    return panel(figure, (left + width + gap, top, wide, height))


def panel(figure: Figure, place_mm: PlaceMm) -> Axes:
    """Return axes at a position in millimetres: from the left, from the top, width, height."""
    across, up = size_mm(figure)
    left, top, wide, high = place_mm
    return figure.add_axes((left / across, 1 - (top + high) / up, wide / across, high / up))


def legend_below(axes: Axes, columns: int, *, gap: float = 2.0) -> None:
    """Draw the legend under the panel, `gap` points below it, on the sheet.

    Its entries are in rows of `columns`, or of fewer if they would extend far beyond the panel.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    wide = axes.get_window_extent().width
    for across in range(columns, 0, -1):
        legend = axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, 0), ncols=across, columnspacing=0.8,
            handletextpad=0.3, handlelength=1.4, borderpad=0, borderaxespad=gap / SMALLEST_POINTS,
        )  # fmt: skip
        extent = legend.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        if extent.width <= _LEGEND_SHARE * wide:
            break
    else:
        for text in legend.get_texts():
            cut_to(text, _LEGEND_SHARE * wide - 2 * SMALLEST_POINTS * figure.dpi / 72)
        extent = legend.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    edge = _EDGE_MM / _MM_PER_INCH * figure.dpi
    beyond = max(extent.x1 - figure.bbox.x1 + edge, 0.0) + min(extent.x0 - edge, 0.0)
    legend.set_bbox_to_anchor((0.5 - beyond / wide, 0), transform=axes.transAxes)


def cut_to(text: Text, pixels: float) -> None:
    """Shorten a text to at most this width; "…" replaces what is removed."""
    figure = text.get_figure(root=True)
    assert figure is not None
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    words = text.get_text()
    side = "height" if text.get_rotation() == 90 else "width"

    def fits() -> bool:
        return bool(getattr(Text.get_window_extent(text, renderer), side) <= pixels)

    fitting, longer = (len(words) if fits() else 0), len(words)
    while longer - fitting > 1:  # a name from outside may have thousands of letters
        middle = (fitting + longer) // 2
        text.set_text(f"{words[:middle].rstrip()}…")
        fitting, longer = (middle, longer) if fits() else (fitting, middle)
    if fitting < len(words):
        text.set_text(f"{words[:fitting].rstrip()}…")


def letter(
    axes: Axes, text: str, title: str = "", *, left_mm: float = 6.0, up: float = 4.0
) -> None:
    """Write a panel's letter in bold above its upper left corner, followed by its title.

    Args:
        axes: of the panel.
        text: such as ``"a"``, or ``""`` for the only panel of a figure, which has only its title.
        title: what the panel shows, in a few words; shortened if it is wider than the panel.
        left_mm: distance of the letter to the left of the axes.
        up: distance above the axes, in points.
    """
    points = -left_mm / _MM_PER_INCH * 72
    axes.annotate(
        text, (0, 1), xycoords="axes fraction", xytext=(points, up), textcoords="offset points",
        fontsize=8, fontweight="bold", va="bottom", ha="left", annotation_clip=False,
    )  # fmt: skip
    if title:
        figure = axes.get_figure(root=True)
        assert figure is not None
        dots = figure.dpi / 72
        points += _AFTER_LETTER_POINTS if text else 0.0
        named = axes.annotate(
            title, (0, 1), xycoords="axes fraction", xytext=(points, up + 0.3),
            textcoords="offset points", fontsize=6.5, va="bottom", ha="left", annotation_clip=False,
        )  # fmt: skip
        cut_to(named, axes.get_window_extent().width - points * dots)
