"""Alterations of sealed files: of their bytes, their headers, and what they say under a sum."""

import copy
import json
import struct
from dataclasses import dataclass

import numpy as np

from tests.himnet.checkpoints.odd_values import (
    ANYTHING,
    FIELDS,
    MEASURED_FIELDS,
    TRACK_ARRAYS,
    TRACK_FIELDS,
    WEIGHTS,
)
from tests.himnet.checkpoints.sealing import Parts, parts_of, sealed


@dataclass(frozen=True)
class Altered:
    """A file that was altered.

    Attributes:
        how: in words.
        content: of the file.
        resealed: whether its sum fits, so that it may load and say other things.
    """

    how: str
    content: bytes
    resealed: bool


def altered_model(intact: bytes, seed: int) -> Altered:
    """Alter a model's file in a way that depends on the seed alone."""
    return _altered(intact, seed, FIELDS, dict.fromkeys(parts_of(intact).arrays, WEIGHTS))


def altered_track(intact: bytes, seed: int) -> Altered:
    """Alter a track's file in a way that depends on the seed alone."""
    return _altered(intact, seed, TRACK_FIELDS, TRACK_ARRAYS)


def altered_measured(intact: bytes, seed: int) -> Altered:
    """Alter a file of measurements in a way that depends on the seed alone."""
    return _altered(intact, seed, MEASURED_FIELDS, dict.fromkeys(parts_of(intact).arrays, WEIGHTS))


def odd_descriptions(intact: bytes) -> list[Altered]:
    """Return a model's file with each odd value in each field, one at a time, with a sum."""
    parts = parts_of(intact)
    found = []
    for path, values in FIELDS.items():
        for value in values:
            said = copy.deepcopy(parts.description)
            _put(said, path, value)
            content = sealed(Parts(parts.format, json.dumps(said), parts.arrays))
            found.append(Altered(f"{'.'.join(path)} = {value!r}"[:120], content, True))
    return found


def _altered(intact: bytes, seed: int, fields, arrays) -> Altered:
    rng = np.random.default_rng(seed)
    kind = (_bytes, _header, _field, _field, _leaf, _structure, _array, _array)[seed % 8]
    if kind in (_bytes, _header):
        return Altered(*kind(intact, rng), False)
    how, parts = kind(parts_of(intact), rng, fields, arrays)
    try:
        return Altered(how, sealed(parts), True)
    except UnicodeEncodeError:  # half a character: then its sum cannot fit either
        return Altered(how, intact[:8] + parts.text.encode(errors="surrogatepass"), False)


def _bytes(content: bytes, rng):
    """Flip, cut, insert, repeat or overwrite bytes, half of the time in the header."""
    header = 8 + struct.unpack("<Q", content[:8])[0]
    at = int(rng.integers(header if rng.random() < 0.5 else len(content)))
    raw, kind = bytearray(content), int(rng.integers(6))
    if kind == 0:
        raw[at] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del raw[at:]
    elif kind == 2:
        raw[at:at] = rng.bytes(int(rng.integers(1, 64)))
    elif kind == 3:
        del raw[at : at + int(rng.integers(1, 64))]
    elif kind == 4:
        raw[at : at + 8] = rng.bytes(8)
    else:
        raw[:8] = struct.pack("<Q", int(rng.choice([0, 1, 2**23, 2**40, 2**63, len(content)])))
    return f"bytes, kind {kind} at {at}", bytes(raw)


def _header(content: bytes, rng):
    """Change the table of tensors, or the texts beside it, without a new sum."""
    length = struct.unpack("<Q", content[:8])[0]
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    name = str(rng.choice(list(header)))
    key = str(rng.choice(list(header[name])))
    kind = int(rng.integers(5))
    if kind == 0:
        header[name][key] = ANYTHING[int(rng.integers(len(ANYTHING)))]
    elif kind == 1:
        del header[name]
    elif kind == 2:
        header[str(rng.integers(10**9))] = header[name]
    elif kind == 3 and "shape" in header[name]:
        header[name]["shape"] = [int(rng.choice([0, 1, 2**20, 2**62])) for _ in range(3)]
    else:
        header[name] = header[str(rng.choice(list(header)))]
    text = json.dumps(header)
    if rng.random() < 0.2:
        text = '{"a":' * 3000 + text + "}" * 3000
    elif rng.random() < 0.2:
        text = text[:-1] + f',{json.dumps(name)}:{{"dtype":"F32"}}}}'  # a key twice
    return f"header, kind {kind}: {name} {key}", struct.pack("<Q", len(text)) + text.encode() + data


def _field(parts: Parts, rng, fields, _arrays):
    """Put odd values into one to three fields."""
    said, told = parts.description, []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        path = list(fields)[int(rng.integers(len(fields)))]
        value = fields[path][int(rng.integers(len(fields[path])))]
        if rng.random() < 0.15:
            value = ANYTHING[int(rng.integers(len(ANYTHING)))]
        _put(said, path, value)
        told.append(f"{'.'.join(path)} = {value!r}"[:80])
    return "; ".join(told), Parts(parts.format, json.dumps(said), parts.arrays)


def _leaf(parts: Parts, rng, _fields, _arrays):
    """Put anything in the place of any one value."""
    said = parts.description
    path = _any_path(said, rng)
    value = ANYTHING[int(rng.integers(len(ANYTHING)))]
    _put(said, path, value)
    how = f"{'.'.join(map(str, path))} = {value!r}"[:120]
    return how, Parts(parts.format, json.dumps(said), parts.arrays)


def _structure(parts: Parts, rng, _fields, _arrays):
    """Take a key away, add one, say one twice, or name one like a tensor that is then missing."""
    said, arrays = parts.description, dict(parts.arrays)
    kind, key = int(rng.integers(5)), str(rng.choice(list(said)))
    tensor = str(rng.choice(list(arrays)))
    text = None
    if kind == 0:
        del said[key]
    elif kind == 1:
        said[str(rng.choice(["more", "", "__class__", "self", tensor]))] = 1
    elif kind == 2:
        said[tensor] = arrays.pop(tensor).reshape(-1)[:2000].tolist()
    elif kind == 3:
        arrays[str(rng.choice(["more", key, "module." + tensor]))] = np.zeros(3, np.float32)
    else:
        text = json.dumps(said)[:-1] + f", {json.dumps(key)}: {json.dumps(said[key])}}}"
    how = f"structure, kind {kind}: {key}, {tensor}"
    return how, Parts(parts.format, text or json.dumps(said), arrays)


def _array(parts: Parts, rng, _fields, arrays):
    """Change the values, type or shape of a tensor."""
    name = str(rng.choice(list(arrays)))
    number = int(rng.integers(len(arrays[name])))
    with np.errstate(all="ignore"):
        changed = arrays[name][number](parts.arrays[name])
    return f"{name}, change {number}", Parts(
        parts.format, parts.text, {**parts.arrays, name: np.ascontiguousarray(changed)}
    )


def _any_path(value, rng):
    path = []
    while isinstance(value, dict | list) and value and (not path or rng.random() < 0.9):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        path.append(keys[int(rng.integers(len(keys)))])
        value = value[path[-1]]
    return tuple(path)


def _put(said, path, value):
    """Put a value at a path, as far as there still is one."""
    for key in path[:-1]:
        said = said.get(key) if isinstance(said, dict) else said[key]
        if not isinstance(said, dict | list):
            return
    said[path[-1]] = value
