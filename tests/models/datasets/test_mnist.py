"""MNIST from a folder: gzip and plain, where it may lie, the official flag, and files that are not well formed."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from models.datasets import load, mnist
from tests.models.datasets.copies import idx, mnist_arrays, write_mnist


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("folder", [".", "mnist", "MNIST/raw"])
def test_the_files_are_read_wherever_they_usually_lie(tmp_path: Path, suffix: str, folder: str) -> None:
    arrays = write_mnist(tmp_path / folder, suffix)
    images = load("mnist", tmp_path)
    np.testing.assert_array_equal(images.train_images[:, 0], arrays["train-images-idx3"])
    np.testing.assert_array_equal(images.test_images[:, 0], arrays["t10k-images-idx3"])
    np.testing.assert_array_equal(images.train_labels, arrays["train-labels-idx1"])
    np.testing.assert_array_equal(images.test_labels, arrays["t10k-labels-idx1"])
    assert images.train_images.flags.writeable
    assert images.provenance.source == "folder"


def test_other_files_than_the_published_ones_are_read_but_marked(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    found = load("mnist", tmp_path).provenance
    assert not found.official
    assert found.note == "the files do not have the official checksums"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_with_the_published_content_are_official(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = {f"{name}-ubyte": hashlib.sha256(idx(array)).hexdigest() for name, array in mnist_arrays().items()}
    monkeypatch.setattr(mnist, "OFFICIAL", published)
    write_mnist(tmp_path, suffix)
    found = load("mnist", tmp_path).provenance
    assert (found.official, found.note) == (True, "")
    monkeypatch.setitem(published, "t10k-labels-idx1-ubyte", "0" * 64)
    assert not load("mnist", tmp_path).provenance.official


def test_the_format_does_not_change_the_checksum(tmp_path: Path) -> None:
    write_mnist(tmp_path / "a", "")
    write_mnist(tmp_path / "b", ".gz")
    checksums = {load("mnist", tmp_path / name).provenance.checksum for name in "ab"}
    assert len(checksums) == 1


def damaged(raw: bytes, how: str) -> bytes:
    match how:
        case "truncated":
            return raw[: len(raw) // 2]
        case "no gzip":
            return b"<html>" + raw
        case "no deflate block":
            return raw[:10] + b"\xff" + raw[11:]
        case "flipped":
            middle = len(raw) // 2
            return raw[:middle] + bytes([raw[middle] ^ 255]) + raw[middle + 1 :]
        case _:
            return b""


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("truncated", "must be a whole gzip file, but it is truncated"),
        ("no gzip", "must be an intact gzip file"),
        ("no deflate block", "must be an intact gzip file"),
        ("flipped", "must be an intact gzip file"),
        ("empty", "must begin with IDX's magic number 2051"),
    ],
)
def test_a_damaged_gzip_file_is_named(tmp_path: Path, how: str, message: str) -> None:
    write_mnist(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(damaged(path.read_bytes(), how))
    with pytest.raises(ValueError, match=f"train-images-idx3-ubyte.gz {message}"):
        load("mnist", tmp_path)


IMAGES, LABELS = np.zeros((6, 28, 28), np.uint8), np.zeros(5, np.uint8)

MALFORMED = {
    "a byte less": ("train-images-idx3", idx(IMAGES)[:-1], "must have 4720 bytes for 6 x 28 x 28 values, got 4719"),
    "a byte more": ("train-images-idx3", idx(IMAGES) + b"0", "must have 4720 bytes for 6 x 28 x 28 values, got 4721"),
    "two sizes": ("train-images-idx3", idx(IMAGES[0]), "must begin with IDX's magic number 2051 and 3 sizes"),
    "no sizes": ("train-images-idx3", idx(IMAGES)[:5], "must begin with IDX's magic number 2051 and 3 sizes"),
    "small images": ("train-images-idx3", idx(IMAGES[:, :8, :8]), "must hold images of 28 x 28 pixels"),
    "a label more": ("t10k-labels-idx1", idx(LABELS), "must hold a label for each of 4 images, got 5"),
    "a label of ten": ("t10k-labels-idx1", idx(LABELS[:4] + np.uint8(10)), "must hold labels 0..9, got 10"),
}


@pytest.mark.parametrize(("name", "raw", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_file_that_is_not_well_formed_is_named(tmp_path: Path, name: str, raw: bytes, message: str) -> None:
    write_mnist(tmp_path)
    (tmp_path / f"{name}-ubyte.gz").write_bytes(gzip.compress(raw))
    with pytest.raises(ValueError, match=f"{name}-ubyte.gz {message}"):
        load("mnist", tmp_path)


def test_empty_files_are_no_data_set(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    for name, shape in (("images-idx3", (0, 28, 28)), ("labels-idx1", (0,))):
        (tmp_path / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(shape, np.uint8))))
    with pytest.raises(ValueError, match=r"train_images must be uint8 of shape .* with N >= 1"):
        load("mnist", tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"data must be an existing folder, got {tmp_path}/none"):
        load("mnist", tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=f"data must be an existing folder, got {tmp_path}/file"):
        load("mnist", tmp_path / "file")


def test_an_empty_path_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = write_mnist(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load("mnist", "").test_labels.tolist() == arrays["t10k-labels-idx1"].tolist()


def test_a_folder_without_the_files_says_which_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="data must hold") as caught:
        load("mnist", tmp_path)
    for sought in ("train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte;", "train-images-idx3-ubyte", "MNIST/raw"):
        assert sought.rstrip(";") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_with_some_of_the_files_says_what_it_lacks(tmp_path: Path) -> None:
    write_mnist(tmp_path / "mnist")
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ValueError, match=f"{tmp_path}/mnist lacks t10k-labels-idx1-ubyte.gz$"):
        load("mnist", tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mnist(tmp_path, "")

    def refused(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(ValueError, match="train-images-idx3-ubyte cannot be read: Permission denied"):
        load("mnist", tmp_path)
