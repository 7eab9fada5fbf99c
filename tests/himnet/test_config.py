"""Sizes, presets and what the configuration refuses."""

import math

import pytest

from himnet.config import ABLATIONS, HimNetConfig
from himnet.errors import ConfigError
from himnet.presets import PRESETS, preset


def test_metr_la_has_the_published_number_of_parameters():
    assert preset("METRLA").model.num_parameters == 1_250_937


def test_one_metr_la_cell_generates_25920_parameters():
    shapes = preset("METRLA").model.state_shapes()
    pools = [shape for name, shape in shapes.items() if name.startswith("encoder_t.cells.0.")]
    assert sum(math.prod(shape[1:]) for shape in pools) == 25_920


@pytest.mark.parametrize(
    ("name", "sensors", "split"),
    [
        ("METRLA", 207, 0.7),
        ("PEMSBAY", 325, 0.7),
        ("PEMS03", 358, 0.6),
        ("PEMS04", 307, 0.6),
        ("PEMS07", 883, 0.6),
        ("PEMS08", 170, 0.6),
    ],
)
def test_presets_carry_the_papers_sizes(name, sensors, split):
    chosen = preset(name)
    assert chosen.model.num_nodes == sensors
    assert chosen.split[0] == split
    assert sum(chosen.split) == pytest.approx(1)
    assert chosen.loss == ("mae" if name in ("METRLA", "PEMSBAY") else "huber")


def test_presets_are_the_six_published_data_sets():
    assert len(PRESETS) == 6
    with pytest.raises(ConfigError, match="no preset 'LA'; the paper has METRLA, PEMSBAY"):
        preset("LA")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("num_nodes", 1),
        ("num_nodes", 2.5),
        ("hidden_dim", 0),
        ("cheb_k", True),
        ("num_layers", 10**9),
        ("steps_per_day", -288),
    ],
)
def test_impossible_sizes_name_the_field_the_value_and_the_range(field, value):
    with pytest.raises(ConfigError, match=f"{field} must be an integer from .* not {value!r}"):
        HimNetConfig(**{"num_nodes": 5, field: value})


def test_unknown_ablations_and_settings_are_refused():
    with pytest.raises(ConfigError, match="ablate must be one of none, E_t"):
        HimNetConfig(5, ablate="everything")
    with pytest.raises(ConfigError, match="unknown setting"):
        HimNetConfig.from_dict({"num_nodes": 5, "colour": 1})
    with pytest.raises(ConfigError, match="num_nodes"):
        HimNetConfig.from_dict({})


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_configuration_survives_a_round_trip(ablation):
    config = HimNetConfig(7, num_layers=2, cheb_k=3, ablate=ablation)
    assert HimNetConfig.from_dict(config.to_dict()) == config
