"""The figure of missing readings: readable at every size, with what it shows in its caption."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.paper.gaps import draw_gaps
from analysis.paper.save import figure_bytes
from himnet.data.calendar import Calendar, calendar_of_moments, regular_calendar
from himnet.data.dataset import build_dataset
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import START
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm

HOSTILE = ("$x_{1}^2$", "<b>id</b>", "=1+1", "a" * 400, "\\frac{1}{2}", "%s {0}")


def dataset(steps=24 * 21, sensors=6, *, share=0.05, dates=True, calendar=None, ids=None, **told):
    rng = np.random.default_rng(0)
    values = rng.uniform(1, 70, (steps, sensors)).astype(np.float32)
    values[rng.random(values.shape) < share] = np.nan
    if share:
        values[5:9, -1] = np.nan
    known = calendar or regular_calendar(START, steps, 24)
    if not dates:
        known = Calendar(24, known.tod_index, known.dow, None, None)
    info = DatasetInfo("town", Sensors(ids or Sensors.numbered(sensors).ids), **told)
    return build_dataset(info, values, known, {})


CASES = {
    "usual": {},
    "many sensors": {"sensors": 300},
    "as many as have names": {"sensors": 34},
    "one more": {"sensors": 36},
    "one sensor": {"sensors": 1},
    "without dates": {"dates": False},
    "a day": {"steps": 24},
    "a day without dates": {"steps": 24, "dates": False},
    "two steps": {"steps": 2},
    "years": {"steps": 24 * 1200},
    "nothing missing": {"share": 0.0},
    "nothing ever missing": {"share": 0.0, "missing_value": None},
    "all missing": {"share": 1.0},
    "hostile ids": {"ids": HOSTILE[1:], "sensors": 5},  # signs of formulas are taken for small
}


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("case", CASES)
def test_the_figure_is_readable_at_the_width_of_a_column(case, width):
    drawn = draw_gaps(dataset(**CASES[case]), width=width)
    assert_readable(drawn.figure)
    assert width_mm(drawn.figure) == pytest.approx({"single": 84, "double": 178}[width])


def test_without_missing_readings_the_figure_and_the_caption_say_so():
    drawn = draw_gaps(dataset(share=0.0))
    assert "no reading is missing" in texts_of(drawn.figure)
    assert "0.00% of 6 sensors at 504 steps" in drawn.caption
    assert "No reading is missing." in drawn.caption


def test_the_caption_names_the_longest_gaps_the_silent_steps_and_whose_readings_they_are():
    town = dataset(share=0.0, source="City of X", licence="CC BY 4.0")
    values = town.values.copy()
    values[30:130, 2] = values[200:205] = 0
    drawn = draw_gaps(replace(town, values=values))
    day = START.date()
    first = f"Longest gaps: sensor 2, 100 steps (4.2 days) from {np.datetime64(day) + 1} 06:00; "
    assert f"{first}all sensors, 5 steps (5 hours) from {np.datetime64(day) + 8} 08:00." in (
        drawn.caption
    )
    assert "All sensors are missing at 5 steps." in drawn.caption
    assert drawn.caption.endswith("Data: City of X (licence: CC BY 4.0).")


def test_without_dates_gaps_are_named_by_day_and_time():
    drawn = draw_gaps(dataset(share=0.0, dates=False))
    assert "date" not in texts_of(drawn.figure)
    town = dataset(share=0.0, dates=False)
    values = town.values.copy()
    values[30, 2] = 0
    assert "sensor 2, 1 step (60 minutes) from day 2 06:00" in (
        draw_gaps(replace(town, values=values)).caption
    )


def test_texts_from_files_are_drawn_letter_by_letter():
    written = texts_of(draw_gaps(dataset(ids=HOSTILE, share=0.0)).figure)
    short = [name for name in HOSTILE if len(name) < 12]
    assert set(short) <= set(written)


def test_times_without_rows_are_hatched():
    moments = np.datetime64(START, "s") + np.arange(400) * np.timedelta64(3600, "s")
    kept = np.concatenate([moments[:100], moments[300:]])
    drawn = draw_gaps(dataset(steps=200, calendar=calendar_of_moments(kept)))
    assert_readable(drawn.figure)
    assert "Hatched: times without rows." in drawn.caption
    assert "Hatched" not in draw_gaps(dataset()).caption


def test_files_stay_small_for_thousands_of_sensors_and_steps():
    drawn = draw_gaps(dataset(steps=4000, sensors=2000))
    assert drawn.case["cell"] == {"steps": 24, "sensors": 9}
    for kind in ("pdf", "svg", "png"):
        content = figure_bytes(drawn.figure, kind, title="", about={})
        assert len(content) < 1_000_000
        assert content == figure_bytes(drawn.figure, kind, title="", about={})
