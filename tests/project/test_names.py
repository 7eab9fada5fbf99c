"""No architecture's name stands in the analysis or the app: they know models by what they have."""

import re

import pytest

from tests.project.sources import modules, name_of

NAMES = re.compile(r"HimNet(?! Explorer|Error\b)|AGCRN|\bSTID\b|Graph ?WaveNet|ST-?WA\b")


@pytest.mark.parametrize("room", ["analysis", "app"])
def test_no_architecture_is_named(room):
    found = {}
    for path in modules(room):
        if named := NAMES.findall(path.read_text(encoding="utf-8")):
            found[name_of(path)] = named
    assert not found
