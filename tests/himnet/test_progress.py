"""Progress: a bar on a terminal, a line a minute in a log."""

import io
from types import SimpleNamespace

import pytest

from himnet import progress as module
from himnet.progress import LoggedProgress, progress


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(LoggedProgress, "_time", clock, raising=False)
    return clock


@pytest.fixture
def log(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=log))  # pytest sets its own anew
    return log


def test_a_log_gets_a_line_a_minute_at_most_and_no_bar(log, clock):
    bar = progress(description="train", total=1000, unit="step")
    bar._time = clock
    bar.start_t = bar.last_print_t = clock.now
    for step in range(1000):
        clock.now += 0.5
        bar.update(1)
        bar.set_postfix_str(f"loss {step}", refresh=True)
    bar.close()
    lines = log.getvalue().splitlines()
    assert len(lines) == 8  # 500 seconds
    assert all(line.startswith("train: ") and " left, loss " in line for line in lines)
    assert not any(sign in log.getvalue() for sign in "\r|\x1b")


def test_short_work_writes_nothing_into_a_log(log):
    assert list(progress(range(100), description="quick")) == list(range(100))
    assert log.getvalue() == ""


def test_a_line_between_stays_whole(log):
    bar = progress(description="train", total=3)
    bar.update(1)
    bar.write("epoch 1", file=bar.fp)
    bar.close()
    assert log.getvalue() == "epoch 1\n"


def test_a_terminal_gets_a_bar(log, monkeypatch):
    monkeypatch.setattr(log, "isatty", lambda: True, raising=False)
    assert not isinstance(progress(range(3), description="x"), LoggedProgress)
