"""Widgets for the settings of a print figure; the URL stores them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from analysis.city.carriageways import Carriageway
from analysis.errors import AnalysisError
from analysis.geometry.clustering import METHOD_NAMES, MOST_CLUSTERS, Method, methods_for
from analysis.material import Material
from analysis.model import LearntModel
from analysis.paper.settings import DEFAULT_FONT, PANELS, Case, FigureSettings, Measure
from analysis.patterns.hours import HourVariant
from analysis.readings.days import date_of, day_label
from app.choices.chosen import Texts, view
from app.choices.links import (
    linked_many,
    linked_one,
    named_one,
    switch,
    whole_number,
    whole_slider,
)
from app.choices.shared import SCALES, cluster_names, one_of, space_widgets

FIND = "find it"
_MEASURES: dict[Measure, str] = {
    "centred": "centred",
    "raw": "raw",
    "rescaled": "rescaled to 0 to 1",
}
_HOURS: dict[HourVariant, str] = {
    "tod": "time of day alone",
    "mean": "mean over the days",
    "day": "one day",
}
_SIDES: tuple[Carriageway, ...] = ("north and east", "south and west")
_OF_SPACE = ("4", "5", "6")


def look_settings(figure: str) -> FigureSettings:
    """Draw the widgets for the panels and the lettering of a figure and return the settings.

    Args:
        figure: its number in the paper.
    """
    from analysis.paper.lettering import fonts

    panels = _panels(figure)
    known = fonts()
    font = linked_one(
        "Font", [DEFAULT_FONT, *(name for name in known if name != DEFAULT_FONT)],
        default=DEFAULT_FONT, key="f-font", name_of=lambda name: f"{name} ({known[name]})",
    )  # fmt: skip
    svg_text = switch(
        "Text as text in SVG",
        key="f-svg-text",
        help="Text that can be edited and searched; it needs the font where the file is shown. "
        "Otherwise letters are outlines.",
    )
    return FigureSettings(
        panels={} if len(panels) == len(PANELS[figure]) else {figure: panels},
        font=font,
        svg_text=svg_text,
    )


def _panels(figure: str) -> tuple[str, ...]:
    """Draw the widget that chooses panels, and return their letters; all if none is chosen."""
    names = PANELS[figure]
    everything = list(names)

    def value_of(texts: Texts) -> list[str] | None:
        found = [name for name in everything if name in texts]
        return found or None

    def texts_of(value: Any) -> Texts | None:
        return [name for name in everything if name in value]

    key = f"f-panels-{figure}"
    shown = view(key, usual=everything, value_of=value_of, texts_of=texts_of, label="Panels")
    st.pills(
        "Panels", everything, default=shown, selection_mode="multi", key=key,
        help="; ".join(f"{name}: {content}" for name, content in names.items()),
    )  # fmt: skip
    return tuple(shown)


def print_settings(figure: str, material: Material, look: FigureSettings) -> FigureSettings:
    """Draw the widgets for what a figure shows and return its settings.

    Args:
        figure: its number in the paper.
        material: the checkpoint with its track and data set.
        look: panels and lettering; see `look_settings`.
    """
    model = material.model
    settings = replace(look, clusters=FigureSettings.of_sensors(model.num_nodes).clusters)
    if figure not in _OF_SPACE:
        return settings
    with st.expander("Data and clusters", icon=":material/tune:"):
        choice = space_widgets("f", model)
        has_roads = material.info.sensors.has_roads
        settings = _drawing(figure, _clustering(model, settings), has_roads=has_roads)
        layer = choice.layer if choice.layer == "all" else choice.layer + 1
        settings = replace(settings, pool=choice.pool, bias=choice.bias, layer=layer)
    with st.expander("What is compared", icon=":material/compare_arrows:"):
        case = _case(figure, material, settings)
    return replace(settings, cases={figure: case} if case != Case() else {})


def _clustering(model: LearntModel, settings: FigureSettings) -> FigureSettings:
    most = min(MOST_CLUSTERS, model.num_nodes)
    count = whole_number(
        "Clusters",
        key="f-clusters",
        min_value=2,
        max_value=most,
        value=settings.clusters,
    )
    methods = methods_for(model.num_nodes)
    method = one_of("Method", methods, format_func=_method_name, key="f-method")
    seed = whole_number("Seed", key="f-seed", min_value=0, max_value=9999, value=0)
    perplexity = whole_slider("Perplexity", min_value=5, max_value=60, value=30, key="f-perplexity")
    return replace(settings, clusters=count, method=method, seed=seed, perplexity=float(perplexity))


def _method_name(method: Method) -> str:
    """Return a method's name in links: the identifier, except for the newest method."""
    return METHOD_NAMES[method] if method == "minibatch" else method


def _drawing(figure: str, settings: FigureSettings, *, has_roads: bool) -> FigureSettings:
    scale = one_of("Colour scale", list(SCALES), format_func=SCALES.__getitem__, key="f-scale")
    if figure == "4":
        hours = one_of("Hours", list(_HOURS), format_func=_HOURS.__getitem__, key="f-hours")
        settings = replace(settings, scale=scale, hours=hours)
        if not has_roads:
            return settings
        return replace(settings, carriageway=one_of("Carriageway", _SIDES, key="f-side"))
    measure = one_of(
        "Similarity", list(_MEASURES), format_func=_MEASURES.__getitem__, key="f-measure"
    )
    each = whole_number("Sensors per cluster", key="f-each", min_value=1, max_value=10, value=5)
    return replace(settings, scale=scale, measure=measure, each=each)


def _case(figure: str, material: Material, settings: FigureSettings) -> Case:
    """Draw the widgets for clusters, sensors and day; what is not chosen is found by rules."""
    info = material.info
    try:
        labels = material.clusters(
            settings.space, k=settings.clusters, method=settings.method, seed=settings.seed
        )
    except AnalysisError:
        return Case()  # the figure says what is missing
    names = cluster_names(labels, info.sensors)
    clusters = linked_many(
        "Clusters to compare",
        range(len(names)),
        key="f-case",
        name_of=names.__getitem__,
        max_selections=3 if figure == "4" else 2,
        select_all=False,
        placeholder="automatic",
    )
    sensors = () if figure == "4" else _sensors(info.sensors.ids)
    date = _date(material)
    return Case(
        clusters=tuple(clusters) if len(clusters) > 1 else None,
        sensors=tuple(sensors) if len(sensors) > 1 else None,
        date=date,
    )


def _sensors(ids: tuple[str, ...]) -> list[str]:
    return linked_many(
        "Sensors",
        ids,
        key="f-sensors",
        name_of=str,
        max_selections=20,
        select_all=False,
        filter_mode="contains",
        placeholder="automatic",
    )


def _date(material: Material) -> str | None:
    """Draw the widget for the first day; None means automatic."""
    info, days = material.info, material.days
    if not days or not info.start:
        return None
    by_date = {str(date_of(day)): day_label(day, info) for day in days}
    options = [FIND, *by_date]
    chosen = named_one(
        "Day",
        options,
        name_of=lambda date: by_date.get(date, "first available day"),
        key="f-date",
    )
    return None if chosen == FIND else str(chosen)
