"""Images: what they accept, the checksum of their arrays, some classes of them, and the embedded digits."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from models.datasets import Images, load
from models.datasets.images import checksum


@pytest.fixture(scope="module")
def digits() -> Images:
    return load("digits")


def test_the_digits_are_the_scans_of_scikit_learn(digits: Images) -> None:
    from sklearn.datasets import load_digits

    scans = load_digits()
    images = np.concatenate([digits.train_images, digits.test_images])[:, 0]
    assert np.abs(images * (16 / 255) - scans.images).max() <= 0.5 * 16 / 255
    assert images.min() == 0
    assert images.max() == 255
    np.testing.assert_array_equal(np.concatenate([digits.train_labels, digits.test_labels]), scans.target)
    assert (len(digits.train_images), len(digits.test_images), digits.shape) == (1437, 360, (1, 8, 8))
    assert digits.class_names == tuple("0123456789")


def test_the_digits_are_official_and_always_the_same(digits: Images) -> None:
    found = digits.provenance
    assert (found.source, found.official, found.dropped, found.note) == ("embedded", True, 0, "")
    assert found.checksum == "sha256:b022ad2becb7fbdf9e3bc3601d38e718fef10b0ef7f030691828f75f8dfc4b57"


def test_the_checksum_is_that_of_shapes_pixels_and_labels() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 2, 2)
    labels = np.array([7, 1])
    expected = hashlib.sha256(b"2,3,2,2;" + bytes(range(24)) + b"\x07\x01" + b"1,3,2,2;" + bytes(range(12)) + b"\x07")
    assert checksum((pixels, labels), (pixels[:1], labels[:1])) == f"sha256:{expected.hexdigest()}"
    in_other_order = np.asfortranarray(pixels)
    assert checksum((in_other_order, labels), (pixels[:1], labels[:1])) == f"sha256:{expected.hexdigest()}"


def test_only_keeps_the_chosen_classes_in_order_and_relabels_them(digits: Images) -> None:
    pair = digits.only([7, 2])
    for whole, labels, kept, relabelled in (
        (digits.train_images, digits.train_labels, pair.train_images, pair.train_labels),
        (digits.test_images, digits.test_labels, pair.test_images, pair.test_labels),
    ):
        chosen = [i for i, label in enumerate(labels) if label in (7, 2)]
        np.testing.assert_array_equal(kept, whole[chosen])
        np.testing.assert_array_equal(relabelled, [0 if labels[i] == 7 else 1 for i in chosen])
    assert pair.class_names == ("7", "2")
    assert pair.provenance == digits.provenance
    assert pair.train_labels.dtype == np.int64


@pytest.mark.parametrize("classes", [[], [0, 0], [0, 10], [-1], ["0"], [0.0], "01"])
def test_only_needs_distinct_labels(digits: Images, classes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"classes must be distinct labels in 0\.\.9, got"):
        digits.only(classes)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train_images": np.zeros((3, 1, 8, 8))}, "train_images must be uint8"),
        ({"train_images": np.zeros((3, 8, 8), np.uint8)}, "train_images must be uint8"),
        ({"test_images": np.zeros((360, 1, 8, 9), np.uint8)}, "test_images must be uint8"),
        ({"test_images": np.zeros((0, 1, 8, 8), np.uint8)}, "test_images must be uint8"),
        ({"train_labels": np.zeros(1437, np.uint8)}, "train_labels must be int64"),
        ({"test_labels": np.zeros(359, np.int64)}, "test_labels must be int64"),
        ({"test_labels": np.full(360, 10)}, "test_labels must lie in 0..9, got 10 to 10"),
        ({"test_labels": np.full(360, -1)}, "test_labels must lie in 0..9, got -1 to -1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(digits: Images, changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(digits, **changed)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="name must be one of mnist, cifar10, digits, got 'imagenet'"):
        load("imagenet")


def test_digits_without_scikit_learn_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ValueError, match=r"the data set digits needs sklearn.datasets, which is not installed"):
        load("digits")


def test_importing_the_package_loads_nothing_that_only_some_data_sets_need() -> None:
    code = "import sys, models.datasets; print({'pooch', 'PIL', 'sklearn', 'requests', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
