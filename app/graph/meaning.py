"""What an entry of a graph means: floor, self and others, before any edge is drawn."""

from __future__ import annotations

import streamlit as st

from analysis.figures.graph import row_parts
from analysis.graphs.average import average_row
from analysis.graphs.stored import stored_graph
from app.export import export
from app.graph.shown import GraphShown
from app.messages import shown_as_message
from app.pages import page_named
from app.session.graph import UNTRAINED, bars_of, direction_of, rows_of, untrained_row
from app.views.components import chart, link_to, sample_note

_PARTS = "g-parts"
_WHOSE = {True: "decoder's", False: "encoders'"}


@shown_as_message()
def draw_meaning(shown: GraphShown) -> None:
    """Draw a sentence on what an entry is, and the parts of the average row."""
    arrays = shown.material.arrays
    moment = {} if shown.decoder is None else {shown.times[shown.at]: shown.decoder}
    bars = bars_of(arrays, moment)
    own = average_row(rows_of(shown.graph)[0])
    beside = _of_untrained(shown)
    figure = row_parts(bars, meta={"checkpoint": arrays.sha256})
    left, right = st.columns(2, gap="medium", vertical_alignment="center")
    with left:
        st.markdown(
            "A row holds the weights with which one sensor reads all; they sum to 1. All get the "
            "same **floor**, and only the **excess** above it tells them apart. An average row "
            f"of the {_WHOSE[shown.is_decoder]} graph is **{100 * own.floor:.1f} % floor**, "
            f"{100 * own.own:.1f} % self and **{100 * own.others:.1f} % others**{beside}."
        )
        export(
            figure, key=_PARTS, header=("graph", "floor", "self", "others"),
            rows=lambda: [(name, one.floor, one.own, one.others) for name, one in bars.items()],
        )  # fmt: skip
    with right:
        chart(figure, key=_PARTS, alt="Floor, self and others of an average row of each graph")
        sample_note(len(rows_of(shown.graph)[1]), len(shown.graph))


def _of_untrained(shown: GraphShown) -> str:
    """Say what others are in untrained models; "" if that was not measured."""
    arrays = shown.material.arrays
    if not shown.is_decoder:
        return f" ({100 * untrained_row(arrays).others:.1f} % in {UNTRAINED} untrained models)"
    stored = stored_graph(arrays)
    found = None if stored is None else stored[0].decoder
    if found is None or not len(found.untrained.quantiles):
        return ""
    others = 100 * float(found.untrained.of("others").mean())
    return f" ({others:.1f} % in the median row of {len(found.untrained.quantiles)} untrained ones)"


@shown_as_message()
def say_direction(shown: GraphShown) -> None:
    """Say what gives the graph a direction."""
    found = direction_of(shown.graph)
    if found is None:
        return
    st.markdown(
        ":material/info: **A pair has no direction of its own here.** The scores are symmetric, so "
        "*A*ᵢⱼ / *A*ⱼᵢ = floorᵢ / floorⱼ: which of two sensors reads more from the other follows "
        "from the normalisation of their rows, one number per sensor. In this graph, the smaller "
        f"of the two weights is {100 * found.median:.1f} % below the larger (median over pairs), "
        f"at most {100 * found.largest:.1f} %."
    )
    link_to(page_named("why"), "Upstream or downstream? Why: which readings moved a forecast")
