"""Checkpoints: everything a training needs to go on as if it had not been interrupted."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import torch


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
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, KeyError) as error:
        raise ValueError(f"checkpoint is damaged: {path}: delete it to train again from the start") from error
    return state
