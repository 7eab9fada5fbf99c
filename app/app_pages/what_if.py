"""What if: forecasts with the meta-parameters of other sensors, clusters and moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.cache import cache_folder
from analysis.figures.what_if import cluster_errors, window_forecasts
from analysis.forecasts.windows import truth_after, window_steps
from analysis.limits import is_large, left_out
from analysis.material import Material
from analysis.readings.days import readings_at
from analysis.readings.source import readings_of
from analysis.what_if.cluster_matrix import WINDOWS, ClusterMatrix, cluster_matrix
from analysis.what_if.sensors_and_hours import ErrorChange
from analysis.what_if.stored import MeasuredExchange, stored_exchange, stored_matrix
from app.choices.shared import ClusterSettings, cluster_form, cluster_names, one_of
from app.choices.what_if import (
    OF_MOMENTS,
    OF_SENSORS,
    Exchange,
    choose_sensor_exchange,
    choose_time_exchange,
)
from app.clock.moment import moment_widget
from app.export import exported_chart
from app.messages import fragment, said, show_error, shown_as_message
from app.session.cached import spatial_clusters
from app.session.chunks import progress_bar
from app.session.measured import when
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.session.what_if import advantage_of, harm_of, on_own_series
from app.views.components import (
    missing_note,
    named_rows,
    page_header_with_settings,
    picture_title,
    section,
    statistic_box,
)
from app.views.identity import draw_identity
from app.views.own_series import say_missing_series, say_own_forecasts
from himnet import texts
from himnet.checkpoints.measured import Part

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_DIFFERENCE = (
    "Errors measured now are against these forecasts, stored ones against readings. For the "
    "bundled METR-LA model, what an exchange changes on this series and on readings has a "
    "correlation of 0.97 (`benchmarks/own_series.py`)."
)
_COUNTS = ("16", "32", "64", "128")
_MANY, _MATRIX = "what_if_many", "what_if_matrix"  # session keys: what is being measured


@shown_as_message()
def _draw_window(material: Material, exchange: Exchange, step: int, series: str) -> None:
    """Draw the forecast of one window with its own and with the exchanged parameters."""
    info, past, ahead = material.info, material.model.in_steps, material.model.out_steps
    effect = exchange.effect(material, np.array([step]))
    picture_title("How does the forecast change?")
    dataset = material.required_dataset()
    minutes = info.step_minutes * np.arange(1 - past, ahead + 1)
    history = readings_at(dataset, np.arange(step - past + 1, step + 1))[:, exchange.sensor]
    own, other = effect.before[0, :, exchange.sensor], effect.after[0, :, exchange.sensor]
    truth = truth_after(dataset, np.array([step]), ahead)[0, :, exchange.sensor]
    figure = window_forecasts(
        (minutes[:past], minutes[past:]),
        history,
        truth,
        {"with its own parameters": own, exchange.words: other},
        quantity=info.quantity,
        unit=info.unit,
        series=series,
        meta={"checkpoint": material.arrays.sha256, "exchange": exchange.words, "step": step},
    )
    moved_by = float(np.abs(own - other).mean())
    unit = texts.markdown(info.unit)
    table = np.stack([truth, own, other], axis=1)
    exported_chart(
        figure,
        key="wi-window",
        alt="One forecast with its own and with exchanged parameters",
        caption=f"{texts.markdown(info.quantity.capitalize())} at sensor "
        f"{texts.markdown(info.sensors.ids[exchange.sensor])}, and both forecasts made at the "
        f"chosen moment. They differ by **{moved_by:.2f} {unit}** on average over the horizons.",
        header=("minutes", f"{series} ({info.unit})", "own parameters", exchange.words),
        rows=lambda: named_rows(minutes[past:].tolist(), table),
    )


@fragment
def _draw_average(material: Material, exchange: Exchange, step: int) -> None:
    """Draw the mean change of the error over many windows."""
    picture_title("How does the error change on average?")
    st.caption(
        "The error of this sensor's forecasts over many windows of the test split, with a 95 % "
        "confidence interval from a bootstrap over days."
        if not exchange.of_time
        else "The error over all sensors and many windows at the same time of week, in all splits, "
        "with a 95 % confidence interval from a bootstrap over days."
    )
    asked, stored = (exchange, step), None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = int(one_of("Maximum number of windows", _COUNTS, key="windows"))
        with shown_as_message():
            stored = _stored_change(material, exchange, count)
        if st.button(
            "Measure" if stored is None else "Measure again",
            type="primary" if stored is None else "secondary",
            icon=":material/play_arrow:",
            key="wi-measure",
        ):
            st.session_state[_MANY] = asked
        stop = st.empty()
    if st.session_state.get(_MANY) != asked:
        if stored is not None:
            _say_change(stored[0].change, texts.markdown(material.info.unit))
            st.caption(f"Measured on readings {texts.markdown(when(stored[1]))}.")
        return
    # a click reruns the page, which stops the work; finished chunks stay cached
    stop.button(
        "Stop", icon=":material/stop:", key="wi-stop", on_click=said(_forget), args=(_MANY,)
    )
    dataset = material.required_dataset()
    steps = window_steps(material, most=count)
    if exchange.of_time:
        tod, dow = int(dataset.tod_index[step]), int(dataset.dow[step])
        steps = window_steps(material, split=None, tod_index=tod, dow=dow, most=count)
    change = exchange.effect(material, steps).error_change()
    stop.empty()
    _say_change(change, texts.markdown(material.info.unit))


def _stored_change(
    material: Material, exchange: Exchange, count: int
) -> tuple[MeasuredExchange, Part] | None:
    """Return what was measured before, if it is this exchange over that many windows.

    Raises:
        AnalysisError: for a stored result that is damaged.
    """
    found = stored_exchange(material.arrays)
    if found is None:
        return None
    was = found[0]
    same = (was.sensor, (was.giver,), was.reach) == (
        exchange.sensor, exchange.givers, exchange.reach,
    )  # fmt: skip
    return found if same and was.change.windows == count else None


def _forget(key: str) -> None:
    st.session_state.pop(key, None)


def _say_change(change: ErrorChange, unit: str) -> None:
    interval = change.difference
    st.metric(
        "Change in error",
        f"{interval.value:+.2f} {unit}",
        border=True,
        help="Masked mean absolute error. Positive: the other parameters increase the error.",
    )
    told = "A confidence interval needs windows from at least two days."
    if np.isfinite(interval.low):
        sure = "increase" if interval.low > 0 else "reduce" if interval.high < 0 else ""
        word = sure or "do not significantly change"
        told = (
            f"The other parameters **{word}** the error: the 95 % confidence interval is "
            f"{interval.low:+.2f} to {interval.high:+.2f} {unit}."
        )
    st.markdown(
        f"{told} The error is {change.before:.2f} {unit} with its own parameters and "
        f"{change.after:.2f} {unit} with the others, on {change.windows:,} windows from "
        f"{interval.days} days ({change.readings:,} values); forecasts change by "
        f"{change.moved:.2f} {unit} on average."
    )


@fragment
def _draw_matrix(material: Material, labels: NDArray[np.int64], settings: ClusterSettings) -> None:
    """Draw the errors of each cluster with the mean parameters of every other."""
    section(
        "Are clusters interchangeable?",
        "Change in the error of each cluster (rows) when all its sensors use the mean parameters "
        f"of one cluster (columns), over {WINDOWS} windows of the test split.",
    )
    pairs = (int(labels.max()) + 1) ** 2
    asked = (material.arrays.sha256, material.is_on_own_forecasts, settings)
    if st.session_state.get(_MATRIX) != asked:
        stored = stored_matrix(material.arrays)
        known = stored is not None and np.array_equal(stored[0].labels, labels)
        st.button(
            "Measure again" if known else f"Forecast all {pairs:,} pairs",
            icon=":material/grid_on:",
            key="wi-matrix",
            on_click=said(lambda: st.session_state.update({_MATRIX: asked})),
            help="Takes several minutes the first time, and shows how much is done; the result is "
            "cached on disk.",
        )
        if known and stored is not None:
            _draw_found(material, stored[0].matrix, labels)
            st.caption(f"Measured on readings {texts.markdown(when(stored[1]))}.")
        return
    stop = st.empty()
    stop.button(
        "Stop", icon=":material/stop:", key="wi-halt", on_click=said(_forget), args=(_MATRIX,)
    )
    found = cluster_matrix(
        material,
        labels,
        window_steps(material, most=WINDOWS),
        cache_dir=cache_folder(),
        tell=progress_bar(f"{pairs:,} pairs of clusters"),
    )
    stop.empty()
    _draw_found(material, found, labels)
    if found.kept is None:
        st.caption("The result could not be cached on disk and will be computed again.")


def _draw_found(material: Material, found: ClusterMatrix, labels: NDArray[np.int64]) -> None:
    info = material.info
    names = cluster_names(labels, info.sensors)
    picture, number = st.columns([3, 1], gap="large")
    with picture:
        figure = cluster_errors(
            found.excess, names, unit=info.unit, meta={"checkpoint": material.arrays.sha256}
        )
        exported_chart(
            figure,
            key="wi-clusters",
            alt="Change in error with the parameters of other clusters",
            header=(f"change in error ({info.unit})", *names),
            rows=lambda: named_rows(names, found.excess),
        )
    with number:
        statistic_box(
            "Advantage of own parameters",
            advantage_of(found),
            "How much smaller a cluster's error is with its own mean parameters than with those of "
            "another cluster, on average, in the units of the readings.",
        )
        harm = harm_of(found)
        st.markdown(
            f"**{harm.worse} of {harm.pairs}** exchanges significantly increase the error (the "
            "95 % confidence interval over days is above zero). Each interval stands alone: "
            f"without any effect, about {harm.by_chance:.0f} would be above zero by chance."
        )


@shown_as_message()
def _say_answer(material: Material) -> None:
    """Answer the question of the page from what was measured before, if it was."""
    stored = stored_matrix(material.arrays)
    if stored is None:
        return
    harm = harm_of(stored[0].matrix)
    st.markdown(
        "With the mean parameters of another cluster, the error of a cluster grows by "
        f"**{harm.mean:.2f} {texts.markdown(material.info.unit)}** on average, and significantly "
        f"in **{harm.worse} of {harm.pairs}** pairs, where chance alone gives "
        f"{harm.by_chance:.0f} (single seed; measured {texts.markdown(when(stored[1]))})."
    )


def _draw_exchange(
    checkpoint: OpenCheckpoint, material: Material, kind: str, behind: DeltaGenerator
) -> None:
    """Draw the choice of the exchange and its moment, and the effects."""
    labels, source, series = None, readings_of(material.required_dataset()), "reading"
    if material.is_on_own_forecasts:
        series = "forecast, fed to the model"
    if not material.model.why_not("spatial"):
        with behind:
            settings = cluster_form(material.model)
        labels = spatial_clusters(material.arrays, settings)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if kind == OF_SENSORS and labels is not None:
            exchange = choose_sensor_exchange(checkpoint, labels, material, behind=behind)
        else:
            exchange = choose_time_exchange(checkpoint)
        step = moment_widget(material, source, least=material.model.in_steps - 1)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        _draw_window(material, exchange, step, series)
    with right:
        _draw_average(material, exchange, step)
    if kind == OF_SENSORS and labels is not None:
        _draw_matrix(material, labels, settings)


@shown_as_message()
def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    behind = page_header_with_settings(
        "Does the model use the structure that it has learnt?",
        "Give a sensor the parameters of another, or a moment those of another moment: the inputs "
        "stay the same.",
    )
    material = open_material(checkpoint)
    with behind:
        kind = one_of("Parameters to exchange", [OF_SENSORS, OF_MOMENTS], key="exchange")
    if why := material.model.why_not("spatial" if kind == OF_SENSORS else "temporal"):
        show_error(why)
        return
    _say_answer(material)
    _draw_now(checkpoint, material, kind, behind)
    draw_identity(checkpoint, material)


@shown_as_message()
def _draw_now(
    checkpoint: OpenCheckpoint, material: Material, kind: str, behind: DeltaGenerator
) -> None:
    """Draw what is measured when it is asked for, on readings or on the model's own forecasts."""
    if material.dataset is None:
        if material.track is None:
            say_missing_series(material)
            return
        if is_large(material.info.num_nodes):
            missing_note(f"{left_out('Running the model', 'the other pages show such a city')}.")
            return
        material = on_own_series(material)
        say_own_forecasts(material, _DIFFERENCE)
    _draw_exchange(checkpoint, material, kind, behind)


draw(current_checkpoint())
