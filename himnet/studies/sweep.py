"""Run a study: all runs that are not done yet, one JSON file for each, and one table."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from himnet.checkpoints.format import write_atomically
from himnet.errors import ConfigError, HimNetError, TrainingError
from himnet.locks import check_writable
from himnet.metrics import without_nan
from himnet.strict_json import read_json
from himnet.studies.studies import StudyRun, study_runs
from himnet.studies.table import study_table
from himnet.training.folder import RunFolder
from himnet.training.request import Request
from himnet.training.stopping import Stopping

_ASKED = ("dataset", "city", "settings", "sizes")  # what defines a run
_WRITING = threading.Lock()  # parallel runs share the table


@dataclass(frozen=True)
class Sweep:
    """A study in a folder.

    Attributes:
        study: one of `himnet.studies.studies.STUDIES`.
        out: ``out/RUN/`` is each run's checkpoint folder, ``out/RUN.json`` its result and
            ``out/STUDY.md`` the table.
        request: what all runs have in common; its folder and limits are not used.
        seeds: of the seed study.
        max_minutes: time limit of this call; the current run stops cleanly.
        at_once: number of parallel runs, each in a thread; for a GPU, which is idle most of the
            time with a single run of small steps.
    """

    study: str
    out: Path
    request: Request
    seeds: tuple[int, ...] = (0, 1, 2)
    max_minutes: float | None = None
    at_once: int = 1

    def __post_init__(self) -> None:
        """Reject settings that would contradict the name of a run, before anything is done."""
        if self.at_once < 1:
            raise ConfigError(f"--at-once must be at least 1, not {self.at_once}")
        for run in self.runs:
            for own, given in (
                (run.settings, self.request.settings),
                (run.sizes, self.request.sizes),
            ):
                for name in own:
                    if name in given:
                        raise ConfigError(
                            f"the study '{self.study}' sets {name} itself, but {given[name]!r} was "
                            f"given; omit that option"
                        )
            self._request(run)  # rejects invalid settings

    @property
    def runs(self) -> list[StudyRun]:
        """The study's training runs."""
        return study_runs(self.study, self.seeds)

    @property
    def table(self) -> Path:
        """The file of the table."""
        return self.out / f"{self.study}.md"

    def run(self, only: Sequence[str] = (), say: Any = print) -> dict[str, Any]:
        """Run what is not done yet; interrupted runs are resumed.

        Args:
            only: names of runs; if empty, all runs.
            say: called with a message at the beginning of each run.

        Returns:
            ``{"study", "reason", "signal", "runs": [...], "table"}``; ``reason`` is ``"done"``, or
            why a run stopped before its end.

        Raises:
            ConfigError: for a name in `only` that is not a run of the study.
            TrainingError: if the folder contains a run with other settings.
            FolderError: if the folder cannot be written.
            HimNetError: an error in a training run.
        """
        chosen = _chosen(self.runs, only)
        check_writable(self.out)
        for run in self.runs:  # report files that do not belong here before hours of work
            self.result(run)
        sitting = _Sitting(self.max_minutes)
        jobs = [
            (f"run {number} of {len(chosen)}: {run.name}", run)
            for number, run in enumerate(chosen, 1)
            if self.result(run) is None
        ]

        def do(job: tuple[str, StudyRun]) -> None:
            if sitting.goes_on():
                say(job[0])
                sitting.note(self._train(job[1], sitting))
                self._write_table()

        if self.at_once == 1:
            for job in jobs:
                do(job)
        else:
            with sitting.stopping, ThreadPoolExecutor(self.at_once) as pool:
                list(pool.map(do, jobs))
        results = [result for run in self.runs if (result := self.result(run)) is not None]
        return {
            "study": self.study,
            "reason": sitting.reason,
            "signal": sitting.signal,
            "runs": results,
            "table": self._write_table(),
        }

    def result(self, run: StudyRun) -> dict[str, Any] | None:
        """Return the content of a finished run's JSON file; None if there is none.

        Raises:
            TrainingError: if it is damaged, or belongs to a run with other settings.
        """
        path = self._path(run, ".json")
        try:
            stored: dict[str, Any] = read_json(path)
            asked = stored["asked"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"the result '{path}' cannot be read ({error}); remove it to measure again"
            ) from error
        if asked != self._asked(run):
            raise TrainingError(
                f"'{path}' is the result of a run with other settings; choose another --out, or "
                f"restart the run: remove {self._all_of(run)}"
            )
        return stored

    def _all_of(self, run: StudyRun) -> str:
        """Name all files of a run."""
        folder = RunFolder.at(self._path(run))
        return f"'{self._path(run, '.json')}', '{folder.out}' and '{folder.private}'"

    def _check_begun(self, run: StudyRun, folder: RunFolder) -> None:
        """Reject resuming a run that was started with other settings."""
        if not folder.note.exists():
            return
        try:
            note = read_json(folder.note)
            begun = {name: note[name] for name in _ASKED}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"the note '{folder.note}' cannot be read ({error}); restart the run: remove "
                f"{self._all_of(run)}"
            ) from error
        if begun != self._asked(run):
            raise TrainingError(
                f"the run '{run.name}' in {self.out} was started with other settings; use those, "
                f"choose another --out, or restart it: remove {self._all_of(run)}"
            )

    def _asked(self, run: StudyRun) -> dict[str, Any]:
        """Return the settings that define a run, as read back from JSON."""
        told = self._request(run).remembered()
        plain: dict[str, Any] = json.loads(json.dumps({name: told[name] for name in _ASKED}))
        return plain

    def _request(self, run: StudyRun) -> Request:
        """Return the common request with the run's own settings and sizes."""
        return replace(
            self.request,
            settings={**self.request.settings, **run.settings},
            sizes={**self.request.sizes, **run.sizes},
        )

    def _path(self, run: StudyRun, suffix: str = "") -> Path:
        return self.out / (re.sub(r"\W+", "-", run.name) + suffix)

    def _train(self, run: StudyRun, sitting: _Sitting) -> dict[str, Any]:
        """Start or resume a run; write its result if it finishes."""
        folder = RunFolder.at(self._path(run))
        request = replace(
            self._request(run),
            folder=folder,
            resume=folder.state.exists() or folder.note.exists(),
            max_minutes=sitting.minutes_left(),
            show=self.request.show and self.at_once == 1,
        )
        if request.resume:
            self._check_begun(run, folder)
        try:
            with folder.held():
                summary = self._claimed(request, sitting.stopping)
        except HimNetError as error:
            raise TrainingError(
                f"run '{run.name}': {error} (other runs: --only; to restart this one, remove "
                f"{self._all_of(run)})"
            ) from error
        if summary["finished"]:
            self._write_result(run, summary)
        return summary

    def _claimed(self, request: Request, above: Stopping) -> dict[str, Any]:
        """Train in the folder, which is locked."""
        from himnet.devices import choose_device, own_queue
        from himnet.training.run import train

        try:
            request.claim()
            with own_queue(choose_device(request.device)):
                return train(request, above)
        except HimNetError:
            if not request.resume:
                request.folder.abandon()
            raise

    def _write_result(self, run: StudyRun, summary: Mapping[str, Any]) -> None:
        kept = ("epochs", "steps", "best_epoch", "best_val_mae", "minutes", "test")
        result = {
            "study": self.study,
            "run": run.name,
            "asked": self._asked(run),
            "quoted": dict(run.quoted),
            **{name: summary[name] for name in kept},
        }
        content = json.dumps(without_nan(result), indent=2, allow_nan=False) + "\n"
        write_atomically(self._path(run, ".json"), content.encode())

    def _write_table(self) -> str:
        with _WRITING:
            table = study_table(self.study, [(run, self.result(run)) for run in self.runs])
            write_atomically(self.table, (table + "\n").encode())
        return table


