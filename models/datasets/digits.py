"""Scikit-learn's digits: real 8 x 8 scans, embedded in its package, for runs without a download."""

from __future__ import annotations

import numpy as np

from models.datasets.files import optional_package
from models.datasets.images import Contents

CLASS_NAMES = tuple("0123456789")

TEST_RECORDS = 360
"""The last records are the test set; the 1437 before them are for training."""


def read() -> Contents:
    """Read the embedded digits: grey levels v in 0..16 become the nearest of 255 v/16, a half rounded up."""
    found = optional_package("sklearn.datasets", "the data set digits").load_digits()
    levels = found.images.astype(np.int64)
    pixels, labels = ((255 * levels + 8) // 16).astype(np.uint8)[:, None], found.target.astype(np.int64)
    train, test = slice(None, -TEST_RECORDS), slice(-TEST_RECORDS, None)
    return Contents((pixels[train], labels[train]), (pixels[test], labels[test]), official=True)
