"""Graph: which sensors the model connects, and what an entry of its learnt graphs means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.brackets import with_marked_rows
from analysis.figures.city import city_scatter
from analysis.figures.colouring import Colouring, by_value
from analysis.figures.graph import (
    Places,
    change_heatmap,
    excess_heatmap,
    parts_over_day,
    row_parts,
    with_edges,
)
from analysis.graphs.average import average_row
from analysis.graphs.edges import Edges
from analysis.graphs.learnt import LearntGraph
from analysis.limits import MOST_QUADRATIC, is_large, sample
from analysis.material import Material
from analysis.readings.days import Day, clock_time
from analysis.selection import positions_of
from app.choices.chosen import choose
from app.choices.links import whole_slider
from app.choices.shared import ClusterSettings, cluster_form, one_of
from app.clock.days import choose_day, day_widget
from app.clock.moment import TIME, clock_slider
from app.export import export, exported_chart
from app.messages import fragment, said, show_error, shown_as_message
from app.selection.linked import link_charts, linked_chart, linked_table
from app.selection.selection import selected_ids
from app.session.cached import spatial_clusters
from app.session.city_map import apart_note, drawn_places, map_style, placing_command
from app.session.graph import (
    UNTRAINED,
    average_rows,
    change_cells,
    decoder,
    direction_of,
    edge_lengths,
    edges_of,
    encoders,
    excess_cells,
    graphs_of_day,
    rows_of,
    starts_of,
    untrained_row,
)
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.colours import colour_names, coloured
from app.views.components import (
    WHERE_UNKNOWN,
    missing_note,
    named_rows,
    page_header_with_settings,
    picture_title,
    sample_note,
    section,
)
from app.views.graph import draw_findings, draw_growth, say_unmeasured
from app.views.sensors import road_order
from himnet import texts

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

ENCODERS, DECODER = "encoders", "decoder"
_WHOSE = {ENCODERS: "encoders'", DECODER: "decoder's"}
_READ, _OTHERS = "how much it is read", "its excess over others"
_MAP, _TABLE = "g-map", "g-table"
_HEIGHT = 400  # pixels of the map and the matrix
_MOST_DRAWN = 400  # edges on the map
_EIGHT = 8.0  # the hour that nobody has chosen yet
_MOMENTS = 5  # buttons of moments that differ most
_MOST_AT_ONCE = 500  # sensors up to which a day's moments are compared unasked


@dataclass(frozen=True, eq=False)
class _Shown:
    """What the page shows.

    Attributes:
        name: which of the model's graphs.
        graph: that graph.
        settings: of the clusters; None for a model without them.
        day: the chosen day; None if it has no E_st at hand.
        at: place of the chosen moment in that day.
        readers: positions of the selected sensors.
    """

    name: str
    graph: LearntGraph
    settings: ClusterSettings | None
    day: Day | None
    at: int
    readers: tuple[int, ...]

    @property
    def is_decoder(self) -> bool:
        """Whether it is the decoder's graph."""
        return self.name == DECODER


def _choose(
    checkpoint: OpenCheckpoint, material: Material, behind: DeltaGenerator
) -> tuple[_Shown | None, int]:
    """Draw the widgets above the pictures; return what is shown, and the share of the excess."""
    arrays, model = checkpoint.arrays, material.model
    names = [ENCODERS] if not model.why_not("spatial", generated=False) else []
    names += [DECODER] if not model.why_not("moment", generated=False) else []
    settings = None
    if not model.why_not("spatial"):
        with behind:
            st.markdown("**Clusters**")
            settings = cluster_form(model)
    if not names:
        show_error(model.why_not("spatial", generated=False))
        return None, 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = one_of("Graph", names, key="graph")
        day = _choose_day(checkpoint, material, name) if DECODER in names else None
        at = 0 if day is None else _choose_moment(day, material)
        share = whole_slider(
            "Share of the excess shown (%)", min_value=1, max_value=50, value=5, key="share",
            width=210,
            help="The largest excesses over other sensors, as many as have this share of their sum "
            f"together; at most {_MOST_DRAWN} are drawn.",
        )  # fmt: skip
    if name == DECODER and day is None:
        return None, share
    graph = encoders(arrays) if name == ENCODERS else decoder(arrays, _embedding(day, at))
    places = positions_of(material.info.sensors, selected_ids(checkpoint))
    return _Shown(name, graph, settings, day, at, tuple(places.tolist())), share


