"""Operations and bytes of a training step by count, compared with the machine's peak rates.

Run `python -m benchmarks.cost`. The count follows the fast model term by term, from sizes only. An
operation reads its operands from memory and writes its result there, once; what is created and used
in blocks that stay in the processor's cache is left out (most gradients of parameters). In a small
model more stays there, so that the time by bytes can be undercut; that by operations cannot.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, get_args

from benchmarks.report import circumstances, describe, markdown_table, options, write_json
from benchmarks.training_step import run_worker
from himnet.config import OUTPUT_CHANNELS, HimNetConfig, Part
from himnet.studies.efficiency import measure_steps

SIZES = {"float32": 4, "bfloat16": 2}  # bytes of a value
ALIGNED = 8  # features are padded to a multiple, see himnet.model.cells
PARTS: tuple[Part, ...] = get_args(Part)
TERMS = (
    "encoder products",
    "graph products",
    "decoder outer products",
    "decoder products, forward",
    "decoder products, gradients of features",
    "gradients of parameters",
    "projections",
    "elementwise rest",
    "optimiser",
)


@dataclass(frozen=True)
class Cost:
    """Floating-point operations, sigmoid and exp counted as one, and bytes from and to memory."""

    flop: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.flop + other.flop, self.bytes + other.bytes)

    def __mul__(self, times: int) -> Cost:
        return Cost(self.flop * times, self.bytes * times)

    def seconds(self, ceiling: dict[str, float]) -> float:
        """Return the minimum time on the machine: the longer of those for operations and bytes."""
        return max(self.flop / ceiling["flop_s"], self.bytes / ceiling["bytes_s"])


class Cell:
    """Sizes of one recurrent cell in one pass, most of them under the model's own names.

    `queries` and `width` are G and d (1 and 1 for shared parameters), `inputs` the rows I of a
    parameter matrix: `known` features, shared by gate and update, and K times the `found` ones.
    `spreads` counts the graph products of all forward steps; `graph_trained` and `ahead_trained`
    are whether the graph and the inputs known in advance need a gradient.
    """

    def __init__(self, config: HimNetConfig, batch: int, part: Part, layer: int) -> None:
        decodes, pooled = part == "decoder", config.has_pools(part)
        self.part, self.batch, self.nodes = part, batch, config.num_nodes
        self.rows = batch * config.num_nodes
        self.steps = config.out_steps if decodes else config.in_steps
        self.order, self.hidden = config.cheb_k, config.hidden_dim
        self.fed = config.fed_channels(part, layer)
        self.found = self.fed + self.hidden
        self.ahead = config.layer_inputs(layer) - self.found
        filling = -(1 + self.order * (self.ahead + self.found)) % ALIGNED
        self.known = 1 + filling + self.order * self.ahead
        self.inputs = self.known + self.order * self.found
        of_part = {"encoder_t": batch, "encoder_s": self.nodes, "decoder": self.rows}
        self.queries = of_part[part] if pooled else 1
        self.width = config.query_dim(part) if pooled else 1
        self.factorised = decodes and pooled
        self.outputs = (2 * self.hidden, self.hidden)  # of gate and update
        self.spreads = 2 * (self.order - 1) * self.steps
        ablated = config.ablate == ("E_st" if decodes else "E_s")
        self.graph_trained = self.order > 1 and not ablated
        self.ahead_trained = layer > 0 and not decodes


def cells(config: HimNetConfig, batch: int, part: Part) -> list[Cell]:
    """Return the cells of a part, for a batch size."""
    return [Cell(config, batch, part, layer) for layer in range(config.num_layers)]


def step_cost(config: HimNetConfig, batch: int, precision: str) -> dict[str, Cost]:
    """Return the cost of each of `TERMS` in a training step: forward, backward, clipping, Adam."""
    size = SIZES[precision]
    costs = dict.fromkeys(TERMS, Cost())
    for part in PARTS:
        stack = cells(config, batch, part)
        for cell in stack:
            for term, cost in _products(cell, size).items():
                costs[term] += cost
            costs["gradients of parameters"] += _parameter_gradients(cell, size)
            costs["elementwise rest"] += _rest(cell, size)
        costs["graph products"] += _graph(stack, config.query_dim(part), size)
        costs["elementwise rest"] += _graph_rest(stack, size)
    costs["projections"] = _projections(config, batch, size)
    # values moved: clipping 3; fused Adam reads weights, gradients and two moments, writes 3
    costs["optimiser"] = _each(config.num_parameters, 4 * 10, 18)
    return costs


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum of costs."""
    return sum(costs, Cost())


def product(m: int, k: int, n: int, size: int, count: int = 1) -> Cost:
    """Return the cost of products (m, k) x (k, n), also that of either factor's gradient."""
    return Cost(2 * m * k * n, size * (m * k + k * n + m * n)) * count


