"""Find a HimNet's state dict in what trainers save: one level down, under prefixed names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from himnet.checkpoints.tensors import strip_wrappers
from himnet.errors import CheckpointError
from himnet.texts import clipped

_USUAL = ("state_dict", "model_state_dict", "model")  # keys of the weights, where there are others
OWN_PARTS = (
    "node_embedding", "encoder_s", "encoder_t", "decoder", "out_proj", "tod_embedding",
    "dow_embedding", "st_proj",
)  # fmt: skip
_COUNTERS = ("n_averaged",)  # of torch.optim.swa_utils.AveragedModel
_MOST_LEVELS = 4  # of mappings within mappings
_LISTED = 5


def state_dict_within(
    content: Any, path: Path, key: str | None = None, tell: Callable[[str], object] | None = None
) -> dict[str, Any]:
    """Return the mapping of names to tensors in what a file contains.

    A mapping of tensors is taken as it is. Otherwise its entries are looked through, the usual
    keys first; of several that could be meant, `key` must say which.

    Args:
        content: of the file, as `himnet.checkpoints.pickles.load_pickle` returns it.
        path: of the file, for messages.
        key: of the entry to take, or with which the names of its tensors begin; None if there is
            only one, or one under a usual key.
        tell: is called with a sentence if other weights are there that were not taken.

    Raises:
        CheckpointError: if there is no such mapping, none under `key`, or several.
    """
    found = {keys: _without_counters(tensors) for keys, tensors in _state_dicts(content, ())}
    if key is not None:
        chosen = {
            keys: tensors for keys, tensors in found.items() if key in (*keys, ".".join(keys))
        } or _beginning_with(f"{key}.", found)
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
    keys, tensors = next(iter(candidates.items()))
    others = {other: more for other, more in found.items() if _is_alike(other, more, tensors, keys)}
    if others and tell is not None:
        tell(
            f"the weights under {_listed({keys: tensors})} were taken; there are others under "
            f"{_listed(others)}, which --key KEY takes"
        )
    return tensors


def unwrapped_names(names: Iterable[str], path: Path) -> dict[str, str]:
    """Return each name without wrappers' prefixes and without one common first component.

    ``module.`` and ``_orig_mod.`` are taken off wherever a name begins with them; a component such
    as ``model.``, ``net.`` or ``himnet.`` only if every name has it and it is not HimNet's own.

    Raises:
        CheckpointError: if two names become one.
    """
    plain = {name: strip_wrappers(name) for name in names}
    first = {name.partition(".")[0] for name in plain.values()}
    if len(first) == 1 and not first & set(OWN_PARTS):
        prefix = f"{next(iter(first))}."
        plain = {name: strip_wrappers(short.removeprefix(prefix)) for name, short in plain.items()}
    if len(set(plain.values())) != len(plain):
        raise CheckpointError(f"{path} has a tensor twice, wrapped and unwrapped; keep one")
    return plain


def _own_entries(content: Any) -> Any:
    """Return a mapping's own entries: a pickle may have replaced its methods by values."""
    return dict(dict.items(content)) if isinstance(content, dict) else content


def _state_dicts(content: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every outermost mapping of names to tensors, by its keys."""
    content = _own_entries(content)
    if isinstance(content, list | tuple):  # such as (state dict, epoch)
        content = {str(position): inner for position, inner in enumerate(content)}
    if not isinstance(content, dict) or not content or len(keys) > _MOST_LEVELS:
        return
    if _has_only_tensors(content):
        yield keys, content
        return
    for key, inner in content.items():
        if isinstance(key, str) and isinstance(inner, dict | list | tuple):
            yield from _state_dicts(inner, (*keys, key))


def _without_counters(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tensor for name, tensor in tensors.items() if name not in _COUNTERS}


def _beginning_with(
    prefix: str, found: Mapping[tuple[str, ...], Mapping[str, Any]]
) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the tensors of each mapping whose names begin with a prefix, without it."""
    chosen = {
        keys: {
            name.removeprefix(prefix): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
        for keys, tensors in found.items()
    }
    return {keys: tensors for keys, tensors in chosen.items() if tensors}


def _is_alike(
    other: tuple[str, ...],
    more: Mapping[str, Any],
    tensors: Mapping[str, Any],
    keys: tuple[str, ...],
) -> bool:
    """Whether a mapping is another model's weights, not something smaller such as a scaler's."""
    return other != keys and len(more) >= len(tensors)


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
    content = _own_entries(content)
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
