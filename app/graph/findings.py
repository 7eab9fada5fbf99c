"""What was measured of a model's graphs before."""

from __future__ import annotations

import numpy as np
import streamlit as st

from analysis.claims.catalogue import HEADS
from analysis.claims.table import rounded
from analysis.evidence.intervals import Interval
from analysis.graphs.claims import telling
from analysis.graphs.stored import GraphFindings, stored_graph
from analysis.graphs.use import GraphUse, stored_use
from analysis.identity.stored import stored_identity
from analysis.identity.table import decimals, graph_cost
from analysis.material import Material
from analysis.readings.days import clock_time
from app.graph.shown import GraphShown
from app.messages import shown_as_message
from app.pages import page_named
from app.session.measured import when
from app.session.opened import OpenCheckpoint
from app.views.claims_table import claims_table
from app.views.components import link_to, missing_note, section
from app.views.verdicts import draw_cards
from himnet import texts
from himnet.checkpoints.measured import Part

_GRAPHS = {"encoders": "The encoders' graph", "decoder": "The decoder's graphs"}
_CARDS = 3  # at the top; all are in the table below


@shown_as_message()
def draw_cards_of(shown: GraphShown) -> None:
    """Draw the verdicts that tell most of the graph and the world; nothing without any.

    Verdicts are about the encoders' graph, so for the decoder's there are only its numbers.
    """
    found = stored_graph(shown.material.arrays)
    if found is None:
        return
    if shown.is_decoder:
        _say_decoder(shown, found[0])
    else:
        draw_cards(telling(found[0].results)[:_CARDS])


def _say_decoder(shown: GraphShown, findings: GraphFindings) -> None:
    """Say how the decoder's graph compares with the world at the hour of the moment."""
    found = findings.decoder
    if found is None or shown.day is None:
        return
    at = int(np.abs(found.clock - shown.day.hours[shown.at]).argmin())
    kinds = {"same road and direction": found.road_auc, "near sensors": found.near_auc}
    told = [f"{name} **{auc[at]:.2f}**" for name, auc in kinds.items() if np.isfinite(auc[at])]
    if told:
        st.markdown(
            f"AUC of its scores at {clock_time(float(found.clock[at]), 24)}, mean over days: "
            f"{', '.join(told)} (0.5 by chance; without a null model, so no verdict; single seed)."
        )


@shown_as_message()
def draw_findings(checkpoint: OpenCheckpoint) -> None:
    """Draw how the encoders' graph compares with the world, or say which command measures it."""
    section(
        "Does it look like the map?",
        "The scores of the encoders' graph against what is known of the sensors, over unordered "
        "pairs. None of it is an input of the model. That a graph looks like the map does not say "
        "that forecasts use it.",
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
    found, exchanged = stored_use(material.arrays), stored_identity(material.arrays)
    unit = texts.markdown(material.info.unit)
    said = "" if exchanged is None else graph_cost(exchanged[0], unit)
    if found is None and not said:
        return
    section(
        "Do the forecasts use it?",
        "The increase of the error on the test split with uniform graphs, in which every sensor "
        "reads the mean of all, or with exchanged embeddings.",
    )
    if found is not None:
        _draw_uniform(*found, unit)
    if said:
        st.markdown(said)
        link_to(page_named("what_if"), "What if: structure or name tag?")


def _draw_uniform(use: GraphUse, part: Part, unit: str) -> None:
    """Draw what uniform graphs cost."""
    places = decimals(use.own)
    for name, column in zip(_GRAPHS, st.columns(2), strict=True):
        one: Interval = getattr(use, name)
        value, low, high = (
            f"{rounded(end, places):+.{places}f}" for end in (one.value, one.low, one.high)
        )
        known = f" (95 % {low} to {high})" if np.isfinite(one.low) else ""
        with column, st.container(border=True):
            st.markdown(
                f"{_GRAPHS[name]}: **{use.word(one)}**  \nMAE {use.own:.{places}f} {unit}; with a "
                f"uniform graph {value} {unit}{known}"
            )
    st.caption(
        f"{use.windows:,} windows, intervals over days, single seed; measured "
        f"{texts.markdown(when(part))}. The model met no uniform graph of its decoder in training, "
        "so the increase tells that it relies on its graph, not what neighbours are worth. Where "
        "the encoders' graph is not used, its likeness to the roads shows what the embeddings have "
        "learnt as queries of the pools."
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
