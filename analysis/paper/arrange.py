"""The arrangement of panels on a sheet: rows of panels that fill the width, within a height."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.errors import AnalysisError

TALLEST_MM = 120.0  # of a figure, at any width: with its caption, it leaves room for text on a page
_LEAST_MM = 12.0  # height of a panel below which nothing can be read
_SQUARE_SHARE = 0.5  # largest share of a row that a square panel takes

PlaceMm = tuple[float, float, float, float]  # from the left, from the top, width, height


@dataclass(frozen=True)
class Cell:
    """What a panel needs on a sheet, in millimetres.

    Attributes:
        left, right, top, bottom: around its axes, for labels, titles and legends.
        ratio: height of its axes as a share of their width, if it may choose.
        most: largest height of its axes.
        share: of the width of its row, relative to the other panels of the row.
        square: whether its axes are as wide as high; the other panels get the rest of the row.
        alone: whether it takes a whole row.
    """

    left: float = 1.0
    right: float = 1.0
    top: float = 5.0
    bottom: float = 1.5
    ratio: float = 0.72
    most: float = 52.0
    share: float = 1.0
    square: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Arranged:
    """Places of panels on a sheet.

    Attributes:
        height_mm: of the sheet.
        places: of the axes of each panel, by its name.
    """

    height_mm: float
    places: Mapping[str, PlaceMm]


def arrange(cells: Mapping[str, Cell], width_mm: float, *, columns: int) -> Arranged:
    """Arrange panels in rows, in their order; the sheet is as high as needed, up to `TALLEST_MM`.

    Args:
        cells: by the names of the panels, at least one.
        width_mm: of the sheet.
        columns: largest number of panels in a row.

    Raises:
        AnalysisError: if so many panels do not fit.
    """
    rows = _rows(cells, columns)
    around = [
        max(cell.top for cell in row.values()) + max(cell.bottom for cell in row.values())
        for row in rows
    ]
    heights = _lowered([_height(row, width_mm) for row in rows], TALLEST_MM - sum(around))
    if min(heights) < _LEAST_MM:
        raise AnalysisError(
            f"{len(cells)} panels do not fit into {TALLEST_MM:g} mm; choose fewer panels"
        )
    places: dict[str, PlaceMm] = {}
    down = 0.0
    for row, height, extra in zip(rows, heights, around, strict=True):
        top = down + max(cell.top for cell in row.values())
        across = 0.0
        for name, wide in _widths(row, width_mm, height).items():
            across += row[name].left
            places[name] = (across, top, wide, height)
            across += wide + row[name].right
        down += height + extra
    return Arranged(down, places)


def _rows(cells: Mapping[str, Cell], columns: int) -> list[dict[str, Cell]]:
    """Return the panels by row: rows of similar length, and those that stand alone."""
    rows: list[dict[str, Cell]] = []
    together: list[str] = []
    for name, cell in [*cells.items(), ("", None)]:
        if cell is not None and not cell.alone:
            together.append(name)
            continue
        rows += [{own: cells[own] for own in part} for part in _parts(together, columns)]
        together = []
        if cell is not None:
            rows.append({name: cell})
    return rows


def _parts(names: Sequence[str], columns: int) -> list[Sequence[str]]:
    """Split names into as few parts as possible, which differ by at most one in length."""
    count = -(-len(names) // columns)
    sizes = [(len(names) + count - 1 - place) // count for place in range(count)]
    starts = [sum(sizes[:place]) for place in range(count)]
    return [names[start : start + size] for start, size in zip(starts, sizes, strict=True)]


def _height(row: Mapping[str, Cell], width_mm: float) -> float:
    """Return the height that the axes of a row would choose."""
    free = _free(row, width_mm)
    shares = sum(cell.share for cell in row.values())
    wanted = max(cell.ratio * free * cell.share / shares for cell in row.values())
    return min(wanted, *(cell.most for cell in row.values()))


def _lowered(heights: Sequence[float], room: float) -> list[float]:
    """Lower the highest rows to one height, until all fit into the room."""
    cut, left = max(heights), room
    for place, height in enumerate(sorted(heights)):
        share = left / (len(heights) - place)
        if height > share:
            cut = share
            break
        left -= height
    return [min(height, cut) for height in heights]


def _free(row: Mapping[str, Cell], width_mm: float) -> float:
    """Return the width that the axes of a row share."""
    return width_mm - sum(cell.left + cell.right for cell in row.values())


def _widths(row: Mapping[str, Cell], width_mm: float, height: float) -> dict[str, float]:
    """Return the width of the axes of each panel of a row."""
    free = _free(row, width_mm)
    squares = [name for name, cell in row.items() if cell.square]
    side = min(height, _SQUARE_SHARE * free) if len(row) > 1 else height
    rest = free - side * len(squares)
    shares = sum(cell.share for cell in row.values() if not cell.square)
    return {name: side if cell.square else rest * cell.share / shares for name, cell in row.items()}
