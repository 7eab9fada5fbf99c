"""What was measured of a model's graphs before."""

from __future__ import annotations

import numpy as np
import streamlit as st

from analysis.claims.catalogue import HEADS
from analysis.evidence.intervals import Interval
from analysis.graphs.stored import GraphFindings, stored_graph
from analysis.graphs.use import stored_use
from analysis.material import Material
from app.messages import shown_as_message
from app.session.measured import when
from app.session.opened import OpenCheckpoint
from app.views.claims_table import claims_table
from app.views.components import missing_note, section
from app.views.verdicts import draw_cards
from himnet import texts

_FIRST = ("graph-roads", "graph-along", "graph-distance", "graph-near", "graph-adjacency")
_GRAPHS = {"encoders": "The encoders' graph", "decoder": "The decoder's graphs"}
_CARDS = 3  # at the top; all are in the table below


@shown_as_message()
def draw_cards_of(material: Material) -> None:
    """Draw the verdicts that tell most of the graph and the world; nothing without any."""
    found = stored_graph(material.arrays)
    if found is None or not found[0].results:
        return
    known = {one.id: one for one in found[0].results if one.verdict != "not applicable"}
    draw_cards([known[name] for name in _FIRST if name in known][:_CARDS])


@shown_as_message()
def draw_findings(checkpoint: OpenCheckpoint) -> None:
    """Draw how the encoders' graph compares with the world, or say which command measures it."""
    section(
        "Does it look like the map?",
        "The scores of the encoders' graph against what is known of the sensors, over unordered "
        "pairs. None of it is an input of the model.",
    )
    found = stored_graph(checkpoint.arrays)
    if found is None or not found[0].results:
        missing_note(
            "This has not been measured for this model. This command does, and stores the result "
            "beside the checkpoint:",
            texts.command(
                *("python", "-m", "analysis", "graph"),
                *("--checkpoint", checkpoint.argument, "--save"),
            ),
        )
        return
    findings, part = found
    st.markdown(claims_table(findings.results, HEADS["graph"]), unsafe_allow_html=True)
    some = findings.sensors < checkpoint.arrays.dataset.num_nodes
    whom = f"Pairs of a random sample of {findings.sensors:,} sensors" if some else "All pairs"
    st.caption(
        f"{whom}; a family of its own for Holm's correction; single seed; measured "
        f"{texts.markdown(when(part))}. {_of_track(findings)}"
    )


@shown_as_message()
def draw_use(material: Material) -> None:
    """Draw whether the forecasts use the graphs, as it was measured; nothing if it was not."""
    found = stored_use(material.arrays)
    if found is None:
        return
    use, part = found
    unit = texts.markdown(material.info.unit)
    section(
        "Do the forecasts use it?",
        f"The error on {use.windows:,} windows of the test split with uniform graphs instead, in "
        "which every sensor reads the mean of all.",
    )
    for name, column in zip(("encoders", "decoder"), st.columns(2), strict=True):
        one: Interval = getattr(use, name)
        known = f" (95 % {one.low:+.3f} to {one.high:+.3f})" if np.isfinite(one.low) else ""
        with column, st.container(border=True):
            st.markdown(
                f"{_GRAPHS[name]}: **{use.word(one)}**  \nMAE {use.own:.3f} {unit}, with a uniform "
                f"graph {one.value:+.3f} {unit}{known}"
            )
    st.caption(
        "A uniform graph of the decoder is unlike anything that the model met in training, so the "
        "increase tells that the model relies on its graph, not what neighbours are worth. Where "
        "the encoders' graph is not used, its similarity to the roads shows what the embeddings "
        f"have learnt as queries of the pools. Single seed; measured {texts.markdown(when(part))}."
    )


def _of_track(findings: GraphFindings) -> str:
    """Return how exact graphs from the track are, if that was measured."""
    if findings.rounding is None:
        return ""
    rounding = findings.rounding
    return (
        "A track stores *E*_st in half precision, which changes an entry of the decoder's graph by "
        f"{rounding.median:.1g} (median), at most {rounding.most:.1g}."
    )
