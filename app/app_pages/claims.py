"""Claims: statements of the paper and about places, tested with statistics and null models."""

from __future__ import annotations

import json

import streamlit as st

from analysis.claims.result import ClaimResult
from analysis.claims.rules import LEVEL, RULES, VERDICTS, Verdict
from analysis.material import Material
from app.export import export
from app.messages import shown_as_message
from app.pages import page_named
from app.session.claims import KnownClaims, known_claims, measure_claims, measure_places
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.views.claims_table import claim_details, claims_table
from app.views.components import download, link_to, missing_note, page_header, section
from app.views.verdicts import PAGES
from himnet import texts
from himnet.metrics import without_nan

_LEGEND = (
    "A claim *holds* if every p value to the right of *p* is below "
    f"{LEVEL:g} and the effect is at least weak; the weekend must also stand out from seven days "
    "on a line. It *depends on the null* if it holds against one kind of untrained model and not "
    "against another, and it is *inconclusive* if data are missing or no outcome could have made "
    "it hold; where the data set lacks what it speaks of, it is *not applicable*. All else *does "
    "not hold*. Each verdict is about this one trained model (a single "
    f"seed). `docs/claims.md` states the rules (version {RULES}); they were written down before "
    "the results were known, apart from four changes that it names."
)
_HEADS = (
    "- **verdict**: by the rule above; the note below the table gives reasons.\n"
    "- **value and null models**: the red line is this model. The bars are the *permutation null*: "
    "the same model, with only the relation that the claim is about destroyed by permutation (for "
    "days, which have none, untrained models). The orange strokes are *untrained models* on the "
    "same inputs, what the architecture alone produces; where there are several kinds, those with "
    "matched dictionaries in their own clusters.\n"
    "- **value**: the statistic, the effect size in words, and mean and 95 % range of the null "
    "that the bars show.\n"
    "- **p**: the share of that null that is at least as large as the value.\n"
    "- **least p**: the smallest p that the null can give; with 24 steps a day, shifts of the "
    "clock attain 1/24 at best.\n"
    "- **p, Holm**: p, corrected by Holm's method for the claims of the table; a dash if the claim "
    "cannot be decided. For days, the p against untrained models is corrected.\n"
    "- **p, untrained**: against untrained models, smallest to largest over their kinds.\n"
    "- **p, readings**: claims about ST-mixed parameters only: against this model on *readings of "
    "other sensors*."
)
_VERBS: dict[Verdict, tuple[str, str]] = {  # of one claim, and of several
    "holds": ("holds", "hold"),
    "does not hold": ("does not hold", "do not hold"),
    "depends on the null": ("depends on the null", "depend on the null"),
    "inconclusive": ("is inconclusive", "are inconclusive"),
    "not applicable": ("is not applicable", "are not applicable"),
}
_COLUMNS = (
    *("claim", "statistic", "value", "effect", "null mean", "p", "least p", "p Holm"),
    *("p untrained, smallest", "p untrained, largest", "p readings", "verdict"),
)


def _row(result: ClaimResult) -> tuple[object, ...]:
    effect = None if result.effect is None else result.effect.reading
    p_values = (
        result.p_value,
        result.p_smallest,
        result.p_holm,
        *(result.p_untrained or (None, None)),
    )
    numbers = (result.value, effect, result.null_mean, *p_values, result.p_readings)
    return result.claim, result.statistic, *numbers, result.verdict


@shown_as_message()
def _draw_results(known: KnownClaims, checkpoint: OpenCheckpoint) -> None:
    results = (*known.results, *known.places)
    st.markdown(claims_table(known.results), unsafe_allow_html=True)  # st.html drops SVG
    st.markdown(_LEGEND)
    with st.expander("What do the columns mean?"):
        st.markdown(_HEADS)
    _draw_places(known, checkpoint)
    export(None, key="claims-table", header=_COLUMNS, rows=lambda: map(_row, results))
    section("What exactly was measured?", "Each statistic, its null models and further numbers.")
    for result in results:
        with st.expander(texts.markdown(result.claim)):
            st.markdown(claim_details(result))
            page = page_named(PAGES[result.id])
            link_to(page, f"See it on {page.title}")
    content = {"rules": RULES, "claims": [result.to_dict() for result in results]}
    text = json.dumps(without_nan(content), indent=2, ensure_ascii=False)
    download("All numbers (JSON)", text, "claims.json", "application/json")
    st.caption(
        "The same on the command line, in the environment described in the README; `--save` stores "
        "the results beside the checkpoint, so that every page opens with them:"
    )
    words = ("analysis", "claims", "--checkpoint", checkpoint.argument, "--save")
    st.code(texts.command("python", "-m", *words), "bash")


def _draw_places(known: KnownClaims, checkpoint: OpenCheckpoint) -> None:
    """Draw the second family, or a button that measures it."""
    section(
        "Do places matter?",
        "Two claims about any city with places, which are not the paper's and are corrected on "
        "their own.",
    )
    if not known.places:
        missing_note("These two have not been measured for this model.")
        if not st.button("Test the two", icon=":material/science:", key="test-places"):
            return
        known = measure_places(open_material(checkpoint), known)
    st.markdown(claims_table(known.places, "claim about places"), unsafe_allow_html=True)


def _draw_summary(known: KnownClaims) -> None:
    """Draw how many claims have each verdict, and when they were measured."""
    counts = {verdict: 0 for verdict in VERDICTS}
    for result in known.results:
        counts[result.verdict] += 1
    told = ", ".join(
        f"**{count}** {_VERBS[verdict][count != 1]}"
        for verdict, count in counts.items()
        if count or verdict != "not applicable"
    )
    st.markdown(
        f"Of {len(known.results)} claims, {told}. Measured {texts.markdown(known.measured)}."
    )


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "Which of the paper's claims hold for this model?",
        "Ten statements of the paper about meta-parameters, and two about places, each tested with "
        "one statistic against null models.",
    )
    material, known = open_material(checkpoint), None
    with shown_as_message():
        known = known_claims(material)
    without_data = material.dataset is None if known is None else known.without_data
    if without_data:
        why = material.dataset_problem or "they were not available when the claims were measured"
        missing_note(
            "Claims that need readings, including those about ST-mixed parameters, are "
            f"inconclusive, because the readings are not available: {why}."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        summary = st.container()
        asked = st.button(
            "Test the claims" if known is None else "Measure again",
            type="primary" if known is None else "secondary",
            icon=":material/science:",
            disabled=known is not None and material.dataset is None and not known.without_data,
            help=_how_long(material),
        )
    if asked:
        known = measure_claims(material)
    if known is not None:
        with summary:
            _draw_summary(known)
        _draw_results(known, checkpoint)


def _how_long(material: Material) -> str:
    """Say what measuring takes, and what it would lack."""
    if material.dataset is None:
        why = texts.markdown(material.dataset_problem)
        return f"Claims about readings cannot be measured now: {why}."
    return "Takes two to four minutes for METR-LA on two cores; the time left is shown."


draw(current_checkpoint())
