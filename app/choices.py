"""Settings that more than one page reads; the URL holds them, so a link shows the same thing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import streamlit as st

from analysis.clustering import DEFAULT_CLUSTERS, METHOD_NAMES, Method, methods_for
from analysis.figures.cosines import ScaleName
from analysis.limits import is_large, left_out
from analysis.spaces import PoolChoice, SpaceChoice
from himnet.config import HimNetConfig

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
_FEWEST = 4  # sensors a cluster, on average, before the paper's number of clusters is too large
MOST_CLUSTERS = 25  # as many as there are colours
# keys of what pages share: widgets, and the selection
SHARED = (
    *("clusters", "method", "cluster-seed", "s-pool", "s-layer", "s-bias"),
    *("selection", "colour", "day", "date", "time", "week"),
)
_PAGE, _VISIT, _IN_LINK = "page", "visit", "settings_in_link"


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


def carry_over(page: str) -> None:
    """Hand the shared settings on to another page; call before a page is drawn.

    A widget of the same key on another page is a new one to Streamlit and would start at its
    default, and leave the link, unless both are set again.

    Args:
        page: the one that is about to be drawn.
    """
    if st.session_state.get(_PAGE, page) != page:
        for key in SHARED:
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]
        for key, texts in st.session_state.get(_IN_LINK, {}).items():
            if key not in st.query_params:
                st.query_params[key] = texts
        st.session_state[_VISIT] = visit() + 1
    st.session_state[_PAGE] = page


def visit() -> int:
    """Return how often the page was changed; what a browser showed before is gone with it."""
    return int(st.session_state.get(_VISIT, 0))


def current_page() -> str:
    """Return the path of the page that is drawn, empty for the first one."""
    return str(st.session_state.get(_PAGE, ""))


def remember_settings() -> None:
    """Note what the link says of the shared settings, for the next page's link.

    When a page changes, Streamlit takes the settings of the old one out of the link before
    anything else runs; call after a page is drawn, and in its fragments.
    """
    found = {key: st.query_params.get_all(key) for key in SHARED if key in st.query_params}
    st.session_state[_IN_LINK] = found


def drop_unless(key: str, possible: Callable[[Any], bool]) -> None:
    """Forget a widget's value that the current checkpoint cannot have; call before the widget."""
    if key in st.session_state and not possible(st.session_state[key]):
        del st.session_state[key]


def one_of(label: str, options: Sequence[Option], *, key: str, **more: Any) -> Option:
    """Draw the choice of exactly one of a few options and return it; the first is the default.

    Args:
        label: above the options.
        options: at least one.
        key: of the widget, which is also its name in the URL.
        more: arguments of ``st.segmented_control``.
    """
    chosen: Option | None = st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", **more
    )
    return options[0] if chosen is None else chosen  # an empty value in a URL chooses nothing


def whole_number(label: str, *, key: str, **more: Any) -> int:
    """Draw the choice of a whole number and return it.

    Args:
        label: above the number.
        key: of the widget, which is also its name in the URL.
        more: arguments of ``st.number_input``.
    """
    try:  # streamlit 1.67 ends in a trace for infinite numbers in the URL, such as 1e999
        bound = math.isfinite(float(st.query_params.get(key, "0")))
    except ValueError:
        bound = True
    return int(st.number_input(label, key=key, bind="query-params" if bound else None, **more))


def space_widgets(prefix: str, config: HimNetConfig) -> SpaceChoice:
    """Draw the choice of meta-parameters: pool, layer, bias.

    Args:
        prefix: of the widgets' keys, which are also their names in the URL.
        config: of the model; the layer is asked for only where there are several.
    """
    pool = st.selectbox(
        "Pool",
        list(_POOLS),
        format_func=_POOLS.__getitem__,
        key=f"{prefix}-pool",
        width=WIDTH,
        bind="query-params",
        help="A cell has two graph convolutions: the gate and the update. The paper does not say "
        "which one its figures show.",
    )
    layers = ["all", *(str(number + 1) for number in range(config.num_layers))]
    layer = "all"
    if config.num_layers > 1:
        drop_unless(f"{prefix}-layer", layers.__contains__)
        layer = st.selectbox(
            "Layer", layers, key=f"{prefix}-layer", width=WIDTH, bind="query-params"
        )
    bias = st.toggle(
        "Biases count",
        value=True,
        key=f"{prefix}-bias",
        bind="query-params",
        help="Whether the generated biases belong to the meta-parameters.",
    )
    return SpaceChoice(pool=pool, bias=bias, layer="all" if layer == "all" else int(layer) - 1)


def cluster_form(config: HimNetConfig) -> ClusterSettings:
    """Draw the form of the clustering and return the settings that hold.

    Pages that draw it share its settings.
    """
    most = min(MOST_CLUSTERS, config.num_nodes)
    methods = methods_for(config.num_nodes)
    drop_unless("clusters", lambda count: count <= most)
    drop_unless("method", methods.__contains__)
    with st.form("cluster-form", border=False):
        count = st.slider(
            "Clusters",
            min_value=min(2, most - 1),
            max_value=most,
            value=max(min(2, most), min(DEFAULT_CLUSTERS, config.num_nodes // _FEWEST)),
            key="clusters",
            bind="query-params",
        )
        method = st.selectbox(
            "Method",
            methods,
            format_func=METHOD_NAMES.__getitem__,
            key="method",
            bind="query-params",
        )
        if is_large(config.num_nodes):
            st.caption(f"{left_out(METHOD_NAMES['ward'], METHOD_NAMES[methods[0]])} instead.")
        seed = whole_number("Seed", key="cluster-seed", min_value=0, max_value=9999, value=0)
        choice = space_widgets("s", config)
        st.form_submit_button("Cluster the sensors", type="primary")
    return ClusterSettings(choice, min(int(count), most), method, seed)


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
        perplexity = st.slider(
            "Perplexity",
            min_value=5,
            max_value=60,
            value=30,
            key=f"{prefix}-perplexity",
            bind="query-params",
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
