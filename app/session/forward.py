"""Forward passes of the model that is looked at; the only place of the app that wakes torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.limits import check_forward
from app.session.chunks import in_chunks
from himnet.checkpoints import CheckpointArrays
from himnet.data.dataset import Dataset

if TYPE_CHECKING:
    from himnet.forecasting.inference import Forecaster

CHUNK = 24  # windows between two moves of the progress bar


def embeddings_with_progress(
    arrays: CheckpointArrays, dataset: Dataset, steps: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return E_st (M, N, d_st) of the windows that end at some steps, with a progress bar.

    What was computed before is not computed again, also where the page was left meanwhile.

    Raises:
        AnalysisError: for a city of too many sensors.
        DataError: when the data set does not fit the model.
    """
    check_forward(dataset.info.num_nodes)
    dataset_sum = dataset.info.sha256 or dataset.name

    def part_of(wanted: tuple[int, ...]) -> NDArray[np.float32]:
        return _embeddings(arrays.sha256, dataset_sum, wanted, _arrays=arrays, _dataset=dataset)

    return np.concatenate(in_chunks(steps, part_of, what="The model reads the day", size=CHUNK))


@st.cache_data(max_entries=96, show_spinner=False)
def _embeddings(
    sha256: str, dataset_sum: str, steps: tuple[int, ...], *, _arrays: Any, _dataset: Any
) -> NDArray[np.float32]:
    forecaster = _forecaster(sha256, dataset_sum, _arrays=_arrays, _dataset=_dataset)
    middles = np.asarray(steps) + 1
    return np.concatenate([forecaster.embed(chunk) for chunk in forecaster.chunks(middles)])


@st.cache_resource(max_entries=2, show_spinner=False)
def _forecaster(sha256: str, dataset_sum: str, *, _arrays: Any, _dataset: Any) -> Forecaster:
    from himnet.checkpoints import with_model
    from himnet.forecasting.inference import Forecaster

    model = with_model(_arrays).model
    return Forecaster(model, _dataset, _arrays.scaler, device="auto")
