"""Limits and signals become reasons; the former handlers come back."""

import os
import signal

import pytest

from himnet.training.stopping import REASONS, Stopping


def reasons(stopping):
    return [name for name, wish in zip(REASONS, stopping.wishes(), strict=True) if wish]


def test_without_limits_nothing_stops():
    stopping = Stopping()
    for _ in range(1000):
        stopping.count_step()
    assert reasons(stopping) == []


def test_steps_and_minutes_are_limits():
    stopping = Stopping(max_steps=2)
    stopping.count_step()
    assert reasons(stopping) == []
    stopping.count_step()
    assert reasons(stopping) == ["steps"]
    assert reasons(Stopping(max_minutes=0.0)) == ["time"]
    assert reasons(Stopping(max_minutes=10.0)) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_ends(number):
    ended = []
    former = signal.signal(number, lambda *_: ended.append(number))
    try:
        with Stopping() as stopping:
            os.kill(os.getpid(), number)
            assert reasons(stopping) == ["signal"]
            assert stopping.signal == number
            assert ended == []
            os.kill(os.getpid(), number)
            assert ended == [number]
    finally:
        signal.signal(number, former)


def test_handlers_come_back():
    before = signal.getsignal(signal.SIGTERM)
    with Stopping():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_to_what_is_above_asks_as_well():
    with Stopping() as above:
        below = [Stopping(above=above), Stopping(max_steps=1, above=above)]
        below[1].count_step()
        assert [reasons(one) for one in below] == [[], ["steps"]]
        os.kill(os.getpid(), signal.SIGTERM)
        assert [reasons(one) for one in below] == [["signal"], ["signal", "steps"]]
        assert {one.signal for one in below} == {signal.SIGTERM}
