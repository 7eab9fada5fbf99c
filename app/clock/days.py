"""The choice of a day, which pages share, and what the model saw on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import streamlit as st

from analysis.readings.days import (
    Day,
    dataset_days,
    date_of,
    day_from_dataset,
    day_from_track,
    day_label,
    track_days,
)
from app.choices.chosen import choose, forget
from app.choices.links import date_field, named_one
from app.messages import said, shown_as_message
from app.session.forward import embeddings_with_progress
from app.session.opened import OpenCheckpoint, current_dataset, dataset_problem
from app.views.components import missing_note
from himnet.data.info import DatasetInfo
from himnet.forecasting.track import Track

_WIDTH = 210
DAY, DATE = "day", "date"  # keys of the two widgets, and their names in the URL
MOST_LISTED = 14  # days of a list; more are chosen in a calendar, where there are dates


def choose_day(checkpoint: OpenCheckpoint) -> Day | None:
    """Draw the choice of a day and return it; None, and what is missing, where there is none.

    Every day of the data set can be chosen where it is at hand, else those of the track.

    Raises:
        DataError: for a data set that does not fit the model.
    """
    arrays, dataset, track = checkpoint.arrays, current_dataset(), None
    with shown_as_message():  # a track that does not fit hides nothing but itself
        track = checkpoint.track
    info = arrays.dataset
    if dataset is not None:
        day = day_widget(checkpoint, track)
        if track is None or day not in track_days(track, info):
            steps = np.flatnonzero(dataset_days(dataset, arrays.config.in_steps) == day)
            with _way_back(track, info):
                found = embeddings_with_progress(arrays, dataset, steps)
            return day_from_dataset(dataset, steps, found)
        return day_from_track(track, day, dataset, info)
    if track is None:
        missing_note(
            f"There is no moment to look at: {dataset_problem()}; and no track that fits lies "
            "beside the checkpoint. With the data set, this makes one:",
            checkpoint.track_command,
        )
        return None
    return day_from_track(track, day_widget(checkpoint, track), None, info)


@contextmanager
def _way_back(track: Track | None, info: DatasetInfo) -> Iterator[None]:
    """Offer to stop, while the model reads a day, and to go back to one that lies in the track."""
    place = st.empty()
    if track is not None:
        day = int(track_days(track, info).min())
        place.button(
            "Stop", icon=":material/stop:", key="day-stop", on_click=said(lambda: _go_to(day, info))
        )
    yield
    place.empty()


def _go_to(day: int, info: DatasetInfo) -> None:
    """Choose a day, whichever of the two widgets is drawn."""
    choose(DAY, [day_label(day, info)])
    if info.start is not None:
        choose(DATE, [date_of(day).isoformat()])


def day_widget(checkpoint: OpenCheckpoint, track: Track | None) -> int:
    """Draw the widget that chooses a day, with dates a calendar, and return it.

    Args:
        checkpoint: of the model.
        track: beside it, or None; then the data set is at hand.
    """
    arrays, dataset = checkpoint.arrays, current_dataset()
    info = arrays.dataset if dataset is None else dataset.info
    in_track = [] if track is None else sorted({int(day) for day in track_days(track, info)})
    days = in_track
    if dataset is not None:
        every = dataset_days(dataset, arrays.config.in_steps)
        days = sorted({int(day) for day in np.unique(every)} - {-1})
    default = in_track[0] if in_track else days[0]
    if info.start is None or len(days) <= MOST_LISTED:
        return named_one(
            "Day",
            days,
            default=default,
            name_of=lambda day: day_label(day, info),
            key=DAY,
            width=_WIDTH,
            then=lambda _: forget(DATE),
        )
    date = date_field(
        "Date",
        first=date_of(days[0]),
        last=date_of(days[-1]),
        default=date_of(default),
        key=DATE,
        width=_WIDTH,
        then=lambda _: forget(DAY),
    )
    return (date - date_of(0)).days
