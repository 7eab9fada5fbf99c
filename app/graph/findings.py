"""What was measured of a model's graphs before."""

from __future__ import annotations

import streamlit as st

from analysis.graphs.stored import stored_graph
from analysis.material import Material
from app.messages import shown_as_message
from app.session.measured import when
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note
from app.views.verdicts import draw_cards
from himnet import texts


@shown_as_message()
def draw_findings(material: Material) -> None:
    """Draw the verdicts on the graph and the world; nothing if they were not measured."""
    found = stored_graph(material.arrays)
    if found is None or not found[0].results:
        return
    findings, part = found
    draw_cards([one for one in findings.results if one.verdict != "not applicable"])
    some = findings.sensors < material.info.num_nodes
    whom = f"a random sample of {findings.sensors:,} sensors" if some else "all sensors"
    st.caption(
        f"Scores of the encoders' graph over pairs of {whom}, a family of its own for Holm's "
        f"correction; single seed; measured {texts.markdown(when(part))}."
    )


@shown_as_message()
def say_unmeasured(checkpoint: OpenCheckpoint) -> None:
    """Say which command compares the graph with the world, if that was not done."""
    if stored_graph(checkpoint.arrays) is not None:
        return
    missing_note(
        "This model's graph has not been compared with roads, distances and untrained models. "
        "This command does, and stores the result beside the checkpoint:",
        texts.command(
            *("python", "-m", "analysis", "graph", "--checkpoint", checkpoint.argument, "--save")
        ),
    )
