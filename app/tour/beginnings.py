"""Steps 1 and 2: places differ, and parameters are a query times a pool."""

from __future__ import annotations

import numpy as np
import streamlit as st

from analysis.errors import AnalysisError
from analysis.figures.tour import distributions, two_matrices
from analysis.figures.tour_matrix import shared_area, spatial_mixture
from analysis.readings.days import duration_words
from app.clock.readings import mean_values
from app.session.opened import OpenCheckpoint, open_material
from app.tour.slide import slide_chart
from app.tour.step import Answer, Step
from himnet import texts

_COLOURS = ("#d55e00", "#0072b2")
_SLIDERS = 4
_REACH = 1.0
_NOTE, _SLIDERS_AND_NOTE = 2.0, 8.0  # rem; heights of what stands beside a chart
_COMPROMISE, _QUERY = "Only as a compromise", "A short list of numbers, its query"
_BLOCK = (24, 24)  # rows and columns of the weights that are shown


def _draw_places(checkpoint: OpenCheckpoint) -> Answer:
    """Draw the distributions of the slowest and the fastest sensor."""
    source, info = open_material(checkpoint).source, checkpoint.arrays.dataset
    if source is None:
        raise AnalysisError("this step needs readings or a track, and neither is available")
    means = mean_values(source)
    order = np.argsort(np.where(np.isfinite(means), means, np.inf), kind="stable")
    pair = (int(order[0]), int(order[np.isfinite(means).sum() - 1]))
    week = source.values(np.arange(source.weeks[0].start, source.weeks[0].stop))[:, pair]
    names = [f"sensor {info.sensors.ids[place]}" for place in pair]
    figure = distributions(
        {name: week[:, column] for column, name in enumerate(names)}, _COLOURS,
        quantity=info.quantity, unit=info.unit, meta={"checkpoint": checkpoint.sha256},
    )  # fmt: skip
    note = 0.0 if source.are_readings else _NOTE
    slide_chart(
        figure, key="tour-places", alt="Distributions of the readings of two sensors", beside=note
    )
    if note:
        ahead = duration_words(source.minutes_ahead)
        st.caption(f"Shown: forecasts {ahead} ahead, because the readings are not available.")

    def answer() -> str:
        share = shared_area(week[:, 0], week[:, 1])
        return (
            f"The two means are **{means[pair[0]]:.0f}** and "
            f"**{means[pair[1]]:.0f} {texts.markdown(info.unit)}**, "
            f"and the two distributions overlap by **{share:.0%}** of their area. One set of "
            "weights for both would be a compromise. That is why "
            f"{checkpoint.arrays.model.architecture} generates separate parameters for each place "
            "and time."
        )

    return Answer(answer, lambda: PLACES.options.index(_COMPROMISE))


def _draw_mixture(checkpoint: OpenCheckpoint) -> Answer:
    """Draw sliders for the strongest pool entries of a sensor, and the resulting weights."""
    arrays = checkpoint.arrays
    mixture = spatial_mixture(arrays.model)
    sensor, ids = 0, arrays.dataset.sensors.ids
    entries = mixture.strongest(sensor, _SLIDERS)
    query = mixture.queries[sensor].copy()
    for column, entry in zip(st.columns(len(entries)), entries, strict=True):
        own = round(float(query[entry]), 2)
        reach = max(_REACH, abs(own) + 1)
        query[entry] = column.slider(
            f"q{entry + 1}", -reach, reach, own, 0.05, key=f"tour-q{entry}",
            help=f"The weight of pool entry {entry + 1}; {own} in the sensor's own query.",
        )  # fmt: skip
    block = np.ix_(*mixture.block(sensor, *_BLOCK))
    figure = two_matrices(
        {
            f"generated for sensor {ids[sensor]}": mixture.weights(mixture.queries[sensor])[block],
            "with your query": mixture.weights(query)[block],
        },
        meta={"checkpoint": checkpoint.sha256},
    )
    slide_chart(
        figure, key="tour-mixture", alt="Weights generated from the pool by two queries",
        beside=_SLIDERS_AND_NOTE,
    )  # fmt: skip
    rows, columns = mixture.pool.shape[1:]
    st.caption(f"The rows and columns with the largest of the {rows} x {columns} weights.")

    def answer() -> str:
        return (
            f"A sensor's weights are a sum of {len(mixture.pool)} pool entries, each {rows} x "
            f"{columns}, weighted by its query: θ = Σ qₖ Pₖ. Separate weights for this convolution "
            f"for {len(mixture.queries):,} sensors would be {mixture.made:,} numbers; the pool and "
            f"the queries are {mixture.stored:,} numbers, **{mixture.made / mixture.stored:.0f} "
            "times fewer**. Sensors with similar queries have similar weights; all other pages "
            "examine this similarity."
        )

    return Answer(answer, lambda: POOL.options.index(_QUERY))


PLACES = Step(
    title="Are all places alike?",
    tell="Each curve shows how often each value is read at one sensor. These are the sensors with "
    "the lowest and the highest mean, over one week.",
    draw=_draw_places,
    ask="Could one model be accurate for both with the same weights?",
    options=("Yes, easily", _COMPROMISE, "Not sure"),
    page="forecasts",
)
POOL = Step(
    title="How does a model get weights for each place?",
    tell="{model} stores a small *pool* of weight matrices. Each sensor has a *query*, a few "
    "numbers that weight the pool entries. Move the sliders and watch the matrix.",
    draw=_draw_mixture,
    ask="What is stored for each sensor?",
    options=("A whole matrix of weights", _QUERY, "Nothing"),
    page="neighbours",
    space="spatial",
)
