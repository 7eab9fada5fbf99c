"""The tour: eight steps for a class, each with a view, a question and an answer."""

from __future__ import annotations

import streamlit as st

from app.cached import why_not
from app.choices import drop_unless
from app.messages import show_error, shown_as_message
from app.pages import EVERY
from app.session import OpenCheckpoint, current_checkpoint
from app.tour.beginnings import PLACES, POOL
from app.tour.doubts import EXCHANGE, NULL, RUSH
from app.tour.step import Answer, Step
from app.tour.structures import DAYS, HOURS, ROADS

STEPS: tuple[Step, ...] = (PLACES, POOL, DAYS, HOURS, ROADS, RUSH, NULL, EXCHANGE)
_STEP = "step"  # key of the step, and its name in the URL


def _go(by: int) -> None:
    st.session_state[_STEP] = st.session_state.get(_STEP, 1) + by


def _draw_buttons(number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back", icon=":material/arrow_back:", disabled=number == 1, on_click=_go, args=(-1,)
        )
        st.button(
            "Next", icon=":material/arrow_forward:", disabled=number == len(STEPS), type="primary",
            on_click=_go, args=(1,),
        )  # fmt: skip
        st.progress(number / len(STEPS), text=f"Step {number} of {len(STEPS)}")


def _draw_question(step: Step, number: int, answer: Answer | None) -> None:
    """Draw the question, and the answer once it is asked for."""
    st.markdown(step.tell)
    st.radio(step.ask, step.options, index=None, key=f"tour-choice-{number}")
    told = f"tour-told-{number}"
    if not st.session_state.get(told) and answer is not None:
        st.button(
            "Show the answer",
            icon=":material/lightbulb:",
            key=f"tour-show-{number}",
            on_click=lambda: st.session_state.update({told: True}),
        )
    elif answer is not None:
        st.info(answer(), icon=":material/lightbulb:")
    page = next(one for one in EVERY if one.file == step.page)
    st.page_link(
        f"app_pages/{page.file}.py",
        label=f"Look closer: {page.title}",
        icon=f":material/{page.icon}:",
        query_params=dict(step.query),
    )


def _draw(step: Step, number: int, checkpoint: OpenCheckpoint) -> None:
    """Draw a step: its view on the left, what is said on the right."""
    view, words = st.columns([5, 3], gap="large")
    answer: Answer | None = None
    with view, shown_as_message():
        problem = why_not(step.part, checkpoint) if step.part else None
        if problem is not None:
            show_error(problem)
            st.caption("Go on with the next step.")
        else:
            answer = step.draw(checkpoint)
    with words, shown_as_message():
        _draw_question(step, number, answer)


checkpoint = current_checkpoint()
drop_unless(_STEP, lambda value: isinstance(value, int) and 1 <= value <= len(STEPS))
if _STEP not in st.session_state:
    asked = st.query_params.get(_STEP, "1")
    st.session_state[_STEP] = min(max(int(asked), 1), len(STEPS)) if asked.isdecimal() else 1
number: int = st.session_state[_STEP]
st.query_params[_STEP] = str(number)
st.title(STEPS[number - 1].title, anchor=False)
_draw_buttons(number)
_draw(STEPS[number - 1], number, checkpoint)
