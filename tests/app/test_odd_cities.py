"""Every page draws cities of which little is known, or which lie oddly on the globe."""

import re

import pytest

from app.pages import EVERY
from tests.app import odd_cities

NAMES = tuple(page.file for page in EVERY)
USUAL = "no-roads"
ELSEWHERE = ("one-place", "two-sensors")  # seen on the pages without places too
WITHOUT_PLACES = ("temporal", "what_if", "why", "claims", "figures")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd-cities")
    for name in odd_cities.CITIES:
        odd_cities.save(folder, name)
    return folder


def pairs():
    for city in odd_cities.CITIES:
        for page in NAMES:
            if page in WITHOUT_PLACES and city not in (USUAL, *ELSEWHERE):
                continue
            marks = [] if city == USUAL and page != "figures" else [pytest.mark.slow]
            yield pytest.param(city, page, marks=marks, id=f"{city}-{page}")


@pytest.mark.parametrize(("city", "page"), list(pairs()))
def test_every_page_draws_it(explorer, city, page):
    app = explorer(city, page)
    assert not app.exception
    told = [error.value for error in app.error]
    if page == "compare" and city.startswith("two-sensors"):
        few = r".* have 2 sensors in common; choose two with 4 or more\."
        assert told
        assert all(re.fullmatch(few, one) for one in told)
    else:
        assert not told
    assert app.selectbox(key="checkpoint").value == city
