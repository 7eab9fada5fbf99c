"""Explore: one selection of sensors, in the projection, on the map, over time and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis.carriageways import degrees
from analysis.colouring import Colouring, by_cluster, by_name
from analysis.figures.city import city_scatter
from analysis.figures.selection import spread_series, with_selection
from analysis.figures.spatial import sensor_heatmap, sensor_scatter
from analysis.maps import DARK, LIGHT
from analysis.selection import positions_of
from analysis.similarity import cosine_matrix
from app.cached import projected, spatial_clusters, spatial_coordinates, why_not
from app.choices import ClusterSettings, ProjectionSettings, cluster_form, one_of
from app.city import freeways, geography, placing_command
from app.components import WHERE_UNKNOWN, chart, csv_button, missing_note, page_header, section
from app.messages import shown_as_message
from app.readings import Source, current_source, say_what_is_drawn
from app.selection import chart_key, on_points, remember_in_link, select, selected_ids
from app.selection_bar import selection_bar
from app.session import current_checkpoint

_PROJECTION = ProjectionSettings("t-SNE", 30.0, 0)
_MODES = ("points", "box", "lasso")
_MOST_ROWS = 60  # sensors of a heatmap whose rows can be told apart
_HEIGHT = 430
_TOOLS: dict[str, Any] = {"config": {"modeBarButtonsToRemove": ["autoScale2d"]}}


def _colouring(labels: NDArray[np.int64] | None) -> Colouring:
    """Draw the choice of what colours mean and return the colours of the sensors."""
    names = ["cluster"] if labels is not None else []
    names += ["road"] if sensors.has_roads else []
    chosen = one_of("Colour", names, key="e-colour") if len(names) > 1 else "".join(names)
    if chosen == "cluster" and labels is not None:
        return by_cluster(labels)
    return by_name(sensors.roads or ("",) * len(sensors), name="road")


def _draw_projection(
    labels: NDArray[np.int64], colouring: Colouring, places: NDArray[np.int64], isolated: bool
) -> None:
    section("By their parameters", "Near points have similar parameters.")
    coordinates = spatial_coordinates(sha256, settings.choice, _arrays=checkpoint.arrays)
    points = projected(sha256, "sensors", settings.choice, _PROJECTION, _coordinates=coordinates)
    figure = sensor_scatter(
        points, colouring, ids=sensors.ids, roads=roads, labels=labels,
        meta={"space": settings.choice.label, "checkpoint": sha256},
    )  # fmt: skip
    figure.update_layout(height=_HEIGHT, showlegend=False)
    chart(
        with_selection(figure, places, trace=0, isolated=isolated),
        key=chart_key("e-projection"),
        alt="Projection of the sensors; the selected ones are strong",
        on_select=on_points(checkpoint, "e-projection"),
        selection_mode=_MODES,
        **_TOOLS,
    )


def _draw_map(
    labels: NDArray[np.int64] | None,
    colouring: Colouring,
    places: NDArray[np.int64],
    isolated: bool,
) -> None:
    section("By their places", "The same sensors on lines through the sensors of each freeway.")
    if not sensors.has_coordinates:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    latitude, longitude = degrees(geography(sha256, _sensors=sensors)[0])
    about = [
        road if labels is None else f"{road}<br>cluster {label}".removeprefix("<br>")
        for road, label in zip(roads, labels if labels is not None else roads, strict=True)
    ]
    figure = city_scatter(
        latitude, longitude, freeways(sha256, _sensors=sensors), colouring, ids=sensors.ids,
        about=about, style=DARK if st.context.theme.type == "dark" else LIGHT, height=_HEIGHT,
        meta={"checkpoint": sha256},
    )  # fmt: skip
    chart(
        with_selection(figure, places, trace=len(figure.data) - 1, isolated=isolated),
        key=chart_key("e-map"),
        alt="Map of the sensors; the selected ones are strong",
        on_select=on_points(checkpoint, "e-map"),
        selection_mode=_MODES,
        **_TOOLS,
    )


def _draw_series(source: Source | None, places: NDArray[np.int64]) -> None:
    info = checkpoint.arrays.dataset
    section(
        f"Their {info.quantity}",
        f"Mean {info.quantity} of the selected sensors and of the others over the first week; "
        "shaded, from the 10th to the 90th percentile of the sensors.",
    )
    say_what_is_drawn(checkpoint, source)
    if source is None:
        return
    week = source.weeks[0]
    steps = np.arange(week.start, week.stop)
    values = source.values(steps)
    others = np.setdiff1d(np.arange(info.num_nodes), places)
    groups = {"selected": values[:, places], "the others": values[:, others]}
    shown = {name: own for name, own in groups.items() if own.shape[1]}
    if not len(places):
        shown = {"all sensors": values}
    figure = spread_series(
        source.times[steps], shown, quantity=info.quantity, unit=info.unit,
        meta={"checkpoint": sha256, "are_readings": source.are_readings},
    )  # fmt: skip
    chart(figure, key="e-series", alt="Mean and spread of the selected sensors over a week")


def _draw_similarity(labels: NDArray[np.int64], places: NDArray[np.int64]) -> None:
    section(
        "How alike are they?",
        "Cosine similarity between the parameters of the selected sensors, in the order of "
        "clusters; what all sensors share is taken out.",
    )
    if not 2 <= len(places) <= _MOST_ROWS:
        st.caption(f"Select 2 to {_MOST_ROWS} sensors to see their rows.")
        return
    coordinates = spatial_coordinates(sha256, settings.choice, _arrays=checkpoint.arrays)
    cosines = cosine_matrix(coordinates, centred=True)[np.ix_(places, places)]
    own = labels[places]
    figure = sensor_heatmap(
        cosines,
        np.argsort(own, kind="stable"),
        [str(label) for label in own],
        ids=[sensors.ids[place] for place in places],
        title="centred cosine similarity",
        meta={"space": settings.choice.label, "checkpoint": sha256},
    )
    figure.update_layout(height=_HEIGHT)
    chart(figure, key="e-cosines", alt="Cosine similarity between the selected sensors")


def _draw_table(
    labels: NDArray[np.int64] | None, places: NDArray[np.int64], isolated: bool
) -> None:
    section("Which are they?", "The selected sensors come first; tick rows to select others.")
    table = pd.DataFrame({"sensor": sensors.ids, "selected": False})
    table.loc[places, "selected"] = True
    if labels is not None:
        table["cluster"] = labels
    for name in ("freeway", "direction", "latitude", "longitude"):
        if getattr(sensors, name) is not None:
            table[name] = list(getattr(sensors, name))
    table = table.sort_values("selected", ascending=False, kind="stable")
    table = table[table["selected"]] if isolated else table
    key = chart_key("e-table")

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        select(checkpoint, table["sensor"].iloc[rows], drawn_by="e-table")

    st.dataframe(
        table, hide_index=True, height=280, key=key, on_select=take, selection_mode="multi-row"
    )
    csv_button("Sensors", list(table.columns), table.to_numpy().tolist, name="selected-sensors")


@st.fragment
@shown_as_message()
def _draw_linked(labels: NDArray[np.int64] | None, source: Source | None) -> None:
    """Draw all views of the selection; a selection runs nothing else again."""
    isolated = selection_bar(checkpoint, labels)
    chosen = selected_ids(checkpoint)
    remember_in_link(chosen)
    places = positions_of(sensors, chosen)
    colouring = _colouring(labels)
    left, right = st.columns(2, gap="large")
    if labels is not None:
        with left:
            _draw_projection(labels, colouring, places, isolated)
    with right:
        _draw_map(labels, colouring, places, isolated)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_series(source, places)
    if labels is not None:
        with right:
            _draw_similarity(labels, places)
    _draw_table(labels, places, isolated)


checkpoint = current_checkpoint()
sha256, sensors = checkpoint.sha256, checkpoint.arrays.dataset.sensors
roads = sensors.roads or ("",) * len(sensors)
page_header(
    "What is special about these sensors?",
    "Select sensors anywhere: lasso or click points, find them by words, or tick rows. Every view "
    "on this page and the others draws the same selection.",
)
source = None
with shown_as_message():  # a track that does not fit hides nothing but itself
    source = current_source(checkpoint)
labels, problem = None, why_not("spatial", checkpoint)
if problem is None:
    with st.expander("Which parameters, and how many clusters?", icon=":material/tune:"):
        settings: ClusterSettings = cluster_form(checkpoint.arrays.config)
    labels = spatial_clusters(sha256, settings, _arrays=checkpoint.arrays)
else:
    st.caption(str(problem))
_draw_linked(labels, source)
