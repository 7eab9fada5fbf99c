"""How the encoders' graph grew during training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from analysis.figures.film import step_name
from analysis.figures.graph import Frame, graph_film, growth
from analysis.graphs.stored import stored_graph
from analysis.limits import is_large
from app.export import exported_chart
from app.graph.matrix import arranged
from app.graph.shown import GraphShown
from app.messages import shown_as_message
from app.session.compared import has_film
from app.session.graph import FILM_CELLS, GraphAt, excess_cells, graphs_in_training, starts_of
from app.session.opened import OpenCheckpoint
from app.views.components import named_rows, section

_HEIGHT = 330  # pixels of the film's matrix


@shown_as_message()
def draw_growth(checkpoint: OpenCheckpoint, shown: GraphShown) -> None:
    """Draw how the encoders' graph grew during training, if there are snapshots."""
    model = shown.material.model
    if not has_film(checkpoint) or is_large(len(shown.graph)):
        return
    if model.why_not("spatial", generated=False):
        return
    section(
        "When did the encoders' graph grow?",
        "The snapshots of this training run, from random initial weights to the trained model: the "
        "excess over others in the average row, and the matrix.",
    )
    found = graphs_in_training(checkpoint)
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_curve(shown, found)
    with right:
        _draw_film(shown, found)


def _draw_curve(shown: GraphShown, found: Sequence[GraphAt]) -> None:
    steps, auc = [step_name(one.step) for one in found], _auc_of(shown, found)
    figure = growth(
        steps, [one.row for one in found], auc, meta={"checkpoint": shown.material.arrays.sha256}
    )
    exported_chart(
        figure, key="g-growth", alt="Excess over others and AUC at each snapshot of the training",
        header=("step", "floor", "self", "others", "AUC, same road and direction"),
        rows=lambda: [
            (step, one.row.floor, one.row.own, one.row.others, "" if area is None else area)
            for step, one, area in zip(steps, found, auc, strict=True)
        ],
    )  # fmt: skip


def _auc_of(shown: GraphShown, found: Sequence[GraphAt]) -> list[float | None]:
    """Return the stored AUC of each graph for same road and direction; None if unknown."""
    stored = stored_graph(shown.material.arrays)
    if stored is None:
        return [None] * len(found)
    snapshots = stored[0].snapshots
    known = dict(zip(snapshots.steps.tolist(), snapshots.road_auc.tolist(), strict=True))
    trained = {one.id: one.value for one in stored[0].results}.get("graph-roads")
    areas = [*(known.get(one.step) for one in found[:-1]), trained]
    return [None if one is None or np.isnan(one) else one for one in areas]


def _draw_film(shown: GraphShown, found: Sequence[GraphAt]) -> None:
    order, groups = arranged(shown)
    frames = [
        Frame(
            step_name(one.step), f"step {step_name(one.step)}: {100 * one.row.others:.1f} % of an "
            "average row is excess over others",
            excess_cells(one.graph, order, FILM_CELLS),
        )
        for one in found
    ]  # fmt: skip
    figure = graph_film(
        frames, order, starts_of(order, FILM_CELLS), groups, ids=shown.material.info.sensors.ids,
        height=_HEIGHT, meta={"checkpoint": shown.material.arrays.sha256},
    )  # fmt: skip
    names = list(figure.data[0].x)
    exported_chart(
        figure, key="g-film", alt="Animation of the encoders' graph during training",
        header=("step", "reads", *names),
        rows=lambda: [
            (frame.label, *row) for frame in frames for row in named_rows(names, frame.cells)
        ],
    )  # fmt: skip
