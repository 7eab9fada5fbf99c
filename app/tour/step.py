"""What a step of the tour is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.session.opened import OpenCheckpoint
from himnet.config import SpaceName

Answer = Callable[[], str]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        title: a question.
        tell: two or three sentences, in which {model} stands for what the model is called.
        draw: draws the view of a checkpoint and returns what words its answer; it raises an
            `AnalysisError` where the model has not what the step shows.
        ask: what the class is asked before the answer.
        options: to choose from.
        page: file of the page that goes deeper.
        query: of that page.
        space: that a model must have for the step; None for no particular one.
    """

    title: str
    tell: str
    draw: Callable[[OpenCheckpoint], Answer]
    ask: str
    options: tuple[str, ...]
    page: str
    query: Mapping[str, str] = field(default_factory=dict)
    space: SpaceName | None = None
