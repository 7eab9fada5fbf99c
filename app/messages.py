"""What goes wrong becomes a message on the page; this is the only place that does so.

Errors of the project are told as they are: they say what to do. Any other error is told in one
plain sentence, and its trace goes to the terminal. What Streamlit raises to end a run is no error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st
from streamlit.errors import FragmentHandledException

from analysis.errors import AnalysisError
from app.choices.chosen import take_in, write_link
from himnet import texts
from himnet.errors import HimNetError

UNKNOWN = (
    "This part could not be drawn; the rest of the page is not affected. It is a bug in the "
    "program ({kind}); the server's log has the details. Another checkpoint or other settings may "
    "still work."
)
_UNKNOWN_ACT = (
    "This could not be done. It is a bug in the program ({kind}); the server's log has the details."
)
_TOLD = "told_by_callbacks"
_log = logging.getLogger(__name__)
_Given = ParamSpec("_Given")


@contextmanager
def shown_as_message() -> Iterator[None]:
    """Show an error as a message in its place, and go on after it.

    Wraps each section of a page, each fragment's body, and whole pages.
    """
    try:
        yield
    except (HimNetError, AnalysisError) as error:
        show_error(error)
    except FragmentHandledException:  # shown already
        raise
    except Exception as error:
        _log.exception("a part of a page could not be drawn")
        st.error(UNKNOWN.format(kind=type(error).__name__), icon=":material/error:")


def fragment(draw: Callable[_Given, None]) -> Callable[_Given, None]:
    """Return a part of a page that runs again by itself, with its own messages.

    Args:
        draw: the part.
    """

    @wraps(draw)
    def run(*args: _Given.args, **more: _Given.kwargs) -> None:
        with shown_as_message():
            take_in()
            write_link()
            show_told()
            draw(*args, **more)

    drawn: Callable[_Given, None] = st.fragment(run)
    return drawn


def said(action: Callable[..., object]) -> Callable[..., None]:
    """Return a callback whose error is told on the page that is drawn after it.

    A callback runs before the page, where nothing can be drawn.

    Args:
        action: what the callback does.
    """

    @wraps(action)
    def run(*args: Any, **more: Any) -> None:
        try:
            action(*args, **more)
        except (HimNetError, AnalysisError) as error:
            st.session_state[_TOLD] = sentence(error)
        except Exception as error:
            _log.exception("a callback failed")
            st.session_state[_TOLD] = _UNKNOWN_ACT.format(kind=type(error).__name__)

    return run


def show_told() -> None:
    """Show what a callback could not do, once."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.warning(texts.markdown(told), icon=":material/error:")


def show_error(error: Exception | str) -> None:
    """Show an error of the project as one sentence."""
    st.error(texts.markdown(sentence(error)), icon=":material/error:")


def sentence(error: Exception | str) -> str:
    """Return an error's text as a sentence: first word capitalised, full stop at the end."""
    text = str(error).strip()
    if text.split(" ", 1)[0].isalpha():  # not a file's name, which is another one in capitals
        text = text[:1].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")