def _choose_day(checkpoint: OpenCheckpoint, material: Material, name: str) -> Day | None:
    """Draw the widget for the day; return it if E_st is at hand, or if the decoder's is shown."""
    if name == DECODER:
        return choose_day(checkpoint, material)
    if not material.track_days:
        return None
    number = day_widget(material)
    return material.day(number) if number in material.track_days else None


def _choose_moment(day: Day, material: Material) -> int:
    """Draw the slider for the time of day and return the place of the moment."""
    clock = _clock(day, material)
    usual = clock[int(np.abs(day.hours - _EIGHT).argmin())]
    return clock.index(clock_slider(clock, usual, width=200))


def _clock(day: Day, material: Material) -> list[str]:
    return [clock_time(hour, 24) for hour in day.hours]


def _embedding(day: Day | None, at: int) -> NDArray[np.float32]:
    assert day is not None
    return day.embedding[at]


@shown_as_message()
def _draw_meaning(checkpoint: OpenCheckpoint, material: Material, shown: _Shown) -> None:
    """Draw what an entry means: a sentence, and the parts of the average row."""
    arrays = checkpoint.arrays
    own = average_row(rows_of(shown.graph)[0])
    bars = {}
    if not material.model.why_not("spatial", generated=False):
        bars["encoders"] = average_row(rows_of(encoders(arrays))[0])
        bars["encoders, untrained"] = untrained_row(arrays)
    if shown.day is not None:
        time = _clock(shown.day, material)[shown.at]
        graph = decoder(arrays, _embedding(shown.day, shown.at))
        bars[f"decoder, {time}"] = average_row(rows_of(graph)[0])
    left, right = st.columns([4, 5], gap="medium", vertical_alignment="center")
    with left:
        beside = ""
        if not shown.is_decoder:
            beside = (
                f" ({100 * untrained_row(arrays).others:.1f} % in {UNTRAINED} untrained models)"
            )
        st.markdown(
            "Row *i* holds the weights with which sensor *i* reads all sensors. None is zero: each "
            "row gives every sensor the same **floor**, whatever was learnt. Only the **excess** "
            "above it is learnt: for the sensor itself, and for others. An average row of the "
            f"{_WHOSE[shown.name]} graph is **{100 * own.floor:.1f} % floor**, {100 * own.own:.1f} % self "
            f"and **{100 * own.others:.1f} % others**{beside}."
        )
    with right:
        figure = row_parts(bars, meta={"checkpoint": arrays.sha256})
        exported_chart(
            figure, key="g-parts", alt="Floor, self and others of an average row of each graph",
            header=("graph", "floor", "self", "others"),
            rows=lambda: [(name, one.floor, one.own, one.others) for name, one in bars.items()],
        )  # fmt: skip


def _colouring(checkpoint: OpenCheckpoint, material: Material, shown: _Shown) -> Colouring:
    """Draw the widget that chooses what colours show; return the colours of the sensors."""
    arrays, rows = checkpoint.arrays, rows_of(shown.graph)[0]
    labels = None if shown.settings is None else spatial_clusters(arrays, shown.settings)
    own = [_READ] if len(rows.others) < len(rows.read) else [_READ, _OTHERS]
    names = [*own, *colour_names(checkpoint, labels, None)]
    name = one_of("Colour", names, key="graph-colour", label_visibility="collapsed")
    if name in own:
        values = 100 * (rows.read if name == _READ else rows.others)
        return by_value(values, name=name, unit="%", digits=(2, 1))
    return coloured(name, checkpoint, shown.settings, None)


