"""Pickles of lists, texts, numbers and arrays, read without unpickling.

Some files can hold their names only as pickles: PyTables pickles every attribute that is not a text
or a number, and the field's graphs are pickles of ids and a matrix. `plain_value` follows the
instructions of such a pickle for lists, tuples, dicts, texts and numbers. It imports nothing, and
where the pickle would call something, it calls a function of ours that the caller gave for that
name, or puts an `Unknown`.
"""

from __future__ import annotations

import codecs
import io
import pickletools
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Final

MAX_BYTES = 4 * 2**20  # 300,000 column names
MAX_STEPS = 4 * 10**6


class Unknown:
    """What a pickle would import or make.

    Attributes:
        name: "module name" of what would be imported, or "" for what a call would return.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name


class Made:
    """Something that a call of ours made, and that the pickle gives a state."""

    def build(self, state: Any) -> None:
        """Take the state.

        Raises:
            ValueError, TypeError, IndexError: for a state that does not fit.
        """
        raise NotImplementedError


_MARK: Final = object()
_CONSTANTS = {
    "NONE": None, "NEWTRUE": True, "NEWFALSE": False,
}  # fmt: skip
_LITERALS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BYTEARRAY8",
}  # fmt: skip
_IGNORED = {"PROTO", "FRAME"}
_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}


def plain_value(
    raw: bytes,
    calls: Mapping[str, Callable[..., Any]] | None = None,
    *,
    most: int = MAX_BYTES,
) -> Any:
    """Return the lists, tuples, dicts, texts and numbers of a pickle, never importing anything.

    Args:
        raw: the pickle, of any protocol.
        calls: our functions for what it may call, by "module name".
        most: bytes that are read.

    Raises:
        ValueError: for what is not a pickle, is too large, or needs other instructions.
    """
    if len(raw) > most:
        raise ValueError(f"a pickle of {len(raw) / 1e6:,.0f} MB")
    machine = _Machine(calls or {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of odd escapes in texts
        return _followed(machine, raw)


def _followed(machine: _Machine, raw: bytes) -> Any:
    try:
        for number, (name, argument) in enumerate(_instructions(io.BytesIO(raw))):
            if name == "STOP":
                return machine.stack[-1]
            if number > MAX_STEPS:
                raise ValueError(f"a pickle of over {MAX_STEPS:,} instructions")
            machine.step(name, argument)
    except (IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise ValueError("a damaged pickle") from error
    raise ValueError("a pickle that ends too early")


def _instructions(file: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield the instructions of a pickle with their arguments."""
    while code := file.read(1):
        opcode = _OPCODES[code.decode("latin-1")]
        if opcode.name == "STRING":  # pickletools reads only ASCII; Python 2 wrote arrays so
            quoted = file.readline().strip()
            if len(quoted) < 2 or quoted[:1] != quoted[-1:] or quoted[:1] not in (b"'", b'"'):
                raise ValueError("a text without quotes")
            yield opcode.name, codecs.escape_decode(quoted[1:-1])[0].decode("latin-1")
        else:
            yield opcode.name, None if opcode.arg is None else opcode.arg.reader(file)


class _Machine:
    """The stack and the memo of a pickle that is followed; each step is one instruction."""

    def __init__(self, calls: Mapping[str, Callable[..., Any]]) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.calls = calls

    def step(self, name: str, argument: Any) -> None:
        """Follow one instruction.

        Raises:
            ValueError: for an instruction that lists and arrays do not need.
        """
        if name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            self.stack.append(argument)
        elif name in _STEPS:
            _STEPS[name](self, argument)
        elif name not in _IGNORED:
            raise ValueError(f"the instruction {name}")

    def pop_marked(self) -> list[Any]:
        """Remove and return what lies above the last mark, and the mark."""
        position = len(self.stack) - 1
        while self.stack[position] is not _MARK:
            position -= 1
            if position < 0:
                raise IndexError
        found = self.stack[position + 1 :]
        del self.stack[position:]
        return found

    def take(self, count: int) -> list[Any]:
        """Remove and return the uppermost values."""
        if len(self.stack) < count:
            raise IndexError
        found = self.stack[-count:]
        del self.stack[-count:]
        return found


