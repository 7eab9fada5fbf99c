"""What tests of the pages share: made-up checkpoints, a server, and a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.app_server import MAIN, AppServer, chromium, launch
from tests.app import made_up


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory) -> Path:
    """A folder with one made-up checkpoint of every kind; see `made_up.make_all`."""
    return made_up.make_all(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def explorer(checkpoints, tmp_path, monkeypatch) -> Callable[..., AppTest]:
    """Open the app by a link to a page: ``explorer("city", "temporal", **query)``."""
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(checkpoints))
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "no-data"))
    monkeypatch.setenv("HIMNET_TILES", "off")

    def open_app(
        checkpoint: str | None = "city", page: str = "overview", **query: str | list[str]
    ) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=60)
        if checkpoint is not None:
            app.query_params["checkpoint"] = checkpoint
        for name, value in query.items():
            app.query_params[name] = value
        return go(app, page)

    return open_app


def go(app: AppTest, page: str) -> AppTest:
    """Change to another page of an app; on ST-mixed, open the charts to keep."""
    app = app.switch_page(f"app_pages/{page}.py").run()
    folded = [toggle for toggle in app.toggle if toggle.key == "charts" and not toggle.value]
    return folded[0].set_value(True).run() if folded else app


def find(app: AppTest, words: str) -> AppTest:
    """Enter words into the search of sensors, which need not be among its suggestions."""
    box = app.selectbox(key="find")
    if words not in box.options:  # `AppTest` knows no field that takes other words
        box.options.append(words)
    return box.set_value(words).run()


def texts(app: AppTest) -> str:
    """Return everything that a page says in words, outside of charts and widgets."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "code")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


@pytest.fixture(scope="session")
def server(checkpoints, tmp_path_factory) -> Iterator[AppServer]:
    """A running app that knows the made-up checkpoints, has no data set and asks for no tiles."""
    folder = tmp_path_factory.mktemp("server")
    environment = {
        "HIMNET_CHECKPOINTS": str(checkpoints),
        "HIMNET_DATA_DIR": str(folder / "no-data"),
        "HIMNET_TILES": "off",
    }
    with AppServer(folder, environment) as running:
        running.wait()
        yield running


@pytest.fixture(scope="session")
def app_server(server) -> str:
    """Address of `server`."""
    return server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if chromium() is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        launched = launch(playwright)
        yield launched
        launched.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A page in a profile of its own, 1440 x 900, light."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(120_000)  # against a hang, not a bound on a busy machine
    opened = context.new_page()
    yield opened
    context.close()
