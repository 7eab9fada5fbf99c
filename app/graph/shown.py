"""Which of a model's graphs the page shows, at which moment, and for which sensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.figures.colouring import Colouring, by_value
from analysis.graphs.learnt import LearntGraph
from analysis.material import Material
from analysis.readings.days import Day, clock_time
from analysis.selection import positions_of
from app.choices.links import whole_slider
from app.choices.shared import ClusterSettings, cluster_form, one_of
from app.clock.days import choose_day, day_widget
from app.clock.moment import clock_slider
from app.messages import show_error
from app.selection.selection import selected_ids
from app.session.cached import spatial_clusters
from app.session.graph import DECODER, ENCODERS, decoder, encoders, rows_of
from app.session.opened import OpenCheckpoint
from app.views.colours import colour_names, coloured
from himnet.config import SpaceName

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

MOST_DRAWN = 400  # edges on the map
READ, OTHERS = "how much it is read", "excess over others"
# percent of the excess that the map shows at first; the decoder's is on few, near pairs
_USUAL_SHARES = {ENCODERS: 5, DECODER: 25}
_EIGHT = 8.0  # the hour that nobody has chosen yet


@dataclass(frozen=True, eq=False)
class GraphShown:
    """What the page shows.

    Attributes:
        material: the opened model.
        name: which of its graphs.
        graph: that graph.
        settings: of the clusters; None for a model without them.
        day: the chosen day; None if its E_st is not at hand.
        at: place of the chosen moment in that day.
        readers: positions of the selected sensors.
        share: of the excess that the map shows, in percent.
        order: what groups the matrix, "" for nothing.
        colouring: of the sensors on the map.
    """

    material: Material
    name: str
    graph: LearntGraph = field(repr=False)
    settings: ClusterSettings | None
    day: Day | None
    at: int
    readers: tuple[int, ...]
    share: int
    order: str
    colouring: Colouring

    @property
    def is_decoder(self) -> bool:
        """Whether it is the decoder's graph."""
        return self.name == DECODER

    @property
    def step(self) -> int | None:
        """The step of the moment whose graph it is; None for the encoders' graph."""
        return None if self.day is None or not self.is_decoder else int(self.day.steps[self.at])

    @property
    def times(self) -> list[str]:
        """The times of the day's moments."""
        return [] if self.day is None else times_of(self.day)

    @property
    def decoder(self) -> LearntGraph | None:
        """The decoder's graph at the moment; None without E_st."""
        return None if self.day is None else _decoder_at(self.material, self.day, self.at)


def times_of(day: Day) -> list[str]:
    """Return the times of a day's moments as text."""
    return [clock_time(hour, 24) for hour in day.hours]


def choose_graph(
    checkpoint: OpenCheckpoint, material: Material, behind: DeltaGenerator
) -> GraphShown | None:
    """Draw the widgets and return what to show; None if there is nothing, and say why.

    Args:
        checkpoint: the opened checkpoint.
        material: its model.
        behind: container of the settings.
    """
    names = _graphs_of(material)
    if not names:
        show_error(material.model.why_not("spatial", generated=False))
        return None
    with behind:
        settings = _cluster_settings(material)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = one_of("Graph", names, key="graph")
        day = _day(checkpoint, material, name) if DECODER in names else None
        at = 0 if day is None else _moment(day)
        share = whole_slider(
            "Excess shown (%)", min_value=1, max_value=50, value=_USUAL_SHARES[name], key="share",
            width=210,
            help="The largest excesses over other sensors that have this share of their sum "
            f"together; at most {MOST_DRAWN} are drawn.",
        )  # fmt: skip
    if name == DECODER:
        if day is None:
            return None
        graph = _decoder_at(material, day, at)
    else:
        graph = encoders(material.arrays)
    with behind:
        order = _order(material, settings)
        colouring = _colouring(checkpoint, graph, settings)
    readers = positions_of(material.info.sensors, selected_ids(checkpoint)).tolist()
    return GraphShown(
        material, name, graph, settings, day, at, tuple(readers), share, order, colouring
    )


def _graphs_of(material: Material) -> list[str]:
    """Return the graphs that a model has."""
    spaces: dict[str, SpaceName] = {ENCODERS: "spatial", DECODER: "moment"}
    return [
        name for name, space in spaces.items() if not material.model.why_not(space, generated=False)
    ]


def _decoder_at(material: Material, day: Day, at: int) -> LearntGraph:
    return decoder(material.arrays, day.embedding[at])


def _cluster_settings(material: Material) -> ClusterSettings | None:
    if material.model.why_not("spatial"):
        return None
    st.markdown("**Clusters**")
    return cluster_form(material.model)


def _day(checkpoint: OpenCheckpoint, material: Material, name: str) -> Day | None:
    """Draw the widget for the day; return it if E_st is at hand, or if the decoder's is shown."""
    if name == DECODER:
        return choose_day(checkpoint, material)
    if not material.track_days:
        return None
    number = day_widget(material)
    return material.day(number) if number in material.track_days else None


def _moment(day: Day) -> int:
    """Draw the slider for the time of day and return the place of the moment."""
    clock = times_of(day)
    usual = clock[int(np.abs(day.hours - _EIGHT).argmin())]
    return clock.index(clock_slider(clock, usual, width=200))


def _order(material: Material, settings: ClusterSettings | None) -> str:
    """Draw the widget for the order of the matrix; return what groups it, "" for nothing."""
    kinds = ["cluster"] if settings is not None else []
    kinds += ["road"] if material.info.sensors.has_roads else []
    if not kinds:
        return ""
    st.markdown("**Matrix**")
    return one_of("Ordered by", kinds, key="order")


def _colouring(
    checkpoint: OpenCheckpoint, graph: LearntGraph, settings: ClusterSettings | None
) -> Colouring:
    """Draw the widget that chooses what colours on the map show; return the colours."""
    rows = rows_of(graph)[0]
    labels = None if settings is None else spatial_clusters(checkpoint.arrays, settings)
    own = [READ] if len(rows.others) < len(rows.read) else [READ, OTHERS]
    st.markdown("**Map**")
    names = [*own, *colour_names(checkpoint, labels, None)]
    name = one_of("Colour of the sensors", names, key="graph-colour")
    if name in own:
        values = 100 * (rows.read if name == READ else rows.others)
        return by_value(values, name=name, unit="%", digits=(2, 1))
    return coloured(name, checkpoint, settings, None)
