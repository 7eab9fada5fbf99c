"""Beyond a number of sensors no pair of all is looked at: what stands for it, and says so."""

import tracemalloc

import numpy as np
import pytest

from analysis import limits
from analysis.city.carriageways import carriageway_pairs
from analysis.city.ground import Ground
from analysis.city.roads import distance_matrix, find_roads, order_along, sensor_frame
from analysis.errors import AnalysisError
from analysis.evidence.agreement import (
    cluster_silhouette,
    gaussian_like,
    majority_names,
    neighbourhoods,
    silhouette,
    trustworthiness,
)
from analysis.evidence.contingency import adjusted_rand, contingency
from analysis.evidence.intervals import cell_intervals
from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_cluster
from analysis.figures.colours import PALETTE
from analysis.figures.selection import with_selection
from analysis.figures.spatial import sensor_scatter
from analysis.geometry.clustering import METHOD_NAMES, cluster, methods_for
from analysis.geometry.projection import pca
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.similarity import distance_matrix as vector_distances
from analysis.limits import (
    MOST_POINTS,
    MOST_QUADRATIC,
    is_large,
    left_out,
    points_drawn,
    sample,
    some_of,
)
from analysis.material import Material
from analysis.paper.registry import draw
from analysis.patterns.compare import aligned_layouts
from analysis.patterns.film import Moment, make_film
from analysis.patterns.neighbours import close_but_different, nearest_sensors, similar_but_far
from analysis.patterns.relations import relations
from benchmarks.large_city_files import many_sensors
from tests.analysis.towns import NAMELESS, TOWN, town_model

BEYOND = MOST_QUADRATIC + 1
SMALL = 12  # a limit that a town of 18 sensors is above


@pytest.fixture
def low_limit(monkeypatch):
    monkeypatch.setattr(limits, "MOST_QUADRATIC", SMALL)


