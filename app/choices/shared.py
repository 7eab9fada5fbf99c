"""Settings that several pages use; the URL stores them, so a link shows the same view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.city.areas import area_names
from analysis.evidence.agreement import majority_names
from analysis.figures.cosines import ScaleName
from analysis.geometry.clustering import (
    METHOD_NAMES,
    MOST_CLUSTERS,
    Method,
    methods_for,
    number_of_clusters,
)
from analysis.geometry.spaces import PoolChoice, SpaceChoice
from analysis.limits import is_large, left_out
from analysis.model import LearntModel
from app.choices.chosen import texts_of
from app.choices.links import named_one, switch, view_of_one, whole_number, whole_slider
from himnet import texts
from himnet.data.info import Sensors

_POOLS: dict[PoolChoice, str] = {
    "both": "gate and update",
    "gate": "gate only",
    "update": "update only",
}
SCALES: dict[ScaleName, str] = {
    "sign": "-1 to 1 (sign)",
    "spread": "minimum to maximum",
    "paper": "0 to 1 (paper)",
}
Projection = Literal["t-SNE", "PCA"]
PROJECTIONS: tuple[Projection, ...] = get_args(Projection)
Option = TypeVar("Option")
WIDTH = 260  # pixels; width of a widget in a row of widgets


@dataclass(frozen=True)
class ClusterSettings:
    """How sensors are clustered, the same on every page.

    Attributes:
        choice: which spatial meta-parameters.
        k: number of clusters.
        method: the clustering method.
        seed: seed of a method with random initialisation.
    """

    choice: SpaceChoice
    k: int
    method: Method
    seed: int


def one_of(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    format_func: Callable[[Option], str] = str,
    default: Option | None = None,
    **more: Any,
) -> Option:
    """Draw a widget that chooses one of a few options and return it.

    Args:
        label: label of the widget.
        options: at least one.
        key: key of the widget, and its name in the URL.
        format_func: returns the name of an option, also in the URL.
        default: the option chosen initially; None for the first.
        more: arguments of ``st.segmented_control``.
    """
    usual = options[0] if default is None else default
    shown = view_of_one(label, options, key=key, default=usual, text_of=format_func)
    st.segmented_control(
        label, options, default=shown, required=True, key=key,
        format_func=lambda option: texts.markdown(format_func(option)), **more,
    )  # fmt: skip
    return shown


def space_widgets(prefix: str, model: LearntModel) -> SpaceChoice:
    """Draw the widgets for pool, layer and bias; none for a model without pools.

    Args:
        prefix: prefix of the widgets' keys, which are also their names in the URL.
        model: the model; the layer can be chosen only if it has several.
    """
    if not model.convolutions:
        return SpaceChoice()
    pool = named_one(
        "Pool",
        list(_POOLS),
        name_of=_POOLS.__getitem__,
        key=f"{prefix}-pool",
        width=WIDTH,
        help="A cell has two graph convolutions: gate and update. The paper does not say which one "
        "its figures show.",
    )
    layers = ["all", *(str(number + 1) for number in range(model.num_layers))]
    layer = "all"
    if model.num_layers > 1:
        layer = named_one("Layer", layers, key=f"{prefix}-layer", width=WIDTH)
    bias = switch(
        "Include biases",
        default=True,
        key=f"{prefix}-bias",
        help="Whether the meta-parameters include the generated biases.",
    )
    return SpaceChoice(pool=pool, bias=bias, layer="all" if layer == "all" else int(layer) - 1)


def space_label(model: LearntModel, choice: SpaceChoice) -> str:
    """Return a text for the parameters of a model that are shown: a choice, or its embedding."""
    return choice.label if model.convolutions else "embedding"


def cluster_names(labels: NDArray[np.int64], sensors: Sensors) -> list[str]:
    """Return the name of each cluster: its number, and the road or area of most members if known.

    Args:
        labels: (N,) clusters from 0.
        sensors: the N sensors.
    """
    areas = majority_names(labels, area_names(sensors))
    return [f"{number} {area}".strip() for number, area in enumerate(areas)]


def usual_clusters(model: LearntModel) -> ClusterSettings:
    """Return the settings of the clusters that nobody has changed."""
    count = model.num_nodes
    return ClusterSettings(SpaceChoice(), number_of_clusters(count), methods_for(count)[0], 0)


def cluster_form(model: LearntModel) -> ClusterSettings:
    """Draw the settings of the clustering and return them.

    All pages that draw it share its settings. They take effect at once, except with very many
    sensors, where a button starts the clustering.
    """
    if not is_large(model.num_nodes):
        return _cluster_widgets(model)
    with st.form("cluster-form", border=False):
        settings = _cluster_widgets(model)
        st.form_submit_button("Cluster the sensors", type="primary")
    return settings


def _cluster_widgets(model: LearntModel) -> ClusterSettings:
    most = min(MOST_CLUSTERS, model.num_nodes)
    methods = methods_for(model.num_nodes)
    count = whole_slider(
        "Clusters",
        min_value=min(2, most - 1),
        max_value=most,
        value=number_of_clusters(model.num_nodes),
        key="clusters",
    )
    method = named_one("Method", methods, name_of=METHOD_NAMES.__getitem__, key="method")
    if is_large(model.num_nodes):
        st.caption(f"{left_out(METHOD_NAMES['ward'], METHOD_NAMES[methods[0]])} instead.")
    seed = whole_number("Seed", key="cluster-seed", min_value=0, max_value=9999, value=0)
    choice = space_widgets("s", model)
    return ClusterSettings(choice, count, method, seed)


def chosen_clusters(model: LearntModel) -> ClusterSettings:
    """Return the settings of `cluster_form` as far as they are chosen, without drawing it."""
    most, methods = min(MOST_CLUSTERS, model.num_nodes), methods_for(model.num_nodes)
    several = model.num_layers if model.num_layers > 1 else 0  # else the form has no choice of it
    layers: dict[str, Literal["all"] | int] = {str(layer + 1): layer for layer in range(several)}
    pools = {name: pool for pool, name in _POOLS.items()}
    choice = SpaceChoice(
        pool=pools.get(_told("s-pool"), "both"),
        bias=_told("s-bias") != "false",
        layer=layers.get(_told("s-layer"), "all"),
    )
    return ClusterSettings(
        choice if model.convolutions else SpaceChoice(),
        _number("clusters", range(min(2, most - 1), most + 1), number_of_clusters(model.num_nodes)),
        {METHOD_NAMES[one]: one for one in methods}.get(_told("method"), methods[0]),
        _number("cluster-seed", range(10_000), 0),
    )


def _told(key: str) -> str:
    """Return the last text of a choice, empty if nothing was chosen."""
    return (texts_of(key) or [""])[-1]


def _number(key: str, possible: range, usual: int) -> int:
    """Return a chosen whole number, or the usual one if it is not possible."""
    text = _told(key)
    number = int(text) if text.isdecimal() and len(text) < 6 else -1
    return number if number in possible else usual


@dataclass(frozen=True)
class ProjectionSettings:
    """How points are laid out in two dimensions.

    Attributes:
        method: t-SNE, or PCA for the first two principal components.
        perplexity: perplexity of t-SNE.
        seed: seed of t-SNE.
    """

    method: Projection
    perplexity: float
    seed: int


def projection_form(prefix: str) -> ProjectionSettings:
    """Draw the form of a projection and return the current settings.

    Args:
        prefix: prefix of the widgets' keys, which are also their names in the URL.
    """
    with st.form(f"{prefix}-projection", border=False):
        method = one_of(
            "Method",
            PROJECTIONS,
            key=f"{prefix}-method",
            help="t-SNE preserves neighbourhoods, but not large distances; PCA preserves the "
            "directions of largest variance, so dissimilar points may overlap.",
        )
        perplexity = whole_slider(
            "Perplexity",
            min_value=5,
            max_value=60,
            value=30,
            key=f"{prefix}-perplexity",
            help="For t-SNE: the effective number of neighbours; low values give small groups.",
        )
        seed = whole_number(
            "Seed",
            key=f"{prefix}-seed",
            min_value=0,
            max_value=9999,
            value=0,
            help="The same seed gives the same projection.",
        )
        st.form_submit_button("Compute projection", type="primary", width="stretch")
    return ProjectionSettings(method, float(perplexity), seed)
