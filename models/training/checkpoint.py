"""Checkpoints: everything a training needs to go on as if it had not been interrupted."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import torch

MAX_BYTES = 2**33
"""A hundred residual networks with their momenta have 5e9 bytes."""


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write `state` (tensors, numbers, strings, lists and dictionaries of such), whole or not at all.

    Raises ValueError when the file cannot be written.
    """
    part = path.with_name(path.name + f".part{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
        part.unlink(missing_ok=True)
        raise ValueError(f"checkpoint cannot be written: {path}: {error}") from error


def load_checkpoint(path: Path, device: torch.device) -> dict[str, Any] | None:
    """The state saved at `path`, None where there is none; nothing in the file is executed.

    Raises ValueError for a damaged file, which names it.
    """
    if not path.is_file():
        return None
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"checkpoint must have at most {MAX_BYTES} bytes, got {path.stat().st_size}: {path}")
    try:
        with warnings.catch_warnings(action="error"):  # of what no checkpoint of ours holds
            state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        if not isinstance(state, dict):
            raise ValueError(f"it holds a {type(state).__name__}")
    except Exception as error:  # a damaged file can raise any
        raise ValueError(f"checkpoint is damaged: {path}: delete it to train again from the start") from error
    return state
