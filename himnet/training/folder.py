"""The files of a run: the checkpoint's folder, and the state for resuming next to it (no torch).

``OUT/`` contains the results: ``model.safetensors`` (best by validation MAE), ``log.jsonl``,
``README.md`` and ``snapshots/``. ``OUT.state/`` contains what only this run needs:
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
    """Whether this process writes the files, according to torchrun's environment variables."""
    return os.environ.get("RANK", "0") == "0"


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run.

    Attributes:
        out: folder of the checkpoint.
        private: folder of the state for resuming.
    """

    out: Path
    private: Path

    @classmethod
    def at(cls, out: Path | str, private: Path | str | None = None) -> RunFolder:
        """Return the folders of a run; by default the state is in ``OUT.state``."""
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
        """One JSON line per epoch, the same however often the run was interrupted."""
        return self.out / "log.jsonl"

    @property
    def card(self) -> Path:
        """The model card."""
        return self.out / "README.md"

    @property
    def state(self) -> Path:
        """The state for resuming."""
        return self.private / "run.safetensors"

    @property
    def note(self) -> Path:
        """What was requested, written before anything slow is done."""
        return self.private / "request.json"

    @property
    def times(self) -> Path:
        """Wall-clock seconds of each epoch, which are not in the log."""
        return self.private / "times.jsonl"

    @property
    def curves(self) -> Path:
        """TensorBoard's files."""
        return self.private / "tensorboard"

    def snapshot(self, step: int) -> Path:
        """The weights after a requested step."""
        return snapshot_file(self.out, step)

    def held(self) -> AbstractContextManager[None]:
        """Return a context in which no other process trains here; see `sole_writer`."""
        for folder in (self.out, self.private):
            if folder.exists() and not folder.is_dir():
                raise TrainingError(f"'{folder}' is not a folder; choose another --out or --state")
        return sole_writer(self.out, self.private)

    def claim(self, *, resume: bool, force: bool) -> None:
        """Prepare the folders for a run, before anything slow is done.

        Call it while holding them (see `held`).

        Raises:
            TrainingError: if there is a run or model that a new run would replace, or none that
                could be resumed.
        """
        if resume and not (self.state.exists() or self.note.exists()):
            raise TrainingError(
                f"there is nothing to resume: no state in '{self.private}'; start without "
                f"--resume, or give the folder of the state with --state"
            )
        if force and not resume:
            self._clear()
        taken = (self.state, self.note, self.model, self.log)
        found = [path for path in taken if path.exists()]
        if found and not resume:
            raise TrainingError(
                f"there is already a run or a model ('{found[0]}'); add --resume to continue it, "
                f"--force to replace it, or choose another --out"
            )
        for partial in (*self.out.glob("**/.*.partial"), *self.private.glob(".*.partial")):
            partial.unlink()  # left by a process that was killed while writing
        self.out.mkdir(parents=True, exist_ok=True)
        self.private.mkdir(parents=True, exist_ok=True)

    def abandon(self) -> None:
        """Withdraw the claim of a run that could not start; does nothing once it has started."""
        if not self.state.exists():
            self.note.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove the files of an earlier run, the state first, and nothing else."""
        snapshots = [path for _, path in snapshots_in(self.out)]
        curves = sorted(self.curves.glob("events.out.tfevents.*"))
        own = (self.state, self.note, self.times, self.model, self.log, self.card)
        for path in (*own, *snapshots, *curves):
            path.unlink(missing_ok=True)
