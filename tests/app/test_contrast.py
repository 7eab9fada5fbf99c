"""Every text can be read, light and dark: 4.5 to 1 on its ground, as WCAG AA asks."""

import re
import tomllib
from pathlib import Path

import pytest

from analysis.city.maps import DARK, LIGHT
from analysis.figures.vision import contrast
from app.views import claims_table
from app.views.contrast import CAPTION
from tests.app.browsing import settled, visit

APP = Path(claims_table.__file__).parents[1]
THEMES = tomllib.loads((APP / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
AA = 4.5
FADED = 0.6  # Streamlit's opacity of table heads, placeholders and hints
_CHECK = Path(__file__).with_name("contrasts.js").read_text(encoding="utf-8")
PAGES = ("", "explore", "temporal", "spatial", "st_mixed", "neighbours", "compare", "tour")


def over(colour, ground, opacity):
    """A ``#rrggbb`` colour at an opacity over a ground."""
    pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    mixed = [round(ink * opacity + below * (1 - opacity)) for ink, below in pairs]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def grounds(theme):
    own = THEMES[theme]
    names = ("backgroundColor", "secondaryBackgroundColor")
    return {part[name] for part in (own, own["sidebar"]) for name in names}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_and_links_can_be_read_on_every_ground_of_the_theme(theme):
    own = THEMES[theme]
    for ground in grounds(theme):
        for name in ("textColor", "linkColor", "primaryColor"):
            assert contrast(own[name], ground) >= AA, (name, ground)
        for opacity in (FADED, CAPTION / 100):
            faded = over(own["textColor"], ground, opacity)
            assert contrast(faded, ground) >= AA, (opacity, ground)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_style_of_the_app_fades_a_text_too_far(theme):
    text, ground = THEMES[theme]["textColor"], THEMES[theme]["backgroundColor"]
    styles = [*APP.rglob("*.py"), *APP.rglob("*.css"), *APP.parent.glob("analysis/**/*.py")]
    found = {
        float(opacity)
        for file in styles if "leaflet" not in file.parts
        for opacity in re.findall(r'(?<![-\w])opacity(?:: |=")(0?\.\d+)', file.read_text("utf-8"))
    }  # fmt: skip
    assert found
    assert {o for o in found if contrast(over(text, ground, o), ground) < AA} == set()


@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_names_and_tooltips_of_a_map_can_be_read(style):
    assert contrast(style.text, style.background) >= AA
    assert contrast(over(style.text, style.background, 0.7), style.background) >= AA


def test_verdicts_can_be_read_in_both_themes():
    for colour in claims_table.VERDICT_COLOURS.values():
        light, dark = re.fullmatch(r"light-dark\((#\w{6}), (#\w{6})\)", colour).groups()
        assert min(contrast(light, ground) for ground in grounds("light")) >= AA
        assert min(contrast(dark, ground) for ground in grounds("dark")) >= AA


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_page_shows_can_be_read(browser, app_server, scheme):
    context = browser.new_context(
        viewport={"width": 1440, "height": 2600}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    faint = {}
    for name in PAGES:
        settled(visit(page, app_server, name))
        page.wait_for_timeout(1000)
        low = [text for frame in page.frames for text in frame.evaluate(_CHECK, AA)]
        if low:
            faint[name] = low
    context.close()
    assert faint == {}
