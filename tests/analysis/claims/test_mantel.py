"""Similar meta-parameters, similar series: the partial Mantel correlation, and where it fails."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.mantel import (
    complete_part,
    series_beside,
    series_similarity,
)
from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import CONFIG, SENSORS, TOWN, ground, planted_weights, view
from tests.analysis.evidence.pairs import partial, symmetric


def test_sensors_without_a_correlation_are_left_out():
    matrix = symmetric(0, 6)
    assert complete_part(matrix).tolist() == [0, 1, 2, 3, 4, 5]
    matrix[2], matrix[:, 2] = np.nan, np.nan
    assert complete_part(matrix).tolist() == [0, 1, 3, 4, 5]
    matrix[4, 5] = matrix[5, 4] = np.nan
    assert len(complete_part(matrix)) == 4
    assert complete_part(np.full((3, 3), np.nan)).tolist() == []


def test_meta_parameters_made_from_the_series_are_found():
    weights = planted_weights()
    parts, vectors = np.linalg.eigh(ground().series_correlations)
    weights["node_embedding"][:] = vectors[:, -6:] * np.sqrt(parts[-6:])
    found = series_similarity(view(weights), ground(), draws=99, seed=0)
    assert found.value > 0.1
    assert found.p_value == found.p_smallest == 0.01
    fresh = [
        series_similarity(view(untrained_weights(CONFIG, seed=seed)), ground(), draws=39, seed=0)
        for seed in range(6)
    ]
    assert max(one.value for one in fresh) < found.value
    assert max(one.p_value for one in fresh) > 0.2


def test_series_are_those_of_the_test_split_where_both_have_readings():
    windows = TOWN.splits["test"].index
    steps = slice(windows[0, 1], windows[-1, 2])
    first, second = TOWN.readings()[steps, 3].astype(float), TOWN.readings()[steps, 8].astype(float)
    both = np.isfinite(first) & np.isfinite(second)
    assert not both.all()
    expected = np.corrcoef(first[both], second[both])[0, 1]
    assert ground().series_correlations[3, 8] == pytest.approx(expected)


def test_silent_and_constant_sensors_do_not_count():
    values = TOWN.values.copy()
    values[:, 2], values[:, 7] = TOWN.info.missing_value, 55.0
    own = ground(dataset=replace(TOWN, values=values))
    assert np.isnan(own.series_correlations[[2, 7]]).all()
    found = series_similarity(view(), own, draws=19, seed=0)
    assert np.isfinite(found.value)
    counted = series_beside(view(), own, draws=19, seed=0)[-1]
    assert counted.value == SENSORS - 2
    kept = np.delete(np.arange(SENSORS), [2, 7])
    part = np.ix_(kept, kept)
    theta = cosine_matrix(view().spatial_coordinates)[part]
    expected = partial(theta, own.series_correlations[part], [own.distances[part]])
    assert found.value == pytest.approx(expected)


def test_it_needs_the_data_set_and_some_sensors():
    with pytest.raises(AnalysisError, match="needs the data set, but the data set is somewhere"):
        series_similarity(view(), ground(dataset=None), draws=9, seed=0)
    silent = replace(TOWN, values=np.full_like(TOWN.values, TOWN.info.missing_value))
    with pytest.raises(AnalysisError, match="0 sensors can be compared, but at least 4 are needed"):
        series_similarity(view(), ground(dataset=silent), draws=9, seed=0)
