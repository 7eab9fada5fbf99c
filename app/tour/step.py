"""What a step of the tour is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.session.opened import OpenCheckpoint

Answer = Callable[[], str]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        title: a question.
        tell: two or three sentences.
        draw: draws the view of a checkpoint and returns what words its answer; it raises an
            `AnalysisError` where the model has not what the step shows.
        ask: what the class is asked before the answer.
        options: to choose from.
        page: file of the page that goes deeper.
        query: of that page.
        part: whose ablation takes the step away: "temporal", "spatial", "st", or "".
    """

    title: str
    tell: str
    draw: Callable[[OpenCheckpoint], Answer]
    ask: str
    options: tuple[str, ...]
    page: str
    query: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
