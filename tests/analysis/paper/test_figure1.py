"""Figure 1: two areas that differ, and a Sunday against a Monday, from data or from a track."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.material import load_material
from analysis.paper.figure1 import figure1
from analysis.paper.settings import Case, FigureSettings
from himnet.data.synthetic import synthetic_city
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm
from tests.app import made_up

WIDTHS = {"single": 84, "double": 178}
SETTINGS = FigureSettings()


def on(date):
    return FigureSettings(cases={"1": Case(date=date)})


def nine_days():
    """The identity of a city with a Sunday and its Monday."""
    return replace(made_up.city_info(), num_steps=9 * 288)


@pytest.fixture(scope="module")
def with_data(folder):
    city = synthetic_city(num_nodes=made_up.SENSORS, days=9)
    return load_material(made_up.save(folder, "with-data", info=city.info))


@pytest.fixture(scope="module")
def with_track(folder):
    saved = made_up.save(folder, "with-track", info=nine_days())
    made_up.add_track(saved, days=9)
    return load_material(saved, data_dir=folder)


@pytest.fixture(scope="module")
def drawn(with_data):
    return figure1(with_data, SETTINGS, width="single")


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("material", ["with_data", "with_track"])
def test_it_can_be_read_at_the_width_of_a_column(material, width, request):
    figure = figure1(request.getfixturevalue(material), SETTINGS, width=width).figure
    assert width_mm(figure) == pytest.approx(WIDTHS[width])
    assert_readable(figure)
    assert {"a", "b", "c", "A", "B"} <= set(texts_of(figure))


def test_the_areas_are_those_that_differ_most_and_their_sensors_are_named(drawn, with_data):
    scores = [drawn.case["score"], *(other["score"] for other in drawn.case["runners_up"])]
    assert scores == sorted(scores, reverse=True)
    one, other = (set(members) for members in drawn.case["members"])
    assert one | other <= set(with_data.info.sensors.ids)
    assert not one & other
    assert drawn.case["means"][0] < drawn.case["means"][1]
    json.dumps(drawn.case)


def test_the_shares_of_each_area_come_to_a_hundred(drawn):
    steps = [patch.get_data().values for patch in drawn.figure.axes[1].patches]
    assert len(steps) == 4  # each area filled and outlined
    for shares in steps:
        assert shares.sum() == pytest.approx(100)


def test_the_two_days_are_a_sunday_and_the_monday_after_it(drawn, with_data):
    assert drawn.case["sunday"] == "2024-01-07"
    lines = lines_of(drawn.figure.axes[2])
    assert set(lines) == {"Sun 7 Jan", "Mon 8 Jan"}
    readings, ids = with_data.dataset.readings(), with_data.info.sensors.ids
    members = [ids.index(name) for name in drawn.case["members"][0]]
    monday = readings[7 * 288 : 8 * 288, members]
    expected = np.nanmean(monday, axis=1)
    assert lines["Mon 8 Jan"].get_ydata() == pytest.approx(expected, abs=1e-4)


def test_sunday_and_monday_differ_by_more_than_a_colour(drawn):
    styles = {line.get_linestyle() for line in lines_of(drawn.figure.axes[2]).values()}
    assert len(styles) == 2


def test_a_track_stands_for_the_data_set_and_the_caption_says_so(drawn, with_track):
    told = figure1(with_track, SETTINGS, width="single")
    assert told.case["minutes_ahead"] == 5
    assert "forecasts of the model, 5 minutes ahead, instead of readings" in told.caption
    assert "forecast" not in drawn.caption
    assert drawn.case["minutes_ahead"] == 0


def test_a_date_may_be_given_if_it_is_a_sunday(with_data):
    assert figure1(with_data, on("2024-01-07"), width="single").case["sunday"] == "2024-01-07"
    with pytest.raises(AnalysisError, match=r"2024-01-08 is a Monday; .* a Sunday"):
        figure1(with_data, on("2024-01-08"), width="single")
    with pytest.raises(AnalysisError, match="2024-01-14 is not one of the available days"):
        figure1(with_data, on("2024-01-14"), width="single")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_week_without_a_monday_after_its_sunday_has_one_panel_less(folder, width):
    city = synthetic_city(num_nodes=made_up.SENSORS, days=7)
    material = load_material(made_up.save(folder, "one-week", info=city.info))
    told = figure1(material, SETTINGS, width=width)
    assert len(told.figure.axes) == 2
    assert told.case["sunday"] is None
    assert "there are no values for any Sunday together with the following Monday" in told.caption
    assert_readable(told.figure)


def test_a_sunday_that_was_hardly_read_is_not_drawn(folder):
    city = synthetic_city(num_nodes=made_up.SENSORS, days=16, missing_share=0.0)
    city.values[6 * 288 : 7 * 288 - 10] = 0.0
    loaded = load_material(made_up.save(folder, "silent", info=city.info))
    material = replace(loaded, dataset=city)
    assert figure1(material, SETTINGS, width="single").case["sunday"] == "2024-01-14"


@pytest.mark.parametrize("width", WIDTHS)
def test_without_coordinates_clusters_are_compared_instead_of_areas(folder, width):
    saved = made_up.save(folder, f"bare-{width}", info=made_up.bare_info())
    made_up.add_track(saved, calendar=False)
    material = load_material(saved, data_dir=folder)
    told = figure1(material, FigureSettings(clusters=6), width=width)
    assert_readable(told.figure)
    assert len(told.figure.axes) == 1
    assert "Of all clusters, clusters A and B" in told.caption
    assert "panel a is omitted because the locations of the sensors are not known" in told.caption
    assert "area" not in "".join(texts_of(told.figure))
    with pytest.raises(AnalysisError, match="panel a cannot be drawn because the locations"):
        figure1(material, FigureSettings(clusters=6, panels={"1": ("a",)}), width=width)


def test_with_neither_data_nor_track_it_says_what_is_missing(folder):
    material = load_material(made_up.save(folder, "alone"), data_dir=folder)
    with pytest.raises(AnalysisError, match="needs readings or a track, but there is no track"):
        figure1(material, SETTINGS, width="single")


def test_without_dates_no_day_is_a_sunday(folder):
    info = replace(nine_days(), start=None, first_weekday=None)
    saved = made_up.save(folder, "dateless", info=info)
    made_up.add_track(saved, days=9, calendar=False)
    material = load_material(saved, data_dir=folder)
    told = figure1(material, SETTINGS, width="single")
    assert len(told.figure.axes) == 2
    assert "because the data set has no dates" in told.caption
    with pytest.raises(AnalysisError, match="has no dates, so 2024-01-07 cannot be found"):
        figure1(material, on("2024-01-07"), width="single")


@pytest.mark.slow
def test_metrla_is_drawn_from_its_readings(data_dir):
    told = figure1(load_material("metr-la", data_dir=data_dir), SETTINGS, width="single")
    assert told.case["sunday"] == "2012-03-04"
    assert told.case["unit"] == "mph"
    assert told.case["score"] > 5
    assert_readable(told.figure)
