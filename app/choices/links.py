"""Widgets that show a choice, and the texts with which the link stores it.

If names of options are long or can change, as a cluster's does with its members, the link stores
ids and numbers; otherwise it stores the names, and `_RENAMED` keeps links with old names valid.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from app.choices.chosen import Texts, view

Option = TypeVar("Option")
_SWITCH = {"true": True, "false": False}
_RENAMED = {  # names of options in old links, and their names now
    "without what all share": "centred", "as they are": "raw",
    "stretched from 0 to 1": "rescaled to 0 to 1", "least to most": "minimum to maximum",
    "the pool's query": "pool query", "and its row of the graph": "pool query and graph row",
    "and row and column": "pool query, graph row and column",
    "from the first": "initialised with the first", "turned onto it": "rotated onto the first",
    "the test split": "some of the test split",
}  # fmt: skip


def linked_many(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    name_of: Callable[[Option], str],
    default: Sequence[Option] = (),
    **more: Any,
) -> list[Option]:
    """Draw a widget that chooses any number of options and return them.

    Args:
        label: label of the widget.
        options: ids or numbers.
        key: key of the widget, and its name in the URL.
        name_of: returns the name of an option.
        default: the options chosen initially.
        more: arguments of ``st.multiselect``.
    """
    by_text = {str(option): option for option in options}
    most = more.get("max_selections")

    def value_of(texts: Texts) -> list[Option] | None:
        found = [by_text[text] for text in dict.fromkeys(texts) if text in by_text][:most]
        return found if found or not any(texts) else None

    def texts_of(value: Any) -> Texts | None:
        # streamlit may return the name of an option that has been renamed since
        return [str(option) for option in value if str(option) in by_text]

    shown = view(key, usual=list(default), value_of=value_of, texts_of=texts_of, label=label)
    st.multiselect(label, options, default=shown, format_func=name_of, key=key, **more)
    return shown


def linked_one(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    name_of: Callable[[Option], str],
    default: Option,
    **more: Any,
) -> Option:
    """Draw a widget that chooses one option and return it; arguments as for `linked_many`."""
    shown = view_of_one(label, options, key=key, default=default)
    _select(label, options, shown, key=key, format_func=name_of, **more)
    return shown


def named_one(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    name_of: Callable[[Option], str] = str,
    default: Option | None = None,
    then: Callable[[Option], object] | None = None,
    **more: Any,
) -> Option:
    """Draw a widget that chooses one option and return it; the link stores its name.

    The default is the first option unless given; `then` is called with a new choice. The other
    arguments are those of `linked_many`.
    """
    usual = options[0] if default is None else default
    shown = view_of_one(label, options, key=key, default=usual, text_of=name_of, then=then)
    _select(label, options, shown, key=key, format_func=name_of, **more)
    return shown


def _select(label: str, options: Sequence[Option], shown: Option, **more: Any) -> None:
    st.selectbox(label, options, index=list(options).index(shown), **more)


def view_of_one(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    default: Option,
    text_of: Callable[[Option], str] = str,
    then: Callable[[Option], object] | None = None,
) -> Option:
    """Return which option a widget shows; call right before the widget is drawn.

    Args:
        label: label of the widget.
        options: at least one.
        key: key of the widget, and its name in the URL.
        default: the option chosen initially.
        text_of: returns an option as the link stores it.
        then: called with a new choice.
    """
    by_text = {text_of(option): option for option in options}

    def value_of(texts: Texts) -> Option | None:
        asked = [text if text in by_text else _RENAMED.get(text, text) for text in texts]
        return by_text.get(asked[-1]) if asked else None

    def texts_of(value: Any) -> Texts | None:
        if value in options:
            return [text_of(value)]
        # streamlit returns the name of an option that no longer exists
        return [value] if value in by_text else None

    def told(value: Any) -> None:
        if then is not None:
            then(by_text.get(value, value))

    return view(key, usual=default, value_of=value_of, texts_of=texts_of, label=label, then=told)


def switch(label: str, *, key: str, default: bool = False, **more: Any) -> bool:
    """Draw a switch and return whether it is on.

    Args:
        label: label of the switch.
        key: key of the widget, and its name in the URL.
        default: the initial state.
        more: arguments of ``st.toggle``.
    """
    shown = view(
        key, usual=default, label=label,
        value_of=lambda texts: _SWITCH.get(texts[-1].lower()) if texts else None,
        texts_of=lambda value: [str(bool(value)).lower()],
    )  # fmt: skip
    st.toggle(label, value=shown, key=key, **more)
    return shown


def whole_number(
    label: str, *, key: str, min_value: int, max_value: int, value: int, **more: Any
) -> int:
    """Draw a field for a whole number and return the number.

    Args:
        label: label of the field.
        key: key of the widget, and its name in the URL.
        min_value, max_value: the smallest and the largest number.
        value: the initial number.
        more: arguments of ``st.number_input``.
    """
    shown = _view_of_number(label, key, range(min_value, max_value + 1), value)
    st.number_input(label, min_value=min_value, max_value=max_value, value=shown, key=key, **more)
    return shown


def whole_slider(
    label: str, *, key: str, min_value: int, max_value: int, value: int, **more: Any
) -> int:
    """Draw a slider for a whole number and return the number; arguments as `whole_number`."""
    shown = _view_of_number(label, key, range(min_value, max_value + 1), value)
    st.slider(label, min_value=min_value, max_value=max_value, value=shown, key=key, **more)
    return shown


def date_field(
    label: str,
    *,
    key: str,
    first: dt.date,
    last: dt.date,
    default: dt.date,
    then: Callable[[dt.date], object] | None = None,
    **more: Any,
) -> dt.date:
    """Draw a calendar field and return the date.

    Args:
        label: label of the field.
        key: key of the widget, and its name in the URL.
        first, last: the earliest and the latest date.
        default: the initial date.
        then: called with a new choice.
        more: arguments of ``st.date_input``.
    """

    def value_of(texts: Texts) -> dt.date | None:
        try:
            found = dt.date.fromisoformat(texts[-1]) if texts else None
        except ValueError:
            return None
        return found if found is not None and first <= found <= last else None

    shown = view(
        key, usual=default, value_of=value_of, label=label, then=then,
        texts_of=lambda value: [value.isoformat()] if isinstance(value, dt.date) else None,
    )  # fmt: skip
    st.date_input(label, value=shown, min_value=first, max_value=last, key=key, **more)
    return shown


def _view_of_number(label: str, key: str, possible: range, usual: int) -> int:
    def value_of(texts: Texts) -> int | None:
        try:
            number = float(texts[-1]) if texts else math.nan
        except ValueError:
            return None
        return int(number) if math.isfinite(number) and number in possible else None

    def texts_of(value: Any) -> Texts | None:
        return [str(int(value))] if value is not None and value in possible else None

    return view(key, usual=usual, value_of=value_of, texts_of=texts_of, label=label)
