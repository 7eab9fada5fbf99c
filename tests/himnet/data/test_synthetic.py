"""The synthetic city has what it is said to have, and nothing of it at strength 0."""

import time

import numpy as np
import pytest

from himnet.data.load import load_dataset
from himnet.data.scaling import training_scaler
from himnet.data.synthetic import CENTRE, INNER_KM, rush_groups, synthetic_city, wave_lags
from himnet.errors import DataError

KM = 111.2
SIZES = {"num_nodes": 36, "days": 14}


@pytest.fixture(scope="module")
def planted():
    return synthetic_city(**SIZES)


@pytest.fixture(scope="module")
def plain():
    return synthetic_city(**SIZES, strength=0.0)


def places(city):
    """Return each sensor's place (km east and north of the centre)."""
    sensors = city.sensors
    return (sensors.longitude - CENTRE[1]) * KM, (sensors.latitude - CENTRE[0]) * KM


def inward(city):
    """Return which sensors measure traffic towards the centre, from their place and direction."""
    east, north = places(city)
    way = np.array(city.sensors.direction)
    towards = {"E": east < 0, "W": east > 0, "N": north < 0, "S": north > 0}
    return np.select([way == name for name in towards], list(towards.values()), default=False)


def mean_speed(city, hours, *, working=True):
    """Return each sensor's mean speed in some hours of the working days or the weekend."""
    hour = city.tod_index * 24 / city.steps_per_day
    chosen = (hour >= hours[0]) & (hour < hours[1]) & ((city.dow < 5) == working)
    return np.nanmean(city.readings()[chosen], axis=0)


def test_the_same_seed_makes_the_same_city(planted):
    again = synthetic_city(**SIZES)
    np.testing.assert_array_equal(again.values, planted.values)
    assert again.info.sha256 == planted.info.sha256
    assert again.sensors.ids == planted.sensors.ids
    other = synthetic_city(**SIZES, seed=1)
    assert other.info.sha256 != planted.info.sha256
    assert (other.sensors.latitude != planted.sensors.latitude).any()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("synthetic", "a29301f53387320ac79b7333cb4e501c"),
        ("synthetic:strength=0", "e6d6b64000d38e285accefe8e4f68d4a"),
        ("synthetic:num_nodes=72,days=28", "e3d2b4870edd6356c386cc13e7ce18a1"),
        (
            "synthetic:num_nodes=13,days=3,seed=5,strength=0.5,missing_share=0.1",
            "7490b9a7e7fa7ac84316e18ca00bfc7f",
        ),
        ("synthetic:num_nodes=4,days=4,steps_per_day=96", "0b71e155974c45d50bce74ef9028ddcb"),
    ],
)
def test_a_name_gives_the_readings_that_it_gave_before_there_were_waves(name, start):
    # checkpoints store the hash of their data: with other readings, theirs would no longer match
    assert load_dataset(name).info.sha256.startswith(start)


def test_a_city_takes_less_than_a_second():
    begin = time.perf_counter()
    synthetic_city()
    assert time.perf_counter() - begin < 1.0


def test_sizes_calendar_and_windows(planted):
    assert planted.values.shape == (14 * 288, 36)
    assert planted.timestamps[0] == np.datetime64("2024-01-01T00:00:00")
    assert planted.dow[0] == 0
    assert planted.tod_index[:3].tolist() == [0, 1, 2]
    assert len(planted.splits["train"]) > len(planted.splits["test"]) > len(planted.splits["val"])
    assert (planted.info.unit, planted.info.quantity) == ("mph", "speed")


def test_roads_have_two_carriageways_forty_metres_apart(planted):
    east, north = places(planted)
    roads = planted.sensors.roads
    assert len(set(roads)) == 6
    for first in range(0, 36, 2):
        apart = np.hypot(east[first] - east[first + 1], north[first] - north[first + 1])
        assert apart == pytest.approx(0.04, abs=0.001)
        one, other = roads[first].split(), roads[first + 1].split()
        assert one[0] == other[0]
        assert {one[1], other[1]} in ({"E", "W"}, {"N", "S"})


