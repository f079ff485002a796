"""The images of a group of trainings, on the device as uint8, and their batches: order, crops and flips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.datasets import Images
from models.training.experiments import Experiment

PADDING = 4  # pixels around an image before it is cropped again, as He et al. (2016)


@dataclass(frozen=True, eq=False)
class Samples:
    """Images (G, B, ...) as uint8 and labels (G, B) of the networks of a group."""

    images: Tensor
    labels: Tensor

    @property
    def pixels(self) -> Tensor:
        """All images as float32 in [0, 1], (G·B, ...)."""
        return as_pixels(self.images.flatten(0, 1))


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What the networks of a group are trained on, what chooses their best epoch, and what they are tested on."""

    training: Samples
    held_out: Samples
    test: Samples


def as_pixels(images: Tensor) -> Tensor:
    """uint8 images as float32 in [0, 1]."""
    return images.float() / 255


def training_data(
    experiment: Experiment, images: Images, n: int | None, seeds: Sequence[int], device: torch.device
) -> TrainingData:
    """The data of one network a seed: `n` training images, balanced over the classes, or all but those held out.

    Which images are drawn depends on the seed alone. Raises ValueError where the training set is too small.
    """
    labels = images.train_labels
    chosen = [_choose(labels, n, experiment.train_images, experiment.evaluation.held_out, seed) for seed in seeds]

    def samples(pixels: NDArray[np.uint8], classes: NDArray[np.int64], rows: Sequence[NDArray[np.int64]]) -> Samples:
        picked = np.stack([pixels[row] for row in rows])
        if experiment.network.kind == "perceptron":
            picked = picked.reshape(*picked.shape[:2], -1)
        return Samples(
            torch.from_numpy(picked).to(device), torch.from_numpy(np.stack([classes[row] for row in rows])).to(device)
        )

    test = [np.arange(len(images.test_labels))] * len(seeds)
    return TrainingData(
        samples(images.train_images, labels, [training for training, _ in chosen]),
        samples(images.train_images, labels, [held_out for _, held_out in chosen]),
        samples(images.test_images, images.test_labels, test),
    )


def _choose(
    labels: NDArray[np.int64], n: int | None, limit: int | None, held_out: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on and rows held out: `n` balanced over the classes, else the first `limit` of those left."""
    order = np.random.default_rng([seed, len(labels)]).permutation(len(labels))
    if held_out + (n or limit or 1) > len(labels):
        raise ValueError(f"training and held-out images must be at most {len(labels)}, got {n or limit} and {held_out}")
    kept, rest = order[:held_out], order[held_out:]
    if n is None:
        return rest[:limit], kept
    classes = np.unique(labels)
    each, left = divmod(n, len(classes))
    if left or not each:
        raise ValueError(f"n must be a positive multiple of the number of classes, {len(classes)}, got {n}")
    rows = [rest[labels[rest] == label][:each] for label in classes]
    if min(map(len, rows)) < each:
        raise ValueError(f"n must leave {each} images of each class, got a class with {min(map(len, rows))}")
    return np.concatenate(rows), kept


def epoch_batches(
    samples: Samples, batch: int | None, augment: bool, order: torch.Generator, part: slice = slice(None)
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of one epoch: pixels (G·B, ...) and labels (G·B,).

    All samples at once where `batch` is None; else shuffled, the same order for every network of the group, the last
    batch smaller. `order` is a CPU generator, from which shuffling, crops and flips are drawn; `part` selects this
    process's share of every batch.
    """
    count = samples.labels.shape[1]
    if batch is None:
        images, labels = samples.images[:, part], samples.labels[:, part]
        yield as_pixels(images.flatten(0, 1)), labels.flatten()
        return
    shuffled = torch.randperm(count, generator=order)
    for first in range(0, count, batch):
        chosen = shuffled[first : first + batch]
        shifts = torch.randint(0, 2 * PADDING + 1, (2, len(chosen)), generator=order)
        flips = torch.rand(len(chosen), generator=order) < 0.5
        device = samples.images.device
        rows = chosen[part].to(device, non_blocking=True)
        images, labels = samples.images[:, rows].flatten(0, 1), samples.labels[:, rows].flatten()
        if augment:
            groups = samples.images.shape[0]
            moved = shifts[:, part].repeat(1, groups).to(device, non_blocking=True)
            images = cropped_and_flipped(images, moved, flips[part].repeat(groups).to(device, non_blocking=True))
        yield as_pixels(images), labels


def cropped_and_flipped(images: Tensor, shifts: Tensor, flips: Tensor) -> Tensor:
    """Images (N, C, H, W) padded with zeros, cropped at `shifts` (2, N) in 0 .. 2 PADDING, mirrored where `flips`."""
    height, width = images.shape[-2:]
    padded = torch.nn.functional.pad(images, (PADDING,) * 4)
    rows = shifts[0][:, None] + torch.arange(height, device=images.device)
    columns = torch.arange(width, device=images.device).expand(len(images), -1)
    columns = shifts[1][:, None] + torch.where(flips[:, None], width - 1 - columns, columns)
    numbers = torch.arange(len(images), device=images.device)[:, None, None]
    found: Tensor = padded.permute(0, 2, 3, 1)[numbers, rows[:, :, None], columns[:, None, :]]
    return found.permute(0, 3, 1, 2)
