"""What a visitor has chosen: the session holds it, widgets show it, the link is written from it.

Streamlit forgets the value of a widget that an interrupted run has not drawn, and takes settings
out of the link when the page changes. So nothing here is read back from a widget that was just
drawn, or from a link that arrives later: a visit begins with what its link asks for, and after that
only a choice changes it, which is a value that the browser sends and that no widget was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

Value = TypeVar("Value")
Texts = list[str]  # a choice as a link says it

CHECKPOINT, SELECTION = "checkpoint", "selection"
# names of what all pages share; any other setting belongs to the page that it was chosen on
SHARED = (
    *(CHECKPOINT, SELECTION, "colour", "day", "date", "time", "week"),
    *("clusters", "method", "cluster-seed", "s-pool", "s-layer", "s-bias"),
)
_KEY = "chosen"
_MOST_SHOWN, _FIRST = 60, 5  # letters of a text, and texts, that a sentence repeats
_NOTHING = object()
_Name = tuple[str, str]  # a page, empty for what pages share, and the name in the link


@dataclass
class _Shown:
    """What a widget was last given to show.

    Attributes:
        name: of the choice.
        value: that the widget shows.
        texts_of: returns a value as a link says it, None for one that cannot be chosen.
        then: is told what was chosen.
        before: what the browser shows until it has heard that the program chose something else.
    """

    name: _Name
    value: Any
    texts_of: Callable[[Any], Texts | None]
    then: Callable[[Any], object] | None = None
    before: Any = _NOTHING


@dataclass
class _Choices:
    """All choices of one visit.

    Attributes:
        link: what the link asked for, until the page is known that it belongs to.
        texts: what was chosen, by the link or by the visitor.
        usual: what holds where nothing was chosen, as far as it is known.
        shown: what widgets show, by their keys.
        unlinked: names that no link can hold now.
        missing: sentences on what was asked for and is not there, by name.
        page: that is drawn.
        visit: how often the page was changed.
    """

    link: dict[str, Texts]
    texts: dict[_Name, Texts] = field(default_factory=dict)
    usual: dict[_Name, Texts] = field(default_factory=dict)
    shown: dict[str, _Shown] = field(default_factory=dict)
    unlinked: set[_Name] = field(default_factory=set)
    missing: dict[_Name, str] = field(default_factory=dict)
    page: str | None = None
    visit: int = 0

    def name(self, key: str) -> _Name:
        """Return the name under which a key's choice is held."""
        return ("" if key in SHARED else f"/{self.page or ''}", key)


def begin() -> None:
    """Keep the link, so that no interrupted run loses it; call first in a run."""
    if _KEY not in st.session_state:
        there = st.query_params
        st.session_state[_KEY] = _Choices({key: there.get_all(key) for key in there})
    held = _held()
    held.missing.clear()
    if held.page is not None:  # the browser takes it along to the page that comes next
        write_link()


def enter(page: str) -> None:
    """Say which page is drawn, by its path, and take in what was chosen; call before it is."""
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
    """Return how often the page was changed; what a browser showed before is gone with it."""
    return _held().visit


def current_page() -> str:
    """Return the path of the page that is drawn, empty for the first one."""
    return _held().page or ""


def take_in(*, leaving: bool = False) -> None:
    """Take in what the browser has sent of widgets since they were drawn; a run begins with it.

    Args:
        leaving: whether the page was changed; then a value that the program has replaced is no
            choice, but what the browser had not yet heard of.
    """
    for key, shown in list(_held().shown.items()):
        value = st.session_state.get(key, _NOTHING)
        if value is _NOTHING or value == shown.value or (leaving and value == shown.before):
            continue
        texts = shown.texts_of(value)
        if texts is None:
            continue
        _held().texts[shown.name] = texts
        shown.value, shown.before = value, _NOTHING
        if shown.then is not None:
            shown.then(value)


def texts_of(key: str) -> Texts | None:
    """Return a choice as a link says it; None where nothing was chosen."""
    held = _held()
    found = held.texts.get(held.name(key), held.link.get(key) if held.page is None else None)
    return None if found is None else list(found)


def shown_value(key: str) -> Any:
    """Return what the widget of a key shows; None before one was drawn."""
    found = _held().shown.get(key)
    return None if found is None else found.value


def choose(key: str, texts: Sequence[str], *, in_link: bool = True) -> None:
    """Choose something for the visitor, as part of what they have just done.

    Args:
        key: name in the link.
        texts: the choice as a link says it.
        in_link: whether a link can hold it.
    """
    held = _held()
    name = held.name(key)
    held.texts[name] = list(texts)
    (held.unlinked.discard if in_link else held.unlinked.add)(name)


def forget(key: str) -> None:
    """Let go of a choice."""
    held = _held()
    held.texts.pop(held.name(key), None)


def view(
    key: str,
    *,
    usual: Value,
    value_of: Callable[[Texts], Value | None],
    texts_of: Callable[[Any], Texts | None],
    label: str,
    then: Callable[[Any], object] | None = None,
) -> Value:
    """Return what a widget shows and hand it over to it; call right before it is drawn.

    Where the choice is not to be had, the widget shows what is usual, and a sentence says so; the
    choice itself is kept, and holds again where it can.

    Args:
        key: of the widget, and name in the link.
        usual: what holds where nothing was chosen.
        value_of: returns what a link's texts mean, None for nothing that is there.
        texts_of: returns a value as a link says it, None for one that cannot be chosen.
        label: of the widget, for the sentence.
        then: is told what was chosen.
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
    before = old.before if old is not None else _NOTHING
    if there is _NOTHING or there != value:
        st.session_state[key] = value
        before = there
    held.shown[key] = _Shown(name, value, texts_of, then, before)
    write_link()
    return value


def say_missing(key: str, label: str, asked: Sequence[str], instead: Sequence[str]) -> None:
    """Let a sentence stand on the page on a choice that is not there.

    Args:
        key: name in the link.
        label: of the widget.
        asked: what was chosen.
        instead: what is shown.
    """
    shown = f"showing {_listed(instead)} instead" if any(instead) else "nothing is shown instead"
    held = _held()
    held.missing[held.name(key)] = f"{label}: {_listed(asked)} {_was(asked)} not found; {shown}."


def missing() -> list[str]:
    """Return a sentence for each choice that is not there, that of the checkpoint first."""
    found = _held().missing
    return [found[name] for name in sorted(found, key=lambda name: name[1] != CHECKPOINT)]


def accept() -> None:
    """Let go of all choices that are not there: what is shown instead holds from now on."""
    held = _held()
    for name in held.missing:
        held.texts.pop(name, None)
    held.missing.clear()


def write_link() -> None:
    """Write what holds on this page into the link, as far as it is not usual."""
    held = _held()
    wanted = {
        name[1]: texts
        for name, texts in list(held.texts.items())
        if name[0] in ("", f"/{held.page}") and name not in held.unlinked
        if texts != held.usual.get(name, [])
    }
    there = {key: st.query_params.get_all(key) for key in st.query_params}
    if wanted != there:
        st.query_params.from_dict(wanted)


def _held() -> _Choices:
    found: _Choices = st.session_state[_KEY]
    return found


def _was(texts: Sequence[str]) -> str:
    return "was" if len(texts) == 1 else "were"


def _listed(texts: Sequence[str]) -> str:
    """Return texts in quotes, each cut where it is long, and the first few of many."""
    told = [f"'{text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + '…'}'" for text in texts]
    more = f" and {len(told) - _FIRST:,} more" if len(told) > _FIRST else ""
    return ", ".join(told[:_FIRST]) + more
