"""What commands say beside their result."""

import pytest
import torch

import himnet.devices
from himnet.cli.notes import print_slow_precision
from himnet.devices import bfloat16_slowdown


@pytest.mark.parametrize(
    ("precision", "slowdown", "said"),
    [
        (None, 40.0, False),
        ("float32", 40.0, False),
        ("bfloat16", 1.5, False),
        ("bfloat16", 40.0, True),
    ],
)
def test_an_emulated_precision_is_warned_of(monkeypatch, capsys, precision, slowdown, said):
    monkeypatch.setattr(himnet.devices, "bfloat16_slowdown", lambda device: slowdown)
    print_slow_precision("cpu", precision)
    warning = (
        "warning: this processor has no fast bfloat16: a small matrix product took 40 times as "
        "long as in float32; omit --precision bfloat16\n"
    )
    assert capsys.readouterr().err == (warning if said else "")


def test_bfloat16_is_timed_on_processors_only():
    assert bfloat16_slowdown(torch.device("cpu")) > 0
    assert bfloat16_slowdown(torch.device("meta")) == 1
