"""The graphs of models: those of the torch model, and one sentence where there is none."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs.of_model import decoder_graph, encoder_graph
from himnet.model.parameters import HimNetParameters
from tests.analysis.embeddings_only import tables
from tests.analysis.expanded import ONE_LAYER, small, trained_like


def test_both_graphs_are_the_models_own():
    torch = pytest.importorskip("torch")
    from himnet.model.layers import adaptive_graph

    model = HimNetParameters(trained_like(ONE_LAYER), ONE_LAYER)
    moment = np.random.default_rng(0).normal(size=(ONE_LAYER.num_nodes, 5)).astype(np.float32)
    graphs = {
        "encoder": (encoder_graph(model), model.weights["node_embedding"]),
        "decoder": (decoder_graph(model, moment), moment),
    }
    for graph, embedding in graphs.values():
        own = adaptive_graph(torch.tensor(embedding)).numpy()
        np.testing.assert_allclose(graph.weights(), own, atol=1e-6)
        assert graph.is_symmetric


def test_a_model_without_a_graph_says_so():
    with pytest.raises(AnalysisError, match="learn no graph"):
        encoder_graph(tables(24))
    with pytest.raises(AnalysisError, match="learn no graph"):
        decoder_graph(tables(24), np.ones((24, 5)))


GRAPHS = {"E_s": encoder_graph, "E_st": lambda model: decoder_graph(model, np.ones((18, 5)))}


@pytest.mark.parametrize("ablated", GRAPHS)
def test_an_embedding_that_was_left_out_gives_no_graph(ablated):
    config = small(ablate=ablated)
    model = HimNetParameters(trained_like(config), config)
    with pytest.raises(AnalysisError, match=f"without {ablated}"):
        GRAPHS[ablated](model)


def test_embeddings_of_another_shape_are_refused():
    model = HimNetParameters(trained_like(ONE_LAYER), ONE_LAYER)
    with pytest.raises(AnalysisError, match="has the shape"):
        decoder_graph(model, np.ones((3, 5)))
