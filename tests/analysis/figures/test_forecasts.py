"""Figures of forecasts: what they draw, with gaps, and where nothing is known."""

import numpy as np
import pytest

from analysis.city.ground import Ground
from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_cluster, by_name
from analysis.figures.colours import PALETTE
from analysis.figures.forecasts import (
    LEAST_COLOUR_SPAN,
    ErrorCurve,
    cell_errors,
    cluster_error_boxes,
    error_curves,
    error_map,
    forecast_and_truth,
    hour_errors,
    wide_range,
)
from analysis.forecasts.errors import CellErrors

NAN = float("nan")
IDS = ("a", "b", "c", "d")
ERRORS = np.array([3.0, NAN, 1.0, 2.0])


def test_gaps_stay_gaps_and_the_error_is_forecast_less_truth():
    truth, forecast = np.array([50.0, NAN, 30.0]), np.array([NAN, 41.0, 33.0])
    figure = forecast_and_truth(
        np.arange(3), truth, forecast, quantity="speed", unit="mph", x_title="minutes", cursor=1
    )
    read, told, error = figure.data
    assert np.isnan(read.y).tolist() == [False, True, False]
    assert not read.connectgaps
    assert told.connectgaps  # a track has no forecast for most steps
    assert np.isnan(error.y).tolist() == [True, True, False]
    assert error.y[2] == 3
    assert figure.layout.yaxis.title.text == "speed (mph)"
    assert figure.layout.yaxis2.title.text == "error (mph)"


def test_a_miss_of_one_mph_does_not_look_large():
    truth = np.array([67.0, 68.0, 70.0])
    figure = forecast_and_truth(
        np.arange(3), truth, truth - 1, quantity="speed", unit="mph", x_title="minutes"
    )
    low, high = figure.layout.yaxis.range
    assert high - low >= 20
    assert low < 66 < 70 < high
    low, high = figure.layout.yaxis2.range
    assert high - low > 10 * 1


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_an_axis_holds_all_values_in_any_unit_and_stays_above_zero(scale):
    values = scale * np.array([[1.0, NAN], [1.2, 1.1]])
    low, high = wide_range(values)
    assert 0 <= low < scale * 1.0
    assert high > scale * 1.2
    assert high - low >= 0.3 * scale * 1.2
    low, high = wide_range(-values)
    assert low < -1.2 * scale
    assert wide_range(np.zeros(3))[1] > 0
    assert wide_range(np.full(3, NAN)) is None


def test_hours_are_bars_with_gaps_and_their_readings():
    errors, readings = np.arange(24.0), np.arange(24) * 10
    errors[0] = NAN
    figure = hour_errors(errors, readings, label="error", unit="mph", height=200)
    (bars,) = figure.data
    assert np.isnan(bars.y[0])
    assert list(bars.y[1:]) == list(range(1, 24))
    assert list(bars.customdata[5]) == [5, 6, 50]
    assert figure.layout.yaxis.title.text == "error (mph)"
    assert figure.layout.height == 200


def test_what_has_no_unit_has_no_brackets():
    values = np.arange(3.0)
    figure = forecast_and_truth(
        values, values, values, quantity="flow", unit="", x_title="hour",
        names=("newest", "forecast", "change"),
    )  # fmt: skip
    assert figure.layout.yaxis.title.text == "flow"
    assert [trace.name for trace in figure.data] == ["newest", "forecast", "change"]


def test_a_baseline_is_dashed_in_the_colour_of_its_sensors():
    curves = [
        ErrorCurve("all", np.array([1.0, 2.0])),
        ErrorCurve("all, last value", np.array([2.0, 3.0]), of_baseline=True),
        ErrorCurve("selected", np.array([1.0, NAN]), of_selected=True),
    ]
    figure = error_curves([5, 60], curves, label="MAE (mph)")
    model, baseline, selected = (trace.line for trace in figure.data)
    assert (model.dash, baseline.dash, selected.dash) == ("solid", "dash", "solid")
    assert model.color == baseline.color != selected.color


def test_cells_have_whiskers_where_there_is_an_interval_and_counts_below():
    found = CellErrors(
        edges=np.array([0.0, 5.0, 10.0, 15.0]),
        mae=np.array([4.0, NAN, 2.0]),
        low=np.array([3.0, NAN, NAN]),
        high=np.array([6.0, NAN, NAN]),
        bias=np.array([4.0, NAN, -1.0]),
        counts=np.array([9, 0, 4]),
        drawn="days",
    )
    figure = cell_errors(found, x_title="speed (mph)", label="error", unit="mph")
    mean, counts = figure.data
    assert mean.x.tolist() == [2.5, 7.5, 12.5]
    assert mean.error_y.array.tolist() == [2, 0, 0]
    assert mean.error_y.arrayminus.tolist() == [1, 0, 0]
    assert counts.y.tolist() == [9, 0, 4]


def test_groups_are_in_order_of_their_medians_and_the_unknown_comes_last():
    names = ("x", "y", "z", "x")
    figure = cluster_error_boxes(
        ERRORS, by_name(names, name="road"), names, ids=IDS, label="error", unit="mph"
    )
    assert [trace.name for trace in figure.data] == ["z", "x", "y"]
    assert list(figure.data[1].customdata) == ["a", "d"]


def map_of_errors(errors):
    places = np.linspace(34.0, 34.1, 4)
    figure = city_scatter(
        places, places - 152, Ground(),
        by_cluster(np.array([0, 0, 1, 1]), PALETTE),
        ids=IDS, about=("r", "r", "s", "s"),
    )  # fmt: skip
    return error_map(figure, errors, label="error", unit="mph")


@pytest.mark.parametrize(
    "errors", [[3.0, 3.01, 3.02, NAN], [0.0, 0.0, 0.01, 0.0], [1.0, 5.0, 2.0, 4.0], [0, 0, 0, 0]]
)
def test_colours_of_errors_span_what_they_are_large_or_at_least_half_of_their_mean(errors):
    errors = np.array(errors, dtype=float)
    scale = map_of_errors(errors).data[-1].marker
    known = errors[np.isfinite(errors)]
    assert scale.cmax - scale.cmin >= LEAST_COLOUR_SPAN * known.mean() - 1e-9
    assert scale.cmax > scale.cmin
    assert 0 <= scale.cmin <= known.min()
    assert scale.cmax >= np.quantile(known, 0.98)


@pytest.mark.parametrize("errors", [ERRORS, np.full(4, NAN)])
def test_a_map_tells_each_sensors_error_or_that_nothing_was_read(errors):
    sensors = map_of_errors(errors).data[-1]
    assert [row[0] for row in sensors.customdata] == list(IDS)  # a lasso needs them first
    assert sensors.customdata[1][4] == "no readings"
    assert sensors.marker.cmin < sensors.marker.cmax
    assert sensors.marker.colorbar.title.text == "error (mph)"
