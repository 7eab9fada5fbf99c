"""What was measured of a model's graphs before: verdicts, and the growth during training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from analysis.figures.film import step_name
from analysis.figures.graph import growth
from analysis.graphs.stored import GraphFindings, stored_graph
from analysis.limits import is_large
from analysis.material import Material
from app.export import exported_chart
from app.messages import shown_as_message
from app.session.compared import has_film
from app.session.graph import rows_over_training
from app.session.measured import when
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note, section
from app.views.verdicts import draw_cards
from himnet import texts


@shown_as_message()
def draw_findings(material: Material) -> None:
    """Draw the verdicts on the graph and the world; nothing if they were not measured."""
    found = stored_graph(material.arrays)
    if found is None or not found[0].results:
        return
    draw_cards([one for one in found[0].results if one.verdict != "not applicable"])
    st.caption(f"{_compared(found[0], material)} Measured {texts.markdown(when(found[1]))}.")


def _compared(findings: GraphFindings, material: Material) -> str:
    """Return in Markdown what the verdicts are about."""
    some = findings.sensors < material.info.num_nodes
    whom = f"a random sample of {findings.sensors:,} sensors" if some else "all pairs of sensors"
    return (
        f"The score of the encoders' graph over {whom}, corrected by Holm's method as a family of "
        "its own; single seed."
    )


@shown_as_message()
def say_unmeasured(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Say which command compares the graph with the world, if that was not done."""
    if stored_graph(material.arrays) is not None:
        return
    missing_note(
        "This model's graph has not been compared with roads, distances and untrained models. "
        "This command does, and stores the result beside the checkpoint:",
        texts.command(
            *("python", "-m", "analysis", "graph", "--checkpoint", checkpoint.argument, "--save")
        ),
    )


@shown_as_message()
def draw_growth(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw how the encoders' graph grew during training, if there are snapshots."""
    if not has_film(checkpoint) or is_large(material.info.num_nodes):
        return
    section(
        "When did it grow?",
        "The excess over others in the average row of the encoders' graph at each snapshot of the "
        "training run, from random initial weights to the trained model.",
    )
    found = rows_over_training(checkpoint)
    steps = [step_name(step) for step, _ in found]
    auc = _auc_of(material, [step for step, _ in found])
    figure = growth(steps, [row for _, row in found], auc, meta={"checkpoint": checkpoint.sha256})
    exported_chart(
        figure, key="g-growth", alt="Excess over others and AUC at each snapshot of the training",
        header=("step", "floor", "self", "others", "AUC, same road and direction"),
        rows=lambda: [
            (step, row.floor, row.own, row.others, "" if one is None else one)
            for step, (_, row), one in zip(steps, found, auc, strict=True)
        ],
    )  # fmt: skip


def _auc_of(material: Material, steps: Sequence[int | None]) -> list[float | None]:
    """Return the stored AUC of each snapshot for same road and direction; None if unknown."""
    stored = stored_graph(material.arrays)
    if stored is None:
        return [None] * len(steps)
    snapshots = stored[0].snapshots
    known = dict(zip(snapshots.steps.tolist(), snapshots.road_auc.tolist(), strict=True))
    found = [known.get(step) for step in steps]
    return [None if one is None or np.isnan(one) else one for one in found]
