"""The player of the ST-mixed page, in a real browser: it runs, and asks the server for nothing."""

import pytest

from tests.app.browsing import settled, visit

pytestmark = pytest.mark.browser
PLAYER = ".player"


@pytest.fixture
def playing(page, app_server):
    """The page of a city with its player drawn, and the messages that the browser sends."""
    sent = []

    def note(frame):
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    visit(page, app_server, "st_mixed", checkpoint="city", time="08:00")
    page.locator(f"{PLAYER}[data-time]").wait_for()
    return page, sent


def time_of(page):
    return page.locator(PLAYER).get_attribute("data-time")


def minutes(text):
    hours, _, rest = text.partition(":")
    return 60 * int(hours) + int(rest)


def test_it_plays_smoothly_and_no_frame_asks_the_server(playing):
    page, sent = playing
    assert time_of(page) == "08:00"
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(300)
    before, frames = len(sent), int(page.locator(PLAYER).get_attribute("data-frames"))
    page.wait_for_timeout(2000)
    drawn = int(page.locator(PLAYER).get_attribute("data-frames")) - frames
    assert len(sent) == before
    assert drawn > 2
    assert minutes(time_of(page)) > minutes("08:00")


def test_where_it_stops_the_page_and_the_link_go_on(playing):
    page, _ = playing
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(900)
    page.get_by_role("button", name="Pause").click()
    settled(page)
    shown = time_of(page)
    assert shown != "08:00"
    page.wait_for_function("time => new URL(location).searchParams.get('time') === time", arg=shown)
    assert page.get_by_text(f"at {shown}").count() > 0


def test_keys_step_and_play(playing):
    page, _ = playing
    page.locator(f"{PLAYER} .clock").focus()
    page.keyboard.press("ArrowRight")
    assert time_of(page) == "08:05"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert time_of(page) == "07:55"
    page.keyboard.press("End")
    assert time_of(page) == "23:55"
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()


def test_a_drag_moves_all_and_is_told_once(playing):
    page, sent = playing
    clock = page.locator(f"{PLAYER} .clock")
    box = clock.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    before = len(sent)
    for share in (0.4, 0.5, 0.6, 0.7):
        page.mouse.move(box["x"] + box["width"] * share, middle)
    assert len(sent) == before
    dragged = time_of(page)
    page.mouse.up()
    settled(page)
    assert minutes(dragged) > minutes("12:00")
    page.wait_for_function(
        "time => new URL(location).searchParams.get('time') === time", arg=dragged
    )


@pytest.mark.parametrize("checkpoint", ["dateless", "without-E_st", "without-E_s"])
def test_it_plays_what_a_model_has(page, app_server, checkpoint):
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    visit(page, app_server, "st_mixed", checkpoint=checkpoint)
    page.locator(f"{PLAYER}[data-time]").wait_for()
    page.locator(PLAYER).get_by_role("button", name="Play").click()
    page.wait_for_timeout(500)
    assert failures == []
    hidden = page.locator(f"{PLAYER} .map").is_hidden()
    assert hidden == (checkpoint == "dateless")
