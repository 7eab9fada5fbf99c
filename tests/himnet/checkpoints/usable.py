"""What pages do with a file that has loaded, as far as it needs no server: it must just work."""

import numpy as np

from analysis.city.carriageways import carriageway_pairs, degrees, drawn_apart, one_carriageway
from analysis.city.ground import ground_through
from analysis.city.maps import bounds_of, city_data
from analysis.city.roads import find_roads, freeway_lines, sensor_frame
from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_name, by_value
from analysis.geometry.clustering import cluster
from analysis.geometry.spaces import learnt_space, spatial_queries
from analysis.patterns.compare import accuracies
from analysis.readings.days import day_from_track, day_label, track_days
from analysis.readings.series import weeks
from app.views.accuracy import accuracy_table
from himnet.cli.describe import describe
from himnet.cli.info import _as_text


def use(loaded) -> None:
    """Use a checkpoint's description and weights as pages do; raises what would end a page."""
    info = loaded.dataset
    assert _as_text(describe(loaded.path))
    assert len(info.day_names) == 7
    assert accuracy_table(
        loaded.metrics.get("test"), (), step_minutes=info.step_minutes
    ).startswith("<style>")
    accuracies(loaded.metrics, loaded.metrics)
    if info.start_time is not None:
        assert f"{info.start_time:%-d %B %Y}"
        days = (info.num_steps or 1) * info.step_minutes / 1440
        assert f"{info.start_time + np.timedelta64(int(days), 'D').item():%A}"
    _use_places(info.sensors)
    if loaded.config.ablate not in ("E_s", "SMP"):
        with np.errstate(over="raise", invalid="raise"):
            space = learnt_space(loaded.model, "spatial")
            points = space.coordinates(spatial_queries(loaded.model))
        assert np.isfinite(points).all()
        cluster(points, k=min(3, len(points)))


def use_track(track, info) -> None:
    """Use a track as pages do; raises what would end a page."""
    days = track_days(track, info)
    assert day_label(int(days[0]), info)
    assert weeks(len(track), info.steps_per_day)
    day = day_from_track(track, int(days[-1]), None, info)
    assert len(day.hours) == (days == days[-1]).sum()
    assert ((day.hours >= 0) & (day.hours < 24)).all()
    for horizon in track.horizons:
        assert np.isfinite(track.forecast_at(horizon)).all()
    by_value(day.values.astype(np.float64).mean(axis=0), name="value", unit=info.unit)


def _use_places(sensors) -> None:
    by_name(sensors.roads or ("",) * len(sensors), name="road")
    for side in ("north and east", "south and west"):
        assert one_carriageway(sensors, side).any()
    if not sensors.has_coordinates:
        return
    frame = sensor_frame(sensors)
    roads = find_roads(frame)
    lines = freeway_lines(frame, roads)
    carriageway_pairs(frame)
    drawn_apart(frame, roads, 15.0)
    ground = ground_through(lines)
    latitude, longitude = degrees(frame)
    bounds = bounds_of(latitude, longitude)
    assert np.isfinite(bounds).all()
    city_data(ground, bounds)
    colouring = by_name(sensors.freeway or ("",) * len(sensors), name="freeway")
    city_scatter(latitude, longitude, ground, colouring, ids=sensors.ids, about=sensors.ids)
