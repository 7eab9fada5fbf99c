"""Text that can be read: at least 4.5 to 1 on its ground, which WCAG AA asks for.

Streamlit fades some texts, and its Plotly theme writes in one grey on any page. Captions, code and
the texts of charts get colours made of the page's own, light or dark.
"""

from __future__ import annotations

import streamlit as st

PLOTLY_GREY = "rgb(128, 132, 149)"  # the text colour of Streamlit's Plotly theme on a light page
CAPTION = 78  # percent of the page's text colour
_STYLE = f"""<style>
[data-testid="stCaptionContainer"] {{
  opacity: 1; color: color-mix(in srgb, currentColor {CAPTION}%, transparent); }}
[data-testid="stPlotlyChart"] text[style*="fill: {PLOTLY_GREY}"] {{
  fill: color-mix(in srgb, currentColor {CAPTION}%, transparent) !important; }}
[data-testid="stCode"] .token {{ color: inherit !important; }}
[data-testid^="stBaseButton-primary"] {{ color: light-dark(#ffffff, #0f141a); }}
</style>"""


def readable_texts() -> None:
    """Raise the contrast of the texts that Streamlit draws too faintly."""
    st.html(_STYLE)
