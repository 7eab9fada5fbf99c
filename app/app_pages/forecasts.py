"""Forecasts compared with readings: by horizon, on the map, and in congestion."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.forecasts import forecast_and_truth
from analysis.figures.style import ticks_of_minutes, with_unit
from analysis.forecasts.forecasts import Forecasts, forecasts_to_come
from analysis.forecasts.windows import whole_day, window_steps
from analysis.material import Material
from analysis.readings.days import clock_time, dataset_days, day_label, duration_text, readings_at
from analysis.readings.source import Source, liveliest
from app.choices.links import named_one
from app.choices.shared import WIDTH, cluster_form, one_of
from app.choices.what_if import choose_sensor
from app.clock.moment import moment_widget
from app.export import exported_chart
from app.messages import said, shown_as_message
from app.session.cached import cluster_palette, spatial_clusters
from app.session.errors import KnownErrors, known_errors, measure_errors
from app.session.forecasts import forecast_anew, newest_of_track, tracked
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.components import missing_note, named_rows, page_header_with_settings, section
from app.views.forecasts import Look, draw_errors
from app.views.known_errors import draw_known_errors, sentence
from himnet import texts
from himnet.data.registry import DATASETS

_KNOWN, _TRACK, _DAY, _TEST = (
    "the whole test split",
    "the days of the track",
    "the chosen day",
    "some of the test split",
)
_COUNTS = ("32", "64", "128", "256")


def _say_what_is_missing(checkpoint: OpenCheckpoint, material: Material, *, known: bool) -> None:
    """Say that readings are not available, what is shown instead, and how to get them.

    Args:
        checkpoint: the opened checkpoint.
        material: the same with its track.
        known: whether errors are shown that were measured before.
    """
    name, problem = material.info.name, material.dataset_problem
    get = DATASETS[name].get if name in DATASETS else None
    if material.track is None:
        missing_note(
            "No forecasts are available: there is no matching track next to the checkpoint, and "
            f"{problem}. With the data set, this command creates a track:",
            checkpoint.track_command,
        )
        return
    what = (
        "Below, each forecast is compared with the latest forecast for the same time, because the "
        "readings are not available"
        if known
        else "Errors cannot be shown, because the readings are not available. Instead, each "
        "forecast is compared with the latest forecast for the same time, which shows how much "
        "forecasts change as that time approaches"
    )
    missing_note(
        f"{what}. The data set adds readings, errors, baselines, all horizons, all days and the "
        f"test split, but {problem}.",
        get if get and get.startswith("python") else None,
    )


def _history(material: Material, step: int) -> NDArray[np.float32]:
    """Return the readings, or else the latest forecasts, of the T steps up to one, (T, N)."""
    past = np.arange(step - material.model.in_steps + 1, step + 1)
    if material.dataset is not None:
        return readings_at(material.dataset, past)
    return newest_of_track(material, past)


@shown_as_message()
def _draw_moment(look: Look, sensor: int, step: int) -> None:
    """Draw one sensor's forecast at one moment, and its input."""
    material, info = look.material, look.material.info
    past, later = material.model.in_steps, material.model.out_steps
    shown = tracked(material) if material.dataset is None else _one(material, step)
    place = int(np.abs(shown.steps - step).argmin())
    made = clock_time(int(shown.tod_index[place]), info.steps_per_day)
    made = f"{made} on {day_label(int(shown.days[place]), info)}"
    section(
        "What was forecast at this moment?",
        f"Sensor {texts.markdown(info.sensors.ids[sensor])} at {made}: the input of the model "
        f"(left of the line) and its forecasts (right); below, the {look.names[2]}."
        + (" Gaps are missing readings." if look.has_truth else ""),
    )
    at, ahead = int(shown.steps[place]), np.arange(1 - past, later + 1)
    truth, forecast = np.full((2, len(ahead)), np.nan)
    truth[:past] = _history(material, at)[:, sensor]
    told = past - 1 + np.array(shown.horizons)
    truth[told], forecast[told] = shown.truth[place, :, sensor], shown.forecast[place, :, sensor]
    if not look.has_truth:
        truth[past:] = newest_of_track(material, at + np.arange(1, later + 1))[:, sensor]
    minutes = info.step_minutes * ahead
    unit, ticks = ticks_of_minutes(minutes)
    figure = forecast_and_truth(
        minutes, truth, forecast, names=look.names, quantity=info.quantity, unit=info.unit,
        x_title=f"{unit} from the moment of the forecast", cursor=0,
        meta={**look.meta, "step": at},
    )  # fmt: skip
    figure.update_xaxes(ticks)
    exported_chart(
        figure, key="f-moment", alt="Input, forecast and readings of one sensor",
        header=("minutes from the moment of the forecast", *_columns(look)),
        rows=lambda: named_rows(minutes.tolist(), np.stack([truth, forecast], axis=1)),
    )  # fmt: skip


