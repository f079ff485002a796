"""Labelled images as arrays, and the record of which copy of a data set they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]
Source = Literal["folder", "cache", "download", "embedded"]

UNKNOWN_CHECKSUM = "the files do not have the official checksums"


@dataclass(frozen=True)
class DataProvenance:
    """Which copy of a data set was used.

    `source` is a folder given by the caller, the cache of earlier downloads, a download, or a package that embeds the
    data. `checksum` is that of the arrays as loaded, whatever the format of the files: see `checksum`. `official` says
    whether the files are the published ones, `dropped` how many records were left out as inexact, and `note`, in
    words, what is to be known of a copy that is not official; it is empty for one that is.
    """

    source: Source
    checksum: str
    official: bool
    dropped: int = 0
    note: str = ""


@dataclass(frozen=True, eq=False)
class Contents:
    """What the files of one copy hold: pixels (N, C, H, W) and labels (N,) of both parts, and what is known of them."""

    train: tuple[Pixels, Labels]
    test: tuple[Pixels, Labels]
    official: bool
    dropped: int = 0
    note: str = ""


@dataclass(frozen=True, eq=False)
class Images:
    """A labelled image data set: pixels uint8 (N, C, H, W), labels int64 (N,) that index `class_names`.

    Raises ValueError for arrays of another type or shape, a part without images, and a label that has no name.
    """

    name: str
    train_images: Pixels
    test_images: Pixels
    train_labels: Labels
    test_labels: Labels
    class_names: tuple[str, ...]
    provenance: DataProvenance

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            pixels, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
            for name, array in ((f"{part}_images", pixels), (f"{part}_labels", labels)):
                if not isinstance(array, np.ndarray):
                    raise ValueError(f"{name} must be a NumPy array, got {type(array).__name__}")
            if pixels.dtype != np.uint8 or pixels.ndim != 4 or not len(pixels) or pixels.shape[1:] != self.shape:
                found = f"{pixels.dtype} of shape {pixels.shape}"
                wanted = "uint8 of shape (N, C, H, W) with N >= 1 and one (C, H, W) for both parts"
                raise ValueError(f"{part}_images must be {wanted}, got {found}")
            if labels.dtype != np.int64 or labels.shape != pixels.shape[:1]:
                found = f"{labels.dtype} of shape {labels.shape}"
                raise ValueError(f"{part}_labels must be int64 of shape {pixels.shape[:1]}, got {found}")
            if not 0 <= labels.min() <= labels.max() < len(self.class_names):
                found = f"{labels.min()} to {labels.max()}"
                raise ValueError(f"{part}_labels must lie in 0..{len(self.class_names) - 1}, got {found}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (C, H, W) of one image."""
        return self.train_images.shape[1:]

    def only(self, classes: Sequence[int]) -> Images:
        """The images of the given classes, in their order here, relabelled 0..k-1 in the order of `classes`.

        The provenance stays that of the whole data set. Raises ValueError unless `classes` are distinct labels.
        """
        known = range(len(self.class_names))
        chosen = [
            label
            for label in classes
            if type(label) is not bool and isinstance(label, int | np.integer) and label in known
        ]
        if not chosen or len(set(chosen)) < len(classes):
            raise ValueError(f"classes must be distinct labels in 0..{known[-1]}, got {classes!r}")
        relabelled = np.full(len(known), -1)
        relabelled[chosen] = np.arange(len(chosen))
        train, test = relabelled[self.train_labels], relabelled[self.test_labels]
        return replace(
            self,
            train_images=self.train_images[train >= 0],
            test_images=self.test_images[test >= 0],
            train_labels=train[train >= 0],
            test_labels=test[test >= 0],
            class_names=tuple(self.class_names[label] for label in chosen),
        )


def checksum(*parts: tuple[Pixels, Labels]) -> str:
    """Return "sha256:" and the digest of each part in turn: its shape as ASCII "N,C,H,W;", its pixels, its labels.

    Pixels and labels count as bytes in C order, so the same images have the same checksum in any file format.
    """
    digest = hashlib.sha256()
    for pixels, labels in parts:
        digest.update((",".join(map(str, pixels.shape)) + ";").encode("ascii"))
        digest.update(np.ascontiguousarray(pixels).reshape(-1).data)
        digest.update(labels.astype(np.uint8).data)
    return f"sha256:{digest.hexdigest()}"
