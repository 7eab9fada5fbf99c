"""Downloads: whole and right, or not there at all; and never twice the same bytes."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from himnet.cli import main
from himnet.data import registry, transfer
from himnet.data.download import download
from himnet.data.registry import DATASETS, Download
from himnet.errors import DataError, FolderError
from himnet.locks import LOCK_FILE, sole_writer
from tests.himnet.data.server import Mirror, serving

CONTENT = os.urandom(300_000)
PART = "METRLA/METR-LA.csv.part"
FILE = "METRLA/METR-LA.csv"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """METR-LA with a published file of 300 kB, and no waiting between attempts."""
    source = Download(
        "http://127.0.0.1:9/METR-LA.csv", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
    )
    monkeypatch.setitem(DATASETS, "METRLA", replace(DATASETS["METRLA"], download=source))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    monkeypatch.setattr(transfer, "TIMEOUT", 5.0)
    monkeypatch.setattr(transfer, "CHUNK", 10_000)


@pytest.fixture
def mirror():
    with serving(Mirror(CONTENT)) as served:
        yield served


def get(mirror, folder):
    return download("METRLA", folder, url=mirror.url, progress=False)


def start(folder, content):
    """Leave the beginning of a download in the folder."""
    part = folder / PART
    part.parent.mkdir()
    part.write_bytes(content)


def names(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK_FILE]
    return sorted(str(path.relative_to(folder)) for path in files)


def test_a_file_arrives_whole_and_alone(mirror, tmp_path):
    path = get(mirror, tmp_path)
    assert path == tmp_path / FILE
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == [FILE]
    assert mirror.asked == [None]


def test_a_file_that_is_there_is_not_fetched_again(mirror, tmp_path):
    get(mirror, tmp_path)
    get(mirror, tmp_path)
    assert len(mirror.asked) == 1


def test_another_file_in_its_place_is_left_alone(mirror, tmp_path):
    (tmp_path / "METRLA").mkdir()
    (tmp_path / FILE).write_bytes(b"mine")
    with pytest.raises(DataError, match="already exists, but is not the published file"):
        get(mirror, tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"mine"
    assert not mirror.asked


@pytest.mark.parametrize("silent", [False, True], ids=["with a length", "without a length"])
def test_a_broken_connection_is_taken_up_again(mirror, tmp_path, silent):
    mirror.cut, mirror.silent_length = [100_000, 50_000], silent
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == [None, "bytes=100000-", "bytes=150000-"]


def test_a_download_goes_on_in_a_later_run(mirror, tmp_path):
    start(tmp_path, CONTENT[:123_456])
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == ["bytes=123456-"]


def test_a_whole_part_only_needs_its_name(mirror, tmp_path):
    start(tmp_path, CONTENT)
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert not mirror.asked


def test_a_server_without_ranges_sends_all_of_it(mirror, tmp_path):
    start(tmp_path, CONTENT[:1000])
    mirror.ranges, mirror.cut = False, [200_000]
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert len(mirror.asked) == 2


def test_a_part_of_something_else_is_fetched_from_the_beginning(mirror, tmp_path):
    start(tmp_path, b"\0" * 1000)
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == ["bytes=1000-", None]


def test_a_part_that_is_too_long_is_fetched_from_the_beginning(mirror, tmp_path):
    start(tmp_path, CONTENT + b"more")
    assert get(mirror, tmp_path).read_bytes() == CONTENT


def test_a_range_that_the_server_shifts_is_not_glued_on(mirror, tmp_path):
    start(tmp_path, CONTENT[:1000])
    mirror.shift = 10
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == ["bytes=1000-", None]


WRONG = [
    "",
    "bytes",
    "bytes */300000",
    "bytes 999-299999/300000",
    "bytes 1001-299999/300000",
    "bytes 5000-299999/300000",
    "bytes 1000-999/300000",
    "bytes -1000-299999/300000",
    f"bytes {'9' * 5000}-299999/300000",
    f"bytes 1000-{'9' * 5000}/300000",
    "items 1000-299999/300000",
    "bytes=1000-299999/300000",
]


@pytest.mark.parametrize("told", WRONG)
def test_a_range_that_is_not_the_one_asked_for_is_never_glued_on(mirror, tmp_path, told):
    start(tmp_path, CONTENT[:1000])
    mirror.told = told
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == ["bytes=1000-", None]
    assert names(tmp_path) == [FILE]


@pytest.mark.parametrize("told", WRONG)
@pytest.mark.parametrize("begun", [0, 1000])
def test_a_server_that_sends_parts_at_will_is_told_by_what_it_did(mirror, tmp_path, told, begun):
    if begun:
        start(tmp_path, CONTENT[:begun])
    mirror.told, mirror.partial = told, True
    with pytest.raises(DataError, match=r"the server sent .*: check the network") as caught:
        get(mirror, tmp_path)
    assert "cannot be written" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert names(tmp_path) == ([PART] if begun else [])
    assert not begun or (tmp_path / PART).read_bytes() == CONTENT[:begun]
    mirror.told, mirror.partial = None, False
    assert get(mirror, tmp_path).read_bytes() == CONTENT


def test_more_than_the_range_that_was_named_is_not_kept(mirror, tmp_path):
    start(tmp_path, CONTENT[:1000])
    mirror.told, mirror.silent_length = "bytes 1000-1999/300000", True
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == ["bytes=1000-", None]


def test_a_server_that_sends_piece_by_piece_is_followed(mirror, tmp_path):
    mirror.cut, mirror.silent_length = [90_000] * 3, True
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked == [None, "bytes=90000-", "bytes=180000-", "bytes=270000-"]


@pytest.mark.parametrize("length", ["x", "-5", "9" * 5000, "1e3", "\u0663"])
def test_a_length_that_is_no_number_is_not_believed(mirror, tmp_path, length):
    mirror.length = length.encode().decode("latin-1")
    assert get(mirror, tmp_path).read_bytes() == CONTENT


def test_a_refused_range_does_not_cost_the_half_that_is_there(mirror, tmp_path):
    start(tmp_path, CONTENT[:1000])
    mirror.status = 416
    with pytest.raises(DataError, match=r"the server answered 416 .*the same command resumes"):
        get(mirror, tmp_path)
    assert (tmp_path / PART).read_bytes() == CONTENT[:1000]
    mirror.status = None
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked[-1] == "bytes=1000-"


def test_two_downloads_do_not_write_into_one_file(mirror, tmp_path):
    refusals = []

    def second():
        try:
            get(mirror, tmp_path)
        except FolderError as error:
            refusals.append(str(error))

    with sole_writer(tmp_path / "METRLA"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refusals) == 1
    assert "is being written by process" in refusals[0]
    assert not mirror.asked


def test_a_range_beyond_the_servers_file_tells_of_another_file(mirror, tmp_path):
    start(tmp_path, CONTENT[:200_000])
    mirror.content = CONTENT[:150_000]
    with pytest.raises(DataError, match="it has 150,000 bytes, not 300,000"):
        get(mirror, tmp_path)
    assert mirror.asked == ["bytes=200000-", None]
    assert not names(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * len(CONTENT), "its sha256 is"),
        (b"<html>moved</html>", "it has 18 bytes, not 300,000"),
        (CONTENT + b"x", "it has 300,001 bytes, not 300,000"),
    ],
    ids=["other bytes", "a page", "longer"],
)
def test_another_file_is_refused_and_not_kept(mirror, tmp_path, content, said):
    mirror.content = content
    with pytest.raises(DataError, match=said):
        get(mirror, tmp_path)
    assert not names(tmp_path)


def test_an_endless_file_is_not_taken(mirror, tmp_path):
    mirror.content, mirror.silent_length = CONTENT * 20, True
    with pytest.raises(DataError, match="it has more than 300,000 bytes"):
        get(mirror, tmp_path)
    assert not names(tmp_path)


def test_a_connection_that_keeps_breaking_keeps_what_came(mirror, tmp_path):
    mirror.cut = [100_000, 0, 0, 0]
    with pytest.raises(DataError, match=r"0\.1 of 0\.3 MB are kept, and the same command resumes"):
        get(mirror, tmp_path)
    assert names(tmp_path) == [PART]
    assert (tmp_path / PART).read_bytes() == CONTENT[:100_000]


@pytest.mark.parametrize(("status", "attempts"), [(404, 1), (403, 1), (503, 3)])
def test_a_refusal_is_told_and_asked_again_only_where_it_may_pass(
    mirror, tmp_path, status, attempts
):
    mirror.status = status
    with pytest.raises(DataError, match=f"the server answered {status} .*set a mirror"):
        get(mirror, tmp_path)
    assert len(mirror.asked) == attempts
    assert not names(tmp_path)


def test_no_network_is_one_sentence(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DataError, match=r"cannot be downloaded .*refused.*check the network"):
        download("METRLA", tmp_path, url=f"http://127.0.0.1:{port}/x.csv", progress=False)


@pytest.mark.parametrize(
    "url",
    [
        "file://localhost/etc/passwd",
        "METR-LA.csv",
        "ftp://host/file",
        "http://[half/x",
        "http://a b/",
    ],
)
def test_only_addresses_of_the_web_are_taken(tmp_path, url):
    with pytest.raises(DataError, match="is not the URL of a file"):
        download("METRLA", tmp_path, url=url, progress=False)


def test_a_folder_that_cannot_be_made_is_one_sentence(mirror, tmp_path):
    (tmp_path / "METRLA").write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be written .*another folder with --data-dir"):
        get(mirror, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_sentence(mirror, tmp_path):
    (tmp_path / "METRLA").mkdir()
    (tmp_path / PART).symlink_to("/dev/full")
    with pytest.raises(DataError, match=r"cannot be written \(No space left .*free disk space"):
        get(mirror, tmp_path)
    assert not names(tmp_path)


@pytest.mark.parametrize("name", ["PEMS04", "synthetic"])
def test_what_cannot_be_fetched_says_how_it_is_got(tmp_path, name):
    with pytest.raises(DataError, match=r"this project has no download for .*to get it, "):
        download(name, tmp_path)


def test_the_command_fetches_from_a_mirror(mirror, tmp_path, capsys):
    arguments = ["download", "METRLA", "--data-dir", str(tmp_path), "--url", mirror.url]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert f"METR-LA.csv from {mirror.url}" in said
    assert f"{tmp_path / FILE} is complete: 0.3 MB" in said
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / FILE} already exists: 0.3 MB")
    assert len(mirror.asked) == 1


@pytest.mark.parametrize("name", ["PEMS04", "nowhere"])
def test_the_command_fails_in_one_line(tmp_path, capsys, name):
    assert main(["download", name, "--data-dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_a_killed_download_leaves_a_part_that_the_next_one_goes_on_with(mirror, tmp_path):
    mirror.cut, mirror.silent_length = [100_000] + [0] * 1000, True
    source = registry.DATASETS["METRLA"].download
    code = (
        "from pathlib import Path; from himnet.data import transfer; transfer.ATTEMPTS = 10**6\n"
        f"transfer.fetch({mirror.url!r}, Path({str(tmp_path / FILE)!r}), "
        f"size={source.size}, sha256={source.sha256!r}, show=False)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "."})
    part = tmp_path / PART
    until = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size == 100_000) and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert names(tmp_path) == [PART]
    mirror.cut = []
    assert get(mirror, tmp_path).read_bytes() == CONTENT
    assert mirror.asked[-1] == "bytes=100000-"
