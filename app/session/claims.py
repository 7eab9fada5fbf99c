"""Results of the claims, cached by the checksums of the checkpoint, track and data set."""

from __future__ import annotations

import time

import streamlit as st

from analysis.claims.result import ClaimResult
from analysis.claims.run import evaluate_claims
from analysis.material import Material
from app.session.keys import shared

_EARLY = 0.05  # of the work, below which the time left is not told


@shared(64)
def _kept(sums: tuple[str, str, str]) -> list[ClaimResult]:
    """Return the results of a model for all visitors, a list that is empty until they exist."""
    return []


def kept_claims(material: Material) -> list[ClaimResult] | None:
    """Return the claims of a model if they were measured before, else None."""
    return _kept(material.sums) or None


def measure_claims(material: Material) -> list[ClaimResult]:
    """Measure the claims of a model, with a progress bar and a button to stop."""
    bar, stop = st.progress(0.0, text="Reading the model ..."), st.empty()
    # a click reruns the page, which stops the work
    stop.button("Stop", icon=":material/stop:", key="stop-claims")
    began = time.monotonic()

    def report(what: str, done: int, total: int) -> None:
        spent = time.monotonic() - began
        left = (
            f"; about {spent / done * (total - done):.0f} s left" if done > _EARLY * total else ""
        )
        bar.progress(done / total, text=f"{what}{left}")

    results = evaluate_claims(material, report=report)
    bar.empty()
    stop.empty()
    _kept(material.sums)[:] = results
    return results
