"""The claims' statistics once more: slow and literal, from parameters that are written out.

An oracle for `analysis.claims`, of which it imports nothing. It follows `docs/claims.md`: where
the explorer computes in the few dimensions of the embeddings, every meta-parameter here is its
whole vector theta = E P with all its thousands of entries; where the explorer has a closed form,
here are loops over pairs, sensors and moments. Ward linkage, silhouettes, the adjusted Rand index
and the map projection are written out as their textbooks define them.
Sizes: N sensors, M moments, L entries of a meta-parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from himnet.checkpoints import CheckpointArrays
from himnet.data.dataset import Dataset
from himnet.forecasting.track import Track
from himnet.model.reference import ReferenceHimNet

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Pair = tuple[int, int]
ThetaAt = Callable[[int], Floats]  # number of a moment -> (N, L)

DAYS, HOURS = 7, 24
PERIODS = ((0, 2), (6, 9), (11, 13))  # midnight, morning, noon; the last hour is excluded
MORNING, EVENING = (6, 9), (16, 19)
OPPOSITE_METRES = 200.0
SENSORS_PER_NEIGHBOURHOOD = 10
FEWEST_MOMENTS = 10
BATCH = 16  # windows of a forward pass

# --- meta-parameters, written out ----------------------------------------------------------------


def expanded(weights: dict[str, NDArray[Any]], part: str, queries: NDArray[Any]) -> Floats:
    """Return theta (n, L) of queries (n, d): every pool of every layer of a part, with biases."""
    pieces = []
    for name in sorted(weights):
        if name.startswith(f"{part}.") and name.endswith("_pool"):
            pool = weights[name].astype(np.float64)
            pieces.append(queries.astype(np.float64) @ pool.reshape(len(pool), -1))
    return np.concatenate(pieces, axis=1)


def theta_of_time(weights: dict[str, NDArray[Any]], row: int, day: int | None) -> Floats:
    """Return theta (L,) of a row of the time dictionary and a day; None leaves the day out."""
    time, days = weights["tod_embedding.weight"], weights["dow_embedding.weight"]
    of_day = np.zeros(days.shape[1]) if day is None else days[day]
    return expanded(weights, "encoder_t", np.concatenate([time[row], of_day])[None])[0]


def theta_of_sensors(weights: dict[str, NDArray[Any]]) -> Floats:
    """Return theta (N, L) of every sensor."""
    return expanded(weights, "encoder_s", weights["node_embedding"])


def theta_at_moments(weights: dict[str, NDArray[Any]], embedding: NDArray[Any]) -> ThetaAt:
    """Return what gives theta (N, L) of all sensors at one moment, from E_st (M, N, d_st)."""
    return lambda moment: expanded(weights, "decoder", embedding[moment])


def cosine(one: Floats, other: Floats) -> float:
    """Return the cosine of the angle between two vectors."""
    return float(one @ other / math.sqrt((one @ one) * (other @ other)))


def cosines(vectors: Floats) -> Floats:
    """Return all cosines (n, n) between vectors (n, L)."""
    lengths = np.sqrt((vectors * vectors).sum(axis=1))
    return (vectors @ vectors.T) / np.outer(lengths, lengths)


def distances(vectors: Floats) -> Floats:
    """Return all Euclidean distances (n, n) between vectors (n, L), a row at a time."""
    return np.array([np.sqrt(((vectors - one) ** 2).sum(axis=1)) for one in vectors])


# --- hours and days ------------------------------------------------------------------------------


def days(weights: dict[str, NDArray[Any]], steps_per_day: int) -> float:
    """Return the silhouette of the 168 full hours of a week, grouped by day."""
    points, labels = [], []
    for day in range(DAYS):
        for hour in range(HOURS):
            points.append(theta_of_time(weights, hour * steps_per_day // HOURS, day))
            labels.append(day)
    return silhouette(distances(np.array(points)), np.array(labels))


def days_apart(weights: dict[str, NDArray[Any]], row: int = 0) -> Floats:
    """Return the distances (7, 7) between the days, all at the same time of day."""
    return distances(np.array([theta_of_time(weights, row, day) for day in range(DAYS)]))


def ratio(apart: Floats, weekend: Sequence[int]) -> float:
    """Return the mean distance between weekend and other days over that within both groups."""
    across, within = [], []
    for one, other in combinations(range(DAYS), 2):
        differ = (one in weekend) != (other in weekend)
        (across if differ else within).append(apart[one, other])
    return float(np.mean(across) / np.mean(within))


def weekend(weights: dict[str, NDArray[Any]], chosen: Sequence[int]) -> float:
    """Return the ratio of the chosen days."""
    return ratio(days_apart(weights), chosen)


def all_ratios(weights: dict[str, NDArray[Any]]) -> list[float]:
    """Return the ratios of all 21 ways to choose two of the seven days."""
    apart = days_apart(weights)
    return [ratio(apart, chosen) for chosen in combinations(range(DAYS), 2)]


def ratio_of_a_line(chosen: Sequence[int]) -> float:
    """Return the ratio of days 0 to 6 on a straight line, one apart."""
    return ratio(np.array([[abs(a - b) for b in range(DAYS)] for a in range(DAYS)], float), chosen)


def time_cosines(weights: dict[str, NDArray[Any]], steps_per_day: int) -> Floats:
    """Return the cosines (n, n) of all times of day, by the time-of-day part of theta alone."""
    return cosines(np.array([theta_of_time(weights, r, None) for r in range(steps_per_day)]))


def hours(of: Floats) -> float:
    """Return minus Spearman's correlation of cosine and clock distance, up to six hours apart."""
    count, alike, apart = len(of), [], []
    for one, other in combinations(range(count), 2):
        steps = min(other - one, count - (other - one))
        if steps * HOURS / count <= 6:
            alike.append(of[one, other])
            apart.append(steps)
    return -float(spearmanr(alike, apart).statistic)


