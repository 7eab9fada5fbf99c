"""The workers of one run under `torchrun`; a single process is the only worker."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from himnet.devices import choose_device
from himnet.errors import HimNetError, TrainingError

T = TypeVar("T")


@dataclass(frozen=True)
class Workers:
    """The processes that train one model together.

    Attributes:
        device: of this worker.
        rank: this worker's number, 0 for the one that writes files.
        world: number of workers.
    """

    device: torch.device
    rank: int = 0
    world: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this worker writes files and shows progress."""
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """Return the sum over all workers; every worker must call this at the same point."""
        if self.world == 1:
            return tensor
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    def share(self, windows: Tensor) -> tuple[Tensor, bool]:
        """Return this worker's part (n,) of a batch of windows (B,), split as evenly as possible.

        Returns:
            The windows, and whether they count: if a batch has fewer windows than there are
            workers, those without a window get one whose loss must be weighted with zero.
        """
        if self.world == 1:
            return windows, True
        part = windows.tensor_split(self.world)[self.rank]
        return (part, True) if len(part) else (windows[:1], False)

    def wrap(self, model: nn.Module) -> nn.Module:
        """Return the model with gradients averaged over workers and the main worker's weights."""
        if self.world == 1:
            return model
        ids = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=ids, gradient_as_bucket_view=True)

    def from_main(self, function: Callable[[], T]) -> T:
        """Run a function on the main worker and return its result, or raise its error, on all."""
        if self.world == 1:
            return function()
        box: list[Any] = [None, None]
        if self.is_main:
            try:
                box[0] = function()
            except HimNetError as error:
                box[1] = error
        dist.broadcast_object_list(box, src=0)
        if box[1] is not None:
            raise box[1]
        result: T = box[0]
        return result


@contextmanager
def gather_workers(device_name: str) -> Iterator[Workers]:
    """Join the other workers if `torchrun` started this process, and leave at the end.

    Args:
        device_name: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``; with CUDA, every worker of a
            machine uses its own GPU and the backend is NCCL, otherwise gloo.

    Raises:
        ConfigError: for a device that this machine does not have.
        TrainingError: for more workers on this machine than it has GPUs.
    """
    device = choose_device(device_name)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Workers(device)
        return
    if device.type == "cuda":
        device = _own_gpu(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Workers(device, dist.get_rank(), dist.get_world_size())
    finally:
        gc.collect()  # a wrapped model that outlives its process group can abort the process
        dist.destroy_process_group()


def _own_gpu(local_rank: int) -> torch.device:
    here = torch.cuda.device_count()
    if local_rank >= here:
        raise TrainingError(
            f"worker {local_rank + 1} of this machine found only {here} GPU(s); start torchrun "
            f"with --nproc-per-node {here}, or train with --device cpu"
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)
