"""Errors as messages on the page; this is the only place that shows them.

Errors of the project are shown as they are, because they say what to do. Any other error is shown
as one general sentence and logged. Exceptions by which Streamlit ends a run are not errors.
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
from himnet.errors import HimNetError, without_torch

UNKNOWN = (
    "This part of the page could not be drawn because of a bug ({kind}); the rest is not affected. "
    "See the server's log for details. Another checkpoint or other settings may work."
)
_UNKNOWN_ACT = "This action failed because of a bug ({kind}). See the server's log for details."
_TOLD = "told_by_callbacks"
_log = logging.getLogger(__name__)
_Given = ParamSpec("_Given")


@contextmanager
def shown_as_message() -> Iterator[None]:
    """Show an error of the block as a message in its place, and continue after the block.

    Wraps sections of a page, bodies of fragments, and whole pages.
    """
    try:
        yield
    except (HimNetError, AnalysisError) as error:
        show_error(error)
    except FragmentHandledException:  # shown already
        raise
    except Exception as error:
        if (told := without_torch(error)) is not None:
            show_error(told)
            return
        _log.exception("a part of a page could not be drawn")
        st.error(UNKNOWN.format(kind=type(error).__name__), icon=":material/error:")


def fragment(draw: Callable[_Given, None]) -> Callable[_Given, None]:
    """Return a part of a page that can rerun on its own, with its own messages.

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
    """Return a callback whose error is shown on the page that is drawn after it.

    A callback runs before the page, when nothing can be drawn.

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
            if (told := without_torch(error)) is not None:
                st.session_state[_TOLD] = sentence(told)
                return
            _log.exception("a callback failed")
            st.session_state[_TOLD] = _UNKNOWN_ACT.format(kind=type(error).__name__)

    return run


def show_told() -> None:
    """Show the error of a callback, once."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.warning(texts.markdown(told), icon=":material/error:")


def show_error(error: Exception | str) -> None:
    """Show an error of the project as one sentence."""
    st.error(texts.markdown(sentence(error)), icon=":material/error:")


def sentence(error: Exception | str) -> str:
    """Return an error's text as a sentence: first word capitalised, full stop at the end."""
    text = str(error).strip()
    if text.split(" ", 1)[0].isalpha():  # not a file name, whose case must not change
        text = text[:1].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")
