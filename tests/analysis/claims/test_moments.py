"""When claims look at ST-mixed meta-parameters: full hours of seven days, periods of one."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.moments import (
    Moments,
    all_moments,
    choose_moments,
    embedding_at,
    period_day,
    period_mean,
    period_moments,
)
from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.track import Track
from tests.analysis.claims.towns import CONFIG, SENSORS, STEPS, TOWN, material

FINE = synthetic_city(num_nodes=SENSORS, days=3, steps_per_day=288)


def track(steps, *, start="2024-01-01", calendar=True):
    """A track of some steps in a row of the town, whose E_st is the step's number."""
    steps = np.asarray(steps)
    first = np.datetime64(start, "s") + np.timedelta64(30, "m") * int(steps[0])
    count = len(steps)
    return Track(
        checkpoint_sha256="",
        dataset="town",
        start=str(first) if calendar else None,
        step_minutes=30.0,
        horizons=(1,),
        steps=steps,
        tod_index=steps % STEPS,
        dow=steps // STEPS % 7,
        st_embedding=np.broadcast_to(steps[:, None, None], (count, SENSORS, 5)).astype(np.float16),
        forecasts=np.zeros((count, 1, SENSORS), dtype=np.float16),
    )


def made(*days, hours=(0.5, 7.0, 12.0)):
    """Moments at some hours of some days."""
    count = len(days) * len(hours)
    return Moments(np.arange(count), np.repeat(days, len(hours)), np.tile(hours, len(days)))


def test_the_first_seven_days_of_the_data_set_are_taken():
    long = synthetic_city(num_nodes=SENSORS, days=9, steps_per_day=STEPS)
    found = choose_moments(material(dataset=long))
    assert found.steps[0] == 12  # the first full hour with history
    assert found.steps.tolist() == list(range(12, 7 * STEPS, 2))
    assert np.unique(found.days).tolist() == list(range(19723, 19730))  # from 1 January 2024
    assert found.hours[:2].tolist() == [6.0, 7.0]


def test_the_days_of_the_track_go_before_those_of_the_data_set():
    steps = np.arange(2 * STEPS + 7, 4 * STEPS)
    found = choose_moments(replace(material(), track=track(steps)))
    assert found.steps.tolist() == steps[1::2].tolist()
    long = choose_moments(replace(material(), track=track(np.arange(11, 10 * STEPS))))
    assert len(np.unique(long.days)) == 7


def test_a_track_without_calendar_counts_its_days():
    own = replace(material(dataset=None), track=track(np.arange(11, 100), calendar=False))
    assert np.unique(choose_moments(own).days).tolist() == [0, 1, 2]


def test_finer_steps_are_looked_at_every_full_hour():
    config = replace(CONFIG, steps_per_day=288)
    found = choose_moments(material(config, dataset=FINE))
    assert (np.diff(found.steps) == 12).all()
    assert set(np.round(found.hours % 1, 9)) == {0.0}


def test_embeddings_are_the_tracks_at_those_moments():
    steps = np.arange(11, 5 * STEPS)
    own = replace(material(dataset=None), track=track(steps))
    moments = choose_moments(own)
    assert embedding_at(own, moments)[:, 0, 0].tolist() == moments.steps.tolist()


def test_without_track_and_data_there_is_no_moment():
    with pytest.raises(AnalysisError, match="no track, and the data set is somewhere else"):
        choose_moments(material(dataset=None))


def test_a_track_that_misses_every_full_hour_is_refused():
    config = replace(CONFIG, steps_per_day=288)
    short = replace(track([13]), step_minutes=5.0, tod_index=np.array([13]))
    with pytest.raises(AnalysisError, match=r"no day .* has a moment on the full hour"):
        choose_moments(replace(material(config, dataset=FINE), track=short))


def test_the_periods_are_those_of_the_first_day_that_has_them_all():
    late = made(3, hours=(7.0, 12.0))
    full = made(4, 5)
    both = Moments(
        *(
            np.concatenate(pair)
            for pair in zip(
                (late.steps, late.days, late.hours),
                (full.steps, full.days, full.hours),
                strict=True,
            )
        )
    )
    assert period_day(both) == 4
    assert period_day(late) == 3
    assert period_day(made(1, 2, hours=(7.0,))) == 1


def test_no_moment_in_a_period_is_said():
    with pytest.raises(AnalysisError, match="in any of the periods midnight, morning, noon"):
        period_day(made(1, hours=(20.0,)))


def test_each_period_counts_the_same_however_many_moments_it_has():
    moments = made(1, hours=(0.5, 7.0, 7.5, 8.0, 12.0, 22.0))
    coordinates = np.random.default_rng(0).normal(size=(6, 4, 3))
    cosines = cosine_matrix(coordinates)
    expected = (cosines[0] + cosines[1:4].mean(axis=0) + cosines[4]) / 3
    assert period_mean(coordinates, moments) == pytest.approx(expected)


def test_periods_without_a_moment_are_left_out():
    moments = made(1, hours=(7.0, 20.0))
    coordinates = np.random.default_rng(0).normal(size=(2, 4, 3))
    assert period_mean(coordinates, moments) == pytest.approx(cosine_matrix(coordinates)[0])


def test_the_moments_are_told():
    moments = choose_moments(material())
    said = period_moments(moments, TOWN.info)
    assert said == "Moments: 2 (midnight), 3 (morning), 2 (noon) on Tuesday, 2 January 2024."
    assert all_moments(moments, TOWN.info) == (
        "Moments: 114, from Monday, 1 January 2024 to Friday, 5 January 2024."
    )
