"""The analysis knows no architecture: a model without pools and forecasts goes the same way."""

import numpy as np
import pytest

from analysis.claims.run import evaluate_claims
from analysis.errors import AnalysisError
from analysis.export import collect
from analysis.geometry.similarity import cosine_matrix, distance_matrix
from analysis.geometry.spaces import SpaceChoice, learnt_space, spatial_coordinates
from analysis.material import Material, load_material
from analysis.patterns.hours import day_distances, hour_cosines, week_coordinates
from analysis.patterns.structure import hour_structure
from himnet.model.parameters import HimNetParameters
from tests.analysis.embeddings_only import tables, with_tables


@pytest.fixture(scope="module")
def opened():
    whole = load_material("synthetic-city")
    return Material(with_tables(whole.arrays), None, whole.dataset, whole.dataset_problem)


def test_without_pools_the_embeddings_are_the_space():
    model = tables(24)
    space = learnt_space(model, "spatial")
    assert np.array_equal(space.gram, np.eye(5))
    found = spatial_coordinates(model)
    assert distance_matrix(found) == pytest.approx(distance_matrix(model.sensors))
    assert cosine_matrix(found) == pytest.approx(cosine_matrix(model.sensors))


def test_what_a_model_lacks_is_told_in_its_own_words():
    with pytest.raises(AnalysisError, match="no embedding of moments"):
        learnt_space(tables(24), "moment")


def test_a_layer_that_there_is_not_is_refused():
    with pytest.raises(AnalysisError, match="no layer 1"):
        learnt_space(tables(24), "spatial", SpaceChoice(layer=0))


def test_hours_of_any_model_are_compared():
    model = tables(24)
    assert week_coordinates(model).shape == (168, 10)
    assert hour_cosines(model, variant="tod")[0, 1] > hour_cosines(model, variant="tod")[0, 12]
    assert day_distances(model) == pytest.approx(distance_matrix(model.days))
    structure = hour_structure(model, draws=19)
    assert structure.order.p_value == pytest.approx(1 / 20)


def test_a_day_of_a_model_without_moments_has_its_readings(opened):
    def embed(steps):
        raise AssertionError("nobody may ask for what the model cannot do")

    day = opened.day(opened.days[0], embed)
    assert day.embedding.shape == (len(day.hours), opened.info.num_nodes, 0)
    assert day.are_readings
    assert np.isfinite(day.values).any()


def test_claims_that_need_more_than_a_model_has_cannot_be_told(opened):
    verdicts = {row.id: row for row in evaluate_claims(opened, untrained=3, draws=19)}
    assert verdicts["hours"].value is not None
    assert verdicts["clusters"].value is not None
    untold = {name: row.note for name, row in verdicts.items() if row.value is None}
    assert set(untold) == {"within-clusters", "divergence"}
    assert all("This model has no embedding of moments." in note for note in untold.values())


def test_an_export_leaves_out_what_there_is_not(opened):
    found = collect(opened)
    assert {"tod_embedding", "spatial_embedding", "cluster"} <= set(found.entries)
    assert "no embedding of moments" in found.left_out["st_factor"]


def test_a_model_that_makes_no_forecasts_says_so(opened):
    with pytest.raises(AnalysisError, match=r"Tables models cannot forecast"):
        opened.embeddings(np.array([20]))


def test_a_forecaster_is_made_once_and_kept(monkeypatch):
    made = []
    build = HimNetParameters.module
    monkeypatch.setattr(HimNetParameters, "module", lambda self: made.append(1) or build(self))
    opened = load_material("synthetic-city")
    for step in (40, 41, 42):
        opened.embeddings(np.array([step]))
    assert len(made) == 1
    assert opened.forecaster is opened.forecaster
