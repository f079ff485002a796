"""Small copies of MNIST and CIFAR-10 in every format that is read, and their pickles in the form of 2009."""

import gzip
import io
import pickle
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.datasets.cifar10 import CLASS_NAMES, OFFICIAL

Bytes = NDArray[np.uint8]

RECORDS = 9  # a square, for the sheets: 3 x 3 images

MNIST = {"train-images-idx3": 6, "train-labels-idx1": 6, "t10k-images-idx3": 4, "t10k-labels-idx1": 4}


def idx(array: Bytes) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return (0x0800 + array.ndim).to_bytes(4, "big") + sizes + array.tobytes()


def mnist_arrays() -> dict[str, Bytes]:
    rng = np.random.default_rng(0)
    shapes = {name: (count, 28, 28) if "images" in name else (count,) for name, count in MNIST.items()}
    top = {name: 256 if "images" in name else 10 for name in MNIST}
    return {name: rng.integers(0, top[name], shape, np.uint8) for name, shape in shapes.items()}


def write_mnist(folder: Path, suffix: str = ".gz") -> dict[str, Bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = mnist_arrays()
    for name, array in arrays.items():
        raw = idx(array)
        (folder / f"{name}-ubyte{suffix}").write_bytes(gzip.compress(raw, mtime=0) if suffix else raw)
    return arrays


def batches() -> dict[str, Bytes]:
    """Six batches of records: a label byte and 3072 pixels each."""
    rng = np.random.default_rng(1)
    records = {name: rng.integers(0, 256, (RECORDS, 3073), np.uint8) for name in OFFICIAL}
    for batch in records.values():
        batch[:, 0] = rng.integers(0, 10, RECORDS)
    return records


def write_binary(folder: Path) -> dict[str, Bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    records = batches()
    for name, batch in records.items():
        (folder / f"{name}.bin").write_bytes(batch.tobytes())
    return records


def write_sheets(folder: Path) -> dict[str, Bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    records = batches()
    for name, batch in records.items():
        rows = [np.concatenate([image.transpose(1, 2, 0) for image in row], axis=1) for row in _images(batch)]
        Image.fromarray(np.concatenate(rows)).save(folder / f"{name}.webp", lossless=True)
    np.savez(folder / "labels.npz", **{name: batch[:, 0] for name, batch in records.items()})
    return records


def _images(batch: Bytes) -> Bytes:
    return batch[:, 1:].reshape(3, 3, 3, 32, 32)


def archive(path: Path, members: Mapping[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as file:
        for name, raw in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            file.addfile(member, io.BytesIO(raw))


def write_binary_archive(folder: Path) -> dict[str, Bytes]:
    records = batches()
    members = {f"cifar-10-batches-bin/{name}.bin": batch.tobytes() for name, batch in records.items()}
    archive(folder / "cifar-10-binary.tar.gz", members | {"cifar-10-batches-bin/readme.html": b"<p>"})
    return records


def write_python_archive(folder: Path, extra: Mapping[str, bytes] | None = None) -> dict[str, Bytes]:
    records = batches()
    members = {f"cifar-10-batches-py/{name}": pickled_in_2009(batch) for name, batch in records.items()}
    archive(folder / "cifar-10-python.tar.gz", members | dict(extra or {}))
    return records


def write_python_folder(folder: Path) -> dict[str, Bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    records = batches()
    for name, batch in records.items():
        (folder / name).write_bytes(pickled_today(batch))
    return records


def pickled_today(batch: Bytes) -> bytes:
    return pickle.dumps({b"labels": batch[:, 0].tolist(), b"data": batch[:, 1:]}, protocol=4)


def pickled_in_2009(batch: Bytes) -> bytes:
    """The batch as Python 2 and NumPy 1 pickled it, protocol 2: byte strings, and no class of Python 3."""
    dtype = b"cnumpy\ndtype\n" + _text(b"u1") + b"K\x00K\x01\x87R(K\x03" + _text(b"|") + b"NNN"
    dtype += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    shape = b"K" + bytes([len(batch)]) + b"M" + (3072).to_bytes(2, "little") + b"\x86"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + _text(b"b") + b"\x87R"
    array += b"(K\x01" + shape + dtype + b"\x89" + _text(batch[:, 1:].tobytes()) + b"tb"
    labels = b"](" + b"".join(b"K" + bytes([label]) for label in batch[:, 0]) + b"e"
    names = b"](" + b"".join(_text(b"leptodactylus_%d.png" % record) for record in range(len(batch))) + b"e"
    batch_label = _text(b"batch_label") + _text(b"training batch 1 of 5")
    items = _text(b"labels") + labels + _text(b"data") + array + _text(b"filenames") + names
    return b"\x80\x02}(" + batch_label + items + b"u."


def _text(raw: bytes) -> bytes:
    if len(raw) < 256:
        return b"U" + bytes([len(raw)]) + raw
    return b"T" + len(raw).to_bytes(4, "little") + raw


def substituted(records: Mapping[str, Bytes], listed: list[tuple[str, int]]) -> str:
    labels = [int(records[name][record, 0]) for name, record in listed]
    rows = [f"{name}.bin,{r},{label},{CLASS_NAMES[label]}" for (name, r), label in zip(listed, labels, strict=True)]
    return "\n".join(["file,record,label,class", *rows]) + "\n"
