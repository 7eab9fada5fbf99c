"""Where the server listens: on this machine alone, from wherever it is started."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
