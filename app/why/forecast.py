"""What moved a forecast: the answer in words, the map, the matrix and the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis.attribution.account import Account, folded, rank_agreement
from analysis.attribution.baselines import WORDS
from analysis.city.along import Seen
from analysis.figures.city import SENSORS_TRACE, city_scatter
from analysis.figures.colouring import by_name
from analysis.figures.forecasts import BAR_HEIGHT
from analysis.figures.style import with_unit
from analysis.figures.why import agreement_scatter, attribution_map, attribution_matrix
from analysis.material import Material
from analysis.readings.days import clock_time, duration_words, readings_at
from analysis.readings.series import sensor_means
from app.export import export, exported_chart
from app.messages import shown_as_message
from app.selection.linked import linked_chart, linked_table
from app.session.city_map import apart_note, drawn_places, map_style, placing_command
from app.session.opened import OpenCheckpoint
from app.session.why import (
    Asked,
    account,
    baseline_of,
    forecast_of,
    known_occlusion,
    seen_of,
)
from app.views.components import WHERE_UNKNOWN, missing_note, named_rows, picture_title
from himnet import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from himnet.forecasting.attribution import Attribution

WHY_MAP = "y-map"
_HEIGHT = 350  # pixels of the map, and of the matrix with its bars
_ROWS = 13  # of the matrix
_MOST_SECONDS = 100  # beyond which minutes are told
_NAMED = 2  # sensors that the answer names
_METHODS = ("integrated gradients", "occlusion")
_SMALL = 0.005  # share that is not worth naming


@dataclass(frozen=True)
class Shown:
    """An attribution on a page.

    Attributes:
        checkpoint, material: the model and its data.
        asked: the forecast.
        found: its attribution.
    """

    checkpoint: OpenCheckpoint
    material: Material = field(repr=False)
    asked: Asked
    found: Attribution = field(repr=False)

    @property
    def account(self) -> Account:
        """The attribution in a few numbers."""
        return account(self.material, self.found)

    @property
    def seen(self) -> Seen:
        """All sensors as seen from the one that is forecast."""
        return seen_of(self.material.arrays, self.found.sensor)

    @property
    def minutes(self) -> NDArray[np.float64]:
        """Minutes (T,) from each input step to the last one, which is 0."""
        steps = np.arange(len(self.found.values), dtype=np.float64)[::-1]
        return self.material.info.step_minutes * steps

    @property
    def meta(self) -> dict[str, object]:
        """Metadata of every figure."""
        return {"checkpoint": self.checkpoint.sha256, **vars(self.asked)}


def say_answer(shown: Shown) -> None:
    """Answer the question of the page in words."""
    found, unit = shown.found, texts.markdown(shown.material.info.unit)
    differs = found.forecast - found.base
    word = "above" if differs > 0 else "below"
    st.markdown(
        f"The model forecasts **{found.forecast:.1f} {unit}** "
        f"{_when(shown.material, shown.asked)}: **{abs(differs):.1f} {unit} {word}** the "
        f"{found.base:.1f} {unit} from the base line, {WORDS[shown.asked.baseline]}. "
        f"{_shares(shown, shown.account)}"
    )
    share = f" ({_percent(abs(found.gap / differs), 1)} of it)" if differs else ""
    adds = "" if found.is_complete else "**do not** "
    st.caption(
        f"The attributions {adds}add up to the difference: {found.steps} steps of the integral "
        f"leave a gap of {abs(found.gap):.2g} {unit}{share}. Single seed."
    )


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _when(material: Material, asked: Asked) -> str:
    """Return for when a forecast is."""
    dataset, info = material.required_dataset(), material.info
    ahead = duration_words(info.step_minutes * asked.horizon)
    at = int(dataset.tod_index[asked.step]) + asked.horizon
    return f"for {clock_time(at % info.steps_per_day, info.steps_per_day)}, {ahead} ahead"


def say_forecast(material: Material, asked: Asked) -> None:
    """Say what is forecast while it is not known why, and how long it takes to find out."""
    pace, unit = forecast_of(material, asked.step), texts.markdown(material.info.unit)
    forecast = pace.forecast[asked.horizon - 1, asked.sensor]
    st.markdown(f"The model forecasts **{forecast:.1f} {unit}** {_when(material, asked)}.")
    st.caption(
        f"What moved it takes about {about(pace.attribution)} to find out on this computer, and "
        "can be stopped."
    )


def about(seconds: float) -> str:
    """Return how long something takes, as roughly as it is known."""
    return f"{max(seconds, 1):.0f} s" if seconds < _MOST_SECONDS else f"{seconds / 60:.0f} minutes"


def _shares(shown: Shown, told: Account) -> str:
    """Return where what moved the forecast was read, and how long before, in words."""
    if not np.isfinite(told.own):
        return "Nothing moved it: all readings are missing or equal to the base line."
    if told.own > 1 - _SMALL:
        return f"All that moved it are its own readings, {_half_read(shown, told)}."
    info, parts = shown.material.info, [f"{_percent(told.own)} its own readings"]
    if np.isfinite(told.upstream):
        road = texts.markdown(info.sensors.road_names[shown.found.sensor])
        up, down = _percent(told.upstream), _percent(told.downstream)
        parts += [f"**{up}** upstream and **{down}** downstream on {road}"]
    parts += [f"{_percent(told.elsewhere)} {'elsewhere' if len(parts) > 1 else 'other sensors'}"]
    near = f"half of the others' within **{told.km:.1f} km**, " if np.isfinite(told.km) else ""
    others = [place for place in told.order.tolist() if place != shown.found.sensor][:_NAMED]
    named = ", ".join(_one(shown, place) for place in others)
    return (
        f"What moved it: {', '.join(parts)}; {near}{_half_read(shown, told)}. "
        f"Largest of the others: {named}."
    )


def _half_read(shown: Shown, told: Account) -> str:
    """Return how many of the last readings make up half of what moved the forecast."""
    count, minutes = int(told.back) + 1, told.back * shown.material.info.step_minutes
    if count == 1:
        return "half of all by the last reading"
    return f"half of all in the last **{count} readings**, up to {duration_words(minutes)} before"


def _one(shown: Shown, place: int) -> str:
    where = shown.seen.words(place)
    name = texts.markdown(shown.material.info.sensors.ids[place])
    return f"{name} ({where})" if where else name


@shown_as_message()
def draw_why_map(shown: Shown) -> None:
    """Draw the attribution of each sensor on the map."""
    info, arrays, told, seen = (
        shown.material.info, shown.material.arrays, shown.account, shown.seen,
    )  # fmt: skip
    picture_title(f"Where are these readings?{apart_note(arrays)}")
    if info.sensors.latitude is None or info.sensors.longitude is None:
        missing_note(WHERE_UNKNOWN, placing_command(shown.checkpoint))
        return
    style, labels = map_style(), info.sensors.labels

    def figure() -> go.Figure:
        (latitude, longitude), ground = drawn_places(arrays)
        drawn = city_scatter(
            latitude, longitude, ground, by_name(labels, name="road"), ids=info.sensors.ids,
            about=labels, style=style, meta=shown.meta, height=_HEIGHT - BAR_HEIGHT,
        )  # fmt: skip
        where = [seen.words(at) for at in range(len(info.sensors))]
        return attribution_map(
            drawn, told.totals, where, target=seen.sensor, ring=style.text, unit=info.unit
        )

    linked_chart(
        shown.checkpoint, figure, view=WHY_MAP, trace=SENSORS_TRACE, fades=False,
        about=(shown.checkpoint.sha256, style, told.totals.tobytes(), shown.asked),
        alt="Map of the sensors, coloured and sized by how far their readings moved the forecast",
        header=list(why_table(shown)), rows=why_table(shown).to_numpy().tolist,
    )  # fmt: skip


@shown_as_message()
def draw_why_matrix(shown: Shown) -> None:
    """Draw the attribution of each sensor and step."""
    info, told, seen = shown.material.info, shown.account, shown.seen
    picture_title("Which sensors, and how long before?")
    rows, kept, rest = folded(shown.found.values, told.order, _ROWS)
    names = [f"{info.sensors.ids[at]} {seen.words(at)}".strip() for at in kept.tolist()]
    names += [f"{rest:,} other sensors"] if rest else []
    figure = attribution_matrix(
        rows, names, shown.minutes, unit=info.unit, height=_HEIGHT, meta=shown.meta
    )
    minutes = [f"{at:g} minutes before" for at in shown.minutes]
    exported_chart(
        figure, key="y-matrix", alt="Attribution of each sensor and step",
        header=(f"sensor ({info.unit})", *minutes),
        rows=lambda: named_rows(info.sensors.ids, shown.found.values.T),
    )  # fmt: skip


def why_table(shown: Shown) -> pd.DataFrame:
    """Return a row per sensor, those that moved the forecast most first."""
    info, told, seen = shown.material.info, shown.account, shown.seen
    window = shown.asked.step + 1 - np.arange(len(shown.found.values), 0, -1)
    read = sensor_means(readings_at(shown.material.required_dataset(), window))
    usual = baseline_of(shown.material, shown.asked).mean(axis=0)
    falls, whole = known_occlusion(shown.material, shown.asked), told.sizes.sum()
    sensors, unit, order = info.sensors, info.unit, told.order
    columns = {
        "sensor": sensors.ids,
        "road": sensors.road_names if any(sensors.road_names) else None,
        "name": sensors.name,
        "where": [seen.words(place) for place in range(len(sensors))],
        with_unit("moves the forecast by", unit): told.totals.round(3),
        "share (%)": (100 * told.sizes / whole if whole else told.sizes).round(2),
        with_unit("occlusion", unit): None if falls is None else falls.round(3),
        with_unit("mean reading", unit): read.round(2),
        with_unit("mean of the base line", unit): usual.round(2),
    }
    table = pd.DataFrame({name: column for name, column in columns.items() if column is not None})
    return table.iloc[order].reset_index(drop=True)


@shown_as_message()
def draw_why_table(shown: Shown) -> None:
    """Draw the table of the sensors, whose ticked rows are the selection."""
    picture_title("All sensors")
    table = why_table(shown)
    linked_table(
        shown.checkpoint, table, view="y-table", height=280,
        about=(shown.checkpoint.sha256, shown.asked, len(table.columns)),
    )  # fmt: skip
    export(None, key="y-table", header=list(table), rows=table.to_numpy().tolist)


@shown_as_message()
def draw_agreement(shown: Shown, falls: NDArray[np.float32]) -> None:
    """Draw both attributions of each sensor against each other, and say how they agree."""
    info, told = shown.material.info, shown.account
    figure = agreement_scatter(
        told.totals, falls, info.sensors.ids, target=shown.found.sensor, unit=info.unit,
        meta=shown.meta,
    )  # fmt: skip
    agree = rank_agreement(told.totals, falls)
    with_number = (
        f"Their rank correlation over the {len(falls):,} sensors is **{agree:.2f}**"
        if np.isfinite(agree)
        else "A rank correlation needs at least three sensors that differ"
    )
    st.markdown(
        f"{with_number}. Occlusion replaces all readings of one sensor by the base line and runs "
        "the model again, so it needs no gradients; unlike attributions, the falls need not add "
        "up to the difference, since sensors can stand in for each other."
    )
    exported_chart(
        figure, key="y-agreement", alt="Integrated gradients and occlusion of each sensor",
        header=("sensor", *(with_unit(name, info.unit) for name in _METHODS)),
        rows=lambda: named_rows(info.sensors.ids, np.stack([told.totals, falls], axis=1)),
    )  # fmt: skip
