"""The tour: nine steps for a class, each with a chart, a question and an answer."""

from __future__ import annotations

import streamlit as st

from analysis.city.areas import has_several_roads
from analysis.model import LearntModel
from app.choices.chosen import choose, say_missing, texts_of, write_link
from app.choices.presenting import is_presenting, present
from app.messages import said, show_error, shown_as_message
from app.pages import page_named
from app.session.opened import OpenCheckpoint, current_checkpoint
from app.tour.beginnings import PLACES, POOL
from app.tour.connections import GRAPH
from app.tour.doubts import EXCHANGE, NULL, RUSH
from app.tour.slide import slide
from app.tour.step import Answer, Step
from app.tour.structures import AREAS, DAYS, HOURS, ROADS
from app.views.components import link_to

STEPS: tuple[Step, ...] = (PLACES, POOL, DAYS, HOURS, ROADS, RUSH, NULL, GRAPH, EXCHANGE)
_STEP = "step"  # key of the step number, and its name in the URL


def _step(count: int) -> int:
    """Return the number of the requested step; 1, with a message, for one that is not there."""
    asked = (texts_of(_STEP) or ["1"])[-1]
    if asked in map(str, range(1, count + 1)):
        choose(_STEP, [asked])
        write_link()
        return int(asked)
    say_missing(_STEP, "Step", [asked], ["1"])
    return 1


def _go(to: int) -> None:
    choose(_STEP, [str(to)])


def _draw_buttons(number: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back", icon=":material/arrow_back:", disabled=number == 1, key="tour-back",
            on_click=said(_go), args=(number - 1,), help="Or the left arrow key.",
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", disabled=number == count, type="primary",
            key="tour-next", on_click=said(_go), args=(number + 1,), help="Or the right arrow key.",
        )  # fmt: skip
        if not is_presenting():
            st.button(
                "Present", icon=":material/present_to_all:", key="tour-present",
                on_click=said(present), help="Show the slide without the sidebar.",
            )  # fmt: skip
        st.progress(number / count, text=f"Step {number} of {count}")


def _draw_question(step: Step, number: int, model: LearntModel, answer: Answer | None) -> None:
    """Draw the question, and the answer once a vote is cast or the answer is requested."""
    st.markdown(step.tell.format(model=model.architecture))
    vote = st.radio(step.ask, step.options, index=None, key=f"tour-choice-{number}")
    told = f"tour-told-{number}"
    if answer is not None and (vote is not None or st.session_state.get(told)):
        _draw_answer(step, answer, vote)
    elif answer is not None:
        st.button(
            "Show the answer",
            icon=":material/lightbulb:",
            key=f"tour-show-{number}",
            on_click=said(lambda: st.session_state.update({told: True})),
        )
    page = page_named(step.page)
    link_to(page, f"Explore further: {page.title}")


def _draw_answer(step: Step, answer: Answer, vote: str | None) -> None:
    """Draw whether a vote was right, if there is one, and what was measured."""
    place = answer.right()
    right = None if place is None else step.options[place]
    told = answer.tell()
    if vote is not None and vote == right:
        st.success(f"**That is right.** {told}", icon=":material/check_circle:")
    elif right is None:
        st.info(told, icon=":material/lightbulb:")
    else:
        no = "No: " if vote else ""
        st.info(f"**{no}“{right}” is right.** {told}", icon=":material/lightbulb:")


def _draw_step(step: Step, number: int, checkpoint: OpenCheckpoint) -> None:
    """Draw a step: its chart on the left, its text on the right."""
    view, words = st.columns([2, 1], gap="large")
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
    has_roads = has_several_roads(checkpoint.arrays.dataset.sensors)
    steps = [
        AREAS if step is ROADS and not has_roads else step
        for step in STEPS
        if has_pools or step is not POOL
    ]
    number = _step(len(steps))
    step = steps[number - 1]
    st.title(step.title, anchor=False)
    _draw_buttons(number, len(steps))
    _draw_step(step, number, checkpoint)
    slide()


draw(current_checkpoint())
