"""The verdicts of the claims, wherever a page shows what a claim is about."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analysis.claims.result import ClaimResult
from analysis.claims.rules import RULES
from analysis.claims.words import numbers, sentence
from analysis.errors import AnalysisError
from analysis.material import Material
from app.messages import shown_as_message
from app.pages import page_named
from app.session.claims import KnownClaims, known_claims
from app.views.claims_table import VERDICT_COLOURS, VERDICT_SIGNS
from app.views.components import link_to
from himnet import texts

PAGES = {  # page that shows what a claim is about
    **dict.fromkeys(("days", "weekend", "hours", "rush-hours"), "temporal"),
    **dict.fromkeys(("clusters", "roads", "carriageways", "series"), "spatial"),
    **dict.fromkeys(("near-clusters", "distance"), "spatial"),
    **dict.fromkeys(("within-clusters", "divergence"), "st_mixed"),
}
_STYLE = """<style>
.verdicts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 .35rem; }
.verdicts > div { flex: 1 1 13rem; padding: .4rem .65rem; border-radius: .5rem; line-height: 1.35;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent); font-size: .86rem; }
.verdicts b { font-weight: 650; white-space: nowrap; }
.verdicts small { display: block; font-size: .78rem; }
</style>"""


def verdict_on(material: Material, claim: str) -> ClaimResult | None:
    """Return the result of a claim; None if the claims were not measured, or are damaged."""
    known = _known(material)
    return None if known is None else known.by_id.get(claim)


@shown_as_message()
def draw_verdicts(material: Material, claims: Sequence[str]) -> None:
    """Draw the verdicts on some claims side by side, with a link to the page *Claims*.

    Args:
        material: the opened model.
        claims: their short names; those that were not measured are left out.
    """
    known = _known(material)
    if known is None:
        link_to_claims("These claims have not been tested for this model: test them on Claims")
        return
    draw_cards([known.by_id[claim] for claim in claims if claim in known.by_id])
    link_to_claims(f"Claims: measured {known.measured} (rules version {RULES}, single seed)")


def draw_cards(results: Sequence[ClaimResult]) -> None:
    """Draw the verdicts of some claims side by side."""
    cards = "".join(map(_card, results))
    st.markdown(f'{_STYLE}<div class="verdicts">{cards}</div>', unsafe_allow_html=True)


def draw_sentences(known: KnownClaims, claims: Sequence[str]) -> None:
    """Draw what the model has learnt, a sentence for each of some claims."""
    rows = "".join(
        f'<div style="flex-basis:100%">{_verdict(known.by_id[claim])} '
        f"{texts.html(sentence(known.by_id[claim]))} "
        f"<small>{texts.html(numbers(known.by_id[claim]))}; single seed</small></div>"
        for claim in claims
    )
    st.markdown(f'{_STYLE}<div class="verdicts">{rows}</div>', unsafe_allow_html=True)


def verdict_words(material: Material, claim: str) -> str:
    """Return the verdict on a claim with its sentence and number, in Markdown."""
    result = verdict_on(material, claim)
    if result is None:
        return "This has not been tested for this model; the page *Claims* tests it."
    return (
        f"**{sentence(result)}** This is the verdict of *Claims*, *{result.verdict}*: "
        f"{texts.markdown(numbers(result))}, for this one trained model (a single seed)."
    )


def link_to_claims(label: str) -> None:
    """Draw a link to the page *Claims*.

    Args:
        label: plain text.
    """
    link_to(page_named("claims"), texts.markdown(label))


def _known(material: Material) -> KnownClaims | None:
    try:
        return known_claims(material)
    except AnalysisError:  # told on the page Claims
        return None


def _card(result: ClaimResult) -> str:
    return (
        f"<div>{_verdict(result)}: {texts.html(result.claim)}"
        f"<small>{texts.html(numbers(result))}; single seed</small></div>"
    )


def _verdict(result: ClaimResult) -> str:
    colour = VERDICT_COLOURS[result.verdict]
    sign = VERDICT_SIGNS[result.verdict]
    return f'<b style="color:{colour}">{sign} {result.verdict}</b>'