def _one(material: Material, step: int) -> Forecasts:
    with st.spinner("Forecasting ...", show_time=True):
        return forecast_anew(material, np.array([step]))


def _columns(look: Look) -> list[str]:
    return [with_unit(name, look.material.info.unit) for name in look.names[:2]]


def _made(
    material: Material, steps: NDArray[np.int64], *, label: str, key: str, needed: bool = True
) -> Forecasts | None:
    """Draw a button that computes the forecasts of windows, and one to stop; None until then."""
    asked = (material.arrays.sha256, steps.tobytes())
    if st.session_state.get(key) != asked:
        st.button(
            label, type="primary" if needed else "secondary", icon=":material/play_arrow:",
            key=f"{key}-go",
            on_click=said(lambda: st.session_state.update({key: asked})),
        )  # fmt: skip
        return None
    stop = st.empty()  # a click reruns the page, which stops the work; finished chunks stay cached
    stop.button(
        "Stop", icon=":material/stop:", key=f"{key}-stop",
        on_click=said(lambda: st.session_state.pop(key, None)),
    )  # fmt: skip
    found = forecast_anew(material, steps)
    stop.empty()
    return found


def _draw_day(look: Look, sensor: int, step: int, day: int) -> Forecasts | None:
    """Draw one sensor's forecasts of one horizon over a day, and return those of all sensors."""
    material, info, model = look.material, look.material.info, look.material.model
    section(
        "What do the forecasts look like over a day?",
        f"{day_label(day, info)}, sensor {texts.markdown(info.sensors.ids[sensor])}: forecasts at "
        f"the chosen horizon, plotted at the time that is forecast; below, the {look.names[2]}.",
    )
    of_track = None
    if material.track is not None:
        rows = np.flatnonzero(tracked(material).days == day)
        of_track = tracked(material).at(rows) if len(rows) else None
    shown = of_track
    if material.dataset is not None:
        steps = np.flatnonzero(dataset_days(material.dataset, model.in_steps) == day)
        label = f"Forecast {'this day' if of_track is None else f'all {model.out_steps} horizons'}"
        label = f"{label} ({len(steps)} windows)"
        needed = of_track is None
        shown = _made(material, steps, label=label, key="f-day-run", needed=needed) or of_track
        if shown is None:
            st.caption("The track does not contain this day; the button adds its forecasts.")
            _draw_line(look, sensor, step, forecasts_to_come(material, steps), 0)
            return None
    if shown is None:
        st.caption("The track contains no forecasts made on this day; choose another day.")
        return None
    names = [duration_text(info.step_minutes * ahead) for ahead in shown.horizons]
    place = names.index(one_of("Horizon", names, key="ahead"))
    _draw_line(look, sensor, step, shown, place)
    return shown


def _draw_line(look: Look, sensor: int, step: int, shown: Forecasts, place: int) -> None:
    """Draw the forecasts at one of the horizons, by the hour that they are for."""
    info = look.material.info
    wanted = shown.tod_index + shown.horizons[place]
    of_day = wanted < look.material.model.steps_per_day
    hours = wanted[of_day] * info.step_minutes / 60
    truth = shown.truth[of_day, place, sensor]
    forecast = shown.forecast[of_day, place, sensor]
    at = int(shown.tod_index[np.abs(shown.steps - step).argmin()])
    figure = forecast_and_truth(
        hours, truth, forecast, names=look.names, quantity=info.quantity, unit=info.unit,
        x_title="hour of the day", cursor=at * info.step_minutes / 60,
        meta={**look.meta, "ahead": shown.horizons[place]},
    )  # fmt: skip
    figure.update_xaxes(dtick=3, range=[0, 24])
    known, told = np.isfinite(forecast - truth), ""
    if known.any():
        mean = float(np.abs(forecast - truth)[known].mean())
        rest = "." if known.all() else "; the others cannot be compared."
        told = (
            f"{look.mean_error.capitalize()} {mean:.2f} {texts.markdown(info.unit)} over "
            f"{int(known.sum())} of {len(known)} moments{rest}"
        )
    exported_chart(
        figure, key="f-day", alt="Forecasts and readings of one sensor over a day", caption=told,
        header=("hour", *_columns(look)),
        rows=lambda: named_rows(hours.round(4).tolist(), np.stack([truth, forecast], axis=1)),
    )  # fmt: skip


