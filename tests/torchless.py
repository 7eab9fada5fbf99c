"""A process in which torch cannot be imported, as where it is not installed."""

import sys
from importlib.abc import MetaPathFinder


class NoTorch(MetaPathFinder):
    """Fails to find torch as Python does."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return None


def block_torch():
    """Let this process find no torch; call before anything imports it."""
    assert "torch" not in sys.modules
    sys.meta_path.insert(0, NoTorch())
