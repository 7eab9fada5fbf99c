"""The errors that this room raises: one sentence each, meant for the person at the keyboard.

A message says what was wrong, the value that was met, what is allowed, and what to do next.
"""


class HimNetError(Exception):
    """Root of the family; the command line prints it as one line, the app as a message."""


class ConfigError(HimNetError, ValueError):
    """A model or training setting that is impossible, unknown or contradicts another one."""


class InputError(HimNetError, ValueError):
    """An array of the wrong shape, type or range was given to the model or to a metric."""


class DataError(HimNetError):
    """A data set is missing, incomplete, damaged or not what its layout promises."""


class CheckpointError(HimNetError):
    """A checkpoint or track is missing, unsafe, broken, truncated, foreign or altered."""


class TrainingError(HimNetError):
    """Training cannot start or go on: the loss is no longer finite, a state does not fit, ..."""


class FolderError(HimNetError):
    """A folder cannot be made or written, or another process is writing into it."""
