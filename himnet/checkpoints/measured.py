"""Measurements of a model: JSON and arrays in one sealed file, ``measured.safetensors``, beside it.

Measuring never changes the model's file, so its sha256 and its track stay valid. The file consists
of parts, each with its origin: model, data, software, rules, command and date. A part of another
model, or made by other rules than today's, is ignored, and a warning says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.description import check_metrics, check_told, is_sha256
from himnet.checkpoints.format import read_sealed, write_sealed
from himnet.checkpoints.header import MAX_HEADER_BYTES, read_header
from himnet.checkpoints.locate import is_file, measured_file
from himnet.errors import CheckpointError
from himnet.limits import MAX_LINE, is_count, is_line, moment
from himnet.locks import check_writable, sole_writer
from himnet.metrics import without_nan
from himnet.texts import clipped
from himnet.version import __version__

FORMAT = "himnet-measured/1"
MAX_BYTES = 20_000_000  # of all arrays
MAX_PARTS = 100
# of each kind of part; raise it when the same model would get other values
RULES = {
    "metrics": 1,
    "errors": 1,
    "snapshots": 1,
    "claims": 2,
    "place-claims": 2,
    "cluster-matrix": 1,
    "what-if": 1,
    "identity": 1,
    "attribution": 1,
    "graph": 1,
    "graph-claims": 2,
    "graph-use": 1,
}
_NAME = re.compile(r"[a-z0-9-]{1,40}(/[a-z0-9-]{1,40})?")


@dataclass(frozen=True)
class Part:
    """One measurement and its origin.

    Attributes:
        model: sha256 of the model.
        data: sha256 of the data set; its name if it has no sha256; "" if none was used.
        software: version of this software.
        rules: version of the rules for this kind of part; see `RULES`.
        command: that measured it.
        date: ISO date and time, UTC.
        value: a JSON object.
        arrays: by name.
    """

    model: str
    data: str
    software: str
    rules: int
    command: str
    date: str
    value: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Measured:
    """The measurements of one model.

    Attributes:
        parts: by name, which is a kind (``"claims"``) or a kind and an item (``"metrics/test"``).
        ignored: why a part is not used, by the part's name.
        warnings: sentences that a user should see.
    """

    parts: Mapping[str, Part] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def used(self) -> dict[str, Part]:
        """The parts that are not ignored, by name."""
        return {name: part for name, part in self.parts.items() if name not in self.ignored}

    @cached_property
    def sum(self) -> str:
        """Identifies the content: what was measured, and when."""
        total = hashlib.sha256()
        for name, part in sorted(self.parts.items()):
            total.update(repr((name, part.date, part.command, part.value)).encode())
            for of, array in sorted(part.arrays.items()):
                total.update(of.encode())
                total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    @property
    def metrics(self) -> dict[str, Any]:
        """Metrics by split, as `himnet evaluate --json` prints them."""
        split = "metrics/"
        found = {name: part.value for name, part in self.used.items() if name.startswith(split)}
        return {name.removeprefix(split): value for name, value in found.items()}

    def over(self, older: Measured) -> Measured:
        """Return these measurements, completed by older ones of the same model."""
        kept = {name: part for name, part in older.used.items() if name not in self.used}
        ignored = {name: why for name, why in self.ignored.items() if name not in kept}
        return Measured({**self.parts, **kept}, ignored, self.warnings)


def load_measured(model: Path, sha256: str) -> Measured:
    """Load the measurements beside a model's file; a damaged file becomes a warning.

    Args:
        model: the file of the model.
        sha256: of the model.
    """
    path = measured_file(model)
    try:
        return of_model(_parts_in(path), sha256, path.name)
    except CheckpointError as error:
        return Measured(warnings=(str(error),))


def of_model(parts: Mapping[str, Part], sha256: str, file: str) -> Measured:
    """Return the parts of a file, with the reasons why some must not be used with a model.

    Args:
        parts: by name.
        sha256: of the model.
        file: name of the file, for the warnings.
    """
    ignored = {name: why for name, part in parts.items() if (why := _objection(name, part, sha256))}
    names = {why: [n for n in ignored if ignored[n] == why] for why in ignored.values()}
    return Measured(
        parts,
        ignored,
        tuple(
            f"{clipped(', '.join(some))} in {file} {'is' if len(some) == 1 else 'are'} ignored: "
            f"{why}; measure again"
            for why, some in names.items()
        ),
    )


def read_measured(path: Path) -> dict[str, Part]:
    """Read all parts of a file by name, whichever model they belong to.

    Raises:
        CheckpointError: for a file that is damaged, altered or of another kind.
    """
    try:
        content, arrays = read_sealed(path, FORMAT, max_bytes=MAX_BYTES + MAX_HEADER_BYTES)
        return _parts(content, arrays)
    except CheckpointError as error:
        raise _ignored(str(error).rpartition("; ")[0]) from error
    except (TypeError, ValueError) as error:
        raise _ignored(f"{path} contains invalid measurements ({clipped(error)})") from error


def save_measured(
    model: Path,
    sha256: str,
    name: str,
    value: Mapping[str, Any],
    *,
    data: str,
    command: str,
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> Path:
    """Write one part into the file beside a model, atomically.

    Other parts of the same model are kept, parts of other models are dropped.

    Args:
        model: the file of the model.
        sha256: of the model that was measured.
        name: of the part; see `Measured`.
        value: a JSON object; NaN becomes None.
        data, command: see `Part`.
        arrays: by name; float64, float32, float16, int64 or int32.

    Returns:
        The file.

    Raises:
        CheckpointError: for a model that has changed since, a part that could not be read back, or
            an existing file that is damaged.
        FolderError: if another process writes into the folder.
    """
    path, now = measured_file(model), dt.datetime.now(dt.UTC).replace(tzinfo=None)
    made = Part(
        model=sha256,
        data=data,
        software=__version__,
        rules=RULES[_kind(name)],
        command=clipped(command, MAX_LINE - len(" ...")),
        date=now.isoformat(timespec="seconds"),
        value=without_nan(value),
        arrays=dict(arrays or {}),
    )
    with sole_writer(model.parent):
        if read_header(model).metadata.get("sha256") not in (None, sha256):
            raise CheckpointError(
                f"{model} was changed while it was measured, so nothing was written; measure again"
            )
        parts = {other: part for other, part in _parts_in(path).items() if part.model == sha256}
        _write(path, {**parts, name: made})
    return path


def check_savable(model: Path) -> None:
    """Check before a long measurement that its result can be saved; errors as `save_measured`."""
    check_writable(model.parent)
    _parts_in(measured_file(model))


def _parts_in(path: Path) -> dict[str, Part]:
    return read_measured(path) if is_file(path) else {}


def _write(path: Path, parts: Mapping[str, Part]) -> None:
    arrays = {
        f"{n}:{own}": array for n, part in parts.items() for own, array in part.arrays.items()
    }
    said = {name: {**vars(part)} for name, part in parts.items()}
    for part in said.values():
        del part["arrays"]
    if (size := sum(array.nbytes for array in arrays.values())) > MAX_BYTES:
        raise CheckpointError(
            f"{path} would have {size / 1e6:.0f} MB, but at most {MAX_BYTES / 1e6:.0f} MB are "
            f"stored; measure less at a time"
        )
    try:
        _parts({"parts": said}, arrays)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} was not written, since it could not be read back: {clipped(error)}"
        ) from error
    write_sealed(path, arrays, {"parts": said}, FORMAT)


def _parts(content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Part]:
    """Check the content of a file, which may come from anyone, and return its parts.

    Raises:
        TypeError, ValueError: for anything but valid parts.
    """
    told = content["parts"] if content.keys() == {"parts"} else None
    if not isinstance(told, dict) or len(told) > MAX_PARTS:
        raise ValueError(f"it does not list up to {MAX_PARTS} parts")
    owned: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in told}
    for key, array in arrays.items():
        name, _, own = key.partition(":")
        if name not in owned:
            raise ValueError(f"the array '{clipped(key, 60)}' belongs to no part")
        owned[name][own] = array
    parts = {name: Part(**said, arrays=owned[name]) for name, said in told.items()}
    for name, part in parts.items():
        _check(name, part)
    return parts


def _check(name: str, part: Part) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"a part has the invalid name '{clipped(name, 40)}'")
    if not is_sha256(part.model) or not is_count(part.rules, 10**6):
        raise ValueError(f"'{name}' does not state its model and its rules")
    if not all(map(is_line, (part.data, part.software, part.command))):
        raise ValueError(f"data, software or command of '{name}' is not a short text")
    moment(part.date)
    if not isinstance(part.value, dict):
        raise TypeError(f"the value of '{name}' is not a JSON object")
    check_told(name, part.value)
    if _kind(name) == "metrics" and part.rules == RULES["metrics"]:
        check_metrics(name, part.value)


def _kind(name: str) -> str:
    return name.partition("/")[0]


def _objection(name: str, part: Part, sha256: str) -> str | None:
    """Return why a part must not be used with a model, or None if it can be used."""
    current = RULES.get(_kind(name), 0)
    if part.model != sha256:
        return "it belongs to another model, or to an earlier version of this one"
    if part.rules < current:
        return "it was made by rules that have changed since"
    return "it was made by a newer version of this software" if part.rules > current else None


def _ignored(why: str) -> CheckpointError:
    return CheckpointError(f"{why}, so it is ignored; delete it and measure again")