def rush_contrasts(of: Floats) -> list[float]:
    """Return for each shift of the clock its mean cosine minus the mean of all other shifts."""
    count = len(of)
    first, second = (
        [row for row in range(count) if start <= row * HOURS / count < end]
        for start, end in (MORNING, EVENING)
    )
    means = []
    for shift in range(count):
        found = [of[(a + shift) % count, (b + shift) % count] for a in first for b in second]
        means.append(sum(found) / len(found))
    return [mean - (sum(means) - mean) / (count - 1) for mean in means]


def rush_hours(of: Floats) -> float:
    """Return the contrast of the clock as it is."""
    return rush_contrasts(of)[0]


def independent_shifts(contrasts: Sequence[float]) -> float:
    """Return the number of shifts over the integrated autocorrelation time around the clock."""
    count, mean = len(contrasts), sum(contrasts) / len(contrasts)
    left = [one - mean for one in contrasts]
    variance = sum(one * one for one in left)
    time = 1.0
    for lag in range(1, count // 2 + 1):
        together = sum(left[i] * left[(i + lag) % count] for i in range(count)) / variance
        if together <= 0:
            break
        time += 2 * together
    return count / time


# --- sensors -------------------------------------------------------------------------------------


def number_of_clusters(sensors: int) -> int:
    """Return the paper's 15, or a quarter of the sensors, at least 2."""
    return max(2, min(15, sensors // 4))


def ward(points: Floats, count: int) -> Labels:
    """Merge the two groups whose union adds least to the sum of squares, until `count` remain."""
    groups = [[number] for number in range(len(points))]
    centres = [point for point in points]
    cost = 0.5 * distances(points) ** 2
    np.fill_diagonal(cost, np.inf)
    while len(groups) > count:
        one, other = sorted(divmod(int(cost.argmin()), len(groups)))
        sizes = len(groups[one]), len(groups[other])
        centres[one] = (sizes[0] * centres[one] + sizes[1] * centres[other]) / sum(sizes)
        groups[one] = groups[one] + groups[other]
        del groups[other], centres[other]
        cost = np.delete(np.delete(cost, other, axis=0), other, axis=1)
        for third in range(len(groups)):
            own, their = len(groups[one]), len(groups[third])
            gap = float(((centres[one] - centres[third]) ** 2).sum())
            added = np.inf if third == one else own * their / (own + their) * gap
            cost[one, third] = cost[third, one] = added
    labels = np.empty(len(points), dtype=np.int64)
    for number, members in enumerate(groups):
        labels[members] = number
    return labels


def silhouette(apart: Floats, labels: Labels) -> float:
    """Return the mean of (b - a) / max(a, b) over all points; 0 for a group of one."""
    found = []
    for point, label in enumerate(labels):
        means = {}
        for group in set(labels.tolist()):
            members = [other for other in np.flatnonzero(labels == group) if other != point]
            means[group] = float(np.mean(apart[point, members])) if members else math.nan
        own = means.pop(int(label))
        nearest = min(means.values())
        found.append(0.0 if math.isnan(own) else (nearest - own) / max(own, nearest))
    return float(np.mean(found))


def clusters(theta: Floats, labels: Labels) -> float:
    """Return the silhouette of the sensors' clusters."""
    return silhouette(distances(theta), labels)


def rand(labels: Labels, names: Sequence[str]) -> float:
    """Return the adjusted Rand index by counting pairs; sensors without a name are left out."""
    known = [sensor for sensor, name in enumerate(names) if name]
    both = one = other = pairs = 0
    for a, b in combinations(known, 2):
        same, named = labels[a] == labels[b], names[a] == names[b]
        pairs, both = pairs + 1, both + int(same and named)
        one, other = one + int(same), other + int(named)
    expected = one * other / pairs
    return float((both - expected) / ((one + other) / 2 - expected))


def road_names(info: Any) -> list[str]:
    """Return freeway and direction of every sensor, "" without a freeway."""
    pairs = zip(info.sensors.freeway, info.sensors.direction, strict=True)
    return [f"{freeway} {way}" if freeway else "" for freeway, way in pairs]


def opposite_pairs(places: Floats, freeways: Sequence[str], roads: Sequence[str]) -> list[Pair]:
    """Return the sensors that are each other's nearest on the other side of a freeway."""
    apart = distances(places)

    def across(sensor: int) -> int | None:
        there = [
            other
            for other in range(len(roads))
            if freeways[sensor]
            and freeways[other] == freeways[sensor]
            and roads[other] != roads[sensor]
        ]
        nearest = min(there, key=lambda other: apart[sensor, other], default=None)
        is_near = nearest is not None and apart[sensor, nearest] <= OPPOSITE_METRES
        return nearest if is_near else None

    facing = [across(sensor) for sensor in range(len(roads))]
    return [
        (one, other)
        for one, other in enumerate(facing)
        if other is not None and one < other and facing[other] == one
    ]


def neighbourhoods(places: Floats) -> Labels:
    """Return Ward clusters of the locations, one for every ten sensors."""
    return ward(places, max(1, round(len(places) / SENSORS_PER_NEIGHBOURHOOD)))


def split_share(labels: Labels, pairs: Sequence[Pair]) -> float:
    """Return the share of pairs in different clusters."""
    return sum(labels[a] != labels[b] for a, b in pairs) / len(pairs)


def expected_share(labels: Labels, pairs: Sequence[Pair], cells: Labels) -> float:
    """Return the mean share over all permutations of labels within cells, pair by pair.

    A permutation puts any two different members' labels onto a pair of one cell, and any member's
    of each cell onto a pair of two, all equally often.
    """
    members = {cell: np.flatnonzero(cells == cell).tolist() for cell in set(cells.tolist())}
    total = 0.0
    for a, b in pairs:
        differ = [
            labels[one] != labels[other]
            for one in members[int(cells[a])]
            for other in members[int(cells[b])]
            if one != other
        ]
        total += sum(differ) / len(differ)
    return total / len(pairs)


def carriageways(labels: Labels, pairs: Sequence[Pair], cells: Labels) -> float:
    """Return the share of split pairs minus the expected one."""
    return split_share(labels, pairs) - expected_share(labels, pairs, cells)


def series(theta: Floats, places: Floats, dataset: Dataset) -> float:
    """Return the correlation of cosines and of series' correlations, both without distance.

    The partial correlation, as the correlation of what two straight lines in distance leave over.
    """
    together = correlations_of_series(dataset)
    kept = list(range(len(together)))
    while kept:
        unknown = [sum(math.isnan(together[a, b]) for b in kept) for a in kept]
        if not max(unknown):
            break
        del kept[unknown.index(max(unknown))]
    alike, apart = cosines(theta), distances(places)
    pairs = list(combinations(kept, 2))
    one, other, metres = (np.array([of[a, b] for a, b in pairs]) for of in (alike, together, apart))
    left = [values - np.polyval(np.polyfit(metres, values, 1), metres) for values in (one, other)]
    return correlation(*left)


def nearest(places: Floats, count: int = 5) -> list[list[int]]:
    """Return the nearest other sensors of each, the nearest first."""
    apart = distances(places)
    every = range(len(places))
    return [
        sorted((other for other in every if other != own), key=lambda other: apart[own, other])[
            :count
        ]
        for own in every
    ]


def near_clusters(labels: Labels, places: Floats) -> float:
    """Return the mean share of near sensors in one's cluster, minus that of any two sensors."""
    shares = [
        sum(bool(labels[other] == labels[own]) for other in near) / len(near)
        for own, near in enumerate(nearest(places))
    ]
    pairs = list(combinations(range(len(labels)), 2))
    chance = sum(bool(labels[one] == labels[other]) for one, other in pairs) / len(pairs)
    return sum(shares) / len(shares) - chance


def distance_decay(theta: Floats, places: Floats) -> float:
    """Return the correlation of cosine and metres over all pairs of sensors."""
    alike, apart = cosines(theta), distances(places)
    pairs = list(combinations(range(len(theta)), 2))
    return correlation(
        np.array([alike[pair] for pair in pairs]), np.array([apart[pair] for pair in pairs])
    )


def correlations_of_series(dataset: Dataset) -> Floats:
    """Return Pearson's correlations (N, N) over the steps of the test split that both have.

    NaN for fewer than two days of common steps (half of the split if that is less), or a constant
    series.
    """
    windows = dataset.splits["test"].index
    values = dataset.readings()[windows[0, 1] : windows[-1, 2]].astype(np.float64)
    least = max(3, min(2 * dataset.steps_per_day, len(values) // 2))
    sensors = [np.ascontiguousarray(column) for column in values.T]
    known = [~np.isnan(own) for own in sensors]
    moves = [
        own[at].size > 0 and np.ptp(own[at]) > 0 for own, at in zip(sensors, known, strict=True)
    ]
    found = np.full((len(sensors), len(sensors)), np.nan)
    for one in range(len(sensors)):
        for other in range(one, len(sensors)):
            common = known[one] & known[other]
            if common.sum() >= least and moves[one] and moves[other]:
                of = correlation(sensors[one][common], sensors[other][common])
                found[one, other] = found[other, one] = of
    return found


def correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation of two series (n,)."""
    one, other = one - one.mean(), other - other.mean()
    return cosine(one, other)


# --- sensors at moments --------------------------------------------------------------------------


def moments(dataset: Dataset, track: Track | None, in_steps: int) -> NDArray[np.int64]:
    """Return the steps (M,) of every full hour of the first seven days of the track.

    Without a track, those of the data set's first seven days on which a window can end.
    """
    steps = np.arange(in_steps - 1, len(dataset.values)) if track is None else track.steps
    times = dataset.timestamps[steps]
    dates = times.astype("datetime64[D]")
    first = sorted(set(dates.tolist()))[:7]
    full = times == times.astype("datetime64[h]")
    return np.array(
        [
            step
            for step, date, is_full in zip(steps, dates.tolist(), full, strict=True)
            if is_full and date in first
        ]
    )


def groups_of_periods(dataset: Dataset, steps: NDArray[np.int64]) -> list[list[int]]:
    """Return the numbers of the moments in each period of the first day that has all, or most."""
    times = dataset.timestamps[steps]
    dates = times.astype("datetime64[D]")
    hour = (times - dates).astype("timedelta64[h]").astype(int)
    best: list[list[int]] = []
    for date in sorted(set(dates.tolist())):
        of_day = [
            [n for n in range(len(steps)) if dates[n].item() == date and start <= hour[n] < end]
            for start, end in PERIODS
        ]
        found = [group for group in of_day if group]
        best = found if len(found) > len(best) else best
    return best


def within_clusters(
    theta_at: ThetaAt, count: int, periods: Sequence[Sequence[int]], labels: Labels
) -> float:
    """Return the mean cosine within clusters minus that across, in the periods of one day.

    The mean over all sensors and all `count` moments is subtracted from every meta-parameter.
    """
    mean = sum(theta_at(moment).mean(axis=0) for moment in range(count)) / count
    of_periods = [
        np.mean([cosines(theta_at(moment) - mean) for moment in period], axis=0)
        for period in periods
    ]
    alike = np.mean(of_periods, axis=0)
    within, across = [], []
    for one, other in combinations(range(len(labels)), 2):
        (within if labels[one] == labels[other] else across).append(alike[one, other])
    return float(np.mean(within) - np.mean(across))


def divergence(
    theta_at: ThetaAt, readings: NDArray[Any], labels: Labels, centring: str = "moment"
) -> float:
    """Return the mean, over pairs of clusters, of Spearman's correlation of cosine and gap.

    Args:
        theta_at: of each moment.
        readings: (M, N), NaN if there is none.
        labels: (N,).
        centring: what is subtracted: the mean of the sensors at each moment, that over
            "everything", or "none".
    """
    count, pairs = len(readings), list(combinations(sorted(set(labels.tolist())), 2))
    alike, gaps = np.empty((2, len(pairs), count))
    common: Any = 0.0
    if centring == "everything":
        common = sum(theta_at(moment).mean(axis=0) for moment in range(count)) / count
    for moment in range(count):
        theta = theta_at(moment)
        of = cosines(theta - (theta.mean(axis=0) if centring == "moment" else common))
        speed = {group: _known_mean(readings[moment, labels == group]) for group in set(labels)}
        for number, (a, b) in enumerate(pairs):
            alike[number, moment] = of[labels == a][:, labels == b].mean()
            gaps[number, moment] = abs(speed[a] - speed[b])
    found = []
    for one, gap in zip(alike, gaps, strict=True):
        known = ~np.isnan(gap)
        if known.sum() >= FEWEST_MOMENTS and np.ptp(gap[known]) and np.ptp(one[known]):
            found.append(spearmanr(one[known], gap[known]).statistic)
    return float(np.mean(found))


def _known_mean(values: NDArray[Any]) -> float:
    known = [float(value) for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


# --- the model -----------------------------------------------------------------------------------


def embedding_of(
    arrays: CheckpointArrays, dataset: Dataset, values: NDArray[np.float32], steps: Sequence[int]
) -> Floats:
    """Return the reference model's E_st (M, N, d_st) of the windows that end at some steps.

    Args:
        arrays: the checkpoint.
        dataset: provides the calendar.
        values: (T, N) readings, missing ones as the data set has them.
        steps: (M,).
    """
    model = ReferenceHimNet(arrays.config)
    model.load_state_dict({name: torch.tensor(one) for name, one in arrays.weights.items()})
    found = []
    for start in range(0, len(steps), BATCH):
        batch = steps[start : start + BATCH]
        x = np.empty((len(batch), arrays.config.in_steps, dataset.num_nodes, 3), dtype=np.float32)
        for number, step in enumerate(batch):
            window = slice(step - arrays.config.in_steps + 1, step + 1)
            x[number, ..., 0] = (values[window] - arrays.scaler.mean) / arrays.scaler.std
            x[number, ..., 1] = dataset.tod[window, None]
            x[number, ..., 2] = dataset.dow[window, None]
        with torch.inference_mode():
            found.append(model.encode(torch.from_numpy(x)).numpy())
    return np.concatenate(found)


def network_mean(dataset: Dataset) -> NDArray[np.float32]:
    """Return readings (T, N) in which every sensor has the mean of all known ones of its step."""
    readings, values = dataset.readings(), np.empty_like(dataset.values)
    for step, now in enumerate(readings):
        known = now[~np.isnan(now)].astype(np.float64)
        values[step] = known.mean() if len(known) else dataset.info.missing_value or 0.0
    return values


# --- the map -------------------------------------------------------------------------------------


def places(latitude: Floats, longitude: Floats) -> Floats:
    """Return metres east and north (N, 2): distance and azimuth from the sensors' centre."""
    turns = np.exp(1j * np.radians(longitude)).mean()
    centre = float(latitude.mean()), math.degrees(math.atan2(turns.imag, turns.real))
    found = []
    for lat, lon in zip(latitude, longitude, strict=True):
        metres, azimuth = geodesic(*centre, float(lat), float(lon))
        found.append((metres * math.sin(azimuth), metres * math.cos(azimuth)))
    return np.array(found)


def geodesic(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float, float]:
    """Return metres and initial azimuth on the WGS 84 ellipsoid (Vincenty's inverse formula)."""
    major, flat = 6378137.0, 1 / 298.257223563
    minor = major * (1 - flat)
    u1, u2 = (math.atan((1 - flat) * math.tan(math.radians(lat))) for lat in (lat1, lat2))
    across = lam = math.radians(lon2 - lon1)
    for _ in range(50):
        east = math.cos(u2) * math.sin(lam)
        north = math.cos(u1) * math.sin(u2) - math.sin(u1) * math.cos(u2) * math.cos(lam)
        sin_s = math.hypot(east, north)
        if sin_s == 0:
            return 0.0, 0.0
        cos_s = math.sin(u1) * math.sin(u2) + math.cos(u1) * math.cos(u2) * math.cos(lam)
        arc = math.atan2(sin_s, cos_s)
        sin_a = math.cos(u1) * math.cos(u2) * math.sin(lam) / sin_s
        squared = 1 - sin_a**2
        mid = cos_s - 2 * math.sin(u1) * math.sin(u2) / squared if squared else 0.0
        c = flat / 16 * squared * (4 + flat * (4 - 3 * squared))
        bend = arc + c * sin_s * (mid + c * cos_s * (2 * mid**2 - 1))
        lam = across + (1 - c) * flat * sin_a * bend
    u = squared * (major**2 - minor**2) / minor**2
    a = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
    b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
    inner = cos_s * (2 * mid**2 - 1) - b / 6 * mid * (4 * sin_s**2 - 3) * (4 * mid**2 - 3)
    return minor * a * (arc - b * sin_s * (mid + b / 4 * inner)), math.atan2(east, north)
