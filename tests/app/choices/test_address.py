"""Where the server listens: on this machine alone, from wherever it is started."""

import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from streamlit import net_util

from benchmarks.app_server import MAIN

pytestmark = pytest.mark.slow

SOCKETS = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LOOPBACK = ("0100007F", "00000000000000000000000001000000")  # as the kernel writes them
_LISTENS = "0A"


def addresses(port):
    """The addresses, in the kernel's words, at which this machine listens on a port."""
    found = []
    for table in SOCKETS:
        for line in table.read_text().splitlines()[1:]:
            place, state = line.split()[1], line.split()[3]
            address, _, number = place.partition(":")
            if state == _LISTENS and int(number, 16) == port:
                found.append(address)
    return found


@pytest.mark.skipif(not SOCKETS[0].exists(), reason="the system does not list its sockets")
@pytest.mark.parametrize("folder", ["the project's", "another"])
def test_it_listens_on_localhost(folder, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = MAIN.parents[1] if folder == "the project's" else tmp_path
    command = [sys.executable, "-m", "streamlit", "run", str(MAIN), "--server.headless", "true"]
    with (tmp_path / "log").open("w") as log:
        started = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=place, stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + 60
        while not addresses(port) and time.monotonic() < end and started.poll() is None:
            time.sleep(0.1)
        found = addresses(port)
    finally:
        started.terminate()
        started.wait(timeout=20)
    assert found, (tmp_path / "log").read_text()
    assert set(found) <= set(LOOPBACK)


def test_nobody_is_asked_for_this_machines_address(explorer, monkeypatch):
    asked = []
    monkeypatch.setattr(net_util, "_external_ip", None)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    explorer("bare")
    assert net_util.get_external_ip()
    assert asked == []


def test_the_server_answers_to_no_name_of_another_site():
    settings = tomllib.loads((MAIN.parent / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["address"] == "localhost"
    assert set(settings["server"]["allowedHosts"]) <= {"localhost", "127.0.0.1", "::1"}
