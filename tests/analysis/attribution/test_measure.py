"""Forecasts are drawn evenly, and what was measured is the same however often it was stopped."""

import numpy as np
import pytest

from analysis.attribution.measure import (
    FORMAT,
    distances_from_base,
    kept_in,
    measure,
    so_far,
)
from analysis.attribution.sample import draw_triples, second_group, thresholds
from analysis.errors import AnalysisError
from himnet.checkpoints.format import read_sealed, write_sealed
from himnet.forecasting import attribution
from tests.analysis.attribution.cities import COUNT, OCCLUDED, explained_town, small_plan


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return explained_town(tmp_path_factory.mktemp("explained"))


@pytest.fixture(scope="module")
def whole(some):
    return measure(small_plan(some))


def same(one, other):
    for name, array in vars(one).items():
        np.testing.assert_array_equal(array, getattr(other, name))


def test_half_of_the_forecasts_are_of_each_group_and_of_the_test_split(some):
    found = draw_triples(some, count=40)
    dataset = some.dataset
    assert np.bincount(found.groups).tolist() == [20, 20]
    assert set(found.middles.tolist()) <= set(dataset.splits["test"].middles.tolist())
    inside = second_group(dataset, found.middles - 1, thresholds(dataset))
    np.testing.assert_array_equal(inside[np.arange(40), found.sensors], found.groups)
    assert (found.horizons.min(), found.horizons.max()) == (1, 12)
    assert len(set(zip(found.middles.tolist(), found.sensors.tolist(), strict=True))) == 40
    first = found.groups[:20].mean()
    assert 0.2 < first < 0.8  # the first of them represent all


def test_the_same_seed_gives_the_same_forecasts(some):
    one, other, another = (draw_triples(some, count=9, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.middles, other.middles)
    assert (one.middles != another.middles).any()


@pytest.mark.parametrize("count", [1, 0, 10**6])
def test_an_impossible_number_is_refused(some, count):
    with pytest.raises(AnalysisError, match=f"attributions of {count} forecasts"):
        draw_triples(some, count=count)


def test_speeds_are_congested_below_a_share_of_free_flow_and_others_are_high(some):
    speeds = thresholds(some.dataset)
    train = some.dataset.readings()[: some.dataset.splits["train"].index[:, 2].max()]
    assert speeds[2] == pytest.approx(0.75 * np.nanpercentile(train[:, 2], 85), rel=1e-5)


def test_all_are_measured_and_complete(whole):
    assert len(whole) == COUNT
    assert len(whole.falls) == OCCLUDED
    assert whole.complete.all()
    sums = whole.values.sum(axis=(1, 2), dtype=np.float64)
    np.testing.assert_allclose(sums, whole.ends[:, 0] - whole.ends[:, 1] + whole.gaps, atol=1e-4)


def test_a_stopped_measurement_goes_on_to_the_same_numbers(some, whole, tmp_path, monkeypatch):
    plan, real, calls = small_plan(some), attribution.attribute, []

    def stop(*args, **settings):
        calls.append(args)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(*args, **settings)

    monkeypatch.setattr(attribution, "attribute", stop)
    with pytest.raises(KeyboardInterrupt):
        measure(plan, cache_dir=tmp_path)
    assert len(so_far(plan, tmp_path)) == 5
    same(measure(plan, cache_dir=tmp_path), whole)
    assert len(calls) == 6 + COUNT - 5
    same(so_far(plan, tmp_path), whole)
    kept_in(plan, tmp_path).unlink()
    same(measure(plan, cache_dir=tmp_path), whole)


def altered(arrays, name):
    arrays = dict(arrays)
    if name == "shape":
        arrays["values"] = arrays["values"][:, :, :-1]
    elif name == "type":
        arrays["gaps"] = arrays["gaps"].astype(np.float32)
    elif name == "nan":
        arrays["values"] = np.full_like(arrays["values"], np.nan)
    elif name == "rows":
        arrays["steps"] = arrays["steps"][1:]
    elif name == "occluded":
        arrays["falls"] = np.repeat(arrays["falls"], 3, axis=0)
    elif name == "scalar":
        arrays["values"] = np.zeros((), dtype=np.float32)
    else:
        arrays.pop(name)
    return arrays


@pytest.mark.parametrize(
    "name",
    [
        "shape",
        "type",
        "nan",
        "rows",
        "occluded",
        "ends",
        "scalar",
    ],
)
def test_a_damaged_file_is_ignored(some, whole, tmp_path, name):
    plan = small_plan(some)
    file = kept_in(plan, tmp_path)
    write_sealed(file, altered(vars(whole), name), plan.settings, FORMAT)
    assert len(so_far(plan, tmp_path)) == 0
    file.write_bytes(b"no such file")
    assert len(so_far(plan, tmp_path)) == 0


def test_other_settings_are_other_files(some, whole, tmp_path):
    plan, other = small_plan(some), small_plan(some, baseline="mean")
    assert kept_in(plan, tmp_path) != kept_in(other, tmp_path)
    write_sealed(kept_in(plan, tmp_path), vars(whole), other.settings, FORMAT)
    assert len(so_far(plan, tmp_path)) == 0


def test_a_full_disk_does_not_end_the_measurement(some, whole, tmp_path, monkeypatch):
    from himnet.errors import CheckpointError

    def full(*args):
        raise CheckpointError("no space")

    monkeypatch.setattr("analysis.cache.write_sealed", full)
    same(measure(small_plan(some), cache_dir=tmp_path), whole)
    assert not list(tmp_path.iterdir())


def test_what_is_kept_holds_no_more_than_arrays(some, whole, tmp_path):
    plan = small_plan(some)
    measure(plan, cache_dir=tmp_path)
    said, arrays = read_sealed(kept_in(plan, tmp_path), FORMAT, max_bytes=10**7)
    assert said == plan.settings
    assert arrays.keys() == vars(whole).keys()


def test_a_missing_reading_is_no_distance_from_the_base_line(some):
    plan = small_plan(some)
    found = distances_from_base(plan, 3)
    for number, middle in enumerate(plan.triples.middles[:3]):
        missing = some.dataset.missing()[middle - 12 : middle]
        assert missing.any()
        assert not found[number][missing].any()
        assert (found[number][~missing] >= 0).all()
    assert found.max() > 0
