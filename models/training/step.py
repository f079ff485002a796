"""One epoch of adversarial training: the attack, the gradient, the penalty."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.attacks.losses import cross_entropy, parameters_frozen
from models.attacks.pgd import pgd
from models.attacks.threat import Threat
from models.training.batches import TrainingData, epoch_batches
from models.training.evaluation import Judge
from models.training.schedules import decay, learning_rate
from models.training.state import State
from models.training.task import How, Task


class Step:
    """One epoch of one task: the attack, the gradient, the penalty."""

    def __init__(self, task: Task, data: TrainingData, how: How, state: State) -> None:
        self.task, self.data, self.how, self.state = task, data, how, state
        arms, device = task.arms, how.device
        self.group = len(arms)
        self.smoothing = torch.tensor([arm.smoothing for arm in arms], device=device)
        proximal = torch.tensor([arm.penalty == "proximal" for arm in arms], device=device)
        l1 = torch.tensor([arm.l1 for arm in arms], device=device)
        self.l1_gradient, self.l1_threshold = l1 * ~proximal, l1 * proximal
        self.penalised = any(arm.l1 and arm.penalty == "loss" for arm in arms)
        self.thresholded = any(arm.l1 and arm.penalty == "proximal" for arm in arms)
        self.compiled: nn.Module = torch.compile(state.model) if how.compiled else state.model  # type: ignore[assignment]
        self.synchronised = how.workers.wrapped(self.compiled)
        self.threat = Threat(task.experiment.attack.norm, task.radius)
        self.judge = Judge(
            state.model, self.threat, task.experiment.evaluation, 1 + max(task.seeds), self.forward, how.workers
        )

    def forward(self, x: Tensor, model: nn.Module | None = None) -> Tensor:
        """Logits; in bfloat16 on a GPU, whose tensor cores are made for it, and on no other device.

        Attacks and evaluations leave `model` out: no gradient of theirs is shared with other processes.
        """
        gpu = self.how.device.type == "cuda"
        x = x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 and gpu else x
        with torch.autocast(self.how.device.type, torch.bfloat16, enabled=gpu):
            logits: Tensor = (model or self.compiled)(x)
        return logits.float()

    def epoch(self) -> dict[str, Tensor]:
        """Train one epoch; returns the mean adversarial loss and accuracy on the training attack, (G,) each."""
        task, state = self.task, self.state
        schedule = task.experiment.schedule
        standard = state.epoch < task.standard_epochs
        whole = task.standard_epochs if standard else schedule.epochs
        done = state.epoch if standard else state.epoch - task.standard_epochs
        count = self.data.training.labels.shape[1]
        batches = -(-count // (schedule.batch or count))
        losses, hits = (torch.zeros(self.group, device=self.how.device) for _ in range(2))
        state.model.train()
        part = self.how.workers.part
        epoch = epoch_batches(self.data.training, schedule.batch, schedule.augment, state.order, part)
        for index, (pixels, labels) in enumerate(epoch):
            progress = (done + index / batches) / whole
            rate = learning_rate(schedule, progress)
            xi = self.smoothing * decay(schedule, progress)
            whole_batch = min(schedule.batch or count, count - index * (schedule.batch or count))
            delta = torch.zeros_like(pixels) if standard else self._attack(pixels, labels, xi)
            loss, correct = self._step(pixels + delta, labels, whole_batch, rate)
            losses, hits = losses + loss, hits + correct
        total = self.how.workers.total
        return {"train_loss": total(losses) / count, "train_robust": total(hits) / count}

    def _attack(self, pixels: Tensor, labels: Tensor, smoothing: Tensor) -> Tensor:
        attack = self.task.experiment.attack
        smoothed = any(arm.smoothing for arm in self.task.arms)
        with parameters_frozen(self.state.model):
            return pgd(
                self.forward, pixels, labels, self.threat, loss=cross_entropy, steps=attack.steps, keep="last",
                step_size=attack.step * self.task.radius, generator=self.state.attack_draws,
                smoothing=smoothing.repeat_interleave(len(pixels) // self.group) if smoothed else 0.0,
            )  # fmt: skip

    def _step(self, attacked: Tensor, labels: Tensor, whole_batch: int, rate: float) -> tuple[Tensor, Tensor]:
        """One step of gradient descent on the attacked batch; returns summed losses and hits, (G,) each."""
        logits = self.forward(attacked, self.synchronised)
        losses = cross_entropy(logits, labels).reshape(self.group, -1)
        self.state.optimizer.zero_grad(set_to_none=True)
        # The mean over the whole batch: gradients of several processes are averaged, so each counts its share for all.
        (losses.sum() * (self.how.workers.count / whole_batch)).backward()  # type: ignore[no-untyped-call]
        self._descend(rate)
        hits = (logits.detach().argmax(1) == labels).float().reshape(self.group, -1)
        return losses.detach().sum(1), hits.sum(1)

    @torch.no_grad()
    def _descend(self, rate: float) -> None:
        for settings in self.state.optimizer.param_groups:
            settings["lr"] = rate
        if self.penalised:
            for weights in self.state.model.parameters():
                gradient = weights.grad
                assert gradient is not None
                gradient.addcmul_(self._beside(self.l1_gradient, weights), weights.sign())
        self.state.optimizer.step()
        if self.thresholded:
            for weights in self.state.model.parameters():
                threshold = rate * self._beside(self.l1_threshold, weights)
                weights.copy_(weights.sign() * (weights.abs() - threshold).clamp_min(0))

    def _beside(self, values: Tensor, weights: Tensor) -> Tensor:
        """One value a network in the shape that multiplies its weights."""
        return values.reshape(-1, *[1] * (weights.ndim - 1)) if self.group > 1 else values.reshape(())
