"""Results in the cache are found by all that they depend on, and lost without harm."""

import numpy as np
import pytest

from analysis.cache import cache_file, cache_folder, keep_cached, read_cached

SETTINGS = {"checkpoint": "abc", "windows": [3, 1]}
FORMAT = "made-up/1"
TABLE = {"sums": np.arange(3.0)}


def test_a_result_is_found_again_by_the_same_settings_only(tmp_path):
    path = cache_file(tmp_path / "new", "sums", SETTINGS)
    assert keep_cached(path, FORMAT, SETTINGS, TABLE) == path
    said, arrays = read_cached(path, FORMAT, max_bytes=1_000)
    assert said == SETTINGS
    np.testing.assert_array_equal(arrays["sums"], TABLE["sums"])
    assert cache_file(tmp_path / "new", "sums", dict(reversed(SETTINGS.items()))) == path
    others = ({**SETTINGS, "windows": [1, 3]}, {**SETTINGS, "checkpoint": "abd"})
    assert path not in {cache_file(tmp_path / "new", "sums", other) for other in others}
    assert cache_file(tmp_path / "new", "costs", SETTINGS) != path


def test_without_a_folder_nothing_is_kept_or_found():
    assert cache_file(None, "sums", SETTINGS) is None
    assert keep_cached(None, FORMAT, SETTINGS, TABLE) is None
    assert read_cached(None, FORMAT, max_bytes=1_000) is None


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\xff" * 64])
def test_a_damaged_file_is_as_none(tmp_path, content):
    path = tmp_path / "sums.safetensors"
    path.write_bytes(content)
    assert read_cached(path, FORMAT, max_bytes=1_000) is None


def test_a_file_of_another_kind_or_size_is_as_none(tmp_path):
    path = tmp_path / "sums.safetensors"
    keep_cached(path, FORMAT, SETTINGS, {"sums": np.zeros(5_000_000)})
    assert read_cached(path, "made-up/2", max_bytes=50_000_000) is None
    assert read_cached(path, FORMAT, max_bytes=1_000) is None


def test_a_folder_that_cannot_be_written_loses_nothing_else(tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    assert keep_cached(cache_file(blocked, "sums", SETTINGS), FORMAT, SETTINGS, TABLE) is None
    assert blocked.read_text() == ""


def test_the_folder_is_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HIMNET_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("HIMNET_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "himnet-explorer"