def _drawn_edges(shown: _Shown, share: int) -> tuple[Edges, str]:
    """Return the edges to draw, and in Markdown how many they are of how many."""
    every = edges_of(shown.graph, shown.readers)
    wanted = every.up_to_share(share / 100)
    drawn = wanted.first(_MOST_DRAWN)
    if not len(drawn):
        return drawn, "No score is positive here: there is no excess over others to draw."
    held = float(drawn.shares[-1])
    rows = len(shown.readers) or len(sample(len(shown.graph)))
    pairs = rows * (len(shown.graph) - 1)
    known = len(wanted) < len(every) or float(every.shares[-1]) >= share / 100
    count = f"{len(wanted):,}" if known else f"more than {len(every):,}"
    of_whom = "the selected sensors' rows" if shown.readers else "all rows"
    if not shown.readers and is_large(len(shown.graph)):
        of_whom = f"a random sample of {rows} rows"
    if known and len(drawn) == len(wanted):
        return drawn, (
            f"Drawn: the {len(drawn):,} largest of {pairs:,} entries, with {100 * held:.0f} % of "
            f"the excess over others in {of_whom}."
        )
    return drawn, (
        f"Drawn: the {len(drawn):,} largest, with {100 * held:.1f} % of the excess over others in "
        f"{of_whom}; {share} % need {count} of {pairs:,} entries."
    )


def _edge_texts(checkpoint: OpenCheckpoint, shown: _Shown, edges: Edges) -> list[str]:
    """Return what is said of each edge."""
    sensors, count = checkpoint.arrays.dataset.sensors, len(shown.graph)
    metres, along = edge_lengths(checkpoint.arrays, edges.readers, edges.read)
    others = edges.excess / edges.total if edges.total else edges.excess
    named = [f"{one} ({road})" if road else one for one, road in zip(
        sensors.ids, sensors.road_names, strict=True)]  # fmt: skip
    return [
        f"{named[reader]} reads {named[read]}\n"
        f"excess {100 * excess:.3g} % of the row ({count * excess:.2g} / N)\n"
        f"{100 * part:.2g} % of all excess over others\n"
        f"{far / 1000:.1f} km {'along the road' if on_road else 'in a straight line'}"
        for reader, read, excess, part, far, on_road in zip(
            edges.readers, edges.read, edges.excess, others, metres, along, strict=True
        )
    ]


@shown_as_message()
def _draw_map(checkpoint: OpenCheckpoint, material: Material, shown: _Shown, share: int) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    picture_title(f"Where are the largest excesses?{apart_note(arrays)}")
    colouring = _colouring(checkpoint, material, shown)
    (latitude, longitude), ground = drawn_places(arrays)
    edges, told = _drawn_edges(shown, share)
    about = _edge_texts(checkpoint, shown, edges)
    figure = city_scatter(
        latitude, longitude, ground, colouring, ids=sensors.ids, about=sensors.labels,
        always=np.union1d(edges.readers, edges.read), style=map_style(), height=_HEIGHT,
        meta={"checkpoint": arrays.sha256, "graph": shown.name},
    )  # fmt: skip
    with_edges(figure, edges, Places(latitude, longitude), about)
    ids = sensors.ids
    moment = None if shown.day is None or not shown.is_decoder else int(shown.day.steps[shown.at])
    linked_chart(
        checkpoint, figure, view=_MAP, trace=len(figure.data) - 1,
        about=(
            arrays.sha256, shown.name, moment, share, shown.readers, colouring.name,
            shown.settings, map_style(),
        ),
        alt="Map of the sensors, with the largest excesses of the graph as lines",
        header=("reads", "is read", "excess", "share of all up to this one"),
        rows=lambda: [
            (ids[reader], ids[read], excess, part)
            for reader, read, excess, part in zip(
                edges.readers, edges.read, edges.excess, edges.shares, strict=True
            )
        ],
    )  # fmt: skip
    _draw_legend(colouring)
    st.caption(
        f"{told} Each line bends to the right on the way from the sensor that reads, and its dot "
        "is nearer to the one that is read."
    )


def _draw_legend(colouring: Colouring) -> None:
    """Draw the legend of a number; groups are told by the tooltip."""
    if colouring.kinds or not colouring.legend:
        return
    dots = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:.75em;'
        f'height:.75em;border-radius:50%;background:{colour}"></span> {texts.html(name)}</span>'
        for name, colour in colouring.legend
    )
    st.html(
        '<div style="display:flex;gap:.9rem;flex-wrap:wrap;font-size:.8rem">'
        f"<span>{texts.html(colouring.name)}:</span>{dots}</div>"
    )


