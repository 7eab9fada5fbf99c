"""The arithmetic of several workers, without starting any."""

import pytest
import torch

from himnet.errors import TrainingError
from himnet.training import distributed
from himnet.training.distributed import Workers, gather_workers
from himnet.training.folder import is_main_process

CPU = torch.device("cpu")


@pytest.mark.parametrize("windows", [1, 2, 3, 11, 16])
@pytest.mark.parametrize("world", [1, 2, 3, 5])
def test_shares_are_the_batch_and_as_even_as_can_be(windows, world):
    batch = torch.arange(100, 100 + windows)
    shares = [Workers(CPU, rank, world).share(batch) for rank in range(world)]
    counted = [part for part, counts in shares if counts]
    assert torch.equal(torch.cat(counted), batch)
    assert max(map(len, counted)) - min(map(len, counted)) <= 1
    assert all(len(part) == 1 for part, counts in shares if not counts)


def test_a_process_alone_needs_nobody(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    tensor = torch.ones(3)
    model = torch.nn.Linear(2, 2)
    with gather_workers("cpu") as workers:
        assert workers.is_main
        assert workers.sum(tensor) is tensor
        assert workers.wrap(model) is model
        assert workers.from_main(lambda: 7) == 7
    assert is_main_process()


def test_only_rank_zero_writes(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert not is_main_process()
    assert not Workers(CPU, 1, 2).is_main


def test_more_workers_than_gpus_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(TrainingError, match="--nproc-per-node 1"):
        distributed._own_gpu(1)
