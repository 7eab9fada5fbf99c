"""The errors of this package: one sentence each, written for the user.

A message says what was wrong, with the value, what is allowed, and what to do next.
"""

from __future__ import annotations

GET_TORCH = "python -m pip install -r requirements.txt"  # in the environment of the README


class HimNetError(Exception):
    """Base class; the command line prints it as one line, the app as a message."""


class ConfigError(HimNetError, ValueError):
    """A model or training setting is impossible, unknown or contradicts another one."""


class InputError(HimNetError, ValueError):
    """An array for the model or a metric has the wrong shape, type or range."""


class DataError(HimNetError):
    """A data set is missing, incomplete, damaged or does not follow its layout."""


class DataWarning(UserWarning):
    """A data set was changed to be usable; the command line prints it as one line."""


class CheckpointError(HimNetError):
    """A checkpoint or track is missing, unsafe, broken, truncated, incompatible or altered."""


class TrainingError(HimNetError):
    """Training cannot start or continue: the loss is not finite, a state does not fit, ..."""


class FolderError(HimNetError):
    """A folder cannot be made or written, or another process is writing into it."""


def without_torch(error: BaseException) -> str | None:
    """Return a sentence on how to add torch if that it is missing caused an error, else None.

    Torch is imported where a model runs, and the explorer can be installed without it.
    """
    if not isinstance(error, ModuleNotFoundError) or error.name != "torch":
        return None
    return f"running a model needs torch, which is not installed; this command adds it: {GET_TORCH}"
