"""MNIST: handwritten digits of 28 x 28 pixels, in four IDX files."""

from __future__ import annotations

import hashlib
import math
from functools import partial
from pathlib import Path

import numpy as np

from models.datasets.download import Published
from models.datasets.files import Layout, content
from models.datasets.images import UNKNOWN_CHECKSUM, Contents, Labels, Pixels

CLASS_NAMES = tuple("0123456789")

FOLDERS = ("mnist", "MNIST", "raw", "mnist/raw", "MNIST/raw")

SIDE = 28

UBYTE = 0x08  # IDX's code for unsigned bytes, third byte of a magic number whose fourth counts the dimensions

# Each serves the files of http://yann.lecun.com/exdb/mnist/ byte for byte: PyTorch's mirror, then that of the CVDF,
# which keeps the data set, then the authors' page, which is often closed.
ADDRESSES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)

PUBLISHED = (
    Published(
        "train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    Published("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    Published("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    Published("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)

# SHA-256 of what the published files hold, so that a copy is known however it was compressed, or not at all.
OFFICIAL = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def read(folder: Path, suffix: str) -> Contents:
    """Read the four files, whose names end in the suffix; ValueError where one is not well formed."""
    train, test = (_part(folder, name, suffix) for name in ("train", "t10k"))
    official = train[2] and test[2]
    return Contents(train[:2], test[:2], official, note="" if official else UNKNOWN_CHECKSUM)


def _part(folder: Path, name: str, suffix: str) -> tuple[Pixels, Labels, bool]:
    paths = folder / f"{name}-images-idx3-ubyte{suffix}", folder / f"{name}-labels-idx1-ubyte{suffix}"
    raw = [content(path) for path in paths]
    pixels, labels = read_idx(raw[0], 3, paths[0]), read_idx(raw[1], 1, paths[1])
    if pixels.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"{paths[0]} must hold images of {SIDE} x {SIDE} pixels, got shape {pixels.shape}")
    if len(pixels) != len(labels):
        raise ValueError(f"{paths[1]} must hold a label for each of {len(pixels)} images, got {len(labels)}")
    if labels.size and labels.max() >= len(CLASS_NAMES):
        raise ValueError(f"{paths[1]} must hold labels 0..9, got {labels.max()}")
    checksums = [hashlib.sha256(part).hexdigest() for part in raw]
    official = checksums == [OFFICIAL[path.name.removesuffix(".gz")] for path in paths]
    return pixels[:, None], labels.astype(np.int64), official


def read_idx(raw: bytes, ndim: int, path: Path) -> Pixels:
    """Return the array of unsigned bytes that an IDX file holds: magic number, sizes as big-endian int32, bytes.

    Raises ValueError, naming `path`, unless the file has `ndim` dimensions and exactly the bytes that its header says.
    """
    magic, header = UBYTE << 8 | ndim, 4 * (1 + ndim)
    if len(raw) < header or int.from_bytes(raw[:4]) != magic:
        found = f"{len(raw)} bytes that begin with {int.from_bytes(raw[:4])}"
        raise ValueError(f"{path} must begin with IDX's magic number {magic} and {ndim} sizes, got {found}")
    shape = tuple(int.from_bytes(raw[4 * axis : 4 * axis + 4]) for axis in range(1, ndim + 1))
    if len(raw) != header + math.prod(shape):
        sizes = " x ".join(map(str, shape))
        raise ValueError(f"{path} must have {header + math.prod(shape)} bytes for {sizes} values, got {len(raw)}")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape).copy()  # a copy can be written to


LAYOUTS = tuple(
    Layout(tuple(name + suffix for name in OFFICIAL), partial(read, suffix=suffix)) for suffix in (".gz", "")
)
