"""Download a published data set into the data folder."""

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
    """Download the published file of a data set, unless it already exists.

    An interrupted download is resumed. The file gets its name only when it is complete and has
    the published sha256.

    Args:
        name: in the registry.
        data_dir: see `himnet.data.load.data_directory`; the file goes into its folder `name`.
        url: of a mirror of the same file; None uses the published URL.
        progress: whether to show a progress bar.

    Returns:
        Path of the file.

    Raises:
        DataError: for a data set without a download, a server that cannot be reached or has a
            different file, or a folder that cannot be written.
    """
    target, source = published_file(name, data_dir), _source(name)
    if target.is_file():
        if file_sha256(target) == source.sha256:
            return target
        raise DataError(
            f"{target} already exists, but is not the published file (its sha256 differs); "
            f"move it away and try again"
        )
    fetch(url or source.url, target, size=source.size, sha256=source.sha256, show=progress)
    return target


def published_file(name: str, data_dir: str | Path | None = None) -> Path:
    """Return where `download` puts the file of a data set, whether it exists or not.

    Raises:
        DataError: for a data set without a download.
    """
    return data_directory(data_dir) / name / _source(name).file_name


def _source(name: str) -> Download:
    spec = dataset_spec(name)
    if spec.download is None:
        raise DataError(f"this project has no download for {name}; {spec.how_to_get()}")
    return spec.download
