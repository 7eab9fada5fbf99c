"""Panels that several figures share: projections, cosines, series over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Annotation, Text
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from matplotlib.transforms import BboxBase
from numpy.typing import NDArray

from analysis.figures.cosines import ScaleName, scale_options
from analysis.figures.spatial import cluster_middles
from analysis.paper.canvas import GREY, INK, cut_to
from analysis.paper.labels import place_labels

_PERIODS = ("#6a5aa8", "#e69f00", "#009e73", "#56b4e9")  # colours of up to four periods
_SHADE = 0.18
_NAME_GAP_POINTS = 3.0  # between the names of periods
_SQUARE = Path.unit_rectangle().codes
MARKERS = ("o", "s", "^")  # of compared clusters, whose colours may be similar


def projection(
    axes: Axes, points: NDArray[np.floating], colours: Sequence[str], *, size: float = 8.0
) -> NDArray[np.float64]:
    """Draw a projection without axes, since its coordinates have no meaning; it fills the panel.

    The points are turned so that they extend most along the panel's longer side, and each direction
    has its own scale.

    Args:
        axes: of the panel.
        points: (n, 2).
        colours: n.
        size: of the points, in square points.

    Returns:
        The points (n, 2) as drawn.
    """
    extent = axes.get_window_extent()
    turned = turned_to_axes(points)[:, :: 1 if extent.width >= extent.height else -1]
    axes.scatter(
        turned[:, 0], turned[:, 1], s=size, c=list(colours), linewidths=0.3, edgecolors="white",
        zorder=3,
    )  # fmt: skip
    axes.margins(0.05)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.autoscale_view()
    return turned


def turned_to_axes(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn points (n, 2) so that they extend most along the first axis; distances do not change."""
    centred = np.asarray(points, dtype=np.float64) - np.mean(points, axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the longer one comes last
    axes = axes[:, ::-1]
    signs = np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    turned: NDArray[np.float64] = centred @ (axes * signs)
    return turned


def number_clusters(
    axes: Axes,
    points: NDArray[np.floating],
    labels: NDArray[np.int64],
    colours: Sequence[str],
    shown: NDArray[np.bool_] | None = None,
) -> None:
    """Write each cluster's number in its colour next to the member nearest to its centre.

    Args:
        axes: with its limits set.
        points: (n, 2) of the sensors.
        labels: (n,) clusters.
        colours: of the clusters, by number.
        shown: (n,) which sensors are drawn; None: all.
    """
    seen = np.ones(len(labels), dtype=bool) if shown is None else shown
    middles = cluster_middles(points[seen], labels[seen])
    if middles:
        place_labels(
            axes, np.array(list(middles.values())), list(map(str, middles)),
            colours=[colours[number] for number in middles], points=points[seen], fontsize=6,
        )  # fmt: skip


def cosine_scale(values: NDArray[np.floating], scale: ScaleName) -> tuple[Colormap, Normalize]:
    """Return the colour map and its limits for cosines; see `scale_options`.

    A scale that shows the sign needs one: cosines that are all positive use the whole of a scale
    from the smallest to the largest.
    """
    chosen = scale_options(values, scale_in_print(values, scale))
    colours = LinearSegmentedColormap.from_list(scale, chosen["colorscale"], N=256)
    return colours.with_extremes(bad="#ffffff"), Normalize(chosen["cmin"], chosen["cmax"])


def scale_in_print(values: NDArray[np.floating], scale: ScaleName) -> ScaleName:
    """Return the scale in which cosines are drawn; see `cosine_scale`."""
    return scale if scale != "sign" or (values < 0).any() else "spread"


def said_of_scale(values: NDArray[np.floating], scale: ScaleName) -> str:
    """Return a sentence on the colours of cosines for the caption."""
    _, ends = cosine_scale(values, scale)
    hatched = " Hatched cells are below 0." if (values < 0).any() else ""
    return f"Colours run from {ends.vmin:.3g} to {ends.vmax:.3g}.{hatched}"


def cosines(
    axes: Axes,
    matrix: NDArray[np.floating],
    *,
    scale: ScaleName,
    among: NDArray[np.floating] | None = None,
) -> AxesImage:
    """Draw cosines (n, n), first row on top, with negative cells hatched: grey shows no sign.

    Args:
        axes: of the panel.
        matrix: (n, n), NaN cells stay white.
        scale: of colours.
        among: all values that share the scale; None uses the matrix.
    """
    colours, ends = cosine_scale(matrix if among is None else among, scale)
    image = axes.imshow(matrix, cmap=colours, norm=ends, interpolation="nearest", zorder=2)
    _hatch(axes, np.argwhere(matrix < 0))
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
    return image


def _hatch(axes: Axes, cells: NDArray[np.int64]) -> None:
    """Hatch cells (k, 2), given by row and column, as one area, so that lines go through."""
    if len(cells):
        squares = [
            Path.unit_rectangle().vertices + np.array([column - 0.5, row - 0.5])
            for row, column in cells.tolist()
        ]
        area = Path.make_compound_path(*(Path(square, _SQUARE) for square in squares))
        axes.add_patch(
            PathPatch(area, fill=False, hatch="//////", edgecolor=INK, lw=0, alpha=0.45, zorder=3)
        )


def colour_bar(axes: Axes, shown: ScalarMappable, title: str) -> None:
    """Draw a narrow colour bar that fills the axes, with its title along it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(shown, cax=axes)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(4)
    bar.formatter = ScalarFormatter(useOffset=False)
    bar.set_label(title, fontsize=6, labelpad=2)
    axes.tick_params(labelsize=6, length=1.5, pad=1)


def shade_periods(axes: Axes, periods: Mapping[str, tuple[float, float]]) -> None:
    """Shade periods of the day and name them above the panel, side by side.

    A name is centred above its period, moved if it would overlap another, and shortened if the
    panel is too narrow for all of them.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    names: list[Annotation] = []
    place = axes.get_xaxis_transform()
    for (name, (start, end)), colour in zip(periods.items(), _PERIODS, strict=False):
        axes.axvspan(start, end, color=colour, alpha=_SHADE, lw=0, zorder=0)
        words = axes.annotate(
            name, ((start + end) / 2, 1.01), xycoords=place, xytext=(0, 0),
            textcoords="offset points", fontsize=6, ha="center", va="bottom", color=INK,
            annotation_clip=False,
        )  # fmt: skip
        names.append(words)
    names.sort(key=lambda words: float(words.xy[0]))
    within, dots = axes.get_window_extent(), figure.dpi / 72
    gap = _NAME_GAP_POINTS * dots
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]

    def measured() -> NDArray[np.float64]:
        return np.array([Text.get_window_extent(words, renderer).width for words in names]) + gap

    widths = measured()
    if widths.sum() > within.width:
        for words in names:
            cut_to(words, within.width / len(names) - gap)
        widths = measured()
    middles = np.array([place.transform(words.xy)[0] for words in names])
    for words, moved in zip(names, side_by_side(middles, widths, within) - middles, strict=True):
        words.set_position((float(moved) / dots, 0))


