"""Words of commands that are stored: any machine can run them."""

import pytest

from himnet.cli.options import portable_words
from himnet.data.info import DatasetInfo, Sensors

KNOWN = DatasetInfo("My city", Sensors.numbered(2))
UNKNOWN = DatasetInfo("", Sensors.numbered(2))


@pytest.mark.parametrize(
    ("checkpoint", "dataset", "info", "words"),
    [
        ("metr-la", None, KNOWN, ["metr-la"]),
        ("checkpoints/mine", "METRLA", KNOWN, ["checkpoints/mine", "--dataset", "METRLA"]),
        ("/srv/models/mine", "/srv/data/city", KNOWN, ["mine"]),
        ("/srv/mine/model.safetensors", "../city", UNKNOWN, ["mine", "--dataset", "city"]),
        ("/srv/mine.safetensors", "data\\city", KNOWN, ["mine.safetensors"]),
        ("-odd", "synthetic:seed=3", KNOWN, ["./-odd", "--dataset", "synthetic:seed=3"]),
    ],
)
def test_paths_of_one_machine_are_not_kept(checkpoint, dataset, info, words):
    assert portable_words(checkpoint, dataset, info) == words
