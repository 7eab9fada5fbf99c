"""The theme that a visitor's browser shows the page in."""

from __future__ import annotations

import streamlit as st


def is_dark() -> bool:
    """Whether the page is dark."""
    return st.context.theme.type == "dark"
