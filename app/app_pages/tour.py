"""The tour: eight steps for a class, each with a chart, a question and an answer."""

from __future__ import annotations

import streamlit as st

from analysis.model import LearntModel
from app.choices.chosen import choose, texts_of, write_link
from app.messages import said, show_error, shown_as_message
from app.pages import EVERY
from app.session.opened import OpenCheckpoint, current_checkpoint
from app.tour.beginnings import PLACES, POOL
from app.tour.doubts import EXCHANGE, NULL, RUSH
from app.tour.step import Answer, Step
from app.tour.structures import DAYS, HOURS, ROADS

STEPS: tuple[Step, ...] = (PLACES, POOL, DAYS, HOURS, ROADS, RUSH, NULL, EXCHANGE)
_STEP = "step"  # key of the step number, and its name in the URL


def _step(count: int) -> int:
    """Return the number of the requested step, by default 1."""
    asked = (texts_of(_STEP) or ["1"])[-1]
    return min(max(int(asked), 1), count) if asked.isdecimal() and len(asked) < 5 else 1


def _go(to: int) -> None:
    choose(_STEP, [str(to)])


def _draw_buttons(number: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            disabled=number == 1,
            on_click=said(_go),
            args=(number - 1,),
        )
        st.button(
            "Next", icon=":material/arrow_forward:", disabled=number == count, type="primary",
            on_click=said(_go), args=(number + 1,),
        )  # fmt: skip
        st.progress(number / count, text=f"Step {number} of {count}")


def _draw_question(step: Step, number: int, model: LearntModel, answer: Answer | None) -> None:
    """Draw the question, and the answer once it is requested."""
    st.markdown(step.tell.format(model=model.architecture))
    st.radio(step.ask, step.options, index=None, key=f"tour-choice-{number}")
    told = f"tour-told-{number}"
    if not st.session_state.get(told) and answer is not None:
        st.button(
            "Show the answer",
            icon=":material/lightbulb:",
            key=f"tour-show-{number}",
            on_click=said(lambda: st.session_state.update({told: True})),
        )
    elif answer is not None:
        st.info(answer(), icon=":material/lightbulb:")
    page = next(one for one in EVERY if one.file == step.page)
    st.page_link(
        f"app_pages/{page.file}.py",
        label=f"Explore further: {page.title}",
        icon=f":material/{page.icon}:",
    )


def _draw_step(step: Step, number: int, checkpoint: OpenCheckpoint) -> None:
    """Draw a step: its chart on the left, its text on the right."""
    view, words = st.columns([5, 3], gap="large")
    model, answer = checkpoint.arrays.model, None
    with view, shown_as_message():
        if why := model.why_not(step.space) if step.space else "":
            show_error(why)
            st.caption("Continue with the next step.")
        else:
            answer = step.draw(checkpoint)
    with words, shown_as_message():
        _draw_question(step, number, model, answer)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    has_pools = bool(checkpoint.arrays.model.convolutions)
    steps = [step for step in STEPS if has_pools or step is not POOL]
    number = _step(len(steps))
    choose(_STEP, [str(number)])
    write_link()
    step = steps[number - 1]
    st.title(step.title, anchor=False)
    _draw_buttons(number, len(steps))
    _draw_step(step, number, checkpoint)


draw(current_checkpoint())