def test_sensors_lie_along_their_road(planted):
    east, north = places(planted)
    for road in set(planted.sensors.roads):
        own = np.array([name == road for name in planted.sensors.roads])
        along, across = (east, north) if road[-1] in "EW" else (north, east)
        assert np.ptp(along[own]) > 5
        assert np.ptp(across[own]) < 0.001


def test_rush_hours_point_to_the_centre_and_away(planted):
    morning, evening, night = (mean_speed(planted, hours) for hours in ((7, 8), (17, 18), (1, 4)))
    towards = inward(planted)
    assert (night - morning)[towards].min() > 10
    assert (night - evening)[~towards].min() > 10
    assert np.abs(night - morning)[~towards].max() < 4
    assert np.abs(night - evening)[towards].max() < 4


def test_the_two_directions_of_a_road_differ(planted):
    morning = mean_speed(planted, (7, 8)).reshape(-1, 2)
    assert (np.abs(morning[:, 0] - morning[:, 1]) > 10).all()


def test_weekends_are_quiet(planted):
    towards = inward(planted)
    working = mean_speed(planted, (7, 8))[towards]
    weekend = mean_speed(planted, (7, 8), working=False)[towards]
    assert (weekend - working).min() > 10


def test_the_inner_district_is_slower_at_night(planted):
    night = mean_speed(planted, (1, 4))
    inner = np.hypot(*places(planted)) < INNER_KM
    first_road = np.arange(36) < 12  # roads have levels of their own
    assert night[first_road & ~inner].min() - night[first_road & inner].max() > 5


def test_strength_zero_plants_nothing(plain):
    by_hour = np.stack([mean_speed(plain, (hour, hour + 1)) for hour in range(24)])
    assert np.ptp(by_hour.mean(axis=1)) < 1.0  # hours alike
    assert np.ptp(by_hour.mean(axis=0)) < 1.0  # sensors alike
    weekend = mean_speed(plain, (0, 24), working=False).mean()
    assert weekend == pytest.approx(mean_speed(plain, (0, 24)).mean(), abs=0.3)


def test_strength_is_a_matter_of_degree():
    dips = []
    for strength in (0.0, 0.5, 1.0):
        city = synthetic_city(**SIZES, strength=strength)
        towards = inward(city)
        dip = mean_speed(city, (1, 4)) - mean_speed(city, (7, 8))
        dips.append(dip[towards].mean())
    assert dips[0] == pytest.approx(0, abs=0.5)
    assert dips[1] == pytest.approx(dips[2] / 2, rel=0.1)


def test_missing_readings_are_zeros(planted):
    assert planted.missing().mean() == pytest.approx(0.02, abs=0.002)
    assert planted.values[~planted.missing()].min() >= 3.0
    assert not synthetic_city(num_nodes=4, days=2, missing_share=0.0).missing().any()


@pytest.mark.parametrize("nodes", [2, 3, 13, 500])
def test_any_number_of_sensors(nodes):
    city = synthetic_city(num_nodes=nodes, days=2)
    assert city.num_nodes == nodes
    assert len(set(city.sensors.ids)) == nodes
    assert np.abs(city.sensors.latitude).max() < 1
    assert training_scaler(city).std > 1


@pytest.mark.parametrize("per_day", [24, 96, 1440])
def test_other_steps(per_day):
    city = synthetic_city(num_nodes=4, days=4, steps_per_day=per_day)
    assert city.steps_per_day == per_day
    assert len(city.values) == 4 * per_day


def test_its_name_finds_it_again():
    city = synthetic_city(num_nodes=7, days=3, seed=5, strength=0.5, missing_share=0.1)
    assert city.name == "synthetic:num_nodes=7,days=3,seed=5,strength=0.5,missing_share=0.1"
    again = load_dataset(city.name)
    assert (again.info.sha256, again.name) == (city.info.sha256, city.name)


