"""Letters of the panels that are drawn, and captions made of a part for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def panel_letters(chosen: Sequence[str]) -> dict[str, str]:
    """Return the letter that each chosen panel gets in print: from a on, none if it is alone.

    >>> panel_letters(["a", "b", "e"])
    {'a': 'a', 'b': 'b', 'e': 'c'}
    """
    if len(chosen) == 1:
        return {chosen[0]: ""}
    return {name: chr(ord("a") + place) for place, name in enumerate(chosen)}


def omitted(names: Sequence[str], why: str) -> str:
    """Return a sentence on panels of the paper's figure that are left out; "" for none.

    >>> omitted(["d", "e"], "there is no map")
    " The paper's panels d and e are omitted because there is no map."
    """
    if not names:
        return ""
    verb = "s {} are" if len(names) > 1 else " {} is"
    return f" The paper's panel{verb.format(' and '.join(names))} omitted because {why}."


def caption_of(letters: Mapping[str, str], parts: Mapping[str, str]) -> str:
    """Return the parts of a caption, one for each panel, each after its letter.

    Args:
        letters: see `panel_letters`.
        parts: sentences by the names of the panels, for at least all that are drawn.
    """
    return " ".join(
        f"({letter}) {parts[name]}" if letter else parts[name] for name, letter in letters.items()
    )
