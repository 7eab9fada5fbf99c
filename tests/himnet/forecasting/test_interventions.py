"""Changed queries, against models whose weights were edited instead."""

import numpy as np
import pytest
import torch

from himnet.config import HimNetConfig
from himnet.data.synthetic import synthetic_city
from himnet.errors import InputError
from himnet.forecasting.inference import Forecaster
from himnet.forecasting.interventions import AlterablePass
from himnet.model.himnet import HimNet
from himnet.model.layers import adaptive_graph
from himnet.scaler import Scaler

SIZES = {
    "one layer": HimNetConfig(6, steps_per_day=24, hidden_dim=6, node_embedding_dim=4),
    "two layers, order 3": HimNetConfig(6, steps_per_day=24, hidden_dim=5, num_layers=2, cheb_k=3),
}
MIDDLES = torch.tensor([12, 30, 31, 70, 100])


@pytest.fixture(scope="module")
def town():
    return synthetic_city(num_nodes=6, days=7, steps_per_day=24)


@pytest.fixture(params=SIZES, ids=list(SIZES))
def model(request):
    made = HimNet(SIZES[request.param], seed=0).eval()
    with torch.no_grad():
        made.node_embedding.mul_(4)
        made.out_proj.weight.mul_(4)
    return made


def forecaster(model, town, **settings):
    return Forecaster(model, town, Scaler(50.0, 10.0), device="cpu", **settings)


def alterable(model, town, **settings):
    return AlterablePass(forecaster(model, town, **settings), MIDDLES)


def exchanged(model):
    """E_s with the first sensor's row in the place of the third's."""
    queries = model.node_embedding.detach().clone()
    queries[2] = queries[0]
    return queries


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_own_queries_give_the_model_s_forecasts_to_the_bit(model, town, precision):
    plain, _ = forecaster(model, town, precision=precision).both(MIDDLES)
    one = alterable(model, town, precision=precision)
    own = model.node_embedding.detach().numpy()
    with torch.no_grad():
        moment = model.temporal_embedding(forecaster(model, town).batches.inputs(MIDDLES)[0])
    for changes in (
        {},
        {"spatial": own},
        {"spatial": own, "rows": own},
        {"spatial": own, "rows": own, "columns": own},
        {"temporal": moment.numpy()},
        {"temporal": moment.numpy(), "spatial": own, "rows": own, "columns": own},
    ):
        assert np.array_equal(one.forecast(**changes), plain), list(changes)


def test_a_whole_exchange_is_that_of_the_embedding_s_rows(model, town):
    changed = exchanged(model)
    found = alterable(model, town).forecast(
        spatial=changed.numpy(), rows=changed.numpy(), columns=changed.numpy()
    )
    with torch.no_grad():
        model.node_embedding.copy_(changed)
    edited, _ = forecaster(model, town).both(MIDDLES)
    assert np.array_equal(found, edited)


def test_a_query_of_the_pool_leaves_the_graph_as_it_is(model, town, monkeypatch):
    changed, own = exchanged(model), model.node_embedding.detach().clone()
    found = alterable(model, town).forecast(spatial=changed.numpy())
    with torch.no_grad():
        model.node_embedding.copy_(changed)

    def encoders_keep_theirs(embedding):
        return adaptive_graph(own if embedding.dim() == 2 else embedding)

    monkeypatch.setattr("himnet.model.himnet.adaptive_graph", encoders_keep_theirs)
    edited, _ = forecaster(model, town).both(MIDDLES)
    assert np.array_equal(found, edited)


def test_a_row_is_how_one_sensor_gathers_and_the_others_gather_as_before(model):
    changed, own = exchanged(model), model.node_embedding.detach()
    before, after = adaptive_graph(own), adaptive_graph(changed, own)
    others = [0, 1, 3, 4, 5]
    assert torch.equal(after[others], before[others])
    torch.testing.assert_close(after[2], before[0])
    assert not torch.allclose(after[2], before[2])


def test_each_part_of_a_change_has_an_effect_of_its_own(model, town):
    changed, one = exchanged(model).numpy(), alterable(model, town)
    forecasts = [
        one.forecast(),
        one.forecast(spatial=changed),
        one.forecast(rows=changed),
        one.forecast(columns=changed),
        one.forecast(spatial=changed, rows=changed),
        one.forecast(spatial=changed, rows=changed, columns=changed),
    ]
    for place, first in enumerate(forecasts):
        for second in forecasts[place + 1 :]:
            assert np.abs(first - second).max() > 1e-4
    assert np.array_equal(one.forecast(), forecasts[0])  # what is kept was not changed


def test_the_decoder_s_own_graph_gives_the_model_s_forecast(model, town):
    one = forecaster(model, town)
    for middle in MIDDLES.split(1):
        plain, embedding = one.both(middle)
        own = adaptive_graph(torch.from_numpy(embedding[0])).numpy()
        found = AlterablePass(one, middle).forecast(decoder_graph=own)
        np.testing.assert_allclose(found, plain, rtol=1e-5, atol=1e-4)


def test_a_decoder_without_a_graph_forecasts_each_sensor_from_its_own_state(model, town):
    """With the identity as both graphs, sensors whose readings and queries agree agree."""
    alike = alterable(model, town)
    own, alone = (alike.forecast(decoder_graph=graph) for graph in (None, np.eye(6)))
    assert np.abs(own - alone).max() > 1e-4
    uniform = alike.forecast(decoder_graph=np.full((6, 6), 1 / 6))
    assert np.abs(uniform - alone).max() > 1e-4


def test_another_moment_is_that_of_exchanged_dictionaries(model, town):
    x, _ = forecaster(model, town).batches.inputs(MIDDLES)
    looked_up = x.clone()
    looked_up[:, -1, :, 1], looked_up[:, -1, :, 2] = 8 / 24, 6
    with torch.no_grad():
        wanted = model.temporal_embedding(looked_up)
        found = alterable(model, town).forecast(temporal=wanted.numpy())
        model.tod_embedding.weight.copy_(model.tod_embedding.weight[8].expand(24, -1))
        model.dow_embedding.weight.copy_(model.dow_embedding.weight[6].expand(7, -1))
    edited, _ = forecaster(model, town).both(MIDDLES)
    assert np.array_equal(found, edited)


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("spatial", np.zeros((6, 3))),
        ("rows", np.zeros((5, 4))),
        ("columns", np.zeros(4)),
        ("spatial", np.full((6, 4), np.nan)),
        ("temporal", np.zeros((1, 16))),
        ("decoder_graph", np.eye(5)),
        ("decoder_graph", np.full((6, 6), np.nan)),
    ],
)
def test_queries_of_another_shape_or_without_a_value_are_refused(town, name, queries):
    model = HimNet(SIZES["one layer"], seed=0)
    with pytest.raises(InputError, match=f"{name} has shape"):
        alterable(model, town).forecast(**{name: queries})
