"""The request to start or resume a run (no torch)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from himnet.checkpoints.format import write_atomically
from himnet.checkpoints.locate import expanded
from himnet.errors import ConfigError, TrainingError
from himnet.strict_json import read_json
from himnet.training.folder import RunFolder
from himnet.training.settings import TrainingSettings, with_tuples

_REMEMBERED = ("city", "settings", "sizes")


@dataclass(frozen=True)
class Request:
    """A request; omitted settings are those of the paper, or of the resumed run.

    Attributes:
        folder: where the run writes.
        dataset: name or folder of the data set; None only to resume.
        data_dir: folder of the data sets.
        city: ``seed`` and ``strength`` of the synthetic city, if given.
        settings: fields of `TrainingSettings`, if given.
        sizes: fields of `HimNetConfig`, if given.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        resume: continue from the folder's state.
        max_minutes, max_steps: limits of this process.
        save_seconds: interval for storing the state within an epoch.
        show: whether to show progress.
    """

    folder: RunFolder
    dataset: str | None = None
    data_dir: Path | None = None
    city: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    resume: bool = False
    max_minutes: float | None = None
    max_steps: int | None = None
    save_seconds: float = 120.0
    show: bool = True

    def __post_init__(self) -> None:
        for option, value, least in (
            ("--max-minutes", self.max_minutes, 0),
            ("--max-steps", self.max_steps, 1),
            ("--save-every", self.save_seconds, 0),
        ):
            if value is not None and not value >= least:
                raise ConfigError(f"{option} must be a number of at least {least}, not {value}")
        TrainingSettings(**self.settings)  # reject invalid values before anything is done
        if self.dataset is None and not self.resume:
            raise ConfigError("training needs a data set; add --dataset NAME")

    def claim(self, *, force: bool = False) -> None:
        """Prepare the folders; a new run writes a note with the request.

        The note is written before anything slow is done: a run that is killed before it has stored
        its first state is restarted from the note.

        Raises:
            TrainingError: see `RunFolder.claim`.
        """
        self.folder.claim(resume=self.resume, force=force)
        if not self.resume:
            content = json.dumps(self.remembered(), indent=2) + "\n"
            write_atomically(self.folder.note, content.encode())

    def remembered(self) -> dict[str, Any]:
        """Return the part of the request that a resumed run remembers, as plain values."""
        data_dir = None if self.data_dir is None else str(expanded(self.data_dir).resolve())
        parts = {name: dict(getattr(self, name)) for name in _REMEMBERED}
        return {"dataset": self.dataset, "data_dir": data_dir, **parts}

    def recalled(self) -> Request:
        """Return the request combined with the note of the run that is restarted.

        Raises:
            TrainingError: for a note that cannot be read.
        """
        try:
            note = read_json(self.folder.note)
            parts = {name: {**note[name], **getattr(self, name)} for name in _REMEMBERED}
            remembered = note["data_dir"] and Path(note["data_dir"])
            named = {"dataset": note["dataset"], "data_dir": remembered}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"the note '{self.folder.note}' cannot be read ({error}); start again with --force"
            ) from error
        parts["settings"] = with_tuples(parts["settings"])
        given = {name: value for name in named if (value := getattr(self, name)) is not None}
        changes: dict[str, Any] = {**named, **given, **parts}
        return replace(self, **changes)
