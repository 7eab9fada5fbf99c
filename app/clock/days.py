"""The widget for the day, which pages share, and the embeddings of the chosen day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.material import Material
from analysis.readings.days import Day, date_of, day_label
from app.choices.chosen import choose, forget
from app.choices.links import date_field, named_one
from app.messages import said
from app.session.chunks import in_chunks
from app.session.keys import cached
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note
from himnet.data.info import DatasetInfo

_WIDTH = 210
_CHUNK = 24  # windows per chunk
DAY, DATE = "day", "date"  # keys of the two widgets, and their names in the URL
MOST_LISTED = 14  # days in a list; if there are more, and dates, a calendar is used


def choose_day(checkpoint: OpenCheckpoint, material: Material) -> Day | None:
    """Draw the widget for the day and return the day; without any, say what is missing.

    All days of the data set can be chosen if it is available, otherwise those of the track.

    Raises:
        DataError: if the data set does not fit the model.
    """
    if not material.days:
        missing_note(
            f"There is no day to show: {material.dataset_problem}, and the checkpoint has no valid "
            "track. With the data set, this command writes one:",
            checkpoint.track_command,
        )
        return None

    def embed(steps: NDArray[np.int64]) -> NDArray[np.float32]:
        with _way_back(material):
            return embeddings_with_progress(material, steps)

    return material.day(day_widget(material), embed)


def embeddings_with_progress(material: Material, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return E_st (M, N, d_st) of the windows that end at some steps, with a progress bar.

    Finished chunks are cached, even if the page is left meanwhile. Errors as for
    `analysis.material.Material.embeddings`.
    """
    parts = in_chunks(
        steps, lambda part: _embeddings(material, part), what="Computing embeddings", size=_CHUNK
    )
    return np.concatenate(parts)


@cached(96)
def _embeddings(material: Material, steps: tuple[int, ...]) -> NDArray[np.float32]:
    return material.embeddings(np.asarray(steps))


@contextmanager
def _way_back(material: Material) -> Iterator[None]:
    """Offer to stop while the model processes a day, and to return to a day of the track."""
    place = st.empty()
    if material.track_days:
        day = material.track_days[0]
        place.button(
            "Stop",
            icon=":material/stop:",
            key="day-stop",
            on_click=said(lambda: _go_to(day, material.info)),
        )
    yield
    place.empty()


def _go_to(day: int, info: DatasetInfo) -> None:
    """Choose a day in whichever of the two widgets is drawn."""
    choose(DAY, [day_label(day, info)])
    if info.start is not None:
        choose(DATE, [date_of(day).isoformat()])


def day_widget(material: Material, *, usual: int | None = None) -> int:
    """Draw the widget for the day, a calendar if there are many dates; return the day.

    Args:
        material: the opened model.
        usual: the day that nobody has chosen yet; None takes the first of the track with
            most of its moments, or of all.
    """
    info, days = material.info, material.days
    if material.dataset is not None:
        info = material.dataset.info
    default = usual if usual in days else material.usual_day
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
