"""Choices whose options have long names: the link holds what they are, not how they are called.

Streamlit's own binding writes the names that a visitor reads into the link, and loses a choice when
its name changes, as a cluster's does with its members. Here a link holds plain ids and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

Option = TypeVar("Option", int, str)


def linked_many(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    name_of: Callable[[Option], str],
    default: Sequence[Option] = (),
    **more: Any,
) -> list[Option]:
    """Draw the choice of some options and return them.

    Args:
        label: above the widget.
        options: ids or numbers.
        key: of the widget, which is also its name in the URL.
        name_of: how an option is called.
        default: chosen before anybody has chosen.
        more: arguments of ``st.multiselect``.
    """
    asked = _asked(key, options)
    if asked is None:
        asked = list(default)
    st.session_state[key] = asked
    chosen: list[Option] = st.multiselect(label, options, format_func=name_of, key=key, **more)
    _remember(key, [str(option) for option in chosen], [str(option) for option in default])
    return chosen


def linked_one(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    name_of: Callable[[Option], str],
    default: Option,
    **more: Any,
) -> Option:
    """Draw the choice of one option and return it; arguments as for `linked_many`."""
    asked = _asked(key, options)
    st.session_state[key] = asked[0] if asked else default
    chosen: Option = st.selectbox(label, options, format_func=name_of, key=key, **more)
    _remember(key, [str(chosen)], [str(default)])
    return chosen


def _asked(key: str, options: Sequence[Option]) -> list[Option] | None:
    """Return what was chosen, in this visit or else by the link, as far as it exists."""
    by_text = {str(option): option for option in options}
    if key in st.session_state:
        state = st.session_state[key]
        # streamlit may hand back the name of an option that is called otherwise by now
        return [option for option in (state if isinstance(state, list) else [state])
                if option in by_text.values()]  # fmt: skip
    found = [by_text[text] for text in st.query_params.get_all(key) if text in by_text]
    return found or None


def _remember(key: str, chosen: list[str], default: list[str]) -> None:
    """Write a choice into the link, unless it is the default."""
    if chosen != default:
        st.query_params[key] = chosen
    else:
        st.query_params.pop(key, None)
