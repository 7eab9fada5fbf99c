"""Alterations of a ``.pt`` file: of its bits, of its archive, and of what its pickle would do."""

import collections
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import torch

CANARY = "executed"  # a file that appears where anything of a pickle was run


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    """Return a small state dict."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {"node_embedding": (5, 3), "out_proj.weight": (1, 8), "out_proj.bias": (1,)}
    return {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}


def written(content: object) -> bytes:
    """Return what `torch.save` writes."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def altered_pickle(folder: Path, seed: int):
    """Return how a file was altered, its bytes, and what it holds; None: it must be refused."""
    rng = np.random.default_rng(seed)
    kind = (_bits, _bits, _values, _archive, _calls, _structure)[seed % 6]
    return kind(rng, folder)


def _arrays(content) -> dict[str, np.ndarray]:
    return {name: tensor.detach().float().numpy() for name, tensor in content.items()}


def _bits(rng, _folder):
    """Flip, cut or insert anywhere; whatever still loads must be what was saved."""
    raw, kind = bytearray(written(weights())), int(rng.integers(4))
    at = int(rng.integers(len(raw)))
    if kind < 2:
        raw[at] ^= 1 << int(rng.integers(8))
    elif kind == 2:
        del raw[at : at + int(rng.choice([1, 8, 10**9]))]
    else:
        raw[at:at] = rng.bytes(int(rng.integers(1, 32)))
    return f"bytes, kind {kind} at {at}", bytes(raw), _arrays(weights())


def _values(rng, _folder):
    """Flip a bit of the numbers themselves, where nothing but the archive's sum tells."""
    raw = bytearray(written(weights()))
    stored = weights()["node_embedding"].numpy().tobytes()
    at = bytes(raw).index(stored) + int(rng.integers(len(stored)))
    raw[at] ^= 1 << int(rng.integers(8))
    return f"a bit of a number at {at}", bytes(raw), _arrays(weights())


def _archive(rng, _folder):
    """Write the archive anew: compressed, with an entry less, twice, or of other bytes."""
    kind, buffer = int(rng.integers(5)), io.BytesIO()
    how = zipfile.ZIP_DEFLATED if kind == 0 else zipfile.ZIP_STORED
    expected = _arrays(weights()) if kind in (0, 4) else None
    with zipfile.ZipFile(io.BytesIO(written(weights()))) as old:
        names = old.namelist()
        chosen = names[int(rng.integers(len(names)))]
        with zipfile.ZipFile(buffer, "w", how) as new:
            for name in names:
                if kind == 1 and name == chosen:
                    continue
                content = old.read(name)
                if kind == 2 and name == chosen:
                    content = content[: len(content) // 2]
                new.writestr(name if kind != 3 else f"other/{name}", content)
            if kind == 4:
                new.writestr(f"{names[0].split('/')[0]}/more", rng.bytes(16))
    if kind in (1, 2, 3):  # some entries tell nothing of the tensors: then it may load as well
        expected = _arrays(weights())
    return f"archive, kind {kind}: {chosen}", buffer.getvalue(), expected


class _Call:
    def __init__(self, function, *arguments) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def _calls(rng, folder):
    """Put a call, or a raw opcode, in the place of a tensor; none of it may be run."""
    command = f"touch {folder / CANARY}"
    calls = (
        _Call(os.system, command),
        _Call(eval, f"__import__('os').system({command!r})"),
        _Call(exec, f"open({str(folder / CANARY)!r}, 'w')"),
        _Call(open, str(folder / CANARY), "w"),
        _Call(getattr, "a text", "upper"),
        _Call(torch.load, str(folder / CANARY)),
        _Call(collections.OrderedDict, [("a", _Call(os.system, command))]),
        _Call(torch.nn.Linear, 2, 2),
        _Call(bytearray, 2**34),
        np.float64(3.0),
        np.arange(3),
        {"a": {1, 2}},
        np.random.default_rng(0),
    )
    number = int(rng.integers(len(calls) + 4))
    if number < len(calls):
        name = str(rng.choice(list(weights())))
        content = {**weights(), name: calls[number]}
        return f"call {number} as {name}", written(content), None
    opcodes = (
        f"cos\nsystem\n(S'{command}'\ntR.".encode(),
        f"(S'{command}'\nios\nsystem\n.".encode(),
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        b"\x80\x02\x82\x01.",
    )
    return f"opcodes {number}", _with_pickle(opcodes[number - len(calls)]), None


def _with_pickle(raw: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(written(weights()))) as old,
        zipfile.ZipFile(buffer, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, raw if name.endswith("data.pkl") else old.read(name))
    return buffer.getvalue()


def _structure(rng, _folder):
    """Save other things than a plain state dict, with what must come of each."""
    kept = weights()
    plain = _arrays(kept)
    half = {name: tensor.half() for name, tensor in kept.items()}
    strided = torch.arange(12.0).reshape(3, 4).T
    kinds = (
        (kept, plain),
        (collections.OrderedDict(kept), plain),
        ({"state_dict": kept, "epoch": 3}, plain),
        ({"model": {"state_dict": kept}}, plain),
        ({"module._orig_mod." + name: tensor for name, tensor in kept.items()}, plain),
        ({name: torch.nn.Parameter(tensor) for name, tensor in kept.items()}, plain),
        (half, _arrays(half)),
        ({"a": strided}, {"a": strided.numpy()}),
        ({"a": torch.zeros(1).expand(2**40)}, None),
        ({"a": torch.zeros(3, dtype=torch.int64)}, None),
        ({"a": torch.zeros(3).to_sparse()}, None),
        ({"a": torch.zeros(3, device="meta")}, None),
        ({"a": torch.zeros(3, dtype=torch.complex64)}, None),
        ({"a": 3.0}, None),
        ({1: torch.zeros(3)}, None),
        ({"a": torch.zeros(1), "module.a": torch.ones(1)}, None),
        ([torch.zeros(3)], None),
        (torch.zeros(3), None),
        ({}, None),
        (None, None),
        ("text", None),
    )
    number = int(rng.integers(len(kinds)))
    content, expected = kinds[number]
    return f"structure {number}", written(content), expected