def _keep(machine: _Machine, argument: Any) -> None:
    machine.memo[len(machine.memo) if argument is None else int(argument)] = machine.stack[-1]


def _extend(machine: _Machine, items: list[Any]) -> None:
    if isinstance(machine.stack[-1], list):
        machine.stack[-1].extend(items)


def _set(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if isinstance(target, dict):
        target.update(_pairs(items))


def _call(machine: _Machine, argument: Any) -> None:
    """Replace a function and its arguments by what our function for it returns."""
    function, arguments = machine.take(2)
    name = function.name if isinstance(function, Unknown) else ""
    ours = machine.calls.get(name)
    known = ours is not None and isinstance(arguments, tuple)
    machine.stack.append(ours(*arguments) if ours and known else Unknown(name))


def _build(machine: _Machine, argument: Any) -> None:
    made, state = machine.take(2)
    if isinstance(made, Made):
        made.build(state)
    machine.stack.append(made if isinstance(made, Made) else Unknown(getattr(made, "name", "")))


def _import(machine: _Machine, argument: Any) -> None:
    """Put a name instead of what would be imported."""
    name = argument if argument is not None else " ".join(map(str, machine.take(2)))
    machine.stack.append(Unknown(str(name)[:200]))


def _made(kind: Callable[[list[Any]], Any], taken: int | None) -> Callable[[_Machine, Any], object]:
    """Return a step that puts a container of the uppermost values; None: down to the mark."""

    def step(machine: _Machine, argument: Any) -> None:
        items = machine.pop_marked() if taken is None else machine.take(taken) if taken else []
        machine.stack.append(kind(items))

    return step


def _pairs(items: list[Any]) -> dict[Any, Any]:
    """Return a dict of keys and values in turn; keys that may be deep are left out."""
    pairs = zip(items[::2], items[1::2], strict=True)
    return {key: value for key, value in pairs if isinstance(key, str | bytes | int)}


_STEPS: dict[str, Callable[[_Machine, Any], object]] = {
    "MARK": lambda machine, _: machine.stack.append(_MARK),
    "POP": lambda machine, _: machine.stack.pop(),
    "POP_MARK": lambda machine, _: machine.pop_marked(),
    "EMPTY_LIST": _made(list, 0),
    "EMPTY_TUPLE": _made(tuple, 0),
    "EMPTY_DICT": _made(_pairs, 0),
    "LIST": _made(list, None),
    "TUPLE": _made(tuple, None),
    "DICT": _made(_pairs, None),
    "TUPLE1": _made(tuple, 1),
    "TUPLE2": _made(tuple, 2),
    "TUPLE3": _made(tuple, 3),
    "APPEND": lambda machine, _: _extend(machine, machine.take(1)),
    "APPENDS": lambda machine, _: _extend(machine, machine.pop_marked()),
    "SETITEM": lambda machine, _: _set(machine, machine.take(2)),
    "SETITEMS": lambda machine, _: _set(machine, machine.pop_marked()),
    "PUT": _keep,
    "BINPUT": _keep,
    "LONG_BINPUT": _keep,
    "MEMOIZE": _keep,
    "GET": lambda machine, key: machine.stack.append(machine.memo[int(key)]),
    "BINGET": lambda machine, key: machine.stack.append(machine.memo[key]),
    "LONG_BINGET": lambda machine, key: machine.stack.append(machine.memo[key]),
    "GLOBAL": _import,
    "STACK_GLOBAL": _import,
    "REDUCE": _call,
    "NEWOBJ": _call,
    "BUILD": _build,
}
