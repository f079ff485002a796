"""CIFAR-10: colour photographs of 32 x 32 pixels, in six batches that come in several file formats.

Every format is read into the records of the binary one, a label byte and 3072 pixels each (red, green, blue; rows from
the top), so that one checksum per batch says whether a copy is the published one.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import math
import tarfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from models.datasets.download import Published
from models.datasets.files import Layout, content, optional_package, readable, sha256
from models.datasets.images import UNKNOWN_CHECKSUM, Contents, Labels, Pixels
from models.datasets.pickles import Recorded, read_dictionary

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

FOLDERS = (
    "cifar10",
    "CIFAR10",
    "cifar-10",
    "cifar-10-batches-bin",
    "cifar-10-batches-py",
    "cifar10/cifar-10-batches-bin",
    "cifar10/cifar-10-batches-py",
)

SHAPE = (3, 32, 32)
PIXELS = math.prod(SHAPE)
RECORDS = 10_000
"""Records in a batch."""

LARGEST = 2 * (1 + PIXELS)
"""Bytes a record may take in an archive: Python's batches hold a file name with each."""

# The author's page, and the address to which his university forwards it.
ADDRESSES = ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/")

BINARY, PYTHON = "cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"

# The page gives MD5s, c32a1d4ab5d03f1284b67883e8d87530 and c58f30108f718f92721af3b95e74349a. These SHA-256 of the same
# archives, and of the members of the binary one, are those that other readers ask for: torchvision for Ruby, and Keras.
ARCHIVES = {
    BINARY: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    PYTHON: "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
}
OFFICIAL = {
    "data_batch_1": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}
TEST = "test_batch"

PUBLISHED = (Published(BINARY, 170_052_171, ARCHIVES[BINARY]),)

SUBSTITUTED = "substituted.csv"

Records = NDArray[np.uint8]
Decoder = Callable[[bytes, str], Records]


def read_files(folder: Path, suffix: str, decode: Decoder) -> Contents:
    """Read six files of one batch each; ValueError where one is not well formed."""
    paths = {name: folder / f"{name}{suffix}" for name in OFFICIAL}
    return _contents({name: decode(content(path), str(path)) for name, path in paths.items()}, folder)


def read_archive(folder: Path, archive: str, suffix: str, decode: Decoder) -> Contents:
    """Read the six batches from a .tar.gz, unpacking nothing to the disk; ValueError where it is not well formed."""
    path = folder / archive
    with readable(path):
        members = _members(path, {f"{name}{suffix}": name for name in OFFICIAL})
    batches = {name: decode(members.pop(name), f"{name}{suffix} in {path}") for name in OFFICIAL}
    return _contents(batches, folder, official=sha256(path) == ARCHIVES[archive])


def _members(path: Path, wanted: Mapping[str, str]) -> dict[str, bytes]:
    """The content of the wanted regular files, in whatever folder of the archive they lie."""
    members: dict[str, bytes] = {}
    try:
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                name = wanted.get(member.name.rpartition("/")[2])
                data = archive.extractfile(member) if name and member.isreg() else None
                if name is None or data is None:
                    continue
                if name in members or member.size > LARGEST * RECORDS:
                    once = f"each batch once, in at most {LARGEST * RECORDS} bytes"
                    raise ValueError(f"{path} must hold {once}, got {member.name} of {member.size} bytes")
                members[name] = data.read()
            while stream.read(2**20):  # the checksum of a gzip file stands at its end
                pass
    except tarfile.TarError as error:
        raise ValueError(f"{path} must be an intact tar file: {error}") from None
    if len(members) < len(wanted):
        lacking = [file for file, name in wanted.items() if name not in members]
        raise ValueError(f"{path} must hold six batches, it lacks {', '.join(lacking)}")
    return members


def from_binary(raw: bytes, source: str) -> Records:
    """Records of a binary batch, shape (RECORDS, 1 + 3072); ValueError for another number of bytes."""
    if len(raw) != RECORDS * (1 + PIXELS):
        wanted = f"{RECORDS * (1 + PIXELS)} bytes ({RECORDS} records of {1 + PIXELS})"
        raise ValueError(f"{source} must have {wanted}, got {len(raw)}")
    return np.frombuffer(raw, np.uint8).reshape(RECORDS, 1 + PIXELS)


def from_python(raw: bytes, source: str) -> Records:
    """Records of a batch that Python pickled; ValueError where it is anything else, and nothing in it is run."""
    try:
        batch = read_dictionary(raw)
        data, labels = batch.get("data"), batch.get("labels")
        if not isinstance(data, Recorded) or not isinstance(labels, list):
            raise ValueError("it must hold an array 'data' and a list 'labels'")
        if len(labels) != RECORDS or any(
            type(label) is not int or not 0 <= label < len(CLASS_NAMES) for label in labels
        ):
            raise ValueError(f"its labels must be {RECORDS} whole numbers 0..9")
        return np.column_stack([np.array(labels, np.uint8), data.array((RECORDS, PIXELS))])
    except ValueError as error:
        raise ValueError(f"{source} must be a pickled batch of CIFAR-10: {error}") from None