def side_by_side(
    middles: NDArray[np.floating], widths: NDArray[np.floating], within: BboxBase
) -> NDArray[np.floating]:
    """Move intervals with increasing centres (n,) apart, within the bounds `within`.

    They fit between the bounds if the sum of their widths (n,) does.
    """
    before = np.cumsum(widths) - widths / 2  # each centre if all were packed to the left
    packed = np.maximum.accumulate(middles - before)
    last = within.x1 - widths.sum()
    placed: NDArray[np.floating] = np.clip(packed, within.x0, max(last, within.x0)) + before
    return placed


def series(
    axes: Axes,
    places: NDArray[np.floating],
    means: Mapping[str, tuple[str, NDArray[np.floating]]],
    *,
    label: str,
) -> None:
    """Draw mean readings over time, with gaps where there are none.

    Args:
        axes: of the panel.
        places: (T,) hours or days.
        means: name to colour and values (T,).
        label: of the vertical axis, with its unit.
    """
    for (name, (colour, values)), style in zip(
        means.items(), ("solid", (0, (4, 1.2)), (0, (5, 1, 1, 1))), strict=False
    ):
        axes.plot(places, values, color=colour, linestyle=style, lw=0.75, label=name, zorder=3)
    cut_to(axes.set_ylabel(label), axes.get_window_extent().height)
    if not any((values < 0).any() for _, values in means.values()):
        axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=GREY, alpha=0.2, lw=0.4)
    axes.set_axisbelow(True)
