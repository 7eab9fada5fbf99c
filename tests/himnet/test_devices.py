"""What the machine does for a training."""

import platform

import pytest

from tests.processes import run_python

FREED_BYTES_KEPT = """
import torch
from pathlib import Path
from himnet.devices import keep_freed_memory

def resident_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmRSS"))

def kept_mb():
    block = torch.ones(50_000_000)
    held = resident_mb()
    del block
    return 200 - (held - resident_mb())

before = kept_mb()
keep_freed_memory()
print(before, kept_mb())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_memory_that_is_freed_is_kept_for_the_next_step():
    done = run_python("-c", FREED_BYTES_KEPT)
    assert done.returncode == 0, done.stderr
    before, after = map(float, done.stdout.split())
    assert before < 20
    assert after > 180
