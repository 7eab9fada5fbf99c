"""Steps 6, 7 and 9: the rush hour, the null model, and whether the model uses its structure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.city.areas import area_kind, area_names
from analysis.city.roads import positions
from analysis.errors import AnalysisError
from analysis.evidence.agreement import agreement, neighbourhoods
from analysis.figures.colouring import by_name
from analysis.figures.spatial import sensor_scatter
from analysis.figures.st_mixed import Group, similarity_panels, speed_series
from analysis.figures.what_if import window_forecasts
from analysis.forecasts.windows import truth_after
from analysis.geometry.clustering import cluster
from analysis.geometry.similarity import cosine_matrix
from analysis.limits import is_large
from analysis.material import Material, load_material
from analysis.patterns.over_a_day import (
    PERIODS,
    diverging_pair,
    group_similarity,
    typical_members,
    without_common,
)
from analysis.readings.days import Day, clock_time, day_from_track, first_usual_day, readings_at
from analysis.what_if.sensors_and_hours import least_alike
from app.choices.shared import usual_clusters
from app.session.cached import (
    cluster_palette,
    projected,
    space,
    spatial_clusters,
    spatial_coordinates,
)
from app.session.city_map import geography
from app.session.keys import shared
from app.session.opened import OpenCheckpoint, open_material
from app.session.what_if import on_own_series, swapped
from app.tour.slide import slide_chart
from app.tour.step import Answer, Step
from app.tour.structures import CHOICE, sensor_layout
from himnet import texts
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import Sensors

_SPEEDS, _GAP = 0.55, 1.0  # share of the slide, and rem between two charts
_CHANGES = "It changes, so the structure matters"
_TIMES = {"03:00": 3.0, "08:00": 8.0, "17:30": 17.5}
_SHOWN = 5  # sensors of each cluster
_EIGHT = 8.0
_SEEN = 0.05  # in the unit of the readings; a smaller change is not one that a forecast shows


def _draw_rush(checkpoint: OpenCheckpoint) -> Answer:
    """Draw the similarity of two clusters at three times of the track's first day."""
    arrays, track = checkpoint.arrays, checkpoint.track
    if track is None:
        raise AnalysisError("this step needs a track, and there is none next to the checkpoint")
    day = day_from_track(track, first_usual_day(track, arrays.dataset), None, arrays.dataset)
    settings = usual_clusters(arrays.model)
    labels, colours = spatial_clusters(arrays, settings), cluster_palette(arrays, settings)
    mixed = space(arrays, "moment", CHOICE)
    points = without_common(mixed.coordinates(day.embedding))
    pair = diverging_pair(day.values, labels)
    members = [np.flatnonzero(labels == number).tolist() for number in pair]
    shown = [typical_members(points.mean(axis=0), group, _SHOWN) for group in members]
    rows = [member for group in shown for member in group]
    at = [int(np.abs(day.hours - hour).argmin()) for hour in _TIMES.values()]
    figure = similarity_panels(
        [(name, cosine_matrix(points[m, rows])) for name, m in zip(_TIMES, at, strict=True)],
        _groups(pair, shown, colours),
        names=[str(place + 1) for place in range(len(rows))],
        ids=[arrays.dataset.sensors.ids[row] for row in rows],
        scale="sign",
    )  # fmt: skip
    _draw_speeds(arrays, day, members, _groups(pair, members, colours))
    alt = "Similarity of two clusters at three times of day"
    slide_chart(figure, key="tour-rush", alt=alt, beside=_GAP, share=1 - _SPEEDS)
    across = group_similarity(points, members).across

    def answer() -> str:
        values = [f"{one:+.2f} at {name}" for one, name in zip(across[at], _TIMES, strict=True)]
        low = clock_time(float(day.hours[np.nanargmin(across)]), 24)
        first, second = pair
        return (
            f"The mean cosine between cluster {first} and cluster {second} is "
            f"{', '.join(values)}; over the whole day it is lowest at {low}. The decoder's "
            "parameters are generated from the latest readings at each moment: **two places that "
            "are similar at night may differ in the rush hour**. How "
            "much of the similarity comes from the readings at all is tested on *Claims*, by "
            "giving the model the readings of other sensors."
        )

    return Answer(answer, lambda: int(np.argmin(across[at])))


def _draw_speeds(
    arrays: CheckpointArrays, day: Day, members: Sequence[Sequence[int]], groups: Sequence[Group]
) -> None:
    """Draw the mean readings of two clusters over a day."""
    info, everyone = arrays.dataset, [place for group in members for place in group]
    figure = speed_series(
        day.hours, day.values[:, everyone], groups, label=info.quantity,
        unit=info.unit, periods=PERIODS,
    )  # fmt: skip
    alt = "Mean readings of the two clusters over the day"
    slide_chart(figure, key="tour-speeds", alt=alt, beside=_GAP, share=_SPEEDS)


def _groups(
    pair: tuple[int, int], members: Sequence[Sequence[int]], colours: Sequence[str]
) -> list[Group]:
    """Return two clusters as groups of sensors that are drawn one after the other."""
    ends = np.cumsum([0, *map(len, members)])
    return [
        Group(f"cluster {number}", colours[number], tuple(range(start, end)))
        for number, start, end in zip(pair, ends, ends[1:], strict=False)
    ]


