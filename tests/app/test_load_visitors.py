"""Ten visitors at once, at random: nobody sees another's file, an error or a server that grows."""

import random
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.pages import EVERY
from tests.app import made_up
from tests.app.browsing import settled

pytestmark = [pytest.mark.load, pytest.mark.browser]
VISITORS, SECONDS = 10, 60
# Of the server. Libraries and a loaded model take half of it, caches of bounded size that all
# visitors share the rest: over seven minutes it stayed between 810 and 870 from the fourth on.
MOST_MB = 1100
CHECKPOINTS = ("city", "bare", "layered", "dateless", "metr-la")
CANARY = re.compile(r"canary-\d+")
EXCEPTION = '[data-testid="stException"]'


def resident_mb(pid):
    """Return the memory of a process, in MB; skips where the system does not tell it."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        pytest.skip("this system tells no process's memory under /proc")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1]) / 1024


class Visitor:
    """A browser context that does something at random."""

    def __init__(self, browser, url, number, folder):
        self.rng = random.Random(number)
        self.name = f"canary-{number}"
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        # against a page that hangs: ten busy browsers and what runs beside them share two cores
        self.context.set_default_timeout(200_000)
        self.page = self.context.new_page()
        info = replace(made_up.city_info(), name=self.name)
        self.file = folder / f"{self.name}.safetensors"
        saved = made_up.save(folder / "made", self.name, info=info)
        self.file.write_bytes(saved.read_bytes())
        self.page.goto(f"{url}/?checkpoint={self.rng.choice(CHECKPOINTS)}")

    def act(self):
        """Do one thing without waiting for what comes of it."""
        getattr(self, self.rng.choice(("menu", "menu", "widget", "widget", "choose", "upload")))()

    def menu(self):
        title = self.rng.choice(EVERY).title
        self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()

    def widget(self):
        main = self.page.get_by_test_id("stMain")
        kinds = ("stCheckbox", "stButtonGroup", "stSlider")
        found = main.get_by_test_id(self.rng.choice(kinds)).locator("label, button, [role=slider]")
        count = found.count()
        if count:
            self.quickly(lambda: found.nth(self.rng.randrange(count)).click(timeout=1500))

    def choose(self):
        box = self.page.locator(".st-key-checkpoint").locator("input")
        self.quickly(lambda: box.click(timeout=1500))
        options = self.page.get_by_role("option")
        if count := options.count():
            self.quickly(lambda: options.nth(self.rng.randrange(count)).click(timeout=1500))

    def upload(self):
        given = self.page.locator(".st-key-upload input[type=file]")
        if given.count():
            self.quickly(lambda: given.set_input_files(self.file, timeout=1500))

    def quickly(self, action):
        """Do something to an element that may be gone by now."""
        from playwright.sync_api import Error

        try:
            action()
        except Error:
            self.page.keyboard.press("Escape")

    def check(self):
        """See no trace, and no file of anybody else."""
        assert not self.page.locator(EXCEPTION).count()
        assert set(CANARY.findall(self.page.inner_text("body"))) <= {self.name}


def test_ten_visitors_at_random_for_a_minute(browser, server, tmp_path, record_property):
    visitors = [Visitor(browser, server.url, number, tmp_path) for number in range(VISITORS)]
    for visitor in visitors:
        settled(visitor.page)
    memory, began = [resident_mb(server.process.pid)], time.monotonic()
    while time.monotonic() - began < SECONDS:
        for visitor in visitors:
            visitor.act()
            visitor.check()
        memory.append(resident_mb(server.process.pid))
    for visitor in visitors:
        settled(visitor.page).wait_for_timeout(100)
        visitor.check()
        assert visitor.page.locator(".st-key-checkpoint").count()
        visitor.context.close()
    memory.append(resident_mb(server.process.pid))
    told = f"MB: {memory[0]:.0f} at first, {memory[len(memory) // 2]:.0f}, {memory[-1]:.0f} at last"
    print(told)
    record_property("memory", told)
    assert max(memory) < MOST_MB, told
    assert server.process.poll() is None
    assert "Traceback" not in server.log.read_text()
