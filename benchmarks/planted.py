"""What is planted in a synthetic city, and what a model trained on it connects and uses.

Run `python -m benchmarks.planted CKPT [CKPT ...]` on checkpoints of synthetic cities. For each:

- *graphs*: do the scores of the encoders' graph, and those of the decoder's on average over
  moments, tell planted neighbours from other pairs? AUC, with untrained models and permuted sensors
  as null models;
- *use*: how much larger is the error if the encoders' graph, or the decoder's, is uniform, so that
  every sensor reads the mean of all?
- *readings*: how much better do a sensor's own readings and those of its planted neighbours predict
  it than its own readings alone, by linear regression without any model?
- *direction*: which share of the attribution to sensors of the same carriageway goes upstream?
- *identity*: what does it cost if all sensors take the embedding of any other one, or of one of the
  same cluster, for the query of the pools, and does the cost follow the distance of
  meta-parameters?
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.baselines import BaseLines
from analysis.errors import AnalysisError
from analysis.evidence.statistic import Statistic, against
from analysis.forecasts.windows import window_steps
from analysis.graphs.of_model import decoder_graph, encoder_graph
from analysis.graphs.use import uniform_graphs
from analysis.graphs.world import Comparison
from analysis.identity.curve import MAIN_REACH, Association, Identity, identity_of
from analysis.identity.measure import measure as measure_exchanges
from analysis.identity.measure import plan_of
from analysis.identity.partners import ANY, CLUSTER
from analysis.material import Material, load_material
from analysis.model import LearntModel
from benchmarks.report import circumstances, command_line, markdown_table, write_json
from himnet.checkpoints.locate import checkpoint_name
from himnet.data.dataset import Dataset
from himnet.data.synthetic import downstream_km, is_city, rush_groups
from himnet.errors import HimNetError
from himnet.progress import progress

UNTRAINED, DRAWS = 199, 999
WINDOWS, MOMENTS, ATTRIBUTED, EXCHANGED = 500, 24, 6, 64
MOST_FLIPPED = 12  # carriageways of which all ways to reverse them are tried
PAST = 12  # steps that a linear forecast may use
HORIZON = 3  # steps: 15 minutes, half of the time that a wave takes from end to end
NEIGHBOURS = {"rush": "road and side of the centre", "carriageway": "carriageway"}
Graph = Literal["encoders", "decoder"]
GRAPHS: tuple[Graph, ...] = get_args(Graph)
Floats = NDArray[np.float64]


def planted_groups(material: Material) -> dict[str, NDArray[np.int64]]:
    """Return the number of each sensor's planted group (N,), for each kind of neighbours.

    Raises:
        AnalysisError: for a model of another data set than a synthetic city.
    """
    name = material.info.name
    if not is_city(name):
        raise AnalysisError(
            f"'{name}' is not a synthetic city, so nothing is planted in it; choose a checkpoint "
            f"that was trained on 'synthetic' or 'synthetic:...'"
        )
    names = {"rush": rush_groups(name), "carriageway": material.info.sensors.road_names}
    return {kind: _numbered(of) for kind, of in names.items()}


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)


def graph_scores(material: Material, model: LearntModel, graph: Graph) -> Floats:
    """Return the scores (N, N) of a graph before relu; of the decoder's, their mean over moments.

    Args:
        material: a checkpoint with its data set.
        model: its model, or another one of the same sizes.
        graph: which.
    """
    if graph == "encoders":
        return encoder_graph(model).scores()
    steps = window_steps(material, most=MOMENTS)
    embeddings = material.embeddings(steps, model=model)
    scores = [decoder_graph(model, one).scores() for one in embeddings]
    return np.asarray(np.mean(scores, axis=0))


def graph_auc(
    material: Material,
    groups: NDArray[np.int64],
    graph: Graph = "encoders",
    *,
    untrained: int = UNTRAINED,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[Statistic, Statistic]:
    """Return the AUC of the scores for pairs of one group, against two null models.

    Args:
        material: a checkpoint, for the decoder's graph with its data set.
        groups: (N,) planted group of each sensor.
        graph: which.
        untrained: number of untrained models.
        draws, seed: of the permutations of sensors.

    Returns:
        The AUC against untrained models, and against permuted sensors.
    """
    sensors = np.arange(len(groups))
    first, second = np.triu_indices(len(groups), 1)
    pairs = Comparison(sensors, first, second, groups[first] == groups[second])
    scores = graph_scores(material, material.model, graph)
    without = [
        pairs.value(graph_scores(material, material.model.untrained(seed=draw), graph))
        for draw in range(untrained)
    ]
    of_untrained = against(pairs.value(scores), without, null="untrained models")
    return of_untrained, pairs.against_permuted(scores, None, draws=draws, seed=seed)


def told_by_readings(
    dataset: Dataset, groups: NDArray[np.int64], *, horizon: int = HORIZON
) -> tuple[float, float]:
    """Return the R^2 on the test split of linear forecasts from readings, without any model.

    What is forecast is the deviation from the sensor's mean at that half-hour of working days or of
    the weekend, from such deviations in the last twelve steps.

    Args:
        dataset: the readings.
        groups: (N,) planted group of each sensor.
        horizon: steps ahead.

    Returns:
        The mean R^2 over sensors from the sensor's own readings, and from those of its group, which
        include its own.
    """
    series = _deviations(dataset)
    found = [
        [
            _told(dataset, series, sensor, members, horizon)
            for members in (np.array([sensor]), np.flatnonzero(groups == groups[sensor]))
        ]
        for sensor in range(dataset.num_nodes)
    ]
    own, group = np.mean(found, axis=0)
    return float(own), float(group)


def _deviations(dataset: Dataset) -> Floats:
    """Return deviations (T, N) from the mean at that half-hour over training; 0 if missing."""
    half_hours = dataset.tod_index * 48 // dataset.steps_per_day + 48 * (dataset.dow >= 5)
    end = int(dataset.splits["train"].middles.max())
    known = ~dataset.missing()
    readings = np.where(known, dataset.values, 0).astype(np.float64)
    sums, counts = np.zeros((2, 96, dataset.num_nodes))
    np.add.at(sums, half_hours[:end], readings[:end])
    np.add.at(counts, half_hours[:end], known[:end])
    overall = sums.sum(axis=0) / counts.sum(axis=0)
    usual = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
    return np.where(known, readings - usual[half_hours], 0.0)


def _told(
    dataset: Dataset, series: Floats, sensor: int, members: NDArray[np.int64], horizon: int
) -> float:
    """Return the R^2 on the test split of the least-squares forecast of one sensor from some."""
    there = ~dataset.missing()[:, sensor]

    def table(split: str) -> tuple[Floats, Floats]:
        steps = np.unique(dataset.splits[split].middles) - 1
        steps = steps[there[steps + horizon]]
        past = [series[np.ix_(steps - back, members)] for back in range(PAST)]
        return np.concatenate(past, axis=1), series[steps + horizon, sensor]

    past, after = table("train")
    weights = np.linalg.lstsq(past, after, rcond=None)[0]
    past, after = table("test")
    return float(1 - np.square(after - past @ weights).mean() / after.var())


def attributions(
    material: Material,
    steps: NDArray[np.int64],
    *,
    horizon: int = HORIZON,
    show: bool = False,
) -> Floats:
    """Return how much each sensor's readings move the forecasts of each sensor.

    By integrated gradients from the mean readings at that time of the week.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        horizon: steps ahead.
        show: whether to show a progress bar.

    Returns:
        (N, N): entry (i, j) is the sum over input steps of the absolute contributions of j's
        readings to forecasts of i, on average over windows, in the data's unit.
    """
    from himnet.forecasting.attribution import attribute

    forecaster, dataset = material.forecaster, material.required_dataset()
    past, count = material.model.in_steps, dataset.num_nodes
    lines = BaseLines(dataset)
    found = np.zeros((count, count))
    for step in progress(list(steps), description="attribution", enabled=show):
        middle = int(step) + 1
        usual = lines.of_window(middle, past)
        for sensor in range(count):
            one = attribute(forecaster, middle, sensor, horizon, usual)
            found[sensor] += np.abs(one.values).sum(axis=0)
    return found / len(steps)


def upstream_share(matrix: Floats, downstream: Floats, *, seed: int = 0) -> Statistic:
    """Return the share of attribution within carriageways that goes to sensors upstream.

    Each pair counts once in each direction, so that without a direction half of it goes upstream.
    Null model: the direction of each carriageway reversed or not. Sensors are not permuted: those
    whose readings are unusual at the moments of the windows, such as all on one side of the centre
    in a rush, are read by all others, which is no direction.

    Args:
        matrix: (N, N) from `attributions`.
        downstream: (N, N) km from `himnet.data.synthetic.downstream_km`.
        seed: of the draws, if there are too many carriageways for all ways.

    Returns:
        The share, with the p of a share as large.
    """
    first = np.isfinite(downstream).argmax(axis=1)  # of its carriageway
    upstream, other = (
        np.array([np.where(side, matrix, 0)[first == number].sum() for number in np.unique(first)])
        for side in (downstream > 0, downstream < 0)
    )
    ways = np.array(list(product((False, True), repeat=min(len(upstream), MOST_FLIPPED))))
    exhaustive = len(upstream) <= MOST_FLIPPED
    if not exhaustive:
        ways = np.random.default_rng(seed).random((DRAWS, len(upstream))) < 0.5
    total = upstream.sum() + other.sum()
    found = np.where(ways, other, upstream).sum(axis=1) / total
    null = "the direction of each carriageway reversed or not"
    return against(float(upstream.sum() / total), found, null=null, exhaustive=exhaustive)


def same_carriageway(matrix: Floats, downstream: Floats) -> float:
    """Return the share of attribution to other sensors that goes to the same carriageway."""
    others = ~np.eye(len(matrix), dtype=bool)
    return float(matrix[others & np.isfinite(downstream)].sum() / matrix[others].sum())


def identity_curve(
    material: Material, *, windows: int = EXCHANGED, show: bool = False
) -> tuple[Identity, Association]:
    """Return what exchanging all spatial embeddings costs, by class of partner.

    Args:
        material: a checkpoint with its data set.
        windows: of the test split.
        show: whether to show a progress bar.

    Returns:
        All costs, and the partial Mantel correlation of distance and cost with correlation of the
        series and distance in the city held fixed.
    """
    plan = replace(plan_of(material, windows=windows), moments=())
    found = identity_of(plan, measure_exchanges(plan, show=show))
    return found, next(one for one in found.associations if one.reach == MAIN_REACH)


def measure(
    material: Material,
    *,
    windows: int = WINDOWS,
    attributed: int = ATTRIBUTED,
    exchanged: int = EXCHANGED,
    untrained: int = UNTRAINED,
    show: bool = False,
) -> dict[str, Any]:
    """Return all measurements of one checkpoint.

    Args:
        material: a checkpoint of a synthetic city.
        windows: of the test split, for the error with a uniform graph.
        attributed: windows for attributions; 0 for none.
        exchanged: windows for the identity curve; 0 for none.
        untrained: number of untrained models.
        show: whether to show progress.

    Raises:
        AnalysisError: for another checkpoint, or one without the parts that are measured.
    """
    groups, name = planted_groups(material), material.info.name
    dataset = material.required_dataset()
    use = uniform_graphs(material, window_steps(material, most=windows))
    result: dict[str, Any] = {
        "checkpoint": checkpoint_name(material.arrays.path),
        "data set": name,
        "excess over others": float(np.median(encoder_graph(material.model).rows.others)),
        "mae": use.own,
        "uniform graph": {graph: asdict(getattr(use, graph)) for graph in GRAPHS},
    }
    for kind, of in groups.items():
        result[kind] = {
            graph: [_plain(null) for null in graph_auc(material, of, graph, untrained=untrained)]
            for graph in GRAPHS
        }
        result[kind]["told"] = told_by_readings(dataset, of)
    if attributed:
        steps, apart = window_steps(material, most=attributed), downstream_km(name)
        matrix = attributions(material, steps, show=show)
        result["upstream"] = _plain(upstream_share(matrix, apart))
        result["same carriageway"] = same_carriageway(matrix, apart)
    if exchanged:
        identity, association = identity_curve(material, windows=exchanged, show=show)
        costs = [identity.cost(name) for name in (ANY, CLUSTER)]
        result["identity"] = {cost.name: asdict(cost.difference) for cost in costs if cost}
        result["distance and cost"] = asdict(association)
    return result


def _plain(statistic: Statistic) -> dict[str, float]:
    names = ("value", "null_mean", "null_low", "null_high", "p_value")
    return {name: getattr(statistic, name) for name in names}


def print_report(results: Sequence[dict[str, Any]]) -> None:
    """Print the tables as Markdown."""
    print(markdown_table(READ, [row for result in results for row in _auc_rows(result)]))
    for header, row, needs in (
        (USE, _use_row, "uniform graph"),
        (DIRECTION, _direction_row, "upstream"),
        (IDENTITY, _identity_row, "identity"),
    ):
        rows = [row(result) for result in results if needs in result]
        if rows:
            print(f"\n{markdown_table(header, rows)}")


READ = (
    "checkpoint",
    "planted neighbours",
    "graph",
    "AUC",
    "untrained models (p)",
    "sensors permuted (p)",
    "R² of own readings",
    "with neighbours'",
)
USE = (
    "checkpoint",
    "MAE",
    "uniform graph of the encoders",
    "of the decoder",
)
DIRECTION = (
    "checkpoint",
    "attribution to others that is within the carriageway",
    "of which upstream",
    "null, 95 %",
    "p",
)
IDENTITY = (
    "checkpoint",
    "cost of any sensor's embedding",
    "of one of the cluster",
    "partial Mantel, distance and cost (p)",
)


def _auc_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = []
    for kind, words in NEIGHBOURS.items():
        told = [f"{value:.2f}" for value in result[kind]["told"]]
        for graph in GRAPHS:
            nulls = result[kind][graph]
            means = [f"{null['null_mean']:.2f} ({null['p_value']:.3f})" for null in nulls]
            value = f"{nulls[0]['value']:.2f}"
            rows.append((result["checkpoint"], words, graph, value, *means, *told))
    return rows


def _use_row(result: dict[str, Any]) -> tuple[str, ...]:
    changes = [_interval(change) for change in result["uniform graph"].values()]
    return (result["checkpoint"], f"{result['mae']:.2f}", *changes)


def _direction_row(result: dict[str, Any]) -> tuple[str, ...]:
    upstream = result["upstream"]
    shares = [f"{100 * share:.0f} %" for share in (result["same carriageway"], upstream["value"])]
    span = f"{100 * upstream['null_low']:.0f} to {100 * upstream['null_high']:.0f} %"
    return (result["checkpoint"], *shares, span, f"{upstream['p_value']:.3f}")


def _identity_row(result: dict[str, Any]) -> tuple[str, ...]:
    costs, association = result["identity"], result["distance and cost"]
    told = [_interval(costs[name]) if name in costs else "" for name in (ANY, CLUSTER)]
    correlation = f"{association['value']:.2f} ({association['p_value']:.3f})"
    return (result["checkpoint"], *told, correlation)


def _interval(found: dict[str, float]) -> str:
    return f"{found['value']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 for a checkpoint that is not of a synthetic city."""
    parser = command_line("planted", __doc__)
    parser.add_argument("checkpoints", nargs="+", metavar="CKPT", help="file, folder or name")
    parser.add_argument("--windows", type=int, default=WINDOWS, help=f"(default {WINDOWS})")
    parser.add_argument(
        "--attributed",
        type=int,
        default=ATTRIBUTED,
        help=f"windows of which all forecasts are attributed; 0: none (default {ATTRIBUTED})",
    )
    parser.add_argument(
        "--exchanged",
        type=int,
        default=EXCHANGED,
        help=f"windows with exchanged embeddings; 0: none (default {EXCHANGED})",
    )
    args = parser.parse_args(argv)
    names = ("windows", "attributed", "exchanged")
    given = {name: getattr(args, name) for name in names}
    told = circumstances(args)
    try:
        results = [measure(load_material(name), **given, show=True) for name in args.checkpoints]
    except (AnalysisError, HimNetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print_report(results)
    write_json(args.json, {**told, "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
