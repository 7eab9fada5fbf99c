"""Import the libraries of the pages in one thread at a time.

Two threads that import different modules of one package can see it partially initialised, and one
of them then fails with an `ImportError` (for example ``scipy.spatial`` and
``scipy.spatial.distance``). Each visitor is a thread, so the libraries are imported here first.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module

import streamlit as st

# in the order in which they are likely to be needed. Torch is imported where a model runs, always
# by the package itself first. Packages with Streamlit components are imported where they are drawn,
# because Streamlit registers components only within a run of a page.
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
_DELAY = 1.5  # seconds, so that the first page is drawn first
_ONE_AT_A_TIME = threading.Lock()
_imported = threading.Event()


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Timer:
    """Start the imports in a thread, once per process, shortly after the first page."""
    timer = threading.Timer(_DELAY, import_libraries)
    timer.daemon = True
    timer.start()
    return timer


def wait_for_libraries() -> None:
    """Import the libraries, or wait until another thread has, with a spinner on the page."""
    if not _imported.is_set():
        with st.spinner("Loading libraries ...", show_time=True):
            import_libraries()


def import_libraries() -> None:
    """Import the libraries, unless they are imported; a second caller waits."""
    with _ONE_AT_A_TIME:
        if _imported.is_set():
            return
        for name in LIBRARIES:
            with suppress(ImportError):  # reported by the page that needs it; the others work
                import_module(name)
        _imported.set()