@shown_as_message()
def _draw_matrix(checkpoint: OpenCheckpoint, material: Material, shown: _Shown) -> None:
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    picture_title("Are there blocks?")
    with st.container(horizontal=True):
        kinds = ["cluster"] if shown.settings is not None else []
        kinds += ["road"] if sensors.has_roads else []
        order = one_of(
            "Ordered by", kinds, key="order", label_visibility="collapsed"
        ) if kinds else ""  # fmt: skip
        what = "excess"
        if shown.is_decoder and not is_large(len(sensors)):
            what = one_of(
                "Shown", ["excess", "minus its mean over the day"], key="matrix",
                label_visibility="collapsed",
            )  # fmt: skip
    groups, whole = _groups(checkpoint, shown, order)
    some = sample(len(sensors))
    placed = whole[np.isin(whole, some)]
    starts = starts_of(placed)
    draw = excess_heatmap
    if what == "excess":
        cells = excess_cells(shown.graph, placed)
    else:
        assert shown.day is not None
        at = int(np.abs(graphs_of_day(material, shown.day)[0].hours
                        - shown.day.hours[shown.at]).argmin())  # fmt: skip
        cells, draw = change_cells(material, shown.day, at, placed), change_heatmap
    figure = draw(
        cells, placed, starts, groups, ids=sensors.ids, height=_HEIGHT,
        meta={"checkpoint": arrays.sha256, "graph": shown.name},
    )  # fmt: skip
    chosen = np.isin(placed, shown.readers)
    if chosen.any():
        with_marked_rows(figure, chosen)
    names = list(figure.data[0].x)
    exported_chart(
        figure, key="g-matrix", alt="Matrix of the excess with which each sensor reads the others",
        header=("reads", *names), rows=lambda: named_rows(names, cells),
    )  # fmt: skip
    sample_note(len(some), len(sensors))
    if len(starts) < len(placed):
        st.caption(f"Each cell is the mean over up to {-(-len(placed) // len(starts))} sensors.")


