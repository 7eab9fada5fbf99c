"""Claims: what the paper says of meta-parameters, each with a number and two null models."""

from __future__ import annotations

import json

import streamlit as st

from analysis.claims.result import ClaimResult
from analysis.claims.rules import LEVEL
from app.export import export
from app.messages import sentence, shown_as_message
from app.session.claims import kept_claims, measure_claims
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.claims_table import claim_details, claims_table
from app.views.components import missing_note, page_header, section
from himnet import texts
from himnet.metrics import without_nan

_LEGEND = (
    "The bars are the **permutation null**: the same model with just the one relation destroyed "
    "that the claim is about. The orange strokes are **untrained models** on the same inputs: "
    "what the architecture alone gives. The red line is this model. A claim *holds* where it "
    "beats both: the permutation p after Holm's correction over all claims, and the untrained p, "
    f"are below {LEVEL:g}. It is *inconclusive* if no outcome could have made it hold, or if data "
    "are missing. The rules were fixed before any result was known."
)
_COLUMNS = ("claim", "statistic", "value", "null mean", "p", "p Holm", "p untrained", "verdict")


def _row(result: ClaimResult) -> tuple[object, ...]:
    numbers = (result.value, result.null_mean, result.p_value, result.p_holm, result.p_untrained)
    return result.claim, result.statistic, *numbers, result.verdict


@shown_as_message()
def _draw_results(results: list[ClaimResult], checkpoint: OpenCheckpoint) -> None:
    counts = {
        verdict: sum(result.verdict == verdict for result in results)
        for verdict in ("holds", "does not hold", "inconclusive")
    }
    columns = st.columns(3)
    for column, (verdict, count) in zip(columns, counts.items(), strict=True):
        column.metric(verdict.capitalize(), f"{count} of {len(results)}", border=True)
    st.markdown(_LEGEND)
    st.markdown(claims_table(results), unsafe_allow_html=True)  # st.html drops SVG
    export(None, key="claims-table", header=_COLUMNS, rows=lambda: map(_row, results))
    section("What exactly was measured?", "Each statistic, its null, and the numbers beside it.")
    for result in results:
        with st.expander(texts.markdown(result.claim)):
            st.markdown(claim_details(result))
    content = {"claims": [result.to_dict() for result in results]}
    st.download_button(
        "All numbers (JSON)",
        json.dumps(without_nan(content), indent=2, ensure_ascii=False),
        file_name="claims.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption("The same from the command line, in the environment of the README:")
    words = ("analysis", "claims", "--checkpoint", checkpoint.argument, "--json")
    st.code(texts.command("python", "-m", *words), "bash")


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "Which of the paper's claims hold for this model?",
        "Ten things that the paper says about meta-parameters, each with one number, and with what "
        "the same number is by chance and without training.",
    )
    material = open_material(checkpoint)
    if material.dataset is None:
        missing_note(
            f"Some claims need the readings, which are not available, and are inconclusive: "
            f"{sentence(material.dataset_problem)}"
        )
    results = kept_claims(material)
    if results is None and st.button(
        "Measure them", type="primary", icon=":material/science:", help="Takes a minute or two."
    ):
        results = measure_claims(material)
    if results is not None:
        _draw_results(results, checkpoint)


draw(current_checkpoint())
