"""The oracle itself: it gives the published code's numbers, so the fast model may be held to it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from himnet.config import ABLATIONS, HimNetConfig
from himnet.presets import preset
from tests.paper_literal import LiteralGraphConv, PaperLiteralHimNet

FIXTURE = Path(__file__).parent / "fixtures" / "reference_forward"


@pytest.fixture(scope="module")
def reference():
    with np.load(FIXTURE / "one_layer.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.fixture(scope="module")
def model(reference):
    sizes = {name[4:]: int(value) for name, value in reference.items() if name.startswith("arg_")}
    model = PaperLiteralHimNet(HimNetConfig(**sizes))
    model.load_state_dict(torch.load(FIXTURE / "one_layer.pt", weights_only=True))
    return model.eval()


def test_gives_the_forecasts_of_the_published_code(model, reference):
    with torch.no_grad():
        forecast = model(torch.from_numpy(reference["x"]), torch.from_numpy(reference["y_cov"]))
    np.testing.assert_allclose(forecast.numpy(), reference["output"], rtol=0, atol=1e-6)


def test_gives_the_st_mixed_embedding_of_the_published_code(model, reference):
    with torch.no_grad():
        _, query = model.encode(torch.from_numpy(reference["x"]))
    np.testing.assert_allclose(query.numpy(), reference["st_embedding"], rtol=0, atol=1e-6)


def test_every_forecast_depends_on_what_the_window_says(model, reference):
    x, y_cov = torch.from_numpy(reference["x"]), torch.from_numpy(reference["y_cov"])
    later = x.clone()
    later[..., 1] = (later[..., 1] + 0.25) % 1
    with torch.no_grad():
        assert not torch.allclose(model(x, y_cov), model(later, y_cov))


def test_has_the_tensors_of_the_configuration():
    ablated = [HimNetConfig(5, num_layers=2, cheb_k=3, ablate=name) for name in ABLATIONS]
    for config in (preset("METRLA").model, *ablated):
        state = PaperLiteralHimNet(config).state_dict()
        assert {name: tuple(value.shape) for name, value in state.items()} == config.state_shapes()


def test_chebyshev_terms_are_the_polynomials():
    angles = torch.tensor([0.3, 1.1, 2.0], dtype=torch.float64)
    graph = torch.diag(torch.cos(angles))
    convolution = LiteralGraphConv(HimNetConfig(3, cheb_k=5), "encoder_s", 2, 1)
    for k, term in enumerate(convolution._chebyshev(graph)):
        torch.testing.assert_close(torch.diagonal(term), torch.cos(k * angles))


def test_truth_is_fed_only_where_the_draw_says_so(model, reference):
    x, y_cov = torch.from_numpy(reference["x"]), torch.from_numpy(reference["y_cov"])
    targets = torch.full((*y_cov.shape[:-1], 1), 2.0)
    with torch.no_grad():
        free = model(x, y_cov)
        fed = model(x, y_cov, targets=targets, teacher=[False, False, True, False])
    torch.testing.assert_close(fed[:, :3], free[:, :3])
    assert not torch.allclose(fed[:, 3], free[:, 3])
