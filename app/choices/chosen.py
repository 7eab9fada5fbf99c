"""The visitor's choices: kept in the session, shown by widgets, and written to the link.

Streamlit forgets the value of a widget that an interrupted run has not drawn, and removes settings
from the link when the page changes. So choices are never read from a widget that was just drawn, or
from a later link: a visit starts with the choices of its link, and after that only a value that the
browser sends, and that differs from what the widget was given, changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

Value = TypeVar("Value")
Texts = list[str]  # a choice as the link stores it

CHECKPOINT, SELECTION = "checkpoint", "selection"
# names that all pages share; any other setting belongs to the page on which it was chosen
SHARED = (
    *(CHECKPOINT, SELECTION, "present", "colour", "day", "date", "time", "week"),
    *("clusters", "method", "cluster-seed", "s-pool", "s-layer", "s-bias"),
)
_KEY = "chosen"
_MOST_SHOWN, _FIRST = 60, 5  # characters per text, and texts, that a message quotes
_NOTHING = object()
_Name = tuple[str, str]  # a page (empty if shared by all) and the name in the link


@dataclass
class _Shown:
    """What a widget last showed.

    Attributes:
        name: name of the choice.
        value: the value that the widget shows.
        texts_of: returns a value as the link stores it, None if it cannot be chosen.
        then: called with a new choice.
        earlier: what the browser may still show until it receives a value that the program chose.
    """

    name: _Name
    value: Any
    texts_of: Callable[[Any], Texts | None]
    then: Callable[[Any], object] | None = None
    earlier: tuple[Any, ...] = ()


@dataclass
class _Choices:
    """All choices of one visit.

    Attributes:
        link: the choices of the link, until it is known which page they belong to.
        texts: what was chosen, by the link or by the visitor.
        usual: the defaults, as far as they are known.
        shown: what widgets show, by their keys.
        missing: messages on choices that are not available, by name.
        unshown: names of choices that the program made and no widget shows yet.
        page: the current page.
        visit: how often the page was changed.
    """

    link: dict[str, Texts]
    texts: dict[_Name, Texts] = field(default_factory=dict)
    usual: dict[_Name, Texts] = field(default_factory=dict)
    shown: dict[str, _Shown] = field(default_factory=dict)
    missing: dict[_Name, str] = field(default_factory=dict)
    unshown: set[_Name] = field(default_factory=set)
    page: str | None = None
    visit: int = 0

    def name(self, key: str) -> _Name:
        """Return the name under which a key's choice is stored."""
        return ("" if key in SHARED else f"/{self.page or ''}", key)


def begin() -> None:
    """Store the link, so that an interrupted run does not lose it; call first in a run."""
    if _KEY not in st.session_state:
        there = st.query_params
        st.session_state[_KEY] = _Choices({key: there.get_all(key) for key in there})
    held = _held()
    held.missing.clear()
    if held.page is not None:  # the browser takes it along to the next page
        write_link()


def enter(page: str) -> None:
    """Set the current page, by its path, and take in new choices; call before drawing it."""
    held = _held()
    changed = held.page != page
    take_in(leaving=changed)
    if changed:
        held.visit += held.page is not None
        held.page = page
        held.texts = {held.name(key): texts for key, texts in held.link.items()} | held.texts
        held.link = {}
    write_link()


def visit() -> int:
    """Return how often the page was changed; each change discards what the browser showed."""
    return _held().visit


def current_page() -> str:
    """Return the path of the current page, empty for the first one."""
    return _held().page or ""


def take_in(*, leaving: bool = False) -> None:
    """Take in what the browser has sent since widgets were drawn; call at the start of a run.

    An earlier value of a widget that the program has changed is not a choice if the visitor's
    action was another one, a change of the page or one that has just chosen the value of this very
    widget: the browser had not yet received what the program chose before.

    Args:
        leaving: whether the page was changed.
    """
    held = _held()
    for key, shown in list(held.shown.items()):
        value = st.session_state.get(key, _NOTHING)
        if value is _NOTHING:
            continue
        if value == shown.value:  # the browser has received it
            shown.earlier = ()
            continue
        if (leaving or shown.name in held.unshown) and value in shown.earlier:
            continue
        texts = shown.texts_of(value)
        if texts is None:
            continue
        held.texts[shown.name] = texts
        held.unshown.discard(shown.name)
        shown.value, shown.earlier = value, ()
        if shown.then is not None:
            shown.then(value)


