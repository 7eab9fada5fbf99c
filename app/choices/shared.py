"""Settings that more than one page draws; the URL holds them, so a link shows the same thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import streamlit as st

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
from app.choices.links import named_one, switch, view_of_one, whole_number, whole_slider
from himnet import texts

_POOLS: dict[PoolChoice, str] = {
    "both": "gate and update",
    "gate": "gate only",
    "update": "update only",
}
SCALES: dict[ScaleName, str] = {
    "sign": "-1 to 1 (sign)",
    "spread": "least to most",
    "paper": "0 to 1 (paper)",
}
Projection = Literal["t-SNE", "PCA"]
PROJECTIONS: tuple[Projection, ...] = get_args(Projection)
Option = TypeVar("Option")
WIDTH = 260  # pixels of a widget that stands beside others


@dataclass(frozen=True)
class ClusterSettings:
    """How sensors are clustered, on every page alike.

    Attributes:
        choice: which spatial meta-parameters.
        k: number of clusters.
        method: of clustering.
        seed: of a method that starts at random.
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
    **more: Any,
) -> Option:
    """Draw the choice of exactly one of a few options and return it; the first is the default.

    Args:
        label: above the options.
        options: at least one.
        key: of the widget, which is also its name in the URL.
        format_func: how an option is called, also in the URL.
        more: arguments of ``st.segmented_control``.
    """
    shown = view_of_one(label, options, key=key, default=options[0], text_of=format_func)
    st.segmented_control(
        label, options, default=shown, required=True, key=key,
        format_func=lambda option: texts.markdown(format_func(option)), **more,
    )  # fmt: skip
    return shown


def space_widgets(prefix: str, model: LearntModel) -> SpaceChoice:
    """Draw the choice of meta-parameters: pool, layer, bias; nothing for a model without pools.

    Args:
        prefix: of the widgets' keys, which are also their names in the URL.
        model: that has them; the layer is asked for only where there are several.
    """
    if not model.convolutions:
        return SpaceChoice()
    pool = named_one(
        "Pool",
        list(_POOLS),
        name_of=_POOLS.__getitem__,
        key=f"{prefix}-pool",
        width=WIDTH,
        help="A cell has two graph convolutions: the gate and the update. The paper does not say "
        "which one its figures show.",
    )
    layers = ["all", *(str(number + 1) for number in range(model.num_layers))]
    layer = "all"
    if model.num_layers > 1:
        layer = named_one("Layer", layers, key=f"{prefix}-layer", width=WIDTH)
    bias = switch(
        "Biases count",
        default=True,
        key=f"{prefix}-bias",
        help="Whether the generated biases belong to the meta-parameters.",
    )
    return SpaceChoice(pool=pool, bias=bias, layer="all" if layer == "all" else int(layer) - 1)


def space_label(model: LearntModel, choice: SpaceChoice) -> str:
    """Return in words which parameters of a model are shown: a choice, or its embedding."""
    return choice.label if model.convolutions else "embedding"


def cluster_form(model: LearntModel) -> ClusterSettings:
    """Draw the form of the clustering and return the settings that hold.

    Pages that draw it share its settings.
    """
    most = min(MOST_CLUSTERS, model.num_nodes)
    methods = methods_for(model.num_nodes)
    with st.form("cluster-form", border=False):
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
        st.form_submit_button("Cluster the sensors", type="primary")
    return ClusterSettings(choice, count, method, seed)


@dataclass(frozen=True)
class ProjectionSettings:
    """How points are laid out in two dimensions.

    Attributes:
        method: t-SNE, or the two principal components.
        perplexity: of t-SNE.
        seed: of t-SNE.
    """

    method: Projection
    perplexity: float
    seed: int


def projection_form(prefix: str) -> ProjectionSettings:
    """Draw the form of a projection and return the settings that hold.

    Args:
        prefix: of the widgets' keys, which are also their names in the URL.
    """
    with st.form(f"{prefix}-projection", border=False):
        method = one_of(
            "Method",
            PROJECTIONS,
            key=f"{prefix}-method",
            help="t-SNE keeps neighbours, and says little of what is far apart; PCA keeps "
            "the directions of largest variance, so unlike points may lie on one another.",
        )
        perplexity = whole_slider(
            "Perplexity",
            min_value=5,
            max_value=60,
            value=30,
            key=f"{prefix}-perplexity",
            help="Of t-SNE: how many neighbours each point is drawn to; few make small islands.",
        )
        seed = whole_number(
            "Seed",
            key=f"{prefix}-seed",
            min_value=0,
            max_value=9999,
            value=0,
            help="The same seed gives the same picture.",
        )
        st.form_submit_button("Project", type="primary", width="stretch")
    return ProjectionSettings(method, float(perplexity), seed)
