"""The claims of a model: measured by this explorer, or stored beside the model before."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import streamlit as st

from analysis.claims.catalogue import EVERY, PLACE_CLAIMS, Claim
from analysis.claims.result import ClaimResult
from analysis.claims.run import evaluate_claims
from analysis.claims.stored import stored_claims
from analysis.claims.table import by_family
from analysis.material import Material
from app.session.keys import shared
from app.session.measured import just_now, when
from himnet.checkpoints import CheckpointArrays

_EARLY = 0.05  # of the work, below which the time left is not told


@dataclass(frozen=True)
class KnownClaims:
    """The claims of a model, and when they were measured.

    Attributes:
        results: one for each claim of the paper.
        measured: when and by what, as the end of a sentence, in plain text.
        without_data: whether readings were not available then.
        places: one for each claim about places; empty if these were not measured.
    """

    results: tuple[ClaimResult, ...]
    measured: str
    without_data: bool = False
    places: tuple[ClaimResult, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, ClaimResult]:
        """The results by the claim's short name."""
        return {result.id: result for result in (*self.results, *self.places)}


def known_claims(material: Material) -> KnownClaims | None:
    """Return the claims of a model if they were ever measured, else None.

    What this explorer measured comes before what is stored beside the model, unless only the
    latter was measured with readings.

    Raises:
        AnalysisError: for stored results that are damaged.
    """
    found = [*_measured_here(material.sums), claims_beside(material.arrays)]
    known = [one for one in found if one is not None]
    return min(known, key=lambda one: one.without_data, default=None)


def claims_beside(arrays: CheckpointArrays) -> KnownClaims | None:
    """Return the claims that are stored beside a model, or None; errors as `known_claims`."""
    stored = stored_claims(arrays)
    if stored is None:
        return None
    told, without_data = when(stored.part), not stored.part.data
    return KnownClaims(
        tuple(stored.results), told, without_data=without_data, places=tuple(stored.places)
    )


@shared(64)
def _measured_here(sums: tuple[str, str, str]) -> list[KnownClaims]:
    """Return what this explorer last measured of a model, for all visitors; empty for nothing."""
    return []


def measure_claims(material: Material) -> KnownClaims:
    """Measure the claims of a model, with a progress bar and a button to stop."""
    results = by_family(_measured(material, EVERY))
    known = KnownClaims(
        tuple(results["paper"]), just_now(), without_data=material.dataset is None,
        places=tuple(results["places"]),
    )  # fmt: skip
    _measured_here(material.sums)[:] = [known]
    return known


def measure_places(material: Material, known: KnownClaims) -> KnownClaims:
    """Measure the claims about places only, and return all that is known of a model then."""
    known = replace(known, places=tuple(_measured(material, PLACE_CLAIMS)))
    _measured_here(material.sums)[:] = [known]
    return known


def _measured(material: Material, claims: Sequence[Claim]) -> list[ClaimResult]:
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

    results = evaluate_claims(material, claims=claims, report=report)
    bar.empty()
    stop.empty()
    return results
