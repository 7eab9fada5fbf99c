"""Presentation mode: a page without the sidebar and in larger type, for a projector."""

from __future__ import annotations

from app.choices.chosen import choose, forget, texts_of

PRESENT = "present"  # name in the link


def is_presenting() -> bool:
    """Whether the page is shown without the sidebar and in larger type."""
    return texts_of(PRESENT) == ["true"]


def present() -> None:
    """Enter presentation mode, on all pages."""
    choose(PRESENT, ["true"])


def leave() -> None:
    """Leave presentation mode."""
    forget(PRESENT)