def _over_widget(material: Material, known: KnownErrors | None) -> str:
    """Draw the widget for the moments over which errors are shown, and return its option."""
    kinds = [_KNOWN] if known is not None else []
    kinds += [_TRACK] if material.track is not None else []
    kinds += [_DAY, _TEST] if material.dataset is not None else []
    return named_one(
        "Errors over", kinds, key="over", width=WIDTH,
        help="The test split was not used for training. Its forecasts, and those of days outside "
        "the track, are computed on request.",
    )  # fmt: skip


def _forecasts_to_measure(
    material: Material, kind: str, of_day: Forecasts | None
) -> Forecasts | None:
    """Return the forecasts of the chosen moments; None until they are computed."""
    if kind == _TRACK:
        return tracked(material)
    if kind == _DAY:
        if of_day is None:
            st.caption("First compute the forecasts of this day below.")
        return of_day
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = int(one_of("Moments", _COUNTS, key="moments"))
        steps = window_steps(material, most=count)
        return _made(material, steps, label="Forecast", key="f-test-run")


@dataclass(frozen=True)
class _Choices:
    """What is shown, as chosen behind *Settings*.

    Attributes:
        over: the moments over which errors are shown; "" if there are none.
        labels: (N,) clusters; None for a model without clusters.
        colours: of the clusters, by number.
    """

    over: str
    labels: NDArray[np.int64] | None = field(repr=False)
    colours: tuple[str, ...] = ()


def _settings(material: Material, known: KnownErrors | None) -> _Choices:
    """Draw the settings of the page."""
    over, labels, colours = "", None, tuple[str, ...]()
    if known is not None or material.source is not None:
        over = _over_widget(material, known)
    if not material.model.why_not("spatial"):
        st.markdown("**Clusters**")
        settings = cluster_form(material.model)
        labels = spatial_clusters(material.arrays, settings)
        colours = cluster_palette(material.arrays, settings)
    return _Choices(over, labels, colours)


@shown_as_message()
def _draw_known(look: Look, known: KnownErrors | None) -> None:
    """Draw what was measured on the test split, and a button that measures it again."""
    material = look.material
    words, place = st.columns([5, 1], vertical_alignment="center")
    asked = False
    if material.dataset is not None and material.model.can_forecast:
        asked = place.button(
            "Measure" if known is None else "Measure again", icon=":material/timer:",
            type="primary" if known is None else "secondary", key="f-measure", width="stretch",
            help="Forecasts every window of the test split: with METR-LA, that takes minutes on "
            "two cores; the time left is shown.",
        )  # fmt: skip
    if asked:
        known = measure_errors(material)
    if known is not None:
        words.markdown(sentence(look, known))
        draw_known_errors(look, known)
        return
    with words:
        missing_note(
            "The errors on the test split have not been measured for this model. This command "
            "measures them, and this page then opens with them:",
            texts.command("python", "-m", "himnet", "evaluate", look.checkpoint.argument, "--save"),
        )


def _draw_moments(look: Look, source: Source) -> Forecasts | None:
    """Draw one sensor's forecasts at a moment and over a day; return those of that day."""
    material, model, track = look.material, look.material.model, look.material.track
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sensor = choose_sensor(look.checkpoint, otherwise=liveliest(source, model.num_nodes))
        row = moment_widget(material, source, usual=whole_day(material))
    step = max(row, model.in_steps - 1)  # the first windows of a data set lack history
    if track is not None and material.dataset is None:
        step = int(track.steps[row]) + track.horizons[0]
    left, right = st.columns([2, 3], gap="large")
    with left:
        _draw_moment(look, sensor, step)
    with right, shown_as_message():
        return _draw_day(look, sensor, step, int(source.days[row]))
    return None


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    material, known = open_material(checkpoint), None
    with shown_as_message():
        known = known_errors(material)
    with page_header_with_settings(
        "How good are the forecasts, and where do they fail?",
        "Forecasts compared with readings, and the errors by horizon, sensor and time of day.",
    ):
        chosen = _settings(material, known)
    source = material.source
    errors = st.container()
    if known is None or chosen.over == _KNOWN:
        with errors:
            before = Look(checkpoint, material, chosen.labels, chosen.colours, is_measured=True)
            _draw_known(before, known)
    if material.dataset is None:
        _say_what_is_missing(checkpoint, material, known=known is not None)
    if source is None:
        return
    look = Look(checkpoint, material, chosen.labels, chosen.colours)
    st.divider()
    of_day = _draw_moments(look, source)
    if chosen.over not in ("", _KNOWN):
        with errors:
            shown = _forecasts_to_measure(material, chosen.over, of_day)
            if shown is not None:
                draw_errors(look, shown)


draw(current_checkpoint())
