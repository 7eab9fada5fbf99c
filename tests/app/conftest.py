"""What tests of the pages share: made-up checkpoints, a server, and a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app import made_up
from tests.project.sources import ROOT

MAIN = ROOT / "app" / "main.py"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory) -> Path:
    """A folder with one made-up checkpoint of every kind; see `made_up.make_all`."""
    return made_up.make_all(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def explorer(checkpoints, tmp_path, monkeypatch) -> Callable[..., AppTest]:
    """Open the app on a checkpoint and a page: ``explorer("city", "temporal", **query)``."""
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(checkpoints))
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "no-data"))
    monkeypatch.setenv("HIMNET_TILES", "off")

    def open_app(checkpoint: str = "city", page: str | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=60)
        app.query_params["checkpoint"] = checkpoint
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page is not None:
            app.switch_page(f"app_pages/{page}.py").run()
        return app

    return open_app


def texts(app: AppTest) -> str:
    """Return everything that a page says in words, outside of charts and widgets."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "code")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


class Server:
    """A running app: its address, and how long it took to answer."""

    def __init__(self, checkpoints: Path, folder: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "streamlit.log"
        self.started = time.monotonic()
        command = [sys.executable, "-m", "streamlit", "run", str(MAIN)]
        options = ["--server.headless", "true", "--server.port", str(port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, *options],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ
                | {"HIMNET_CHECKPOINTS": str(checkpoints), "HIMNET_DATA_DIR": str(folder)}
                | environment,
            )

    def wait(self, seconds: float = 60) -> None:
        """Wait until the server is healthy."""
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() - self.started > seconds or self.process.poll() is not None:
                    pytest.fail(f"the app did not start: {self.log.read_text()[-2000:]}")
                time.sleep(0.05)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="session")
def app_server(checkpoints, tmp_path_factory) -> Iterator[str]:
    """Address of a running app that knows the made-up checkpoints and has no data set."""
    server = Server(checkpoints, tmp_path_factory.mktemp("server"), HIMNET_TILES="off")
    server.wait()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A page in a profile of its own, 1440 x 900, light."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(30_000)
    opened = context.new_page()
    yield opened
    context.close()
