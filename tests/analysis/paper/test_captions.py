"""Letters of panels follow each other, and a caption has a part for each."""

from analysis.paper.captions import caption_of, panel_letters


def test_chosen_panels_are_lettered_from_a_on():
    assert panel_letters("abe") == {"a": "a", "b": "b", "e": "c"}
    assert panel_letters("d") == {"d": ""}


def test_a_caption_has_a_part_for_each_panel_that_is_drawn():
    parts = {"a": "Hours.", "b": "Sensors.", "c": "Maps."}
    assert caption_of(panel_letters("ac"), parts) == "(a) Hours. (b) Maps."
    assert caption_of(panel_letters("b"), parts) == "Sensors."
