"""The description of a step of the tour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.session.opened import OpenCheckpoint
from himnet.config import SpaceName


@dataclass(frozen=True)
class Answer:
    """The answer to the question of a step, for one model; both are measured when asked for.

    Attributes:
        tell: returns what was found, with the numbers that show it.
        right: returns the position of the right option, None if it cannot be known for this model.
    """

    tell: Callable[[], str]
    right: Callable[[], int | None]


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Attributes:
        title: a question.
        tell: two or three sentences; {model} stands for the name of the architecture.
        draw: draws the chart of a checkpoint and returns the answer; raises an `AnalysisError` if
            the model lacks what the step shows.
        ask: the question that the class is asked before the answer.
        options: the choices.
        page: file of the page with more on the subject.
        space: the space that a model needs for the step; None for no particular one.
    """

    title: str
    tell: str
    draw: Callable[[OpenCheckpoint], Answer]
    ask: str
    options: tuple[str, ...]
    page: str
    space: SpaceName | None = None
