"""Fetch a published data set into the data folder."""

from __future__ import annotations

from pathlib import Path

from himnet.data.load import data_directory
from himnet.data.registry import Download, dataset_spec
from himnet.data.transfer import fetch, file_sha256
from himnet.errors import DataError


def download(
    name: str,
    data_dir: str | Path | None = None,
    *,
    url: str | None = None,
    progress: bool = True,
) -> Path:
    """Fetch the published file of a data set, unless it is there already.

    A download that broke off goes on where it stopped; the file gets its name only when it is
    whole and has the published sha256.

    Args:
        name: of the registry.
        data_dir: see `himnet.data.load.data_directory`; the file goes into its folder `name`.
        url: of a mirror of the same file; None takes the published address.
        progress: whether to show a progress bar.

    Returns:
        Path of the file.

    Raises:
        DataError: for a data set that cannot be fetched, a server that cannot be reached or has
            another file, or a folder that cannot be written.
    """
    target, source = published_file(name, data_dir), _source(name)
    if target.is_file():
        if file_sha256(target) == source.sha256:
            return target
        raise DataError(
            f"{target} is there already, but is not the published file (its sha256 differs); "
            f"move it away and try again"
        )
    fetch(url or source.url, target, size=source.size, sha256=source.sha256, show=progress)
    return target


def published_file(name: str, data_dir: str | Path | None = None) -> Path:
    """Return where `download` puts the file of a data set, whether it is there or not.

    Raises:
        DataError: for a data set that cannot be fetched.
    """
    return data_directory(data_dir) / name / _source(name).file_name


def _source(name: str) -> Download:
    spec = dataset_spec(name)
    if spec.download is None:
        raise DataError(f"{name} is not among the downloads of this project; {spec.how_to_get()}")
    return spec.download
