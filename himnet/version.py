"""The version of the software, for files that say what made them."""

__version__ = "0.1.0"