def test_load_dataset_takes_seed_and_strength():
    city = load_dataset("synthetic", seed=2, strength=0.0)
    assert city.name == "synthetic:seed=2,strength=0.0"
    assert load_dataset("synthetic").name == "synthetic"


@pytest.mark.parametrize(
    "name", ["synthetic:", "synthetic:size=3", "synthetic:seed=x", "synthetic:seed", "synthetic:,"]
)
def test_a_name_that_tells_no_setting_is_refused(name):
    with pytest.raises(DataError, match=r"is not a setting of a synthetic city; .*num_nodes=36"):
        load_dataset(name)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"num_nodes": 1}, "2 to 10,000 sensors .* not 1 and 21"),
        ({"days": 1}, "2 to 10,000 days"),
        ({"strength": -1.0}, "strength .* not -1"),
        ({"strength": float("nan")}, "strength .* not nan"),
        ({"missing_share": 1.0}, r"in \[0, 1\), not 1"),
        ({"steps_per_day": 7}, "7 steps per day"),
        ({"days": 2, "steps_per_day": 12}, "too short"),
        ({"num_nodes": 10_000, "days": 10_000}, "28,800,000,000 readings are too many"),
        ({"steps_per_day": 86_400, "days": 10_000}, "at most 300,000,000"),
        ({"seed": -1}, "seed .* from 0, not -1"),
        ({"wave": float("inf")}, "wave .* not inf; .* with the traffic and -1 .* against it"),
    ],
)
def test_impossible_cities_are_refused(settings, said):
    with pytest.raises(DataError, match=said):
        synthetic_city(**settings)


# --- waves ---------------------------------------------------------------------------------------

CALM = {"num_nodes": 26, "days": 14, "strength": 0.0}  # two full roads and the pair of a third


@pytest.fixture(scope="module", params=[1.0, -1.0], ids=["with traffic", "against traffic"])
def waves(request):
    return synthetic_city(**CALM, wave=request.param)


def deviations(city):
    """Return readings (T, N) about each sensor's mean, 0 if missing."""
    readings = city.readings()
    return np.nan_to_num(readings - np.nanmean(readings, axis=0))


def best_lag(series, late, early, most=12):
    """Return by how many steps a series follows another one, by their correlation."""
    steps = np.arange(-most, most + 1)
    inside = slice(most, -most)
    found = [
        np.corrcoef(series[inside, late], np.roll(series[:, early], step)[inside])[0, 1]
        for step in steps
    ]
    return steps[int(np.argmax(found))], max(found)


def test_readings_follow_each_other_with_the_lags_that_are_stated(waves):
    series, lags = deviations(waves), wave_lags(waves.name)
    for late, early in ((10, 0), (0, 2), (1, 9), (11, 7), (14, 22)):
        lag, correlation = best_lag(series, late, early)
        assert lag == pytest.approx(lags[late, early], abs=0.7)
        assert correlation > 0.8


def test_sensors_of_different_carriageways_share_no_wave(waves):
    series, lags = deviations(waves), wave_lags(waves.name)
    shared = np.isfinite(lags)
    roads = np.array(waves.sensors.roads)
    np.testing.assert_array_equal(shared, roads[:, None] == roads)
    correlations = np.corrcoef(series.T)
    assert np.abs(correlations[~shared]).max() < 0.2
    for late, early in ((0, 1), (5, 14)):
        assert best_lag(series, late, early)[1] < 0.2


def test_the_sign_of_the_wave_is_its_direction():
    for name, sign in (("synthetic:wave=1", 1), ("synthetic:wave=-0.5", -1)):
        city, lags = load_dataset(name), wave_lags(name)
        east, north = places(city)
        ahead = {"E": east, "W": -east, "N": north, "S": -north}
        for way, travelled in ahead.items():
            own = np.flatnonzero(np.array(city.sensors.direction) == way)[:6]
            downstream = travelled[own][:, None] - travelled[own]  # of the row, km
            # 15 km/h are 1.25 km in five minutes
            np.testing.assert_allclose(lags[np.ix_(own, own)], sign * downstream / 1.25, atol=1e-3)


