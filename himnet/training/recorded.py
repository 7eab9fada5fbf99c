"""A step's work for a GPU, recorded once and handed over as a whole.

A training step of METR-LA's size launches well over a thousand kernels of a few microseconds each.
Python takes longer to hand them over than the GPU to do them, and a CUDA graph hands them over at
once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch

_ALONE = threading.Lock()  # a recording begins by waiting for the device; none may in another's
_WARM_UP = 3  # runs by which libraries have allocated and chosen what may not change later


class RecordedWork:
    """Work that is recorded as a CUDA graph after some runs, and replayed from then on.

    Args:
        work: launches the same kernels on the same tensors whenever it is called, and waits for
            none of them; the tensors that it reads and writes must stay where they are.
        device: a CUDA device.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        self._work = work
        self._stream = torch.cuda.Stream(device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._runs = 0

    def run(self) -> None:
        """Do the work once."""
        self._runs += 1
        if self._runs <= _WARM_UP:
            self._launch_singly()
            return
        if self._graph is None:
            self._graph = self._record()
        self._graph.replay()

    def _launch_singly(self) -> None:
        # on the stream of the recording: some of what libraries allocate belongs to a stream
        present = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(present)
        with torch.cuda.stream(self._stream):
            self._work()
        present.wait_stream(self._stream)

    def _record(self) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        # other threads may train on the same device, and need not stand still meanwhile
        mode = "thread_local"
        with _ALONE, torch.cuda.graph(graph, stream=self._stream, capture_error_mode=mode):
            self._work()
        return graph
