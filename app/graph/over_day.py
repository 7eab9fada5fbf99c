"""How the decoder's graph changes over a day."""

from __future__ import annotations

import numpy as np
import streamlit as st

from analysis.figures.graph import PARTS, Frame, graph_film, parts_over_day
from analysis.graphs.over_time import DayGraphs, OverDay
from analysis.limits import is_large, left_out
from analysis.readings.days import Day, clock_time
from app.choices.chosen import choose
from app.choices.links import switch
from app.clock.moment import TIME
from app.export import exported_chart
from app.graph.matrix import arranged
from app.graph.shown import GraphShown
from app.messages import said, shown_as_message
from app.session.graph import FILM_CELLS, average_rows, excess_cells, graphs_of_day, starts_of
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note, named_rows, section

_MOMENTS, _APART = 5, 2.0  # buttons of moments that differ most, and hours between them
_MOST_AT_ONCE = 500  # sensors up to which a day's moments are compared unasked
_HEIGHT = 400  # pixels of the film's matrix
_ASKED = "g-day"  # session key: the day of very many sensors that is compared


@shown_as_message()
def draw_over_day(checkpoint: OpenCheckpoint, shown: GraphShown) -> None:
    """Draw the parts of the average row over the day, and the moments that differ most."""
    section(
        "How does the decoder's graph change over the day?",
        "What an average row consists of at each moment; the red line marks the chosen one.",
    )
    day = shown.day
    if day is None:
        missing_note(
            "The decoder's graph follows from its input, and this checkpoint has no track with "
            "this day. With the data set, this command writes a track:",
            checkpoint.track_command,
        )
        return
    if not _is_asked_for(shown, day):
        return
    graphs, over = graphs_of_day(shown.material, day)
    shares = average_rows(shown.material, day)
    clock = [clock_time(hour, 24) for hour in graphs.hours]
    figure = parts_over_day(
        graphs.hours, dict(zip(PARTS, shares, strict=True)), cursor=float(day.hours[shown.at]),
        meta={"checkpoint": checkpoint.sha256},
    )  # fmt: skip
    exported_chart(
        figure, key="g-day", alt="Floor, self and others of an average row over the day",
        header=("time", *PARTS, "difference from the day's mean"),
        rows=lambda: named_rows(clock, np.column_stack([*shares, over.difference])),
    )  # fmt: skip
    _draw_moments(over, clock)
    if switch(
        "Play the day", key="play",
        help="An animation of the matrix, one frame for each full hour.",
    ):  # fmt: skip
        _draw_film(shown, graphs)


def _is_asked_for(shown: GraphShown, day: Day) -> bool:
    """Whether to compare the moments of a day; for many sensors, draw a button for it first."""
    count, about = len(shown.graph), (shown.material.arrays.sha256, day.steps.tobytes())
    if is_large(count):
        st.caption(f"{left_out('Comparing the moments of a day')}.")
        return False
    if count <= _MOST_AT_ONCE or st.session_state.get(_ASKED) == about:
        return True
    st.button(
        "Compare the moments of this day", icon=":material/schedule:", key="g-compare",
        on_click=said(lambda: st.session_state.update({_ASKED: about})),
        help=f"Takes some seconds with {count:,} sensors.",
    )  # fmt: skip
    return False


def _draw_moments(over: OverDay, clock: list[str]) -> None:
    """Draw buttons that go to the moments at which the graph differs most."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("It differs most from its mean over the day at", width="content")
        for place in over.most(_MOMENTS, apart=_APART):
            st.button(
                f"{clock[place]} ({over.difference[place]:.0%})", key=f"g-at-{clock[place]}",
                on_click=said(choose), args=(TIME, [clock[place]]),
                help="Show this moment. In brackets: the share of an average row's weight that is "
                "elsewhere than on average over the day.",
            )  # fmt: skip


@shown_as_message()
def _draw_film(shown: GraphShown, graphs: DayGraphs) -> None:
    """Draw an animation of the matrix over the day."""
    order, groups = arranged(shown)
    hours = np.arange(np.ceil(graphs.hours[0]), np.floor(graphs.hours[-1]) + 1)
    places = np.unique([int(np.abs(graphs.hours - hour).argmin()) for hour in hours])
    clock = [clock_time(hour, 24) for hour in graphs.hours]
    frames = [
        Frame(
            clock[place], f"{clock[place]}: excess of the decoder's graph",
            excess_cells(graphs.graphs[place], order, FILM_CELLS),
        )
        for place in places.tolist()
    ]  # fmt: skip
    starts = starts_of(order, FILM_CELLS)
    figure = graph_film(
        frames, order, starts, groups, ids=shown.material.info.sensors.ids, height=_HEIGHT,
        meta={"checkpoint": shown.material.arrays.sha256},
    )  # fmt: skip
    names = list(figure.data[0].x)
    exported_chart(
        figure, key="g-day-film", width=640, alt="Animation of the decoder's graph over the day",
        header=("time", "reads", *names),
        rows=lambda: [
            (frame.label, *row) for frame in frames for row in named_rows(names, frame.cells)
        ],
    )  # fmt: skip
