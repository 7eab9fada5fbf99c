"""The frame around every page: the browser's tab, the order of the sidebar, presentation mode."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.choices.presenting import is_presenting, leave, present
from app.messages import said

# browsers would download an icon of Streamlit's from a font server; this one is local
_ICON = str(Path(__file__).parent / "static" / "icon.svg")
_APP = "HimNet Explorer"
# What belongs to all pages stands above the menu, so that it is seen on a low screen too.
_SIDEBAR = """
[data-testid="stSidebarContent"] { display: flex; flex-direction: column; }
[data-testid="stSidebarHeader"] { height: 2.2rem; padding-bottom: 0; margin: 0; }
[data-testid="stSidebarUserContent"] { order: 1; padding-top: 0; padding-bottom: .6rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: .5rem; }
[data-testid="stSidebarNav"] { order: 2; flex: none; }
[data-testid="stSidebarNav"] ul { padding-top: 0; padding-bottom: .3rem; }
[data-testid="stSidebarNavSeparator"] { display: none; }
[data-testid="stSidebarNav"] li { margin: 0; }
[data-testid="stSidebarNav"] ul > div { margin-top: .5rem; }
[data-testid="stSidebarNavLink"] { margin: 0; padding-top: 0; padding-bottom: 0; height: 1.5rem; }
"""
_PRESENTING = """
html { font-size: 125% !important; }
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] {
  display: none; }
[data-testid="stMainBlockContainer"] { max-width: none; padding: 1.2rem 2rem 1rem; }
@media (max-height: 760px) { html { font-size: 110% !important; } }
.st-key-leave-presenting { position: fixed; top: .1rem; right: 1rem; z-index: 100; width: auto; }
.st-key-leave-presenting button { min-height: 0; padding: 0; }
"""


def begin_frame() -> None:
    """Set icon and layout; call before the menu, whose icon would be asked of a font server."""
    st.set_page_config(page_icon=_ICON, layout="wide")


def name_tab(page: str) -> None:
    """Title the browser's tab after a page."""
    st.set_page_config(page_title=f"{page} - {_APP}", page_icon=_ICON)


def draw_frame() -> None:
    """Style the frame; in presentation mode, hide all but the page and a button that leaves it."""
    presenting = is_presenting()
    st.html(f"<style>{_SIDEBAR}{_PRESENTING if presenting else ''}</style>")
    if presenting:
        st.button(
            "Leave", icon=":material/close_fullscreen:", key="leave-presenting", type="tertiary",
            on_click=said(leave),
        )  # fmt: skip


def present_button() -> None:
    """Draw the button that enters presentation mode."""
    st.button(
        "Present", icon=":material/present_to_all:", key="present-page", on_click=said(present),
        help="Show the page without the sidebar and in larger type.", type="tertiary",
    )  # fmt: skip
