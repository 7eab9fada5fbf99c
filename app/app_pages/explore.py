"""Explore: one selection of sensors, in the projection, on the map, over time and as a table."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis.city.maps import DARK, LIGHT
from analysis.figures.brackets import runs, with_brackets, with_ids
from analysis.figures.city import city_scatter
from analysis.figures.colouring import Colouring
from analysis.figures.colours import cluster_colour
from analysis.figures.selection import spread, spread_series
from analysis.figures.spatial import sensor_heatmap, sensor_scatter
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import sample
from analysis.selection import positions_of
from app.choices.layouts import shown_projection
from app.choices.shared import ClusterSettings, ProjectionSettings, cluster_form
from app.clock.moment import moment_widgets
from app.clock.readings import Source, current_source, say_what_is_drawn
from app.keep import keep
from app.messages import fragment, shown_as_message
from app.selection.bar import selection_bar
from app.selection.linked import link_charts, linked_chart, linked_table
from app.selection.selection import selected_ids
from app.session.cached import projected, spatial_clusters, spatial_coordinates, why_not
from app.session.city_map import drawn_places, placing_command
from app.session.opened import current_checkpoint
from app.views.colours import colour_names, coloured
from app.views.components import (
    WHERE_UNKNOWN,
    chart,
    missing_note,
    named_rows,
    page_header,
    sample_note,
    section,
)
from himnet import texts

_PROJECTION = ProjectionSettings("t-SNE", 30.0, 0)
_VIEWS = ("e-projection", "e-map")
_MOST_CELLS = 120  # per side of the heatmap, which is as wide as half a page
_HEIGHT = 400


def _alone(values: NDArray[np.float64], shown: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Return values (N, ...) with NaN for all sensors but those shown; None shows all."""
    if shown is None:
        return values
    found = np.full_like(values, np.nan)
    found[shown] = values[shown]
    return found


@shown_as_message()
def _draw_projection(
    labels: NDArray[np.int64], colouring: Colouring, shown: NDArray[np.int64] | None
) -> None:
    section("By their parameters", "Near points have similar parameters.")
    coordinates = spatial_coordinates(sha256, choice, _arrays=checkpoint.arrays)
    projection = shown_projection(_PROJECTION, len(sensors), sha256=sha256, key="e-tsne")
    points = projected(sha256, "sensors", choice, projection, _coordinates=coordinates)
    figure = sensor_scatter(
        _alone(points, shown), colouring, ids=sensors.ids, roads=roads, labels=labels,
        meta={"space": choice.label, "checkpoint": sha256},
    )  # fmt: skip
    figure.update_layout(height=_HEIGHT, showlegend=False, margin={"l": 4, "r": 4, "t": 28, "b": 4})
    figure.update_yaxes(scaleanchor=None)
    linked_chart(
        checkpoint, figure, view="e-projection", trace=0,
        about=(_about(colouring, shown), projection),
        alt="Projection of the sensors; the selected ones are strong",
    )  # fmt: skip
    keep(
        figure, key="e-projection", header=("sensor", "cluster", "x", "y"),
        rows=lambda: zip(sensors.ids, labels.tolist(), *points.round(4).T.tolist(), strict=True),
    )  # fmt: skip


@shown_as_message()
def _draw_map(
    labels: NDArray[np.int64] | None, colouring: Colouring, shown: NDArray[np.int64] | None
) -> None:
    section("By their places", "The same sensors on lines through the sensors of each freeway.")
    if sensors.latitude is None or sensors.longitude is None:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    (latitude, longitude), paths = drawn_places(sha256, _sensors=sensors)
    clusters = [""] * len(sensors) if labels is None else [f"cluster {k}" for k in labels]
    about = ["\n".join(filter(None, told)) for told in zip(roads, clusters, strict=True)]
    figure = city_scatter(
        _alone(latitude, shown), _alone(longitude, shown), paths, colouring, ids=sensors.ids,
        about=about, style=DARK if _is_dark() else LIGHT, height=_HEIGHT,
        meta={"checkpoint": sha256},
    )  # fmt: skip
    linked_chart(
        checkpoint, figure, view="e-map", trace=len(figure.data) - 1,
        about=_about(colouring, shown), alt="Map of the sensors; the selected ones are strong",
    )  # fmt: skip
    table = np.stack([sensors.latitude, sensors.longitude], axis=1)
    keep(
        figure, key="e-map", header=("sensor", "latitude", "longitude"),
        rows=lambda: named_rows(sensors.ids, table),
    )  # fmt: skip


def _is_dark() -> bool:
    return bool(st.context.theme.type == "dark")


def _about(colouring: Colouring, shown: NDArray[np.int64] | None) -> Hashable:
    """Return all but the selection that a chart of all sensors depends on."""
    alone = None if shown is None else tuple(shown.tolist())
    return sha256, settings, colouring, alone, _is_dark()


@st.cache_data(max_entries=16, show_spinner=False)
def _spread_of_all(
    values_sum: str, first: int, last: int, *, _source: Source
) -> NDArray[np.float64]:
    """Return `spread` of all sensors over the steps from `first` to `last`."""
    return spread(_source.values(np.arange(first, last + 1)))


