"""Results that other commands write as JSON, and error messages if they are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from himnet.strict_json import read_json


def read_result(path: Path, command: str) -> dict[str, Any]:
    """Read one JSON object.

    Args:
        path: of the file.
        command: that writes it.

    Raises:
        AnalysisError: if there is no such file, or if it is not a JSON object.
    """
    try:
        found = read_json(path)
    except FileNotFoundError as error:
        raise AnalysisError(f"{path} does not exist; create it with: {command}") from error
    except (OSError, ValueError) as error:
        raise AnalysisError(
            f"{path} cannot be read as JSON ({error}); remove it and create it with: {command}"
        ) from error
    if not isinstance(found, dict):
        raise AnalysisError(
            f"{path} contains {type(found).__name__}, not a JSON object with results; create it "
            f"with: {command}"
        )
    return found


def misunderstood(path: Path, command: str, error: Exception) -> AnalysisError:
    """Return the error for a file that is JSON, but not the results of a command."""
    reason = f"{type(error).__name__}: {error}"
    return AnalysisError(
        f"{path} does not contain the results of this command ({reason}); create it with: {command}"
    )
