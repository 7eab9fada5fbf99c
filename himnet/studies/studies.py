"""The paper's experiments: the training runs of each, and the paper's results (no torch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from himnet.config import ABLATIONS
from himnet.errors import ConfigError

Study = Literal["seeds", "ablations", "dimensions", "schedules"]
STUDIES: tuple[str, ...] = get_args(Study)
TITLES = {
    "seeds": "Seeds",
    "ablations": "Ablations (the paper's table 4)",
    "dimensions": "Embedding dimensions (the paper's figure 3)",
    "schedules": "Schedule, scheduled sampling, initial dictionaries, averaging",
}

DIMENSIONS = (4, 8, 12, 16, 20, 24)  # the paper's figure 3
# average MAE over the 12 steps on METR-LA with one part removed (the paper's table 4)
METRLA_ABLATIONS: Mapping[str, float] = {
    "E_t": 2.94,
    "E_s": 3.49,
    "E_st": 3.07,
    "TMP": 2.94,
    "SMP": 3.53,
    "STMP": 3.01,
}
METRLA_MAE = 2.92
# figure 3 shows no numbers; the paper's text states their range
METRLA_DIMENSIONS_RMSE = "6.02 to 6.13"


@dataclass(frozen=True)
class StudyRun:
    """One training run of a study.

    Attributes:
        name: of its row and its folder.
        settings: fields of `TrainingSettings` that define this run.
        sizes: fields of `HimNetConfig` that define this run.
        quoted: the paper's results for it on METR-LA, text by name of the metric.
        rows: names of the rows that show it, if there are several; otherwise only its own name.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    quoted: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()


def study_runs(study: str, seeds: Sequence[int] = (0, 1, 2)) -> list[StudyRun]:
    """Return the training runs of a study, in order of execution.

    Args:
        study: one of `STUDIES`.
        seeds: of the seed study; the others have one seed, which is a setting.

    Raises:
        ConfigError: for an unknown study, or seeds that are missing, repeated or negative.
    """
    if study == "seeds":
        return _seed_runs(seeds)
    if study == "ablations":
        return _ablation_runs()
    if study == "dimensions":
        return _dimension_runs()
    if study == "schedules":
        return _schedule_runs()
    raise ConfigError(f"there is no study '{study}'; choose one of {', '.join(STUDIES)}")


def _seed_runs(seeds: Sequence[int]) -> list[StudyRun]:
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        given = ", ".join(map(str, seeds)) or "none"
        raise ConfigError(f"the seed study needs distinct seeds of at least 0, not {given}")
    quoted = {"mae": f"{METRLA_MAE:.2f}"}
    return [StudyRun(f"seed {seed}", settings={"seed": seed}, quoted=quoted) for seed in seeds]


def _ablation_runs() -> list[StudyRun]:
    full = StudyRun("full model", quoted={"mae": f"{METRLA_MAE:.2f}"})
    parts = [part for part in ABLATIONS if part != "none"]
    return [full] + [
        StudyRun(
            f"without {part}",
            sizes={"ablate": part},
            quoted={"mae": f"{METRLA_ABLATIONS[part]:.2f}"},
        )
        for part in parts
    ]


def _dimension_runs() -> list[StudyRun]:
    """Return 16 runs for 18 points: with one d varied at a time, all three share d = 16."""
    quoted = {"rmse": METRLA_DIMENSIONS_RMSE}
    common = 16
    rows = tuple(f"{name} = {common}" for name in ("d_t", "d_s", "d_st"))
    runs = [StudyRun(f"all d = {common}", sizes=_sizes(), quoted=quoted, rows=rows)]
    for name in ("d_t", "d_s", "d_st"):
        runs += [
            StudyRun(f"{name} = {d}", sizes=_sizes(**{name: d}), quoted=quoted)
            for d in DIMENSIONS
            if d != common
        ]
    return runs


def _schedule_runs() -> list[StudyRun]:
    """Return training runs, each with one change from the previous one."""
    changes: dict[str, dict[str, Any]] = {
        "as published": {},
        "one-cycle": {"schedule": "one-cycle", "learning_rate": 3e-3},
        "and never the truth": {"tf_decay_steps": 0},
        "and small dictionaries": {"dictionary_std": 0.1},
        "and averaged": {"ema": 0.998},
    }
    runs: list[StudyRun] = []
    settings: dict[str, Any] = {}
    for name, change in changes.items():
        settings = settings | change
        runs.append(StudyRun(name, settings=settings))
    return runs


def _sizes(d_t: int = 16, d_s: int = 16, d_st: int = 16) -> dict[str, int]:
    """Return the sizes for these dimensions; each dictionary has half of d_t, as on METR-LA."""
    return {
        "tod_embedding_dim": d_t // 2,
        "dow_embedding_dim": d_t - d_t // 2,
        "node_embedding_dim": d_s,
        "st_embedding_dim": d_st,
    }
