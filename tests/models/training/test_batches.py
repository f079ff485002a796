"""Batches: every image once an epoch, crops and flips one by one, balanced and disjoint subsets."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.datasets import load
from models.training.batches import PADDING, Samples, cropped_and_flipped, epoch_batches, training_data
from models.training.experiments import experiment

CPU = torch.device("cpu")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int) -> Samples:
    images = torch.arange(count, dtype=torch.uint8).reshape(1, count, 1, 1, 1).expand(2, count, 1, 8, 8)
    return Samples(images, torch.arange(count).expand(2, count))


def test_an_epoch_visits_every_image_of_every_network_once() -> None:
    batches = list(epoch_batches(numbered(23), 5, False, generator()))
    assert [len(labels) for _, labels in batches] == [10, 10, 10, 10, 6]
    for network in range(2):
        seen = torch.cat([labels.reshape(2, -1)[network] for _, labels in batches])
        assert sorted(seen.tolist()) == list(range(23))
    pixels, labels = batches[0]
    torch.testing.assert_close(pixels[:, 0, 0, 0] * 255, labels.float())


def test_the_shares_of_two_processes_are_the_whole_batch() -> None:
    whole = [labels for _, labels in epoch_batches(numbered(10), 4, True, generator())]
    shares = [
        [labels for _, labels in epoch_batches(numbered(10), 4, True, generator(), slice(rank, None, 2))]
        for rank in range(2)
    ]
    for batch, *parts in zip(whole, *shares, strict=True):
        assert sorted(torch.cat(parts).tolist()) == sorted(batch.tolist())


def test_crops_and_flips_are_those_of_each_image_alone() -> None:
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (6, 3, 8, 8), dtype=np.uint8))
    shifts = torch.from_numpy(rng.integers(0, 2 * PADDING + 1, (2, 6)))
    flips = torch.tensor([True, False] * 3)
    found = cropped_and_flipped(images, shifts, flips)
    for index in range(6):
        padded = np.pad(images[index].numpy(), ((0, 0), (PADDING,) * 2, (PADDING,) * 2))
        row, column = shifts[:, index].tolist()
        crop = padded[:, row : row + 8, column : column + 8]
        assert np.array_equal(found[index].numpy(), crop[:, :, ::-1] if flips[index] else crop)


def test_training_images_are_balanced_and_apart_from_those_held_out() -> None:
    chosen, _ = experiment("fig4", "digits")
    images = load("digits").only((0, 1))
    data = training_data(chosen, images, 20, (0, 1), CPU)
    assert data.training.labels.sum(1).tolist() == [10, 10]
    assert not torch.equal(data.training.images[0], data.training.images[1])
    for network in range(2):
        trained = {tuple(row.tolist()) for row in data.training.images[network]}
        held_out = {tuple(row.tolist()) for row in data.held_out.images[network]}
        assert not trained & held_out
    again = training_data(chosen, images, 20, (1,), CPU)
    assert torch.equal(again.training.images[0], data.training.images[1])


@pytest.mark.parametrize("n", [3, 0, 10_000])
def test_sizes_that_the_training_set_cannot_give_are_refused(n: int) -> None:
    chosen, _ = experiment("fig4", "digits")
    with pytest.raises(ValueError, match="must"):
        training_data(chosen, load("digits").only((0, 1)), n, (0,), CPU)


def test_more_held_out_images_than_there_are_is_refused() -> None:
    chosen, _ = experiment("table1", "digits")
    chosen = replace(chosen, evaluation=replace(chosen.evaluation, held_out=5000))
    with pytest.raises(ValueError, match="held-out images must be at most"):
        training_data(chosen, load("digits"), None, (0,), CPU)