def texts_of(key: str) -> Texts | None:
    """Return a choice as the link stores it; None if nothing was chosen."""
    held = _held()
    found = held.texts.get(held.name(key), held.link.get(key) if held.page is None else None)
    return None if found is None else list(found)


def shown_value(key: str) -> Any:
    """Return what the widget of a key shows; None before it is drawn."""
    found = _held().shown.get(key)
    return None if found is None else found.value


def choose(key: str, texts: Sequence[str]) -> None:
    """Make a choice for the visitor, as part of their last action.

    Args:
        key: name in the link.
        texts: the choice as the link stores it.
    """
    held = _held()
    name = held.name(key)
    held.texts[name] = list(texts)
    held.unshown.add(name)


def forget(key: str, *, page: str | None = None) -> None:
    """Discard a choice; of another page than the current one if its path is given."""
    held = _held()
    name = held.name(key) if page is None else (f"/{page}", key)
    held.texts.pop(name, None)
    held.unshown.discard(name)


def view(
    key: str,
    *,
    usual: Value,
    value_of: Callable[[Texts], Value | None],
    texts_of: Callable[[Any], Texts | None],
    label: str,
    then: Callable[[Any], object] | None = None,
) -> Value:
    """Return the value of a widget and set it; call right before the widget is drawn.

    If the choice is not available, the widget shows the default, and a message says so; the choice
    itself is kept, and applies again once it is available.

    Args:
        key: key of the widget, and name in the link.
        usual: the default.
        value_of: returns the value of the link's texts, None if it is not available.
        texts_of: returns a value as the link stores it, None if it cannot be chosen.
        label: label of the widget, for the message.
        then: called with a new choice.
    """
    held = _held()
    name, asked = held.name(key), held.texts.get(held.name(key))
    held.usual[name] = texts_of(usual) or []
    found = None if asked is None else value_of(asked)
    value = usual if found is None else found
    if found is None and asked and any(asked):
        say_missing(key, label, asked, held.usual[name])
    else:
        held.missing.pop(name, None)
    there, old = st.session_state.get(key, _NOTHING), held.shown.get(key)
    earlier = old.earlier if old is not None else ()
    if there is _NOTHING or there != value:
        st.session_state[key] = value
        earlier = (*(seen for seen in earlier if seen != there), there)
    held.shown[key] = _Shown(name, value, texts_of, then, earlier)
    held.unshown.discard(name)
    write_link()
    return value


def say_missing(key: str, label: str, asked: Sequence[str], instead: Sequence[str]) -> None:
    """Add a message to the page about a choice that is not available.

    Args:
        key: name in the link.
        label: label of the widget.
        asked: what was chosen.
        instead: what is shown instead.
    """
    shown = f"showing {_listed(instead)} instead" if any(instead) else "nothing is shown instead"
    was = "was" if len(asked) == 1 else "were"
    note(key, f"{label}: {_listed(asked)} {was} not found; {shown}")


def note(key: str, message: str) -> None:
    """Add a message to the page about a choice that cannot be shown.

    Args:
        key: name in the link.
        message: one sentence, without its full stop.
    """
    held = _held()
    held.missing[held.name(key)] = f"{message[:1].upper()}{message[1:]}."


def missing() -> list[str]:
    """Return a message for each choice that is not available, that of the checkpoint first."""
    found = _held().missing
    return [found[name] for name in sorted(found, key=lambda name: name[1] != CHECKPOINT)]


def accept() -> None:
    """Discard all choices that are not available, in favour of what is shown instead."""
    held = _held()
    for name in held.missing:
        held.texts.pop(name, None)
    held.missing.clear()


def write_link() -> None:
    """Write the choices of this page that differ from the defaults into the link."""
    held = _held()
    wanted = {
        name[1]: texts
        for name, texts in list(held.texts.items())
        if name[0] in ("", f"/{held.page}") and texts != held.usual.get(name, [])
    }
    there = {key: st.query_params.get_all(key) for key in st.query_params}
    if wanted != there:
        st.query_params.from_dict(wanted)


def _held() -> _Choices:
    found: _Choices = st.session_state[_KEY]
    return found


def _listed(texts: Sequence[str]) -> str:
    """Return the first few texts in quotes, each cut if it is long."""
    told = [f"'{text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + '…'}'" for text in texts]
    more = f" and {len(told) - _FIRST:,} more" if len(told) > _FIRST else ""
    return ", ".join(told[:_FIRST]) + more