def read_sheets(folder: Path) -> Contents:
    """Read six square sheets of images, row by row, in lossless WebP, and labels.npz with the labels of each.

    Raises ValueError where a file is not well formed, or Pillow is not installed.
    """
    image = optional_package("PIL.Image", "reading WebP sheets")
    path = folder / "labels.npz"
    try:
        # NumPy leaves a damaged file open that it has opened itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            labels = {name: arrays[name] for name in OFFICIAL}
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} must hold the labels of six batches as arrays: {error}") from None
    for name, classes in labels.items():
        if classes.dtype != np.uint8 or classes.shape != (RECORDS,):
            found = f"{classes.dtype} of shape {classes.shape}"
            raise ValueError(f"{path} must hold labels as uint8 of shape ({RECORDS},), got {name}, {found}")
    paths = {name: folder / f"{name}.webp" for name in labels}
    return _contents({name: np.column_stack([labels[name], from_sheet(paths[name], image)]) for name in labels}, folder)


def from_sheet(path: Path, image: Any) -> Records:
    """Pixels of a sheet's images, shape (RECORDS, 3072); ValueError where it is anything else."""
    grid = math.isqrt(RECORDS)
    channels, height, width = SHAPE
    try:
        with image.open(path) as sheet:
            if sheet.format != "WEBP" or sheet.size != (grid * width, grid * height):
                raise ValueError(f"it is {sheet.format} of {sheet.size[0]} x {sheet.size[1]} pixels")
            pixels = np.asarray(sheet.convert("RGB"))
    except (OSError, ValueError, EOFError, image.DecompressionBombError) as error:
        wanted = f"a WebP sheet of {grid} x {grid} images of {width} x {height} pixels"
        raise ValueError(f"{path} must be {wanted}: {error}") from None
    tiles = pixels.reshape(grid, height, grid, width, channels).transpose(0, 2, 4, 1, 3)
    return tiles.reshape(RECORDS, PIXELS)


def _contents(batches: dict[str, Records], folder: Path, official: bool = False) -> Contents:
    """Both parts of the data set, without the records that a list in the folder calls inexact."""
    for name, records in batches.items():
        if records[:, 0].max() >= len(CLASS_NAMES):
            raise ValueError(f"{folder} must hold labels 0..9, got {records[:, 0].max()} in {name}")
    _check_class_names(folder / "batches.meta.txt")
    official = official or all(_sha256(records) == OFFICIAL[name] for name, records in batches.items())
    dropped, note = 0, "" if official else UNKNOWN_CHECKSUM
    if not official and (folder / SUBSTITUTED).is_file():
        inexact = read_substituted(folder / SUBSTITUTED, batches)
        for name, listed in inexact.items():
            batches[name] = np.delete(batches[name], sorted(listed), axis=0)
        dropped = sum(map(len, inexact.values()))
        note += f"; the {dropped} records that {SUBSTITUTED} lists as inexact were dropped"
    train = [records for name, records in batches.items() if name != TEST]
    return Contents(_arrays(train), _arrays([batches[TEST]]), official, dropped, note)


def _arrays(batches: list[Records]) -> tuple[Pixels, Labels]:
    pixels = np.concatenate([records[:, 1:] for records in batches]).reshape(-1, *SHAPE)
    return pixels, np.concatenate([records[:, 0] for records in batches]).astype(np.int64)


def _sha256(records: Records) -> str:
    return hashlib.sha256(records.reshape(-1).data).hexdigest()


def _check_class_names(path: Path) -> None:
    if path.is_file() and tuple(content(path).decode("latin-1").split()) != CLASS_NAMES:
        raise ValueError(f"{path} must name CIFAR-10's classes in order, {', '.join(CLASS_NAMES)}")


def read_substituted(path: Path, batches: Mapping[str, Records]) -> dict[str, set[int]]:
    """Return the records listed as inexact, by batch, from rows of file, record (from 0), label and class.

    Raises ValueError for another header, and for a row that is repeated or does not describe a record of these batches.
    """
    try:
        rows = list(csv.reader(content(path).decode("utf-8").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} must be comma-separated text: {error}") from None
    if not rows or rows[0] != ["file", "record", "label", "class"]:
        raise ValueError(
            f"{path} must begin with file,record,label,class, got {','.join(rows[0]) if rows else 'nothing':.80}"
        )
    inexact: dict[str, set[int]] = {name: set() for name in batches}
    for row in rows[1:]:
        name, record = _described(row, batches)
        if not name or record in inexact[name]:
            raise ValueError(
                f"{path} must list records of these batches, with label and class, once, got {','.join(row):.80}"
            )
        inexact[name].add(record)
    return inexact


def _described(row: list[str], batches: Mapping[str, Records]) -> tuple[str, int]:
    """The batch and the record that a row describes; no batch where there is none such."""
    match row:
        case [file, digits, label, class_name] if file.endswith(".bin") and digits.isdecimal():
            name, record = file.removesuffix(".bin"), int(digits)
            if name in batches and record < RECORDS:
                found = int(batches[name][record, 0])
                if (label, class_name) == (str(found), CLASS_NAMES[found]):
                    return name, record
    return "", 0


PUBLISHED_LAYOUT = Layout((BINARY,), partial(read_archive, archive=BINARY, suffix=".bin", decode=from_binary))

LAYOUTS = (
    Layout(tuple(f"{name}.bin" for name in OFFICIAL), partial(read_files, suffix=".bin", decode=from_binary)),
    PUBLISHED_LAYOUT,
    Layout((PYTHON,), partial(read_archive, archive=PYTHON, suffix="", decode=from_python)),
    Layout(tuple(OFFICIAL), partial(read_files, suffix="", decode=from_python)),
    Layout((*(f"{name}.webp" for name in OFFICIAL), "labels.npz"), read_sheets),
)
