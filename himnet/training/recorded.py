"""The GPU work of a step, recorded once as a CUDA graph and launched as a whole.

A training step at the size of METR-LA launches well over a thousand kernels of a few microseconds
each. Launching them one by one from Python takes longer than running them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch

_ALONE = threading.Lock()  # a recording starts by waiting for the device: not within another one
_WARM_UP = 3  # runs after which libraries have finished their allocations and choices


class RecordedWork:
    """Work that is recorded as a CUDA graph after some runs, and replayed from then on.

    Args:
        work: launches the same kernels on the same tensors in every call, and waits for none of
            them; the tensors that it reads and writes must stay at the same addresses.
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
        # on the stream of the recording: some allocations of libraries belong to a stream
        present = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(present)
        with torch.cuda.stream(self._stream):
            self._work()
        present.wait_stream(self._stream)

    def _record(self) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        # other threads may train on the same device and need not stop meanwhile
        mode = "thread_local"
        with _ALONE, torch.cuda.graph(graph, stream=self._stream, capture_error_mode=mode):
            self._work()
        return graph