def _groups(
    checkpoint: OpenCheckpoint, shown: _Shown, order: str
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the group of each sensor in the matrix, and the order of the sensors."""
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    if order == "road":
        return list(sensors.road_names), road_order(arrays)
    if shown.settings is None:
        return [""] * len(sensors), np.arange(len(sensors))
    labels = spatial_clusters(arrays, shown.settings)
    return [str(label) for label in labels], np.argsort(labels, kind="stable")


def _say_direction(shown: _Shown) -> None:
    """Say what gives the graph a direction."""
    found = direction_of(shown.graph)
    if found is None:
        return
    st.markdown(
        ":material/info: **The graph has no direction of its own.** Its scores are symmetric, so "
        "*A*ᵢⱼ / *A*ⱼᵢ = floorᵢ / floorⱼ: which of two sensors reads more from the other follows "
        "from the normalisation of their rows, one number per sensor. In this graph, the smaller "
        f"of the two weights is {100 * found.median:.1f} % below the larger (median over pairs), "
        f"at most {100 * found.largest:.1f} %. Whether information comes from upstream or "
        "downstream is asked on *Why*."
    )


@shown_as_message()
def _draw_table(checkpoint: OpenCheckpoint, shown: _Shown) -> None:
    sensors = checkpoint.arrays.dataset.sensors
    section(
        "Who reads, and who is read?",
        "In percent of a row, without the diagonal: the excess of a sensor's own row over others, "
        "and the sum of its column, the excess with which all others read it. Both have the same "
        "mean. Ticked rows are selected.",
    )
    rows, places = rows_of(shown.graph)
    table = pd.DataFrame({"sensor": [sensors.ids[place] for place in places]})
    if any(sensors.labels):
        labels = sensors.labels
        table["name" if sensors.name else "road"] = [labels[place] for place in places]
    table["floor (%)"] = (100 * rows.floor).round(3)
    table["self (%)"] = (100 * rows.own).round(3)
    table["excess over others (%)"] = (100 * rows.others).round(3)
    table["is read (%)"] = (100 * rows.read[places]).round(3)
    table["effective neighbours"] = rows.effective.round(1)
    table["largest weight × N"] = (len(sensors) * rows.largest).round(2)
    table = table.sort_values("is read (%)", ascending=False, kind="stable")
    sample_note(len(places), len(sensors))
    moment = shown.at if shown.is_decoder else None
    linked_table(
        checkpoint, table, view=_TABLE, about=(checkpoint.sha256, shown.name, moment), height=300
    )
    st.caption(
        "Effective neighbours: exp(entropy) of the row's excess over others, the number of equal "
        "neighbours that would be as spread out."
    )
    export(None, key=_TABLE, header=list(table.columns), rows=table.to_numpy().tolist)


@shown_as_message()
def _draw_over_day(checkpoint: OpenCheckpoint, material: Material, shown: _Shown) -> None:
    """Draw how the decoder's graph changes over the chosen day, and when it differs most."""
    section(
        "How does the decoder's graph change over the day?",
        "What an average row consists of at each moment; the red line marks the chosen one.",
    )
    day, count = shown.day, material.info.num_nodes
    if day is None:
        missing_note(
            "The decoder's graph follows from its input, so it needs a track or readings of this "
            "day. With the data set, this command writes a track:",
            checkpoint.track_command,
        )
        return
    if is_large(count):
        st.caption(f"Comparing a day's moments is left out above {MOST_QUADRATIC:,} sensors.")
        return
    if count > _MOST_AT_ONCE and st.session_state.get("g-day") != (
        checkpoint.sha256, day.steps.tobytes(),
    ) and not st.button("Compare the moments of this day", key="g-compare"):  # fmt: skip
        return
    st.session_state["g-day"] = (checkpoint.sha256, day.steps.tobytes())
    shares = average_rows(material, day)
    graphs, over = graphs_of_day(material, day)
    parts = dict(zip(("floor", "self", "others"), shares, strict=True))
    figure = parts_over_day(
        graphs.hours, parts, cursor=float(day.hours[shown.at]),
        meta={"checkpoint": checkpoint.sha256},
    )  # fmt: skip
    clock = [clock_time(hour, 24) for hour in graphs.hours]
    exported_chart(
        figure, key="g-day", alt="Floor, self and others of an average row over the day",
        header=("time", "floor", "self", "others", "difference from the day's mean"),
        rows=lambda: named_rows(clock, np.column_stack([*shares, over.difference])),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("It differs most from its mean over the day at", width="content")
        for place in over.most(_MOMENTS):
            st.button(
                f"{clock[place]} ({over.difference[place]:.0%})", key=f"g-at-{clock[place]}",
                on_click=said(choose), args=(TIME, [clock[place]]),
                help="Show this moment. In brackets: the share of an average row's weight that is "
                "elsewhere than on average over the day.",
            )  # fmt: skip


@fragment
def _draw_page(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw the page; a new moment, selection or setting runs it again."""
    behind = page_header_with_settings(
        "What does the model connect?",
        "Sensors pass information to each other through learnt graphs, softmax(relu(*E Eᵀ*)): one "
        "of the encoders, and one of the decoder at each moment. No road map is given.",
    )
    if why := material.model.why_no_graph:
        show_error(why)
        return
    link_charts(checkpoint, [_MAP])
    shown, share = _choose(checkpoint, material, behind)
    if shown is None:
        return
    _draw_meaning(checkpoint, material, shown)
    draw_findings(material)
    if checkpoint.arrays.dataset.sensors.has_coordinates:
        left, right = st.columns([6, 5], gap="medium")
        with left:
            _draw_map(checkpoint, material, shown, share)
        with right:
            _draw_matrix(checkpoint, material, shown)
    else:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        _draw_matrix(checkpoint, material, shown)
    _say_direction(shown)
    say_unmeasured(checkpoint, material)
    _draw_over_day(checkpoint, material, shown)
    draw_growth(checkpoint, material)
    _draw_table(checkpoint, shown)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    _draw_page(checkpoint, open_material(checkpoint))


draw(current_checkpoint())
