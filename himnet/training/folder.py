"""Where a run writes: the checkpoint's folder, and beside it the state to resume from (no torch).

``OUT/`` holds what is kept and shared: ``model.safetensors`` (best by validation MAE),
``log.jsonl``, ``README.md`` and ``snapshots/``. ``OUT.state/`` holds what only this run needs:
``run.safetensors``, ``request.json``, ``times.jsonl`` and TensorBoard's files; Git ignores it.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from himnet.checkpoints.locate import expanded, snapshot_file, snapshots_in
from himnet.errors import TrainingError
from himnet.locks import sole_writer


def is_main_process() -> bool:
    """Whether this process writes the files, told from torchrun's environment alone."""
    return os.environ.get("RANK", "0") == "0"


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run.

    Attributes:
        out: folder of the checkpoint.
        private: folder of the state to resume from.
    """

    out: Path
    private: Path

    @classmethod
    def at(cls, out: Path | str, private: Path | str | None = None) -> RunFolder:
        """Return the folders of a run; the state lives in ``OUT.state`` unless told otherwise."""
        out = expanded(out).resolve()
        if private is None:
            return cls(out, out.with_name(out.name + ".state"))
        return cls(out, expanded(private).resolve())

    @property
    def model(self) -> Path:
        """The best weights so far, as a checkpoint."""
        return self.out / "model.safetensors"

    @property
    def log(self) -> Path:
        """One JSON line an epoch, the same however often the run was interrupted."""
        return self.out / "log.jsonl"

    @property
    def card(self) -> Path:
        """The model card."""
        return self.out / "README.md"

    @property
    def state(self) -> Path:
        """The state to resume from."""
        return self.private / "run.safetensors"

    @property
    def note(self) -> Path:
        """What was asked for, written before anything slow is done."""
        return self.private / "request.json"

    @property
    def times(self) -> Path:
        """Wall-clock seconds of each epoch, which the log leaves out."""
        return self.private / "times.jsonl"

    @property
    def curves(self) -> Path:
        """TensorBoard's files."""
        return self.private / "tensorboard"

    def snapshot(self, step: int) -> Path:
        """The weights after a step that was asked for."""
        return snapshot_file(self.out, step)

    def held(self) -> AbstractContextManager[None]:
        """Return a context in which no other process trains here; see `sole_writer`."""
        for folder in (self.out, self.private):
            if folder.exists() and not folder.is_dir():
                raise TrainingError(f"'{folder}' is not a folder; choose another --out or --state")
        return sole_writer(self.out, self.private)

    def claim(self, *, resume: bool, force: bool) -> None:
        """Make the folders ready for a run, before anything slow is done.

        For one who holds them (see `held`).

        Raises:
            TrainingError: when there is a run or model that a new run would replace, or none
                that could be resumed.
        """
        if resume and not (self.state.exists() or self.note.exists()):
            raise TrainingError(
                f"there is nothing to resume: no state in '{self.private}'; start without "
                f"--resume, or name the folder of the state with --state"
            )
        if force and not resume:
            self._clear()
        taken = (self.state, self.note, self.model, self.log)
        found = [path for path in taken if path.exists()]
        if found and not resume:
            raise TrainingError(
                f"there is a run or a model already ('{found[0]}'); add --resume to go on with "
                f"it, --force to replace it, or choose another --out"
            )
        for partial in (*self.out.glob("**/.*.partial"), *self.private.glob(".*.partial")):
            partial.unlink()  # left by a sitting that was killed while it wrote
        self.out.mkdir(parents=True, exist_ok=True)
        self.private.mkdir(parents=True, exist_ok=True)

    def abandon(self) -> None:
        """Take the claim of a run back that could not begin; does nothing once it has begun."""
        if not self.state.exists():
            self.note.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove what an earlier run wrote, the state first, and nothing else."""
        snapshots = [path for _, path in snapshots_in(self.out)]
        curves = sorted(self.curves.glob("events.out.tfevents.*"))
        own = (self.state, self.note, self.times, self.model, self.log, self.card)
        for path in (*own, *snapshots, *curves):
            path.unlink(missing_ok=True)
