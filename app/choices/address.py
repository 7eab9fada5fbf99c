"""The browser's history: one entry per page, so that going back leaves the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_address = st.components.v2.component("himnet-address", js=_script)


def one_entry_a_page() -> None:
    """Let changes of the address on a page replace each other; call it on every page."""
    _address(key="address", height=1)
