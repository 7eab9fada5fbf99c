"""Lists of names that PyTables stored as pickles, read without unpickling.

PyTables pickles every attribute that is not a text or a number, such as the column names of a
pandas table. `plain_value` follows the instructions of such a pickle for lists, tuples, dicts,
texts and numbers only: it imports nothing, calls nothing, and puts `UNKNOWN` wherever the pickle
would make an object.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any, Final

MAX_BYTES = 4 * 2**20  # 300,000 column names


class _Unknown:
    """What a pickle would make by calling something."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
_MARK: Final = object()
_CONSTANTS = {
    "NONE": None, "NEWTRUE": True, "NEWFALSE": False,
}  # fmt: skip
_LITERALS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
}  # fmt: skip
_IGNORED = {"PROTO", "FRAME"}


def plain_value(raw: bytes) -> Any:
    """Return the lists, tuples, dicts, texts and numbers of a pickle, never calling anything.

    Raises:
        ValueError: for what is not a pickle, or is too large for column names.
    """
    if len(raw) > MAX_BYTES:
        raise ValueError(f"{len(raw) / 1e6:,.0f} MB of column names")
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(raw):
            if opcode.name == "STOP":
                return machine.stack[-1]
            machine.step(opcode.name, argument)
    except (IndexError, KeyError, TypeError, OverflowError) as error:
        raise ValueError("a damaged pickle") from error
    raise ValueError("a pickle that ends too early")


class _Machine:
    """The stack and the memo of a pickle that is followed; each step is one instruction."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Follow one instruction.

        Raises:
            ValueError: for an instruction that no list of names needs.
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


def _unknown(taken: int) -> Callable[[_Machine, Any], object]:
    """Return a step that replaces the uppermost values by `UNKNOWN`."""

    def step(machine: _Machine, argument: Any) -> None:
        if taken:
            machine.take(taken)
        machine.stack.append(UNKNOWN)

    return step


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
    "GLOBAL": _unknown(0),
    "STACK_GLOBAL": _unknown(2),
    "REDUCE": _unknown(2),
    "NEWOBJ": _unknown(2),
    "BUILD": _unknown(2),
}
