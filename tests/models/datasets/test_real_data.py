"""The real data sets, where the environment variable ADVTHEORY_DATA names a folder that holds them."""

import os

import numpy as np
import pytest

from models.datasets import Images, load

FOLDER = os.environ.get("ADVTHEORY_DATA")

pytestmark = pytest.mark.skipif(not FOLDER, reason="ADVTHEORY_DATA names no folder with MNIST and CIFAR-10")


@pytest.fixture(scope="module")
def cifar10() -> Images:
    return load("cifar10", FOLDER)


def test_mnist_is_the_published_one() -> None:
    images = load("mnist", FOLDER)
    assert images.provenance.official
    assert images.provenance.checksum == "sha256:6035d6b9947fd5b8736e9cd93e3e1788b88f20f590df6f84ac43b238645ed7b1"
    assert (images.train_images.shape, images.test_images.shape) == ((60000, 1, 28, 28), (10000, 1, 28, 28))
    pair = images.only((0, 1))
    assert np.bincount(pair.train_labels).tolist() == [5923, 6742]
    assert np.bincount(pair.test_labels).tolist() == [980, 1135]
    # Background is 0, and the corners of a digit are background.
    assert not images.train_images[:, 0, ::27, ::27].any()


def test_every_record_of_cifar10_is_there_or_counted_as_dropped(cifar10: Images) -> None:
    found = cifar10.provenance
    assert len(cifar10.train_images) + len(cifar10.test_images) + found.dropped == 60000
    counts = np.bincount(cifar10.train_labels, minlength=10), np.bincount(cifar10.test_labels, minlength=10)
    assert counts[0].max() == 5000
    assert counts[1].max() == 1000
    assert found.official <= (found.dropped == 0)
    assert found.official == (found.note == "")


def test_cifar10_has_the_published_order_and_mean(cifar10: Images) -> None:
    assert cifar10.train_labels[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    found = cifar10.provenance
    if not found.official and not found.dropped:
        pytest.skip("a copy with an unknown checksum has no published mean")
    means = cifar10.train_images.mean(axis=(0, 2, 3)) / 255
    # Published to seven digits; each record that is missing moves a mean over 50000 by 1/50000 at most.
    bound = 5e-8 + (50000 - len(cifar10.train_images)) / 50000
    np.testing.assert_allclose(means, [0.4913997, 0.4821584, 0.4465309], rtol=0, atol=bound)
