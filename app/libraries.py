"""Import the libraries of the pages in one thread at a time.

Two threads that import from one package, each at another end, can meet it half made, and Python
then ends one of them with an `ImportError` (``scipy.spatial`` and ``scipy.spatial.distance`` do
so). Each visitor is a thread; so what pages need is imported here, before the first of them runs.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module

import streamlit as st

# in the order in which a visitor is likely to meet them. Torch is imported where a model runs, and
# every module that does so begins with the package itself. Packages with components of Streamlit's
# are imported where they are drawn: only within a run of the page does Streamlit learn of them.
LIBRARIES = (
    "plotly.graph_objects",
    "plotly.colors",
    "plotly.subplots",
    "scipy.cluster.hierarchy",
    "scipy.optimize",
    "scipy.spatial.distance",
    "scipy.special",
    "scipy.stats",
    "sklearn.cluster",
    "sklearn.manifold",
    "sklearn.metrics",
    "geopandas",
    "shapely.ops",
    "folium",
    "openTSNE",
    "threadpoolctl",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
)
_DELAY = 1.5  # seconds that the first page gets for itself
_ONE_AT_A_TIME = threading.Lock()
_imported = threading.Event()


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Timer:
    """Start the imports once per process, in a thread of their own, a moment after the page."""
    timer = threading.Timer(_DELAY, import_libraries)
    timer.daemon = True
    timer.start()
    return timer


def wait_for_libraries() -> None:
    """Import what pages need, or wait until another thread has; the page shows that it waits."""
    if not _imported.is_set():
        with st.spinner("Loading libraries ...", show_time=True):
            import_libraries()


def import_libraries() -> None:
    """Import what pages need, unless it is there; whoever comes second waits."""
    with _ONE_AT_A_TIME:
        if _imported.is_set():
            return
        for name in LIBRARIES:
            with suppress(ImportError):  # the page that needs it says so; the others work
                import_module(name)
        _imported.set()
