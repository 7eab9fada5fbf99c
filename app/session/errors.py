"""The errors of a model on the test split: measured by this explorer, or stored before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from analysis.material import Material
from app.session.chunks import progress_bar
from app.session.keys import shared
from app.session.measured import just_now, when
from himnet.forecasting.split_errors import SplitErrors, stored_errors

SPLIT = "test"


@dataclass(frozen=True)
class KnownErrors:
    """The errors of a model on all windows of the test split.

    Attributes:
        errors: by sensor, horizon and hour of day.
        metrics: as `himnet evaluate --json` prints them; empty if they are not stored.
        measured: when and by what, as the end of a sentence, in plain text.
    """

    errors: SplitErrors
    metrics: Mapping[str, Any] = field(repr=False)
    measured: str


def known_errors(material: Material) -> KnownErrors | None:
    """Return the errors of a model on the test split if they were ever measured, else None.

    What this explorer measured comes before what is stored beside the model.

    Raises:
        CheckpointError: for stored errors that are damaged.
    """
    if here := _measured_here(material.sums):
        return here[0]
    stored = stored_errors(material.arrays, SPLIT)
    if stored is None:
        return None
    errors, part = stored
    return KnownErrors(errors, material.arrays.metrics.get(SPLIT, {}), when(part))


@shared(64)
def _measured_here(sums: tuple[str, str, str]) -> list[KnownErrors]:
    """Return what this explorer last measured of a model, for all visitors; empty for nothing."""
    return []


def measure_errors(material: Material) -> KnownErrors:
    """Measure the model on the test split, with a progress bar and a button to stop.

    Raises:
        AnalysisError: without the data set, or for a model that cannot forecast.
        DataError: for a data set without a test split.
    """
    from himnet.forecasting.evaluate import evaluate_split

    stop = st.empty()
    # a click reruns the page, which stops the work
    stop.button("Stop", icon=":material/stop:", key="stop-errors")
    tell = progress_bar("Forecasting the test split")
    dataset = material.required_dataset()
    found = evaluate_split(material.forecaster, dataset, SPLIT, tell=tell)
    stop.empty()
    known = KnownErrors(found.errors, found.metrics, just_now())
    _measured_here(material.sums)[:] = [known]
    return known
