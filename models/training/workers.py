"""The processes that train one network together, one a GPU, as torchrun starts them; usually there is only one."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Workers:
    """This process's `rank` among `count`; every batch is shared out, its samples in turn."""

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and talks."""
        return self.rank == 0

    @property
    def part(self) -> slice:
        """This process's samples of a batch."""
        return slice(self.rank, None, self.count)

    def total(self, values: Tensor) -> Tensor:
        """The sum of `values` over all processes."""
        if self.count > 1:
            torch.distributed.all_reduce(values)
        return values

    def wrapped(self, model: nn.Module) -> nn.Module:
        """`model` as a module whose backward pass averages the gradients over all processes."""
        return nn.parallel.DistributedDataParallel(model) if self.count > 1 else model


def joined(device: torch.device) -> tuple[Workers, torch.device]:
    """The processes that torchrun started, and this one's device; one process where there is no torchrun."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Workers(), device
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    return Workers(torch.distributed.get_rank(), count), device
