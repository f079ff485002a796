"""What an attack is asked to do, and the one way in which it is run."""

from __future__ import annotations

import contextlib
import copy
import io
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from models.attacks.threat import Threat


@dataclass(frozen=True, eq=False)
class Task:
    """Attack samples x (N, C, H, W) of a model under a threat, by steps of a size, from x itself or a random start."""

    model: nn.Module
    x: Tensor
    labels: Tensor
    threat: Threat
    steps: int
    step_size: float
    regression: bool = False
    random_start: bool = False
    seed: int = 0

    @property
    def radius(self) -> float:
        """The radius of the ball, one for all samples: no library but ours takes more."""
        return float(self.threat.radius)

    def part(self, start: int, size: int) -> Task:
        """The task for `size` samples from `start` on."""
        return replace(self, x=self.x[start : start + size], labels=self.labels[start : start + size])


@dataclass(frozen=True, eq=False)
class Attack:
    """An attack of a library, in one norm; `run` returns the attacked samples, as the library does.

    `regression`: it takes a squared loss. `own_steps`: it chooses its step sizes, and ignores the task's. `classes`:
    the fewest it can attack.
    """

    library: str
    name: str
    norm: float
    run: Callable[[Task], Tensor]
    regression: bool = False
    own_steps: bool = False
    classes: int = 2

    def attacked(self, task: Task, batch_size: int | None = None) -> Tensor:
        """The attacked samples, batch by batch, after seeding torch; what the library prints or warns of is dropped.

        It is given copies: what it does to a model or to samples does not last.
        """
        size, said = batch_size or len(task.x), io.StringIO()
        task = replace(task, model=copy.deepcopy(task.model), x=task.x.clone(), labels=task.labels.clone())
        with contextlib.ExitStack() as quiet:
            for context in (contextlib.redirect_stdout(said), contextlib.redirect_stderr(said)):
                quiet.enter_context(context)
            quiet.enter_context(warnings.catch_warnings(action="ignore"))
            quiet.enter_context(torch.random.fork_rng(devices=[]))
            torch.manual_seed(task.seed)
            parts = [self.run(task.part(start, size)) for start in range(0, len(task.x), size)]
        return torch.cat([part.detach() for part in parts])


@dataclass(frozen=True)
class Library:
    """A library of attacks: its name, its distribution's, and a function that imports it and returns its attacks.

    `note` says what was done to run it, beyond calling it.
    """

    name: str
    distribution: str
    attacks: Callable[[], tuple[Attack, ...]]
    note: str = ""


def norm_name(norm: float) -> str:
    """ "l2" or "linf"."""
    return "linf" if norm == math.inf else "l2"
