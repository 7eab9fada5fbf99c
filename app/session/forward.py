"""The model's embeddings of a day, computed with a progress bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from app.session.chunks import in_chunks
from app.session.keys import cached

CHUNK = 24  # windows per chunk


def embeddings_with_progress(material: Material, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return E_st (M, N, d_st) of the windows that end at some steps, with a progress bar.

    Finished chunks are cached, even if the page is left meanwhile. Errors as for
    `analysis.material.Material.embeddings`.
    """

    def part_of(wanted: tuple[int, ...]) -> NDArray[np.float32]:
        return _embeddings(material, wanted)

    return np.concatenate(in_chunks(steps, part_of, what="Computing embeddings", size=CHUNK))


@cached(96)
def _embeddings(material: Material, steps: tuple[int, ...]) -> NDArray[np.float32]:
    return material.embeddings(np.asarray(steps))
