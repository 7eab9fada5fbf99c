"""The film of a training: the same sensors in every frame, the trained model last."""

import dataclasses

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.geometry.clustering import cluster, number_of_clusters
from analysis.geometry.projection import tsne
from analysis.geometry.similarity import distance_matrix
from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.compare import matched
from analysis.patterns.film import Moment, load_moments, make_film
from analysis.patterns.structure import hour_structure
from himnet.training.folder import RunFolder
from tests.analysis.expanded import ONE_LAYER, SENSORS, small, trained_like
from tests.analysis.towns import NAMELESS, TOWN, town_model
from tests.himnet.checkpoints.models import draw, write

FEW = {"perplexity": 5, "iterations": 60, "draws": 5}


def growing(config=ONE_LAYER, *, sensors=TOWN, count=3):
    """Moments at which weights move from noise to what was trained."""
    first, last = (trained_like(config, seed=seed) for seed in (1, 2))
    return [
        Moment(
            1000 * place,
            town_model(
                config,
                sensors=sensors,
                weights={name: (1 - share) * first[name] + share * last[name] for name in first},
            ),
        )
        for place, share in enumerate(np.linspace(0, 1, count))
    ]


@pytest.fixture(scope="module")
def film():
    return make_film(growing(), k=4, **FEW)


def test_every_frame_has_the_same_points_in_the_same_order(film):
    assert [frame.step for frame in film.frames] == [0, 1000, 2000]
    assert {frame.points.shape for frame in film.frames} == {(SENSORS, 2)}
    groups = np.random.default_rng(0).permutation(np.arange(SENSORS) // 6)
    moments = growing()
    for moment in moments:  # three groups that stand apart at every moment
        moment.checkpoint.weights["node_embedding"] *= 0.01
        moment.checkpoint.weights["node_embedding"] += 5 * np.eye(6, dtype=np.float32)[groups]
    planted = make_film(moments, k=3, **FEW)
    for frame in planted.frames:
        apart = distance_matrix(frame.points) + np.diag(np.full(SENSORS, np.inf))
        assert np.array_equal(groups[apart.argmin(axis=1)], groups)
    assert len(set(zip(groups.tolist(), planted.labels.tolist(), strict=True))) == 3


def test_frames_are_coloured_by_the_clusters_of_the_trained_model(film):
    coordinates = spatial_coordinates(growing()[-1].checkpoint.model)
    assert np.array_equal(film.labels, cluster(coordinates, k=4))


def test_frames_follow_each_other_more_closely_than_layouts_of_their_own(film):
    alone = [
        tsne(spatial_coordinates(moment.checkpoint.model), perplexity=5, iterations=60)
        for moment in growing()
    ]
    steps, jumps = (
        np.linalg.norm(points[-1] - points[-2]) / points[-1].std()
        for points in ([frame.points for frame in film.frames], alone)
    )
    assert steps < jumps


def test_the_last_frame_lies_across_the_page(film):
    last = film.frames[-1].points - film.frames[-1].points.mean(axis=0)
    assert abs((last[:, 0] * last[:, 1]).sum()) < 1e-6 * np.square(last).sum()
    assert last[:, 0].std() >= last[:, 1].std()


def test_each_frame_has_the_numbers_of_its_own_moment(film):
    for frame, moment in zip(film.frames, growing(), strict=True):
        own = hour_structure(moment.checkpoint.model, draws=5)
        assert frame.hours.cosines == own.cosines
        assert frame.hours.order == own.order
        assert frame.roads["ARI"].draws == 5
    values = [frame.roads["ARI"].value for frame in film.frames]
    assert len(set(values)) > 1


def test_the_same_film_is_made_again(film):
    again = make_film(growing(), k=4, **FEW)
    for frame, other in zip(film.frames, again.frames, strict=True):
        assert np.array_equal(frame.points, other.points)
        assert frame.roads == other.roads


def test_one_moment_is_a_film_of_one_frame():
    (moment,) = growing(count=1)
    film = make_film([moment], k=4, **FEW)
    assert len(film.frames) == 1
    alone = tsne(spatial_coordinates(moment.checkpoint.model), perplexity=5, iterations=60)
    assert film.frames[0].points == pytest.approx(alone, abs=1e-9)


def test_a_film_has_the_usual_number_of_clusters():
    assert len(np.unique(make_film(growing(), **FEW).labels)) == number_of_clusters(SENSORS)


def test_without_places_there_is_a_film_without_roads():
    film = make_film(growing(sensors=NAMELESS), k=4, **FEW)
    assert {frame.roads for frame in film.frames} == {None}
    assert all(frame.hours is not None for frame in film.frames)


@pytest.mark.parametrize("ablate", ["TMP", "E_t"])
def test_a_model_without_temporal_meta_parameters_has_a_film_of_its_sensors(ablate):
    film = make_film(growing(small(ablate=ablate)), k=4, **FEW)
    assert {frame.hours for frame in film.frames} == {None}
    assert all(frame.roads["ARI"] for frame in film.frames)


@pytest.mark.parametrize("ablate", ["E_s", "SMP"])
def test_a_model_without_spatial_meta_parameters_has_no_film(ablate):
    with pytest.raises(AnalysisError, match=f"without {ablate}"):
        make_film(growing(small(ablate=ablate)), **FEW)


def test_snapshots_of_another_training_are_refused():
    moments = growing()
    mixed = dataclasses.replace(TOWN, ids=(*TOWN.ids[1:], TOWN.ids[0]))
    stranger = Moment(7, town_model(sensors=mixed))
    assert not matched(stranger.checkpoint.dataset, moments[-1].checkpoint.dataset).is_whole
    with pytest.raises(AnalysisError, match=r"town.safetensors has different sensors from the"):
        make_film([stranger, *moments], **FEW)
    with pytest.raises(AnalysisError, match="at least one snapshot or trained model, not 0"):
        make_film([])


def test_moments_are_what_a_training_left_behind(tmp_path):
    folder = RunFolder.at(tmp_path / "mine")
    write(folder.model, training={"steps": 1500})
    for step, seed in ((1000, 3), (0, 4), (200, 5)):
        write(folder.snapshot(step), draw(seed=seed))
    moments = load_moments(tmp_path / "mine")
    assert [moment.step for moment in moments] == [0, 200, 1000, 1500]
    assert [moment.checkpoint.path for moment in moments][-1] == folder.model
    assert np.array_equal(
        moments[1].checkpoint.weights["node_embedding"], draw(seed=5)["node_embedding"]
    )


@pytest.mark.parametrize(
    ("said", "step"), [({"steps": 12}, 12), ({}, None), ({"steps": "many"}, None)]
)
def test_a_checkpoint_without_snapshots_is_its_only_moment(tmp_path, said, step):
    (moment,) = load_moments(write(tmp_path / "alone.safetensors", training=said))
    assert moment.step == step


@pytest.mark.slow
def test_the_bundled_training_grows_structure_out_of_noise():
    film = make_film(load_moments("metr-la"), iterations=250)
    first, *_, last = film.frames
    assert first.step == 0
    assert first.roads["ARI"].p_value > 0.05 >= last.roads["ARI"].p_value
    assert first.hours.cosines[1] < 0.2 < last.hours.cosines[1]
