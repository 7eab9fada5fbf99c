"""Import what the other pages need while the first one is being read."""

from __future__ import annotations

import threading
from importlib import import_module

import streamlit as st

# in the order in which a visitor is likely to meet them; never torch
_LIBRARIES = ("plotly.graph_objects", "sklearn.cluster", "openTSNE", "geopandas", "folium")
_DELAY = 1.5  # seconds that the first page gets for itself


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Timer:
    """Start the imports once per process, in a thread of their own, a moment after the page."""
    timer = threading.Timer(_DELAY, _import_all)
    timer.daemon = True
    timer.start()
    return timer


def _import_all() -> None:
    for name in _LIBRARIES:
        import_module(name)