@pytest.fixture(scope="module")
def planted():
    """Vectors of twelve clear groups, more than may be compared pair by pair."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 12, BEYOND)
    return 10 * rng.normal(size=(12, 4))[groups] + 0.2 * rng.normal(size=(BEYOND, 4)), groups


def peak_of(action):
    """Return what an action returns, and the most bytes that it held at once."""
    tracemalloc.start()
    try:
        return action(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_limit_itself_is_not_beyond_it():
    assert not is_large(MOST_QUADRATIC)
    assert is_large(BEYOND)
    assert (sample(MOST_QUADRATIC) == np.arange(MOST_QUADRATIC)).all()


def test_a_sample_is_the_same_every_time_without_repeats_and_in_order():
    found = sample(BEYOND)
    assert len(found) == limits.SAMPLE
    assert (np.diff(found) > 0).all()
    assert (found == sample(BEYOND)).all()
    assert (found != sample(BEYOND, seed=1)).any()


def test_members_of_a_group_are_thinned_in_a_large_city_alone():
    members = range(0, 2_000, 2)
    assert some_of(members, MOST_QUADRATIC) is members
    few = some_of(members, BEYOND)
    assert len(few) == limits.MOST_MEMBERS
    assert set(few) < set(members)
    assert some_of(members[:9], BEYOND) == members[:9]


def test_the_sentence_names_what_is_left_out_and_the_limit():
    assert left_out("Ward linkage", "choose k-means") == (
        "Ward linkage is left out above 5,000 sensors; choose k-means"
    )


@pytest.mark.parametrize(
    "matrix",
    [
        lambda points: cosine_matrix(points),
        lambda points: cosine_matrix(points[None]),
        lambda points: vector_distances(points),
        lambda points: distance_matrix(sensor_frame(many_sensors(len(points)))),
        lambda points: relations(points, many_sensors(len(points))).cosines,
    ],
)
def test_no_matrix_of_all_pairs_is_made(planted, matrix):
    with pytest.raises(AnalysisError, match=r"all pairs, 5,001 by 5,001 .* above 5,000 sensors"):
        matrix(planted[0])


def test_one_row_of_a_large_matrix_may_be_made(planted):
    assert cosine_matrix(planted[0][:1], others=planted[0]).shape == (1, BEYOND)


def test_mini_batch_k_means_stands_for_ward_and_is_named_so(planted):
    assert methods_for(MOST_QUADRATIC) == ("ward", "kmeans")
    assert methods_for(BEYOND) == ("minibatch",)
    assert METHOD_NAMES["minibatch"] == "mini-batch k-means"
    points, groups = planted
    labels = cluster(points, k=12, method="minibatch")
    assert adjusted_rand(contingency(labels, groups)) > 0.8
    assert (labels == cluster(points, k=12, method="minibatch")).all()
    assert (np.diff(np.bincount(labels)) <= 0).all()  # numbered by falling size, as ever


@pytest.mark.parametrize("method", ["ward", "kmeans"])
def test_asking_for_another_method_there_gives_a_sentence(planted, method):
    with pytest.raises(
        AnalysisError,
        match=f"{METHOD_NAMES[method]} .*above 5,000 sensors; choose mini-batch k-means",
    ):
        cluster(planted[0], k=12, method=method)


def test_points_that_coincide_are_never_parted_by_mini_batches():
    labels = cluster(np.repeat([[0.0, 0.0], [5.0, 5.0]], BEYOND // 2, axis=0), k=9,
                     method="minibatch")  # fmt: skip
    assert labels.max() == 1


def test_numbers_of_clusters_and_projections_are_of_a_sample_that_is_named(planted):
    points, groups = planted
    found, held = peak_of(lambda: cluster_silhouette(points, groups, method="minibatch", draws=3))
    assert found.value > 0.8 > found.null_high
    assert found.null.endswith(f"both of {limits.SAMPLE} points drawn at random")
    kept, also_held = peak_of(lambda: trustworthiness(points, pca(points).points, draws=3))
    assert kept.value > kept.null_high
    assert kept.null.endswith(f"both of {limits.SAMPLE} points drawn at random")
    assert max(held, also_held) < BEYOND**2


def test_a_sampled_silhouette_is_near_that_of_all(planted, monkeypatch):
    points, groups = planted
    sampled = silhouette(points, groups)
    monkeypatch.setattr(limits, "MOST_QUADRATIC", 10 * BEYOND)
    assert sampled == pytest.approx(silhouette(points, groups), abs=0.02)


def test_the_gaussian_null_of_many_points_has_their_covariance(planted):
    points, _ = planted
    drawn, held = peak_of(lambda: gaussian_like(points, np.random.default_rng(0)))
    assert held < BEYOND**2
    assert np.cov(drawn.T) == pytest.approx(np.cov(points.T), abs=0.08 * np.cov(points.T).max())


def test_neighbourhoods_of_many_places_are_small_and_compact():
    places = np.random.default_rng(0).uniform(0, 1, (BEYOND, 2))
    cells = neighbourhoods(places)
    sizes = np.bincount(cells)
    assert (sizes.min(), sizes.max()) >= (7, 8)
    assert sizes.max() <= 15
    spread = np.mean([np.ptp(places[cells == cell], axis=0).max() for cell in range(50)])
    assert spread < 0.12  # 1 is the whole city


def test_places_that_coincide_have_neighbourhoods_too():
    assert np.bincount(neighbourhoods(np.zeros((BEYOND, 2)))).max() <= 15


def test_the_name_of_most_members_is_found_without_counting_each_name_anew():
    labels = np.array([0, 0, 0, 0, 1, 1, 2])
    names = ["b", "a", "a", "b", "", "c", ""]
    assert majority_names(labels, names) == ["a", "c", ""]


def vectors():
    return np.random.default_rng(0).normal(size=(len(TOWN), 4))


@pytest.mark.parametrize("centred", [False, True])
def test_the_nearest_sensors_are_the_same_without_the_matrix(monkeypatch, centred):
    whole = nearest_sensors(relations(vectors(), TOWN, centred=centred), 3)
    monkeypatch.setattr(limits, "MOST_QUADRATIC", SMALL)
    found = nearest_sensors(relations(vectors(), TOWN, centred=centred), 3)
    assert [one.sensor for one in found] == [one.sensor for one in whole]
    for one, other in zip(found, whole, strict=True):
        assert one.cosine == pytest.approx(other.cosine)
        assert one.metres == pytest.approx(other.metres)
        assert one.road == other.road


@pytest.mark.parametrize("pairs_of", [similar_but_far, close_but_different])
def test_pairs_are_the_same_where_all_are_near_enough_to_be_searched(monkeypatch, pairs_of):
    whole = pairs_of(relations(vectors(), TOWN))
    monkeypatch.setattr(limits, "MOST_QUADRATIC", SMALL)
    found = pairs_of(relations(vectors(), TOWN))  # each has 17 others, of which 20 are searched
    assert [pair.sensors for pair in found] == [pair.sensors for pair in whole]
    for one, other in zip(found, whole, strict=True):
        assert one.cosine == pytest.approx(other.cosine)
        assert one.share_below == pytest.approx(other.share_below, abs=0.02)
        assert (one.facing, one.roads) == (other.facing, other.roads)


def test_a_sensor_without_direction_is_in_no_pair_of_a_large_city(low_limit):
    points = vectors()
    points[3], points[4] = 0, np.nan
    related = relations(points, TOWN)
    named = {end for pair in similar_but_far(related, count=99) for end in pair.sensors}
    assert not named & {3, 4}
    assert np.isnan(related.cosines_to(0)[[3, 4]]).all()
    with pytest.raises(AnalysisError, match="s3 are zero or not finite"):
        nearest_sensors(related, 3)


def test_no_places_in_a_large_city_end_in_the_usual_sentence(low_limit):
    related = relations(vectors(), NAMELESS)
    assert [one.metres for one in nearest_sensors(related, 0, count=3)] == [None] * 3
    with pytest.raises(AnalysisError, match="no coordinates"):
        close_but_different(related)


def test_neighbours_of_a_large_city_make_no_matrix():
    sensors = many_sensors(BEYOND)
    points = np.random.default_rng(0).normal(size=(BEYOND, 4))

    def both():
        related = relations(points, sensors, centred=True)
        return nearest_sensors(related, 0), similar_but_far(related), close_but_different(related)

    (nearest, far, close), held = peak_of(both)
    assert held < BEYOND**2
    units = points - points.mean(axis=0)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    order = np.argsort(-(units @ units[0]))
    assert [one.sensor for one in nearest] == order[1:11].tolist()
    assert {pair.metres > 5_000 for pair in far} == {True}
    assert {pair.metres <= 500 for pair in close} == {True}


def test_opposite_sensors_of_a_long_freeway_are_found_as_on_a_short_one(monkeypatch):
    frame = sensor_frame(many_sensors(2_000))
    whole = carriageway_pairs(frame)
    monkeypatch.setattr("analysis.city.carriageways.MOST_OF_A_FREEWAY", 10)
    assert len(whole) > 20
    assert (carriageway_pairs(frame) == whole).all()


def test_the_order_of_very_many_sensors_along_a_bent_road_is_that_of_the_road():
    along = np.linspace(0, 1, 900)
    points = np.column_stack([60_000 * along, 9_000 * np.sin(5 * along)])
    mixed = np.random.default_rng(0).permutation(len(points))
    found = mixed[order_along(points[mixed], most=60)]
    found = found if found[0] < found[-1] else found[::-1]
    assert np.abs(found - np.arange(len(points))).max() <= 2


def test_roads_of_a_large_city_hold_every_sensor_once():
    roads = find_roads(sensor_frame(many_sensors(BEYOND)))
    assert sorted(np.concatenate([road.members for road in roads])) == list(range(BEYOND))


def test_intervals_over_many_sensors_are_those_of_the_usual_bootstrap(monkeypatch):
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 5, (4_000, 4)).astype(float)
    sums = counts * rng.exponential(2.0, (4_000, 4))
    usual = cell_intervals(sums, counts)
    monkeypatch.setattr(limits, "MOST_QUADRATIC", SMALL)
    found = cell_intervals(sums, counts)
    mean = sums.sum(axis=0) / counts.sum(axis=0)
    for edge, other in zip(found, usual, strict=True):
        assert edge - mean == pytest.approx(other - mean, rel=0.15)


def test_layouts_of_two_large_models_are_principal_components_turned(low_limit):
    points = vectors()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    first, second = aligned_layouts(points, points @ turn)
    assert first == pytest.approx(pca(points).points)
    assert second == pytest.approx(first)


def test_a_film_and_the_figures_for_print_are_left_out_with_a_sentence(low_limit):
    model = town_model()
    with pytest.raises(AnalysisError, match=r"animation of training.* above 12 sensors"):
        make_film([Moment(0, model)])
    material = Material(model, None, None, "no data")
    for figure in "1456":
        with pytest.raises(AnalysisError, match=f"Figure {figure} is left out above"):
            draw(figure, material)


def test_the_model_is_not_run_where_its_graph_has_too_many_pairs(low_limit, city):
    model = town_model()
    with pytest.raises(AnalysisError, match=r"running the model, .*above 12 sensors; make a track"):
        Material(model, None, city).embeddings(np.array([20]))


def test_of_very_many_sensors_a_chart_has_points_for_some_and_for_those_that_it_must():
    count = MOST_QUADRATIC + 1
    points = np.random.default_rng(0).normal(size=(count, 2))
    ids, none = [f"s{place}" for place in range(count)], [""] * count
    labels = np.arange(count) % 3
    figure = sensor_scatter(points, by_cluster(labels, PALETTE), ids=ids, roads=none, labels=labels)
    drawn = [row[0] for row in figure.data[0].customdata]
    assert len(drawn) == len(set(drawn)) == MOST_POINTS
    places = [ids.index(name) for name in drawn[:50]]
    assert np.allclose(figure.data[0].x[:50], points[places, 0], atol=1e-3)
    colours = [PALETTE[labels[place]] for place in places]
    assert list(figure.data[0].marker.color[:50]) == colours
    city = city_scatter(
        34 + points[:, 0] / 100, points[:, 1] / 100, Ground(), by_cluster(labels, PALETTE), ids=ids,
        about=none, always=[5, 7],
    )  # fmt: skip
    named = [row[0] for row in city.data[-1].customdata]
    assert MOST_POINTS <= len(named) <= MOST_POINTS + 2
    assert {"s5", "s7"} <= set(named)
    with_selection(city, ["s7"], trace=len(city.data) - 1)
    assert [named[place] for place in city.data[-1].selectedpoints] == ["s7"]


def test_points_that_are_to_be_hidden_are_not_in_the_sample():
    wanted = np.zeros(MOST_QUADRATIC + 1, dtype=bool)
    wanted[[3, 9]] = True
    assert points_drawn(wanted).tolist() == [3, 9]
    assert points_drawn(wanted[:20]).tolist() == list(range(20))
