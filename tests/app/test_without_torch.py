"""Every page opens on the bundled checkpoints where torch is not installed."""

import json

import pytest

from app.messages import sentence
from app.pages import EVERY
from himnet.errors import GET_TORCH, without_torch
from tests.processes import run_python

BUNDLED = ("metr-la", "synthetic-city")
PAGES = tuple(page.file for page in EVERY)
LAST_STEP = "the last step of the tour"
# what if and why run on the model's own forecasts; the readings of the synthetic city are
# generated, so that its pages would run the model
RUN_A_MODEL = {
    "metr-la": {LAST_STEP, "what_if", "why"},
    "synthetic-city": {LAST_STEP, "forecasts", "what_if", "why"},
}
SENTENCE = sentence(without_torch(ModuleNotFoundError(name="torch")))


@pytest.fixture(scope="module", params=BUNDLED)
def opened(request, tmp_path_factory):
    """The name of a checkpoint, and what each page shows of it without torch."""
    name = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIMNET_DATA_DIR", str(tmp_path_factory.mktemp("no-data")))
        patch.setenv("HIMNET_TILES", "off")
        places = {page: f"{page}?checkpoint={name}&charts=true" for page in PAGES}
        places[LAST_STEP] = f"tour?checkpoint={name}&step=8"
        done = run_python("-m", "tests.app.without_torch", *places.values())
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["torch"] is False
    return name, {page: told["pages"][place] for page, place in places.items()}


@pytest.mark.slow
def test_every_page_opens_with_its_question(opened):
    for page, shown in opened[1].items():
        (title,) = shown["title"]
        assert title.endswith("?"), page
        assert shown["exceptions"] == [], page


@pytest.mark.slow
def test_a_page_that_runs_a_model_names_the_command_that_adds_torch_and_no_other_does(opened):
    name, pages = opened
    told = {page: shown["errors"] for page, shown in pages.items() if shown["errors"]}
    assert told == {page: [SENTENCE] for page in RUN_A_MODEL[name]}


@pytest.mark.slow
def test_the_pages_that_run_no_model_draw_their_charts(opened):
    name, pages = opened
    for page in ("tour", "explore", "temporal", "spatial", "st_mixed", "neighbours", "forecasts"):
        assert pages[page]["charts"], (name, page)


def test_the_sentence_is_one_and_names_the_command():
    assert SENTENCE.count(". ") == 0
    assert SENTENCE.endswith(f"{GET_TORCH}.")


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError(name="numpy"), ImportError("torch"), OSError()]
)
def test_other_errors_are_not_taken_for_it(error):
    assert without_torch(error) is None
