"""Results of the claims, cached by the checksums of the checkpoint, track and data set."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

import streamlit as st

from analysis.claims.result import ClaimResult
from analysis.claims.run import evaluate_claims
from analysis.material import Material

_MOST = 8
_Key = tuple[str, str, str]


class _Store:
    """A bounded store that all visitors share; the least recently used results are dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, list[ClaimResult]] = OrderedDict()

    def get(self, key: _Key) -> list[ClaimResult] | None:
        """Return the results for a key, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: _Key, results: list[ClaimResult]) -> None:
        """Store results."""
        with self._lock:
            self._kept[key] = results
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _store() -> _Store:
    return _Store()


def kept_claims(material: Material) -> list[ClaimResult] | None:
    """Return the claims of a model if they were measured before, else None."""
    return _store().get(material.sums)


def measure_claims(material: Material) -> list[ClaimResult]:
    """Measure the claims of a model, with a progress bar and a button to stop."""
    bar, stop = st.progress(0.0, text="Reading the model ..."), st.empty()
    # a click reruns the page, which stops the work
    stop.button("Stop", icon=":material/stop:", key="stop-claims")
    began = time.monotonic()

    def report(what: str, done: int, total: int) -> None:
        spent = time.monotonic() - began
        left = f"; about {spent / done * (total - done):.0f} s left" if done > 2 else ""
        bar.progress(done / total, text=f"{what}{left}")

    results = evaluate_claims(material, report=report)
    bar.empty()
    stop.empty()
    _store().put(material.sums, results)
    return results
