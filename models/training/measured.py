"""What a record holds of a finished training."""

from __future__ import annotations

import platform

import numpy as np
import torch

from models.training.batches import TrainingData
from models.training.record import Run
from models.training.state import State
from models.training.step import Step
from models.training.task import How, Task


def measured(task: Task, data: TrainingData, how: How, state: State, started: str, deterministic: bool) -> list[Run]:
    """The runs of a finished training: figures of its last weights, and of the best where those are others."""
    judge = Step(task, data, how, state).judge
    last = {name: values.tolist() for name, values in judge.figures(data.test, data.training).items()}
    best = last
    if any(epoch != state.epoch for epoch in state.best_epoch):
        state.model.load_state_dict(state.best)
        best = {name: values.tolist() for name, values in judge.figures(data.test, data.training).items()}
    device = {
        "kind": how.device.type, "name": _device_name(how.device), "threads": torch.get_num_threads(),
        "deterministic": how.device.type == "cpu" or deterministic, "processes": how.workers.count,
        "members": [f"{arm} {seed}" for arm, seed in task.members],
    }  # fmt: skip
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    images = data.training.labels.numel() * task.epochs
    return [
        Run(
            case=task.case, arm=arm, seed=seed, resumed=state.resumed, started=started,
            seconds=round(state.seconds / len(task.members), 3),
            images_per_second=round(images / max(state.seconds, 1e-9), 1), device=device, versions=versions,
            epochs={name: [values[index] for values in curve] for name, curve in state.curves.items()},
            first={name: values[index] for name, values in state.first.items()},
            last={"epoch": state.epoch} | {name: values[index] for name, values in last.items()},
            best={"epoch": state.best_epoch[index]} | {name: values[index] for name, values in best.items()},
        )
        for index, (arm, seed) in enumerate(task.members)
    ]  # fmt: skip


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