class _Sitting:
    """The remaining time for the runs of one call, and why they stopped."""

    def __init__(self, max_minutes: float | None) -> None:
        self._max_minutes = max_minutes
        self._began = time.monotonic()
        self.stopping = Stopping()
        self.reason = "done"
        self.signal: int | None = None

    def minutes_left(self) -> float | None:
        """Return the remaining minutes; None without a limit."""
        if self._max_minutes is None:
            return None
        return max(0.0, self._max_minutes - (time.monotonic() - self._began) / 60)

    def goes_on(self) -> bool:
        """Whether another run may start."""
        if self.reason == "done" and self.minutes_left() == 0:
            self.reason = "time"
        return self.reason == "done"

    def note(self, summary: Mapping[str, Any]) -> None:
        """Record how a run ended."""
        if summary["signal"] is not None:
            self.reason, self.signal = "signal", summary["signal"]
        elif not summary["finished"]:
            self.reason = summary["reason"]


def _chosen(runs: list[StudyRun], only: Sequence[str]) -> list[StudyRun]:
    unknown = sorted(set(only) - {run.name for run in runs})
    if unknown:
        names = ", ".join(f"'{run.name}'" for run in runs)
        raise ConfigError(f"the study has no run '{unknown[0]}'; its runs are {names}")
    return [run for run in runs if not only or run.name in only]
