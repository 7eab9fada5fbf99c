"""Find a HimNet's state dict in what trainers save: one level down, under prefixed names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from himnet.checkpoints.tensors import strip_wrappers
from himnet.errors import CheckpointError
from himnet.texts import clipped

_USUAL = ("state_dict", "model_state_dict", "model")  # keys of the weights, where there are others
_OWN = (
    "node_embedding", "encoder_s", "encoder_t", "decoder", "out_proj", "tod_embedding",
    "dow_embedding", "st_proj",
)  # fmt: skip
_MOST_LEVELS = 4  # of mappings within mappings
_LISTED = 5


def state_dict_within(content: Any, path: Path, key: str | None = None) -> dict[str, Any]:
    """Return the mapping of names to tensors in what a file contains.

    A mapping of tensors is taken as it is. Otherwise its entries are looked through, the usual
    keys first; of several that could be meant, `key` must say which.

    Args:
        content: of the file, as `himnet.checkpoints.pickles.load_pickle` returns it.
        path: of the file, for messages.
        key: of the entry to take; None if there is only one, or one under a usual key.

    Raises:
        CheckpointError: if there is no such mapping, none under `key`, or several.
    """
    found = dict(_state_dicts(content, ()))
    if key is not None:
        chosen = {
            keys: tensors for keys, tensors in found.items() if key in (*keys, ".".join(keys))
        }
        if not chosen:
            raise CheckpointError(
                f"{path} has no weights under the key '{clipped(key, 60)}'; it has them under "
                f"{_listed(found) or 'no key'}"
            )
        found = chosen
    usual = {keys: tensors for keys, tensors in found.items() if _is_usual(keys)}
    candidates = usual if len(usual) == 1 else found
    if len(candidates) > 1:
        raise CheckpointError(
            f"{path} has weights under {len(candidates)} keys ({_listed(candidates)}); choose one "
            f"with --key KEY"
        )
    if not candidates:
        raise CheckpointError(
            f"{path} is not a state dict of named floating-point tensors{_what(content)}; save it "
            f"with torch.save(model.state_dict(), ...)"
        )
    return next(iter(candidates.values()))


def unwrapped_names(names: Iterable[str], path: Path) -> dict[str, str]:
    """Return each name without wrappers' prefixes and without one common first component.

    ``module.`` and ``_orig_mod.`` are taken off wherever a name begins with them; a component such
    as ``model.``, ``net.`` or ``himnet.`` only if every name has it and it is not HimNet's own.

    Raises:
        CheckpointError: if two names become one.
    """
    plain = {name: strip_wrappers(name) for name in names}
    first = {name.partition(".")[0] for name in plain.values()}
    if len(first) == 1 and not first & set(_OWN):
        prefix = f"{next(iter(first))}."
        plain = {name: strip_wrappers(short.removeprefix(prefix)) for name, short in plain.items()}
    if len(set(plain.values())) != len(plain):
        raise CheckpointError(f"{path} has a tensor twice, wrapped and unwrapped; keep one")
    return plain


def own_entries(content: Any) -> Any:
    """Return a mapping's own entries: a pickle may have replaced its methods by values."""
    return dict(dict.items(content)) if isinstance(content, dict) else content


def _state_dicts(content: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every outermost mapping of names to tensors, by its keys."""
    content = own_entries(content)
    if not isinstance(content, dict) or not content or len(keys) > _MOST_LEVELS:
        return
    if _has_only_tensors(content):
        yield keys, content
        return
    for key, inner in content.items():
        if isinstance(key, str) and isinstance(inner, dict):
            yield from _state_dicts(inner, (*keys, key))


def _has_only_tensors(content: Mapping[Any, Any]) -> bool:
    import torch

    return all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor)
        for name, tensor in content.items()
    )


def _is_usual(keys: tuple[str, ...]) -> bool:
    return all(key in _USUAL for key in keys)


def _listed(found: Mapping[tuple[str, ...], Any]) -> str:
    names = [clipped(".".join(keys), 60) or "(the file itself)" for keys in found]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _what(content: Any) -> str:
    """Say in brackets what a file has instead of tensors."""
    content = own_entries(content)
    if not isinstance(content, dict):
        return f" (it is a {clipped(type(content).__name__, 60)})"
    if not content:
        return " (it is empty)"
    foreign = [name for name, value in content.items() if not isinstance(value, dict)]
    shown = [
        f"'{clipped(name, 40)}' is a {clipped(type(content[name]).__name__, 40)}"
        for name in foreign[:_LISTED]
        if not hasattr(content[name], "numel")
    ]
    return f" ({', '.join(shown)})" if shown else ""