@fragment
def _draw_series(source: Source | None, places: NDArray[np.int64]) -> None:
    info = checkpoint.arrays.dataset
    quantity = texts.markdown(info.quantity)
    section(
        f"Their {quantity}",
        f"Mean {quantity} of the selected sensors, and of all; shaded, from the 10th to the "
        "90th percentile of the sensors; dashed, the time that pages share.",
    )
    say_what_is_drawn(checkpoint, source)
    if source is None:
        return
    steps, moment = moment_widgets(checkpoint, source)
    ends = int(steps[0]), int(steps[-1])
    groups = {"all sensors": _spread_of_all(source.sum, *ends, _source=source)}
    if len(places):
        groups[f"selected ({len(places)})"] = spread(source.values(steps)[:, places])
    figure = spread_series(
        source.times[steps], groups, quantity=info.quantity, unit=info.unit,
        cursor=source.times[moment],
        meta={"checkpoint": sha256, "are_readings": source.are_readings},
    )  # fmt: skip
    chart(figure, key="e-series", alt="Mean and spread of the selected sensors over time")
    parts = [f"{name}, {part}" for name in groups for part in ("mean", "10 %", "90 %")]
    table = np.concatenate(list(groups.values())).T
    keep(
        figure, key="e-series", header=("time", *parts),
        rows=lambda: named_rows(map(str, source.times[steps]), table),
    )  # fmt: skip


@shown_as_message()
def _draw_similarity(labels: NDArray[np.int64], places: NDArray[np.int64]) -> None:
    section(
        "How alike are they?",
        "Cosine similarity between the parameters of the selected sensors, or of all; brackets "
        "are clusters; what all sensors share is taken out.",
    )
    everyone = places if len(places) > 1 else np.arange(len(sensors))
    shown = everyone[sample(len(everyone))]
    sample_note(len(shown), len(everyone))
    order = shown[np.argsort(labels[shown], kind="stable")]
    coordinates = spatial_coordinates(sha256, choice, _arrays=checkpoint.arrays)
    own = coordinates[order] - coordinates.mean(axis=0)
    cosines = cosine_matrix(own)
    ids = [sensors.ids[place] for place in order]
    figure = sensor_heatmap(
        cosines, np.arange(len(order)), [""] * len(order), ids=ids, most_cells=_MOST_CELLS,
        title="centred cosine similarity",
        meta={"space": choice.label, "sensors": len(order), "checkpoint": sha256},
    )  # fmt: skip
    cells = len(figure.data[0].x)
    starts = labels[order][:: -(-len(order) // cells)]
    names, colours = [str(k) for k in starts], [cluster_colour(int(k)) for k in starts]
    with_ids(figure, ids)
    with_brackets(figure, runs(names, colours), cells)
    figure.update_layout(height=_HEIGHT + 40)
    chart(figure, key="e-cosines", alt="Cosine similarity between the selected sensors")
    keep(
        figure, key="e-cosines", header=("sensor", *ids), rows=lambda: named_rows(ids, cosines),
    )  # fmt: skip


@shown_as_message()
def _draw_table(labels: NDArray[np.int64] | None, shown: NDArray[np.int64] | None) -> None:
    section("Which are they?", "Ticked rows are selected, and come first.")
    columns: dict[str, Any] = {"sensor": sensors.ids}
    if labels is not None:
        columns["cluster"] = labels
    for name in ("freeway", "direction", "latitude", "longitude"):
        if getattr(sensors, name) is not None:
            columns[name] = getattr(sensors, name)
    table = pd.DataFrame(columns)
    table = table if shown is None else table.iloc[shown]
    alone = None if shown is None else tuple(shown.tolist())
    linked_table(
        checkpoint, table, view="e-table", about=(sha256, settings, alone), selected_first=True,
        height=280,
    )  # fmt: skip
    keep(None, key="e-table", header=list(table.columns), rows=table.to_numpy().tolist)


@fragment
def _draw_linked(labels: NDArray[np.int64] | None, source: Source | None) -> None:
    """Draw all views of the selection; a selection runs nothing else again."""
    isolated, colour = selection_bar(checkpoint, labels, colour_names(checkpoint, labels, source))
    link_charts(checkpoint, _VIEWS)
    places = positions_of(sensors, selected_ids(checkpoint))
    shown = places if isolated else None
    colouring = coloured(colour, checkpoint, labels, source)
    upper, lower = st.columns(2, gap="medium"), st.columns(2, gap="medium")
    # the charts above are painted in the browser; what waits for the server comes first
    with lower[0]:
        _draw_series(source, places)
    if labels is not None:
        with lower[1]:
            _draw_similarity(labels, places)
    _draw_table(labels, shown)
    if labels is not None:
        with upper[0]:
            _draw_projection(labels, colouring, shown)
    with upper[1]:
        _draw_map(labels, colouring, shown)


checkpoint = current_checkpoint()
sha256, sensors = checkpoint.sha256, checkpoint.arrays.dataset.sensors
roads = sensors.roads or ("",) * len(sensors)
settings: ClusterSettings | None = None
choice = SpaceChoice()
page_header(
    "What is special about these sensors?",
    "Every view here, and on the other pages, draws the same selection of sensors, and sets it.",
)
source = None
with shown_as_message():  # a track that does not fit hides nothing but itself
    source = current_source(checkpoint)
labels, problem = None, why_not("spatial", checkpoint)
if problem is None:
    with st.expander("Which parameters, and how many clusters?", icon=":material/tune:"):
        settings = cluster_form(checkpoint.arrays.config)
    choice = settings.choice
    labels = spatial_clusters(sha256, settings, _arrays=checkpoint.arrays)
else:
    st.caption(texts.markdown(problem))
_draw_linked(labels, source)
