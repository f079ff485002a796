"""Image data sets, MNIST, CIFAR-10 and the embedded digits: read, verified, and described by their provenance."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.datasets import cifar10, digits, mnist
from models.datasets.download import Published, default_cache, fetch
from models.datasets.files import Layout, find
from models.datasets.images import Contents, Source, checksum
from models.datasets.images import DataProvenance as DataProvenance
from models.datasets.images import Images as Images


@dataclass(frozen=True)
class DataSet:
    """How a data set is found: the forms it comes in, its usual folders, and its files as published, with addresses."""

    class_names: tuple[str, ...]
    folders: Sequence[str]
    layouts: Sequence[Layout]
    published: Sequence[Published]
    published_layout: Layout
    addresses: Sequence[str]


DATA_SETS = {
    "mnist": DataSet(
        mnist.CLASS_NAMES, mnist.FOLDERS, mnist.LAYOUTS, mnist.PUBLISHED, mnist.LAYOUTS[0], mnist.ADDRESSES
    ),
    "cifar10": DataSet(
        cifar10.CLASS_NAMES,
        cifar10.FOLDERS,
        cifar10.LAYOUTS,
        cifar10.PUBLISHED,
        cifar10.PUBLISHED_LAYOUT,
        cifar10.ADDRESSES,
    ),
}

NAMES = (*DATA_SETS, "digits")


def load(
    name: str,
    data: str | os.PathLike[str] | None = None,
    progress: bool = True,
    cache: str | os.PathLike[str] | None = None,
) -> Images:
    """Return the data set "mnist", "cifar10" or "digits", with the provenance of the copy that was read.

    The files come from the folder `data`, where it is given: they lie in it or in a folder of a usual name (mnist,
    MNIST/raw, cifar10, cifar-10-batches-bin, ...). MNIST is read from IDX files, gzip or plain; CIFAR-10 from binary
    batches, the binary or the Python archive, unpacked Python batches (nothing pickled is run), or lossless WebP sheets
    with labels.npz. A well-formed copy without the official checksums is read and marked so in its provenance; records
    of CIFAR-10 that a file substituted.csv beside it lists are dropped. Without `data` the published files come from
    the folder `cache`, by default the platform's cache folder, into which what is missing is downloaded and verified,
    with a progress bar if `progress`. "digits" is embedded in scikit-learn: 8 x 8 pixels, `data` and `cache` unused.

    Raises ValueError for an unknown name, a folder that is missing or lacks files, files that are not well formed,
    and a download that fails, which leaves no file behind.
    """
    if isinstance(name, str) and name == "digits":
        return _images(name, digits.CLASS_NAMES, digits.read(), "embedded")
    if not isinstance(name, str) or name not in DATA_SETS:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    chosen = DATA_SETS[name]
    if data is not None:
        folder, layout = find(Path(data).expanduser(), chosen.folders, chosen.layouts)
        return _images(name, chosen.class_names, layout.read(folder), "folder")
    folder = (default_cache() if cache is None else Path(cache).expanduser()) / name
    downloaded = [fetch(file, folder, chosen.addresses, progress) for file in chosen.published]
    source: Source = "download" if any(downloaded) else "cache"
    return _images(name, chosen.class_names, chosen.published_layout.read(folder), source)


def _images(name: str, class_names: tuple[str, ...], found: Contents, source: Source) -> Images:
    (train_images, train_labels), (test_images, test_labels) = found.train, found.test
    digest = checksum(found.train, found.test)
    provenance = DataProvenance(source, digest, found.official, found.dropped, found.note)
    return Images(name, train_images, test_images, train_labels, test_labels, class_names, provenance)
