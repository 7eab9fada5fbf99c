"""What tests of print figures share: a folder for models, and no t-SNE, which is slow."""

import pytest

from analysis.paper import figure4
from tests.analysis.paper.places import quick_projection


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of a test module."""
    return tmp_path_factory.mktemp("paper")


@pytest.fixture(scope="module")
def no_tsne():
    """Let figure 4 project by principal components."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure4, "tsne", quick_projection)
        yield
