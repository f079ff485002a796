"""Adversarial training of a group of networks from the start, or a checkpoint, to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from models.training.batches import TrainingData
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.state import State, start
from models.training.step import Step
from models.training.task import How, Task


def train_task(
    task: Task,
    data: TrainingData,
    how: How,
    checkpoint: Path | None = None,
    report: Callable[[State], None] = lambda state: None,
    last_epoch: int | None = None,
) -> State:
    """Train the networks of `task` to the end or `last_epoch`, from `checkpoint` where there is one.

    After each evaluation the state is saved there and `report` is called with it.
    """
    state = start(task, data, how)
    saved = load_checkpoint(checkpoint, how.device) if checkpoint else None
    if saved is not None:
        if [tuple(member) for member in saved["members"]] != list(task.members):
            raise ValueError(f"checkpoint must be of {task.members}, got one of {saved['members']}: {checkpoint}")
        state.restore(saved)
    step = Step(task, data, how, state)
    while state.epoch < (last_epoch or task.epochs):
        begun = time.perf_counter()
        found = step.epoch()
        state.epoch += 1
        state.seconds += time.perf_counter() - begun
        every, last = task.experiment.evaluation.every, state.epoch == task.epochs
        if state.epoch == 1:
            state.first = {"train_loss": found["train_loss"].tolist(), "l1": step.judge.l1().tolist()}
        if state.epoch % every == 0 or last:
            _evaluate(state, step, data, found)
            if checkpoint and how.workers.leads:
                save_checkpoint(state.saved(task.members), checkpoint)
            report(state)
            how.progress(state.epoch, _headline(state))
    return state


def _evaluate(state: State, step: Step, data: TrainingData, found: dict[str, Tensor]) -> None:
    """Add one point to the curves, and keep the weights of the networks that are better than before."""
    settings = step.task.experiment.evaluation
    clean, robust = step.judge.watch(data.test, settings.watch_images)
    held_out_clean, held_out = step.judge.watch(data.held_out, settings.held_out)
    curves = found | {"clean": clean, "robust": robust, "held_out_clean": held_out_clean, "held_out": held_out}
    for name, values in curves.items():
        state.curves.setdefault(name, []).append(values.tolist())
    state.curves.setdefault("epoch", []).append([state.epoch] * step.group)
    before = state.best_robust or [-1.0] * step.group
    better = [new > old for new, old in zip(held_out.tolist(), before, strict=True)]
    state.best_robust = [max(pair) for pair in zip(held_out.tolist(), before, strict=True)]
    epochs = state.best_epoch or [0] * step.group
    state.best_epoch = [state.epoch if new else old for new, old in zip(better, epochs, strict=True)]
    state.best = _merged(state.best, state.model.state_dict(), better)


def _merged(old: dict[str, Tensor], new: dict[str, Tensor], better: list[bool]) -> dict[str, Tensor]:
    """The weights of the networks that are `better` from `new`, of the others from `old`."""
    if not old or (len(better) == 1 and better[0]):
        return {name: weights.clone() for name, weights in new.items()}
    if len(better) > 1:
        for index in (i for i, new_is_better in enumerate(better) if new_is_better):
            for name, weights in new.items():
                old[name][index] = weights[index]
    return old


def _headline(state: State) -> str:
    last = {name: sum(values[-1]) / len(values[-1]) for name, values in state.curves.items()}
    return f"loss {last['train_loss']:.3f}, clean {last['clean']:.3f}, robust {last['robust']:.3f}"
