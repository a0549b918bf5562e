"""A checkpoint from which training resumes bit for bit on the CPU.

Order, augmentation and dropout of a step depend on seed and step alone, so the
weights, the optimiser's moments and the step number say everything.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from fpt_core.errors import ProjectError, translate_os_error
from fpt_core.files import write_atomically


@dataclass(slots=True)
class Checkpoint:
    """Where a run stands."""

    step: int
    """Optimiser steps taken."""
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    best_model: dict[str, Tensor] | None
    """The weights of the best epoch so far."""
    best_score: tuple[float, float]
    """Validation AUC and negative loss of that epoch."""
    best_epoch: int
    epoch_loss: float
    """Sum of the losses of the epoch in progress."""
    images_at_once: int
    """In parts of how many images a batch goes through the model."""
    rate_factor: float
    """Below 1 once the learning rate was lowered."""
    history: list[dict[str, Any]]
    """Of every epoch completed, with its validation, what was told of it."""


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint``; a kill leaves the previous one or this one.

    Raises:
        DiskFullError: If there is no space left.
        FptError: If its folder is gone.
    """
    content = io.BytesIO()
    torch.save({name: getattr(checkpoint, name) for name in Checkpoint.__slots__}, content)
    try:
        path.parent.stat()  # where a network drive has gone away, nothing grows in its place
        write_atomically(path, content.getvalue())
    except OSError as error:
        raise translate_os_error(error, path) from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; nothing in the file is executed.

    Raises:
        ProjectError: If it is damaged.
    """
    try:
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, UnpicklingError, zipfile.BadZipFile, TypeError, EOFError) as err:
        raise ProjectError(
            f"The checkpoint {path} cannot be read.", "Start a new run with the same settings."
        ) from err
