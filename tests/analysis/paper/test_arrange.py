"""Panels in rows: within the sheet and its height, in their order, without overlap."""

from itertools import chain, combinations

import pytest

from analysis.errors import AnalysisError
from analysis.paper.arrange import TALLEST_MM, Cell, arrange

WIDTHS = {84.0: 2, 178.0: 3}
CELLS = {
    "a": Cell(),
    "b": Cell(left=6, right=12, bottom=7, square=True),
    "c": Cell(share=1.4, ratio=0.5),
    "d": Cell(left=9, bottom=11),
    "e": Cell(alone=True, ratio=0.4),
    "f": Cell(ratio=2.0, most=45),
}
CHOICES = list(chain.from_iterable(combinations(CELLS, count) for count in range(1, 7)))


def arranged(names, width):
    return arrange({name: CELLS[name] for name in names}, width, columns=WIDTHS[width])


@pytest.mark.parametrize("width", WIDTHS)
def test_whatever_is_chosen_fits_on_a_sheet_of_limited_height(width):
    for names in CHOICES:
        found = arranged(names, width)
        assert list(found.places) == list(names)
        assert found.height_mm <= TALLEST_MM + 1e-9
        for name, (left, top, wide, high) in found.places.items():
            cell = CELLS[name]
            assert wide > 10
            assert high > 10
            assert left >= cell.left - 1e-9
            assert left + wide + cell.right <= width + 1e-9
            assert top >= cell.top - 1e-9
            assert top + high + cell.bottom <= found.height_mm + 1e-9


@pytest.mark.parametrize("width", WIDTHS)
def test_no_panel_covers_another_or_its_labels(width):
    for names in CHOICES:
        places = arranged(names, width).places
        for one, other in combinations(names, 2):
            first, second = (_with_labels(places[name], CELLS[name]) for name in (one, other))
            assert (
                first[2] <= second[0] + 1e-9
                or second[2] <= first[0] + 1e-9
                or first[3] <= second[1] + 1e-9
                or second[3] <= first[1] + 1e-9
            )


def _with_labels(place, cell):
    left, top, wide, high = place
    return left - cell.left, top - cell.top, left + wide + cell.right, top + high + cell.bottom


@pytest.mark.parametrize("width", WIDTHS)
def test_a_row_fills_the_width_and_a_square_is_one(width):
    places = arranged("abc", width).places
    last = max(left + wide + CELLS[name].right for name, (left, _, wide, _) in places.items())
    assert last == pytest.approx(width)
    *_, wide, high = places["b"]
    assert wide == pytest.approx(high)


def test_rows_are_read_from_left_to_right_and_from_top_to_bottom():
    order = [(top, left) for left, top, *_ in arranged("abcdef", 84.0).places.values()]
    tops = [top for top, _ in order]
    assert tops == sorted(tops)
    assert order == sorted(order)


def test_a_panel_that_stands_alone_has_its_row_for_itself():
    places = arranged("adef", 178.0).places
    tops = [top for _, top, *_ in places.values()]
    assert tops.count(places["e"][1]) == 1


def test_rows_are_of_similar_length():
    cells = {str(number): Cell() for number in range(4)}
    tops = [top for _, top, *_ in arrange(cells, 178.0, columns=3).places.values()]
    assert [tops.count(top) for top in dict.fromkeys(tops)] == [2, 2]


def test_too_many_panels_are_refused():
    cells = {str(number): Cell() for number in range(30)}
    with pytest.raises(AnalysisError, match="30 panels do not fit into 120 mm; choose fewer"):
        arrange(cells, 84.0, columns=2)
