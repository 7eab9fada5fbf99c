"""Errors that a person can act on become messages; this is the only place that does so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from analysis.errors import AnalysisError
from himnet import texts
from himnet.errors import HimNetError


@contextmanager
def shown_as_message() -> Iterator[None]:
    """Show the errors of the two rooms below as a message instead of a stack trace.

    Wraps whole pages, and the bodies of fragments, which run without the page around them.
    """
    try:
        yield
    except (HimNetError, AnalysisError) as error:
        show_error(error)


def show_error(error: Exception) -> None:
    """Show an error of the project as one sentence."""
    st.error(texts.markdown(sentence(error)), icon=":material/error:")


def sentence(error: Exception) -> str:
    """Return an error's text as a sentence: first word capitalised, full stop at the end."""
    text = str(error).strip()
    if text.split(" ", 1)[0].isalpha():  # not a file's name, which is another one in capitals
        text = text[:1].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")
