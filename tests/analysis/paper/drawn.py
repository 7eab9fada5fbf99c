"""What holds of every printed figure, as the tests of all of them check it."""

from itertools import combinations

from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.paper.canvas import SMALLEST_POINTS
from analysis.paper.labels import text_boxes

_TOUCH_POINTS = 0.25  # by which extents may run into each other: they have air around the letters
_SUBSCRIPT = 0.7  # of the size of the text, in matplotlib's mathematics


def assert_readable(figure):
    """No text is too small, none covers another, and none leaves the sheet."""
    figure.draw_without_rendering()  # sets the ticks
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    assert texts
    small = {text.get_text(): smallest_points(text) for text in texts}
    assert not {name: size for name, size in small.items() if size < SMALLEST_POINTS - 1e-6}
    boxes = [_shrunk(box, figure.dpi) for box in text_boxes(figure)]
    assert not [(one, two) for one, two in combinations(boxes, 2) if one.overlaps(two)]
    sheet = figure.bbox
    outside = [
        box
        for box in boxes
        if box.x0 < sheet.x0 or box.y0 < sheet.y0 or box.x1 > sheet.x1 or box.y1 > sheet.y1
    ]
    assert not outside


def smallest_points(text):
    """The size of the smallest letters of a text: subscripts are smaller than the text itself."""
    words = text.get_text()
    has_subscript = words.count("$") >= 2 and ("_" in words or "^" in words)
    return text.get_fontsize() * (_SUBSCRIPT if has_subscript else 1)


def texts_of(figure):
    """All that is written in a figure."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def width_mm(figure):
    """The width of a figure's sheet."""
    return 25.4 * figure.get_size_inches()[0]


def _shrunk(box, dpi):
    touch = _TOUCH_POINTS * dpi / 72
    return Bbox.from_extents(box.x0 + touch, box.y0 + touch, box.x1 - touch, box.y1 - touch)
