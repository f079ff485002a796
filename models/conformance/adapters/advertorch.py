"""advertorch, the library that the paper used: projected gradient ascent on a loss of the user's."""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from unittest.mock import MagicMock, patch

from torch import Tensor, nn

from models.attacks.losses import squared_error
from models.conformance.attack import Attack, Task

# Its attack FAB imports a function that torch dropped in 1.9, its JPEG filter torchvision, which replaces the CPU build
# of torch; the attacks measured here use neither.
STAND_INS = (
    "imported with stand-ins for torchvision and for a function that torch dropped, which these attacks never use"
)


def attacks() -> tuple[Attack, ...]:
    """L2PGDAttack and LinfPGDAttack."""
    with _stand_ins():
        import_module("advertorch.attacks")
    return (
        Attack("advertorch", "L2PGDAttack", 2, _run, regression=True),
        Attack("advertorch", "LinfPGDAttack", math.inf, _run, regression=True),
    )


@contextmanager
def _stand_ins() -> Iterator[None]:
    """What its import asks for, while it is imported."""
    gradcheck, vision = import_module("torch.autograd.gradcheck"), types.ModuleType("torchvision")
    vision.__dict__["transforms"] = MagicMock()
    with patch.object(gradcheck, "zero_gradients", None, create=True), patch.dict(sys.modules, torchvision=vision):
        kept = dict(sys.modules)
        yield
        kept.update(sys.modules)
    sys.modules.update({name: module for name, module in kept.items() if name != "torchvision"})


def _run(task: Task) -> Tensor:
    library = import_module("advertorch.attacks")
    kind = library.LinfPGDAttack if task.threat.norm == math.inf else library.L2PGDAttack
    attack = kind(
        task.model,
        loss_fn=_summed_square if task.regression else nn.CrossEntropyLoss(reduction="sum"),
        eps=task.radius,
        nb_iter=task.steps,
        eps_iter=task.step_size,
        rand_init=task.random_start,
        clip_min=0.0,
        clip_max=1.0,
    )
    attacked: Tensor = attack.perturb(task.x, task.labels)
    return attacked


def _summed_square(outputs: Tensor, targets: Tensor) -> Tensor:
    return squared_error(outputs, targets).sum()
