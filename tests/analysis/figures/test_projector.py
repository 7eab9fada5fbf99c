"""In presentation mode, all texts of a figure are larger, and nothing else changes."""

import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from analysis.figures.projector import enlarged
from analysis.figures.style import styled


def sizes(figure):
    """Return the size of every text of a figure, as far as it is set."""
    found = []

    def look(part, place):
        for key, value in part.items():
            if key.endswith("font") and isinstance(value, dict):
                found.append(((*place, key), value.get("size")))
            elif isinstance(value, dict):
                look(value, (*place, key))

    # the template is that of whoever draws: Plotly's, or Streamlit's once it is imported
    look({k: part for k, part in figure.to_dict()["layout"].items() if k != "template"}, ())
    return dict(found)


@pytest.fixture
def figure():
    made = make_subplots(1, 2, subplot_titles=("one", "two"))
    made.add_heatmap(z=[[1, 2], [3, 4]], coloraxis="coloraxis", row=1, col=1)
    made.add_scatter(x=[1, 2], y=[3, 4], row=1, col=2)
    made.update_layout(coloraxis={"colorbar": {"title": "cosine"}})
    return styled(made, height=300)


def test_all_texts_are_larger_and_the_data_the_same(figure):
    before, data = sizes(figure), figure.to_dict()["data"]
    after = sizes(enlarged(figure))
    assert before.items() <= {place: before.get(place) for place in after}.items()
    for place, size in after.items():
        assert size > (before.get(place) or 11), place
    assert figure.to_dict()["data"] == data
    assert figure.layout.height == 300
    assert ("xaxis2", "tickfont") in after
    assert ("coloraxis", "colorbar", "tickfont") in after


def test_a_figure_without_axes_or_notes_is_enlarged_too():
    assert enlarged(go.Figure()).layout.font.size > 13
