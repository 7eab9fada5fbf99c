"""Settings are the paper's unless told otherwise, and a resumed run keeps its own."""

import dataclasses

import pytest

from himnet.errors import ConfigError, TrainingError
from himnet.presets import PRESETS
from himnet.training.settings import TrainingSettings, model_config
from tests.himnet.training.tiny import tiny_city


def test_defaults_are_the_papers():
    settings = TrainingSettings.for_dataset("METRLA")
    assert (settings.learning_rate, settings.eps, settings.clip) == (1e-3, 1e-3, 5.0)
    assert (settings.batch_size, settings.epochs, settings.patience) == (16, 200, 20)
    assert (settings.weight_decay, settings.milestones) == (5e-4, (30, 40))
    assert (settings.tf_decay_steps, settings.loss) == (6000, "mae")


@pytest.mark.parametrize("name", PRESETS)
def test_every_published_data_set_brings_its_own(name):
    settings = TrainingSettings.for_dataset(name)
    for field in ("loss", "weight_decay", "milestones", "tf_decay_steps"):
        assert getattr(settings, field) == getattr(PRESETS[name], field)


def test_a_data_set_without_preset_is_trained_like_metr_la():
    assert TrainingSettings.for_dataset("mine") == TrainingSettings.for_dataset("METRLA")


def test_given_settings_come_first():
    settings = TrainingSettings.for_dataset("PEMS08", {"loss": "mae", "batch_size": 64})
    assert (settings.loss, settings.batch_size, settings.weight_decay) == ("mae", 64, 0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loss", "mse"),
        ("schedule", "cosine"),
        ("precision", "float16"),
        ("batch_size", 0),
        ("epochs", 2.5),
        ("epochs", True),
        ("patience", 0),
        ("seed", -1),
        ("tf_decay_steps", -1),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("weight_decay", -1e-4),
        ("ema", 1.0),
        ("dictionary_std", 0.0),
        ("milestones", (0,)),
        ("snapshots", (10, -1)),
    ],
)
def test_an_impossible_value_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        TrainingSettings(**{name: value})


def test_dictionaries_that_are_taken_over_have_no_initial_scale():
    with pytest.raises(ConfigError, match=r"dictionary_std 0\.1 .* those of 'metr-la'"):
        TrainingSettings(init="metr-la", dictionary_std=0.1)


def test_settings_survive_json():
    settings = TrainingSettings(ema=0.99, snapshots=(1, 2), init="a.safetensors")
    assert TrainingSettings.from_dict(settings.to_dict()) == settings


def test_stored_settings_of_another_version_are_refused():
    stored = TrainingSettings().to_dict()
    stored["momentum"] = stored.pop("eps")
    with pytest.raises(ConfigError, match="momentum"):
        TrainingSettings.from_dict(stored)


def test_what_an_earlier_version_did_not_store_has_its_default():
    stored = TrainingSettings(seed=3).to_dict()
    del stored["dictionary_std"]
    assert TrainingSettings.from_dict(stored) == TrainingSettings(seed=3)


def test_a_resumed_run_may_be_longer_but_not_another():
    settings = TrainingSettings(epochs=3, seed=5)
    assert settings.resumed({}) == settings
    assert settings.resumed({"epochs": 9, "seed": 5}) == dataclasses.replace(settings, epochs=9)
    with pytest.raises(TrainingError, match="has seed 5, but 6 was given"):
        settings.resumed({"seed": 6})


def test_the_length_of_a_one_cycle_schedule_is_fixed():
    settings = TrainingSettings(epochs=3, schedule="one-cycle")
    assert settings.resumed({"epochs": 3, "patience": 5}).patience == 5
    with pytest.raises(TrainingError, match="epochs"):
        settings.resumed({"epochs": 4})


def test_model_sizes_follow_the_data_set():
    config = model_config(tiny_city(), {"hidden_dim": 8, "ablate": "SMP"})
    assert (config.num_nodes, config.steps_per_day) == (5, 288)
    assert (config.in_steps, config.out_steps) == (12, 12)
    assert (config.hidden_dim, config.ablate, config.node_embedding_dim) == (8, "SMP", 16)


def test_a_published_data_set_has_its_published_sizes():
    city = tiny_city()
    renamed = dataclasses.replace(city, info=dataclasses.replace(city.info, name="PEMS08"))
    config = model_config(renamed)
    assert (config.hidden_dim, config.st_embedding_dim, config.num_nodes) == (96, 10, 5)


def test_an_impossible_size_is_refused():
    with pytest.raises(ConfigError, match="hidden_dim"):
        model_config(tiny_city(), {"hidden_dim": 0})