def _each(elements: int, moved: float, operations: float) -> Cost:
    """Return the cost of work with given bytes and operations per element."""
    return Cost(elements * operations, elements * moved)


def _products(cell: Cell, size: int) -> dict[str, Cost]:
    """Return the products of features with parameters and, one layer's, with the graph."""
    i, d, g = cell.inputs, cell.width, cell.queries
    added_to = _each(cell.rows, size * cell.found, 0) * cell.spreads  # in the backward pass
    spread = _spread(cell, cell.found, size) * (2 * cell.spreads) + added_to + _ahead(cell, size)
    generated = total(product(g, d, i * o, size) for o in cell.outputs)
    if not cell.factorised:
        once = total(product(cell.rows // g, i, o, size, g) for o in cell.outputs) * cell.steps
        if cell.part != "decoder":
            return {"graph products": spread, "encoder products": generated + once * 2}
        return {
            "graph products": spread,
            "decoder products, forward": generated + once,
            "decoder products, gradients of features": once,
        }
    forward = total(product(cell.rows, d * i, o, size) for o in cell.outputs)
    back = total(product(cell.rows, d * o, i, size) for o in cell.outputs)
    outer = total(_each(cell.rows, size * (d * c + d + c), d * c) for c in (i, i, *cell.outputs))
    return {
        "graph products": spread,
        "decoder outer products": outer * cell.steps,
        "decoder products, forward": forward * cell.steps,
        "decoder products, gradients of features": back * cell.steps,
    }


def _parameter_gradients(cell: Cell, size: int) -> Cost:
    """Return the gradients of queries and pools; only the factors come from memory."""
    flop = 0.0
    for o in cell.outputs:
        of_weights = 2 * cell.steps * cell.rows * cell.inputs * o
        flop += of_weights + 4 * cell.queries * cell.width * cell.inputs * o
    factors = cell.steps * cell.rows * (2 * cell.inputs + sum(cell.outputs))
    return Cost(flop, size * factors)


def _spread(cell: Cell, channels: int, size: int) -> Cost:
    """Return a product of the graph and all rows."""
    if cell.part == "encoder_s":
        return product(cell.nodes, cell.nodes, cell.batch * channels, size)
    return product(cell.nodes, cell.nodes, channels, size, cell.batch)


def _ahead(cell: Cell, size: int) -> Cost:
    """Return the products of the graph and the inputs known in advance, forward and backward."""
    if cell.order == 1:
        return Cost()
    trained = cell.graph_trained or cell.ahead_trained
    of_features = cell.ahead_trained + (cell.order - 2) * trained
    of_graph = (cell.order - 1) * cell.graph_trained
    times = cell.order - 1 + of_features + of_graph
    return _spread(cell, cell.steps * cell.ahead, size) * times


def _graph(stack: Sequence[Cell], d: int, size: int) -> Cost:
    """Return the products of a graph's scores, and of its gradient from all steps."""
    cell = stack[0]
    count = cell.batch if cell.part == "decoder" else 1
    scores = product(cell.nodes, d, cell.nodes, 4, count) * (1 + 2 * cell.graph_trained)
    if cell.part == "encoder_t":  # both encoders use one graph
        scores = Cost()
    if not cell.graph_trained:
        return scores
    if cell.part == "encoder_s":  # one product per step
        return scores + total(_spread(c, c.found, size) * c.spreads for c in stack)
    return scores + _spread(cell, sum(c.found * c.spreads for c in stack), size)


def _projections(config: HimNetConfig, batch: int, size: int) -> Cost:
    """Return E_st = H W + b and, in float32, the outputs: forward and both gradients."""
    rows, h, d = batch * config.num_nodes, config.hidden_dim, config.st_embedding_dim
    outputs = product(rows, h, OUTPUT_CHANNELS, 4) * (3 * config.out_steps)
    used = config.cheb_k > 1 or config.has_pools("decoder")
    times = 0 if config.ablate == "E_st" else 3 if used else 1
    return outputs + product(rows, h, d, size) * times


def _rest(cell: Cell, size: int) -> Cost:
    """Return the elementwise work of a cell: in each step, and once on its pools."""
    h, w, k = cell.hidden, cell.found, cell.order
    more = max(k - 2, 0)  # terms beyond T_0 and T_1
    copied = 6 if cell.part == "encoder_s" else 0  # operands, if the sensors come first
    decodes = h if cell.part == "decoder" else 0
    # values moved: features, gates, candidate; slopes and adjoints; features known in advance
    values = 4 * cell.inputs + 4 * w * (cell.fed > 0) + 10 * more * w + 7 * h
    values += 26 * h + 2 * w * (copied * (k - 1) + 5 * more) + 3 * cell.fed
    values += 7 * cell.known
    wide = 16 * h + 3 * decodes + 7 * cell.ahead * cell.ahead_trained  # states are in float32
    casts = 7 * h + 2 * cell.fed if size < 4 else 0
    moved = size * values + 4 * wide + (4 + size) * casts
    operations = 28 * h + decodes + 2 * w * (k - 1 + 4 * more) + cell.known + cell.fed
    pools = cell.width * cell.inputs * sum(cell.outputs)
    once = size * (6 + 2 * cell.factorised) + (2 * (4 + size) if size < 4 else 0)
    turned = 0 if cell.factorised else cell.queries * cell.inputs * sum(cell.outputs)
    in_steps = _each(cell.rows * cell.steps, moved, operations)
    return in_steps + _each(pools, once, 0) + _each(turned, 2 * size, 0)


def _graph_rest(stack: Sequence[Cell], size: int) -> Cost:
    """Return a graph's softmax and the sum of its gradients."""
    cell = stack[0]
    trained = cell.graph_trained
    count = cell.nodes**2 * (1 if cell.part == "encoder_s" else cell.batch)
    if cell.part == "encoder_t":  # a copy for every window; their gradients are added up
        return _each(count, size * (2 + 4 * trained), 2 * trained)
    cast = (4 + size) * (1 + trained) if size < 4 else 0  # the scores are in float32
    softmax = _each(count, 4 * (4 + 6 * trained) + cast, 6 + 5 * trained)
    if cell.part == "decoder":
        return softmax + _each(count, 3 * size, 1) * (len(stack) * trained)
    return softmax + _each(count, 8 + size, 1) * (trained * (3 + sum(c.spreads for c in stack)))


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return ceilings, counts and measured steps in both precisions."""
    config = HimNetConfig(args.nodes)  # METR-LA's sizes but for the number of sensors
    ceilings = run_worker("ceilings", "float32", args)
    os.environ["OMP_NUM_THREADS"] = str(args.threads)  # for the measuring processes
    costs, steps = {}, {}
    for precision, ceiling in ceilings.items():
        counted = step_cost(config, args.batch_size, precision)
        costs[precision] = {
            term: asdict(cost) | {"ceiling_s": cost.seconds(ceiling)}
            for term, cost in counted.items()
        }
        options = {"precision": precision, "batch_size": args.batch_size, "nodes": args.nodes}
        measured = measure_steps("METRLA", args.runs, **options)
        if measured is None:
            sys.exit(f"error: a step in {precision} does not fit into memory; lower --batch-size")
        runs = measured.seconds
        best, step = sum(cost.seconds(ceiling) for cost in counted.values()), median(runs)
        rate = total(counted.values()).flop / step
        steps[precision] = {"step_s": step, "ceiling_s": best, "share": best / step, "runs": runs}
        steps[precision] |= {"flop_s": rate, "share_of_product": rate / ceiling["flop_s"]}
    return {"ceilings": ceilings, "costs": costs, "steps": steps}


def print_report(result: dict[str, Any]) -> None:
    """Print ceilings, counts and measured times as Markdown."""
    print(f"{describe(result['machine'])}\n")
    for precision, ceiling in result["ceilings"].items():
        print(f"large product, {precision}: {ceiling['flop_s'] / 1e9:.0f} GFLOP/s")
    print(f"copying a large array: {ceiling['bytes_s'] / 1e9:.1f} GB/s read and written\n")
    full, half = (result["costs"][precision] for precision in SIZES)
    rows = [
        [term, full[term]["flop"] / 1e9]
        + [way[term]["bytes"] / 1e9 for way in (full, half)]
        + [way[term]["ceiling_s"] * 1e3 for way in (full, half)]
        for term in TERMS
    ]
    rows.append(["all", *map(sum, zip(*[row[1:] for row in rows], strict=True))])
    header = ("term", "GFLOP", "GB, float32", "GB, bfloat16", "lower bound, float32", "bfloat16")
    texts = [
        (row[0], *(f"{value:.2f}" for value in row[1:4]), *(f"{ms:.1f} ms" for ms in row[4:]))
        for row in rows
    ]
    print(markdown_table(header, texts) + "\n")
    reached = [
        (
            precision,
            *(f"{step[key]:.3f} s" for key in ("step_s", "ceiling_s")),
            f"{step['share']:.0%}",
            f"{step['flop_s'] / 1e9:.0f} GFLOP/s, {step['share_of_product']:.0%}",
        )
        for precision, step in result["steps"].items()
    ]
    heads = ("", "measured step", "lower bound", "share of peak", "operations, share of peak")
    print(markdown_table(heads, reached))


def main(argv: Sequence[str] | None = None) -> int:
    """Count, measure, print and store."""
    parser = options("cost", __doc__)
    parser.add_argument("--nodes", type=int, default=207, help="sensors (default: METR-LA's 207)")
    args = parser.parse_args(argv)
    result = circumstances(args) | measure(args)
    print_report(result)
    write_json(args.json, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
