"""The model card says what is in the checkpoint."""

import dataclasses

import pytest

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


def test_the_card_of_a_model_that_no_run_left_claims_none():
    city = tiny_city()
    unknown = dataclasses.replace(city.info, name="")
    card = model_card(model_config(city), unknown, {}, {})
    assert card.startswith("# HimNet on an unnamed data set\n")
    assert "Not measured when this card was written.\n" in card
    assert "Not known.\n" in card
    for claim in ("log.jsonl", "wall-clock", "lowest validation", "| split |"):
        assert claim not in card
        assert claim in model_card(model_config(city), city.info, {}, {"val": METRICS}, 1.0)
    measured = model_card(model_config(city), unknown, {"by": "us\n# I"}, {"test": METRICS})
    assert "| test | all | 2.928 |" in measured
    assert "lowest validation" not in measured
    assert "- by: us \\# I\n" in measured


def test_the_card_says_where_later_metrics_are():
    city = tiny_city()
    for minutes in (None, 1.0):
        card = model_card(model_config(city), city.info, {}, {"val": METRICS}, minutes)
        assert "info` prints" in card
        assert "any results measured later with `evaluate --save`" in card


def test_what_is_no_metric_makes_no_row():
    city = tiny_city()
    odd = {"note": {"mae": "x"}, "windows": 3, "6": {"mae": 1.0}}
    card = model_card(model_config(city), city.info, {}, {"test": odd})
    assert "| test | 6 | 1.000 | – | – |" in card
    assert "note" not in card


def test_a_unit_that_is_not_known_is_left_out():
    city = tiny_city()
    info = dataclasses.replace(city.info, unit="")
    card = model_card(model_config(city), info, {}, {"test": METRICS}, 0)
    assert "| split | steps | MAE | RMSE | MAPE (%) |" in card
    assert "| test | all |" in card


def metrics_of(mae, mape=5.0):
    return {"windows": 9, "all": {"mae": mae, "rmse": 2 * mae, "mape": mape}}


def test_the_card_states_the_margin_over_every_baseline():
    city = tiny_city()
    baselines = {"HI": metrics_of(4.0), "last-value": metrics_of(1.6), "weekly-mean": metrics_of(3)}
    config = model_config(city)
    card = model_card(config, city.info, {}, {"test": metrics_of(2.0)}, 1, baselines=baselines)
    assert "| historical inertia | all | 4.000 | 8.000 | 5.000 |" in card
    assert (
        "The test MAE of the model is 50% below that of historical inertia, 25% ABOVE that of last "
        "value, 33% below that of weekly mean." in card
    )
    assert "MAPE large" not in card
    counts = {"weekly-mean": metrics_of(3, mape=80.0)}
    card = model_card(config, city.info, {}, {"test": metrics_of(2.0)}, 1, baselines=counts)
    assert "Readings near zero make MAPE large here" in card


@pytest.mark.parametrize(
    ("errors", "unfinished"),
    [
        ([], False),
        ([3.0], False),
        ([3.0, 2.9], True),
        ([3.0, 2.99], False),
        ([2.0, 2.1], False),
        ([3.0, 0.0], True),
        ([0.0, 0.0], False),
    ],
)
def test_a_model_whose_error_still_falls_is_called_unfinished(errors, unfinished):
    city = tiny_city()
    card = model_card(model_config(city), city.info, {}, {"test": METRICS}, 1, errors=errors)
    assert ("**Unfinished**" in card) == unfinished