def _draw_guess(checkpoint: OpenCheckpoint) -> Answer:
    """Draw the sensors of the trained and an untrained model, without saying which is which."""
    arrays, sensors = checkpoint.arrays, checkpoint.arrays.dataset.sensors
    own = spatial_coordinates(arrays, CHOICE)
    other = spatial_coordinates(arrays.untrained(seed=0), CHOICE)
    trained_first = int(checkpoint.sha256[0], 16) % 2 == 0
    roads = sensors.road_names
    columns, kind = st.columns(2), area_kind(sensors)
    both = (own, other) if trained_first else (other, own)
    for column, name, points in zip(columns, "AB", both, strict=True):
        with column:
            st.markdown(f"**Model {name}**" + (f", one colour per {kind}" if kind else ""))
            _draw_model(sensors, name, points)

    def answer() -> str:
        right = "A" if trained_first else "B"
        if not (sensors.has_roads and sensors.has_coordinates):
            return f"**Model {right}** is the trained one."
        cells = neighbourhoods(positions(geography(arrays)[0]))
        found = [
            agreement(cluster(points), roads, kind="ARI", cells=cells) for points in (own, other)
        ]
        return (
            f"**Model {right}** is the trained one. The agreement of its clusters with the roads "
            f"is {found[0].value:.2f} (adjusted Rand index), that of the untrained model's "
            f"clusters {found[1].value:.2f}. t-SNE shows groups even in noise: **a picture needs a "
            "null model to compare with**, as on *Claims*."
        )

    return Answer(answer, lambda: 0 if trained_first else 1)


def _draw_model(sensors: Sensors, name: str, points: NDArray[np.float64]) -> None:
    """Draw the sensors' projection in one of the two models, without cluster numbers."""
    layout, names = projected(points, sensor_layout(len(points))), area_names(sensors)
    figure = sensor_scatter(
        layout, by_name(names, name=area_kind(sensors) or "road"), ids=sensors.ids, roads=names,
        labels=np.zeros(len(sensors), dtype=np.int64),
    )  # fmt: skip
    figure.update_layout(showlegend=False, annotations=[])
    figure.update_yaxes(scaleanchor=None)
    figure.data = figure.data[:1]
    alt = f"Projection of the sensors in model {name}"
    slide_chart(figure, key=f"tour-model-{name}", alt=alt, beside=3)


def _draw_exchange(checkpoint: OpenCheckpoint) -> Answer:
    """Draw how a forecast changes with the parameters of a dissimilar sensor."""
    material, note = _with_a_series(open_material(checkpoint))
    if note:
        st.caption(note)
    dataset, info, model = material.required_dataset(), material.info, material.model
    past, ahead = model.in_steps, model.out_steps
    giver = least_alike(material, 0)
    hours = dataset.tod_index * 24 / model.steps_per_day
    step = int(np.flatnonzero((hours >= _EIGHT) & (np.arange(len(hours)) >= past))[0])
    effect = swapped(material, np.array([step]), (0,), (giver,), "pool")
    minutes = info.step_minutes * np.arange(1 - past, ahead + 1)
    own, other = effect.before[0, :, 0], effect.after[0, :, 0]
    figure = window_forecasts(
        (minutes[:past], minutes[past:]),
        readings_at(dataset, np.arange(step - past + 1, step + 1))[:, 0],
        truth_after(dataset, np.array([step]), ahead)[0, :, 0],
        {"own parameters": own, f"parameters of {info.sensors.ids[giver]}": other},
        quantity=info.quantity,
        unit=info.unit,
        series="forecast, fed to the model" if material.is_on_own_forecasts else "reading",
    )
    alt = "One forecast with own and with exchanged parameters"
    slide_chart(figure, key="tour-exchange", alt=alt, beside=4 if note else 0)
    moved = float(np.abs(own - other).mean())

    def answer() -> str:
        used = "The model uses" if moved >= _SEEN else "Here, the model hardly uses"
        return (
            f"The forecast of sensor {texts.markdown(info.sensors.ids[0])} changes by "
            f"**{moved:.1f} {texts.markdown(info.unit)}** on average. The input is the same; only "
            f"the parameters are those of another sensor. {used} the structure. The page "
            "*What if* measures this over many windows, with a confidence interval."
        )

    return Answer(answer, lambda: EXCHANGE.options.index(_CHANGES if moved >= _SEEN else "Nothing"))


def _with_a_series(material: Material) -> tuple[Material, str]:
    """Return a model with a series to feed it, and in Markdown what stands in for readings."""
    if material.dataset is not None:
        return material, ""
    if material.track is not None and not is_large(material.info.num_nodes):
        return on_own_series(material), (
            "The readings of this model are not available, so it is fed its own forecasts, which "
            "are stored in its track."
        )
    return _made_up_city(), (
        "The readings of this model are not available. This chart is from the bundled model of a "
        "synthetic city, whose readings are generated."
    )


@shared(1, "Generating the city ...")
def _made_up_city() -> Material:
    return load_material("synthetic-city")


RUSH = Step(
    title="What happens in the rush hour?",
    tell="Now the decoder: its parameters are generated from the latest readings. Above are the "
    "mean readings of the two clusters that differ most on this day; below, frames mark their "
    "sensors.",
    draw=_draw_rush,
    ask="At which of these times are the two clusters least similar?",
    options=("At 03:00, at night", "At 08:00, in the morning", "At 17:30, in the evening"),
    page="st_mixed",
    space="moment",
)
NULL = Step(
    title="Which of these two models is trained?",
    tell="One picture is from the trained model, the other from a model with random weights. Both "
    "are t-SNE projections of the sensors' parameters.",
    draw=_draw_guess,
    ask="Which one has learnt something?",
    options=("Model A", "Model B", "Impossible to tell"),
    page="claims",
    space="spatial",
)
EXCHANGE = Step(
    title="Does the model use what it has learnt?",
    tell="One sensor gets the parameters of another that is dissimilar to it, and the model "
    "forecasts the same hour again.",
    draw=_draw_exchange,
    ask="What happens to the forecast?",
    options=("Nothing", _CHANGES, "The program fails"),
    page="what_if",
    space="spatial",
)
