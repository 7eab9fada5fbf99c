"""The player of the ST-mixed page, in a real browser: it runs, and asks the server for nothing."""

import pytest

from tests.app.browsing import setting, settled, visit

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


def test_a_drag_ends_the_playing_and_stays(playing):
    page, _ = playing
    page.get_by_role("button", name="Play").click()
    page.locator(f"{PLAYER} .clock").fill("200")
    page.get_by_role("button", name="Play").wait_for()
    page.wait_for_timeout(500)
    assert minutes(time_of(page)) == minutes("00:55") + 200 * 5


def test_steps_count_while_the_server_answers_the_last_one(playing):
    page, _ = playing
    page.locator(f"{PLAYER} .clock").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(350)  # a little more than the player's patience
    settled(page)
    page.wait_for_timeout(500)
    assert time_of(page) == "08:30"
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => !new URL(location).searchParams.has('time')")  # the page's own


def test_the_clock_of_the_page_moves_the_player(playing):
    page, _ = playing
    setting(page, "time").focus()
    page.keyboard.press("ArrowRight")
    page.locator(f'{PLAYER}[data-time="08:05"]').wait_for()


def test_a_sensor_clicked_on_the_map_is_chosen_and_the_day_plays_on(playing):
    page, _ = playing
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1000)
    shown = minutes(time_of(page))
    name = click_a_sensor(page)
    layer = page.locator(f"{PLAYER} .colour option", has_text=f"cosine to {name}")
    layer.wait_for(state="attached")
    settled(page)
    assert "like=" in page.url
    assert page.get_by_role("button", name="Pause").count() == 1
    assert minutes(time_of(page)) >= shown


def click_a_sensor(page):
    """Click the first spot of the map that names a sensor not yet chosen, and return its name."""
    canvas = page.locator(f"{PLAYER} .map canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    chosen = page.locator(f"{PLAYER} .colour option").first.inner_text().removeprefix("cosine to ")
    for step in range(400):
        across, down = 10 + step % 20 * (box["width"] - 100) / 19, 26 + step // 20 * 15
        canvas.hover(position={"x": across, "y": down})
        name = (canvas.get_attribute("title") or "").partition(":")[0]
        if name not in ("", chosen):
            canvas.click(position={"x": across, "y": down})
            return name
    raise AssertionError("no sensor was found on the map")


def test_the_space_bar_presses_a_focused_button_once(playing):
    page, _ = playing
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()


def test_a_change_of_theme_is_drawn(playing):
    page, _ = playing
    lines = page.locator(f"{PLAYER} .series canvas").first
    light = lines.get_attribute("data-about")
    page.emulate_media(color_scheme="dark")
    page.locator(f'{PLAYER} .series canvas[data-about]:not([data-about="{light}"])').wait_for()


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
