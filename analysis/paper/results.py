"""Results that other commands leave as JSON, and what is said where there are none."""

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
        AnalysisError: where there is none, or it is no JSON object.
    """
    try:
        found = read_json(path)
    except FileNotFoundError as error:
        raise AnalysisError(f"there is no {path}; make it with: {command}") from error
    except (OSError, ValueError) as error:
        raise AnalysisError(
            f"{path} cannot be read as JSON ({error}); remove it and make it again with: {command}"
        ) from error
    if not isinstance(found, dict):
        raise AnalysisError(
            f"{path} holds {type(found).__name__}, not one JSON object of results; make it again "
            f"with: {command}"
        )
    return found


def misunderstood(path: Path, command: str, error: Exception) -> AnalysisError:
    """Return what is said of a file that is JSON, but not the results of a command."""
    reason = f"{type(error).__name__}: {error}"
    return AnalysisError(
        f"{path} does not hold the results of this command ({reason}); make it again with: "
        f"{command}"
    )