def test_waves_are_several_a_day_wider_than_a_step_and_deeper_than_the_noise(waves):
    with_waves = waves.readings()
    without = synthetic_city(**CALM).readings()
    ratio = (with_waves - without) / 62 + 1  # the noise and the missing readings are the same
    slow = ratio < 0.8
    starts = slow[1:] & ~slow[:-1]
    assert 6 < np.nanmean(starts.sum(axis=0)) / CALM["days"] <= 13
    assert 2.5 < slow.sum() / starts.sum() < 8  # steps
    assert np.nanquantile(ratio, 0.01) < 0.45
    assert 0.05 < slow.mean() < 0.3


def test_the_calendar_does_not_tell_a_wave(waves):
    by_hour = np.stack([mean_speed(waves, (hour, hour + 1)) for hour in range(24)])
    series = deviations(waves)
    # means of waves that start at random vary by the standard error of some ten waves
    assert by_hour.std(axis=0).mean() < 0.35 * series.std()
    first, second = series[: len(series) // 2], series[len(series) // 2 :]
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05  # a week apart


def test_waves_do_not_repeat(waves):
    """A sensor's own past does not announce the next wave: only another sensor does."""
    series = deviations(waves)
    for step in (12, 24, 48, 288):
        assert abs(np.corrcoef(series[step:, 0], series[:-step, 0])[0, 1]) < 0.2


def test_waves_leave_places_noise_and_gaps_alone():
    city, calm = (synthetic_city(**SIZES, wave=wave) for wave in (1.0, 0.0))
    np.testing.assert_array_equal(city.sensors.latitude, calm.sensors.latitude)
    np.testing.assert_array_equal(city.missing(), calm.missing())
    untouched = np.isclose(city.values, calm.values, atol=1e-3)
    assert untouched.mean() > 0.4
    assert (city.values <= calm.values + 1e-3).all()
    assert synthetic_city(**SIZES, wave=0.0).info.sha256 == calm.info.sha256


def test_a_deeper_wave_has_the_same_times():
    shallow, deep = (deviations(synthetic_city(**CALM, wave=wave)) for wave in (0.3, 1.5))
    assert deep.std() > 2 * shallow.std()
    assert np.corrcoef(deep[:, 3], shallow[:, 3])[0, 1] > 0.7


def test_the_name_of_a_city_with_waves_finds_it_again():
    city = load_dataset("synthetic:wave=-1,days=3,num_nodes=4")
    assert city.name == "synthetic:num_nodes=4,days=3,wave=-1.0"
    assert load_dataset(city.name).info.sha256 == city.info.sha256


def test_a_city_without_waves_has_no_lags():
    assert np.isnan(wave_lags("synthetic")).all()
    assert wave_lags("synthetic:num_nodes=5").shape == (5, 5)
    with pytest.raises(DataError, match="2 to 10,000 sensors"):
        wave_lags("synthetic:num_nodes=1000000")


@pytest.mark.parametrize("per_day", [24, 1440])
def test_waves_at_other_steps(per_day):
    city = synthetic_city(num_nodes=4, days=6, steps_per_day=per_day, strength=0.0, wave=1.0)
    assert np.nanstd(city.readings()) > 5
    lags = wave_lags(city.name)
    assert lags[2, 0] * 1440 / per_day == pytest.approx(6.4, abs=2.5)  # minutes from pair to pair


def test_rush_groups_are_roads_and_sides_of_the_centre(planted):
    groups = rush_groups(planted.name)
    ways = ["in" if towards else "out" for towards in inward(planted)]
    roads = planted.sensors.freeway
    assert groups == tuple(f"{road} {way}" for road, way in zip(roads, ways, strict=True))
