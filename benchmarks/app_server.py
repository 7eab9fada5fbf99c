"""A running explorer and a headless browser, for the benchmarks of pages and their tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
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
WINDOW = {"width": 1440, "height": 900}
_POLL = 0.02  # seconds between checks whether the server is running
# an attribute of the page when the server is idle
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# true in a browser when the server is idle, no part of the page waits for its own script, and all
# charts and maps are drawn
DRAWN = """() => {
  const all = name => [...document.querySelectorAll(`[data-testid="${name}"]`)];
  return document.querySelector("h1")
    && document.querySelector(`IDLE`)
    && !all("stSkeleton").length
    && all("stPlotlyChart").every(chart => chart.querySelector(".main-svg"))
    && all("stCustomComponentV1").every(frame => frame.clientHeight > 0);
}""".replace("IDLE", IDLE)


class AppServer:
    """An explorer in a separate process, on a free port of this machine.

    Attributes:
        url: its address.
        started: `time.perf_counter` at the start of the process.
        process: its process.
        log: file with its output.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        script: Path = MAIN,
        base_path: str = "",
    ) -> None:
        """Start the server.

        Args:
            folder: for the log.
            environment: variables in addition to those of this process.
            script: to run it with.
            base_path: of its address, such as ``"lab/himnet"``.
        """
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}" + (f"/{base_path}" if base_path else "")
        self.log = folder / "streamlit.log"
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        options = ["--server.headless", "true", "--server.port", str(port)]
        options += ["--server.baseUrlPath", base_path] if base_path else []
        self.started = time.perf_counter()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, *options],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(environment),
            )

    def wait(self, seconds: float = 60) -> None:
        """Wait until it responds.

        Raises:
            RuntimeError: if it ended, or has not responded in time.
        """
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError) as error:
                waited = time.perf_counter() - self.started
                if waited > seconds or self.process.poll() is not None:
                    self.stop()
                    told = self.log.read_text()[-2000:]
                    raise RuntimeError(f"the app did not start: {told}") from error
                time.sleep(_POLL)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> AppServer:
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()


def chromium() -> str | None:
    """Return the path of the system's Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def launch(playwright: Any) -> Any:
    """Start the system's Chromium, headless, without its own network traffic.

    Raises:
        RuntimeError: if there is no Chromium.
    """
    path = chromium()
    if path is None:
        raise RuntimeError("no Chromium was found; on Debian: apt install chromium")
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


@contextmanager
def explorer(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[AppServer, Any]]:
    """Run a server without map tiles, which responds, and Chromium; arguments as `AppServer`."""
    from playwright.sync_api import sync_playwright

    with (
        AppServer(folder, {"HIMNET_TILES": "off", **environment}) as server,
        sync_playwright() as playwright,
    ):
        server.wait()
        browser = launch(playwright)
        yield server, browser
        browser.close()
