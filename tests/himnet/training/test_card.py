"""The model card says what is in the checkpoint."""

import dataclasses

from himnet.training.card import model_card
from himnet.training.settings import model_config
from tests.himnet.training.tiny import tiny_city

METRICS = {"windows": 9, "all": {"mae": 2.9281, "rmse": 6.0625, "mape": 8.06}}
LATER = {steps: {"mae": 3.0, "rmse": 6.0, "mape": None} for steps in ("12", "3", "6")}


def test_the_card_names_sizes_accuracy_and_settings():
    city = tiny_city()
    config = model_config(city, {"ablate": "E_st"})
    card = model_card(config, city.info, {"batch_size": 16, "seed": 0}, {"val": METRICS}, 12.34)
    assert card.startswith("# HimNet on synthetic, without E_st\n")
    assert f"{config.num_parameters:,} parameters" in card
    assert "| validation | all | 2.928 | 6.062 | 8.060 |" in card
    assert "MAE (mph)" in card
    assert "- batch size: 16\n- seed: 0\n" in card
    assert "12.3 minutes" in card


def test_rows_are_in_the_order_of_the_steps_and_an_unknown_figure_is_a_dash():
    city = tiny_city()
    card = model_card(model_config(city), city.info, {}, {"val": {**LATER, **METRICS}}, 0)
    rows = [line.split(" | ")[1] for line in card.splitlines() if line.startswith("| validation")]
    assert rows == ["all", "3", "6", "12"]
    assert "| validation | 12 | 3.000 | 6.000 | – |" in card


def test_a_unit_that_is_not_known_is_left_out():
    city = tiny_city()
    info = dataclasses.replace(city.info, unit="")
    card = model_card(model_config(city), info, {}, {"test": METRICS}, 0)
    assert "| split | steps | MAE | RMSE | MAPE (%) |" in card
    assert "| test | all |" in card
