"""The learnt graph in print: readable at every size, and its caption tells what is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs.edges import largest_edges
from analysis.graphs.measure import measure_graph
from analysis.graphs.of_model import encoder_graph
from analysis.graphs.stored import save_graph
from analysis.material import Material, load_material
from analysis.paper.registry import about, draw, files
from analysis.paper.settings import FigureSettings
from himnet.data.info import Sensors
from tests.analysis.embeddings_only import with_tables
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm
from tests.analysis.paper.places import material, without_roads
from tests.app import made_up


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return material(tmp_path_factory.mktemp("graph"), "small")


@pytest.mark.parametrize("width", ["single", "double"])
def test_the_figure_is_readable_at_the_width_of_a_column(small, width):
    drawn = draw("graph", small, width=width)
    assert_readable(drawn.figure)
    assert width_mm(drawn.figure) == pytest.approx({"single": 84, "double": 178}[width])
    assert drawn.caption.startswith("Not a figure of the paper")


def test_the_caption_states_the_share_that_the_map_shows(small):
    edges = largest_edges(encoder_graph(small.model), 200)
    said = f"The {len(edges):,} largest excesses of the encoders' graph on other sensors"
    caption = draw("graph", small).caption
    assert said in caption
    assert f"together {edges.shares[-1]:.1%} of all excess" in caption


def test_medians_are_those_of_the_graph(small):
    rows = encoder_graph(small.model).rows
    told = f"encoders, trained: floor {np.median(rows.floor):.1%}, self {np.median(rows.own):.1%}"
    assert told in draw("graph", small).caption


def test_what_was_stored_is_drawn_with_untrained_decoders(tmp_path):
    opened = material(tmp_path, "stored")
    assert "decoder, untrained" not in draw("graph", opened).caption
    save_graph(opened.arrays, measure_graph(opened), data="", command="test")
    again = load_material(opened.arrays.path, data_dir=tmp_path)
    drawn = draw("graph", again)
    assert "decoder, trained" in drawn.caption
    assert_readable(drawn.figure)


def test_without_roads_the_order_is_that_of_clusters(tmp_path):
    drawn = draw("graph", material(tmp_path, "bare", info=without_roads()))
    assert_readable(drawn.figure)
    assert "in the order of clusters" in drawn.caption


def test_without_places_there_is_no_map(tmp_path):
    info = replace(made_up.city_info(), sensors=Sensors.numbered(made_up.SENSORS))
    placeless = material(tmp_path, "placeless", info=info)
    drawn = draw("graph", placeless)
    assert_readable(drawn.figure)
    assert "largest excesses" not in texts_of(drawn.figure)
    with pytest.raises(AnalysisError, match="no map"):
        draw("graph", placeless, FigureSettings(panels={"graph": ("b",)}))


def test_a_model_without_a_graph_says_so(small):
    opened = Material(with_tables(small.arrays), None, None, "nowhere")
    with pytest.raises(AnalysisError, match="learn no graph"):
        draw("graph", opened)


def test_its_files_are_not_named_like_a_figure_of_the_paper(small):
    drawn = draw("graph", small)
    told = about("graph", drawn, small, FigureSettings(), "double")
    [(name, content)] = files("graph", drawn, told, ["pdf"])
    assert name == "figure-graph.pdf"
    assert content.startswith(b"%PDF")
    assert [(name, content)] == files("graph", drawn, told, ["pdf"])
