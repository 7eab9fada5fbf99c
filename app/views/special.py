"""What is special about the selected sensors, in a few sentences; or what a page of all shows."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.evidence.agreement import majority_names
from analysis.material import Material
from analysis.patterns.selected import Alike, Share, alike, largest_share
from app.choices.shared import ClusterSettings
from app.messages import shown_as_message
from app.session.cached import spatial_clusters, spatial_coordinates
from app.session.errors import known_errors
from himnet import texts
from himnet.errors import CheckpointError
from himnet.forecasting.split_errors import SplitErrors, pooled

Ints = NDArray[np.int64]
_HOW = (
    "Select some by a lasso around points, a click, the search in the sidebar or rows of the "
    "table; a double click on a chart clears the selection."
)
_BY_CHOICE = (
    "Sensors that were chosen because they are close together in the projection are similar by "
    "construction; random sensors are not a fair comparison for them."
)


@shown_as_message()
def say_what_is_special(material: Material, settings: ClusterSettings | None, places: Ints) -> None:
    """Say what distinguishes the selected sensors from all.

    Args:
        material: the opened model.
        settings: of the clusters, or None for a model without them.
        places: (n,) positions of the selected sensors; with none, say what the page shows of all.
    """
    arrays, sensors = material.arrays, material.info.sensors
    labels = None if settings is None else spatial_clusters(arrays, settings)
    if not len(places):
        st.markdown(_all_sensors(labels, sensors.road_names))
        return
    told = [_shares(labels, sensors.road_names, places, len(sensors))]
    help_text = None
    if settings is not None:
        found = alike(spatial_coordinates(arrays, settings.choice), places)
        told.append(_similar(found))
        help_text = None if found is None else _BY_CHOICE
    st.markdown(" ".join(filter(None, [*told, _errors(material, places)])), help=help_text)


def _all_sensors(labels: Ints | None, roads: tuple[str, ...]) -> str:
    """Say what the pictures show without a selection, and how to make one."""
    if labels is None:
        return f"None of {len(roads):,} sensors is selected. {_HOW}"
    count = int(labels.max()) + 1
    most = majority_names(labels, roads)
    named = np.array(roads)
    shared = sum(
        bool(name) and bool((named[labels == number] == name).mean() > 0.5)
        for number, name in enumerate(most)
    )
    on_roads = f"; in {shared} of them, most sensors share a road" if any(roads) else ""
    return (
        f"None of {len(roads):,} sensors is selected. Colours show **{count} clusters** of sensors "
        f"with similar parameters{on_roads}. {_HOW}"
    )


def _shares(labels: Ints | None, roads: tuple[str, ...], places: Ints, count: int) -> str:
    """Say how many are selected, on which road and in which cluster most of them are."""
    road = largest_share(roads, places)
    parts = [] if road is None else [_share(road, f"on {texts.markdown(road.name)}")]
    if labels is not None:
        cluster = largest_share(list(map(str, labels.tolist())), places)
        if cluster is not None:
            parts.append(_share(cluster, f"in cluster {cluster.name}"))
    told = f": {' and '.join(parts)}" if parts else ""
    return f"**{len(places):,}** of {count:,} sensors selected{told}."


def _share(share: Share, where: str) -> str:
    return f"**{share.inside:,}** {where} (which has {share.all:,})"


def _similar(found: Alike | None) -> str:
    """Say whether the selected sensors are more similar to each other than random ones."""
    if found is None:
        return "Select at least two to compare their parameters."
    among = found.among
    others = "" if np.isnan(found.others) else f" and {found.others:+.2f} with the others"
    verdict = "more similar" if among.is_above else "not more similar"
    return (
        f"Their parameters are **{verdict}** than those of random sensors: mean centred "
        f"cosine **{among.value:+.2f}** among them{others}; among {among.null}, "
        f"{among.null_low:+.2f} to {among.null_high:+.2f} (95 %)."
    )


def _errors(material: Material, places: Ints) -> str:
    """Compare the errors of the selected sensors with those of all, if they are known."""
    try:
        known = known_errors(material)
    except CheckpointError:  # told on the page Forecasts
        return ""
    return "" if known is None else compared_errors(known.errors, places, material.info.unit)


def compared_errors(errors: SplitErrors, places: Ints, unit: str) -> str:
    """Return the error of some sensors beside that of all, in Markdown; "" without readings.

    Args:
        errors: of all sensors.
        places: (n,) positions of some.
        unit: of the errors, plain text.
    """
    own = float(pooled(errors.by_sensor[places], errors.sensor_readings[places]))
    every = float(pooled(errors.by_sensor, errors.sensor_readings))
    if np.isnan(own):
        return ""
    shown = texts.markdown(unit)
    return f"Error of their forecasts (MAE): **{own:.2f} {shown}**, of all {every:.2f}."
