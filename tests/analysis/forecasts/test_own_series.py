"""The track's forecasts as a series: placed at the times they are for, and fed to the model."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.own_series import on_own_forecasts
from analysis.material import load_material
from analysis.what_if.sensors_and_hours import least_alike, swap_sensors


@pytest.fixture(scope="module")
def material():
    """The bundled city, as where its readings are absent."""
    opened = load_material("synthetic-city")
    return replace(opened, dataset=None, dataset_problem="the readings are elsewhere")


def test_each_value_is_the_forecast_for_that_time(material):
    own, track = on_own_forecasts(material).required_dataset(), material.track
    ahead = track.horizons[0]
    assert own.values.shape == (len(track), material.model.num_nodes)
    np.testing.assert_array_equal(own.values, track.forecast_at(ahead))
    minutes = np.timedelta64(round(60 * ahead * track.step_minutes), "s")
    np.testing.assert_array_equal(own.timestamps, track.times + minutes)


def test_time_of_day_and_day_of_the_week_go_with_the_dates(material):
    own = on_own_forecasts(material).required_dataset()
    of_day = own.timestamps - own.timestamps.astype("datetime64[D]")
    step = np.timedelta64(round(60 * own.info.step_minutes), "s")
    np.testing.assert_array_equal(own.tod_index, of_day // step)
    days = own.timestamps.astype("datetime64[D]").astype(int)
    assert len(set(((own.dow - days) % 7).tolist())) == 1


def test_it_is_close_to_the_readings(material):
    real = load_material("synthetic-city").required_dataset()
    own = on_own_forecasts(material).required_dataset()
    at = np.searchsorted(real.timestamps, own.timestamps)
    readings = real.readings()[at]
    error = np.nanmean(np.abs(own.values - readings))
    assert error < 0.5 * np.nanmean(np.abs(readings - np.nanmean(readings, axis=0)))


def test_its_windows_are_all_that_fit(material):
    own, model = on_own_forecasts(material).required_dataset(), material.model
    (windows,) = own.splits.values()
    assert len(windows) == len(own.values) - model.in_steps - model.out_steps + 1
    assert windows.index.min() == 0
    assert windows.index.max() == len(own.values)


def test_the_model_runs_on_it_and_an_exchange_changes_only_the_receiver(material):
    own = on_own_forecasts(material)
    assert own.is_on_own_forecasts
    assert not material.is_on_own_forecasts
    giver = least_alike(own, 3)
    effect = swap_sensors(own, [40, 90], [3], [giver])
    assert np.abs(effect.after[..., 3] - effect.before[..., 3]).max() > 0
    assert np.isfinite(effect.before).all()
    assert np.isfinite(effect.truth).all()


def test_a_model_without_a_track_says_so(material):
    with pytest.raises(AnalysisError, match="takes a track"):
        on_own_forecasts(replace(material, track=None))


def test_a_track_that_is_too_short_says_how_long_it_must_be(material):
    track = material.track
    rows = {name: getattr(track, name)[:20] for name in ("steps", "tod_index", "dow")}
    rows |= {name: getattr(track, name)[:20] for name in ("st_embedding", "forecasts")}
    with pytest.raises(AnalysisError, match="20 moments, but a window takes 24"):
        on_own_forecasts(replace(material, track=replace(track, **rows)))
