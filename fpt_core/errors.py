"""What can go wrong, in words for the person who must act.

Every message says what is wrong and where; ``remedy`` says what to do. The
command line prints both on one line, the window shows both in place.
"""

from __future__ import annotations

import errno
from pathlib import Path


class FptError(Exception):
    """A failure that a person can act on.

    Args:
        message: What is wrong, and where: parameter, allowed, received.
        remedy: What to do about it.
    """

    kind = "error"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigError(FptError):
    """A setting that cannot be used."""

    kind = "config"


class ImageError(FptError):
    """A file that gives no image."""

    kind = "image"


class DatasetError(FptError):
    """A data set that cannot be imported, split or trained on."""

    kind = "dataset"


class ProjectError(FptError):
    """A project folder or run that is absent, damaged or of another version."""

    kind = "project"


class WeightsError(FptError):
    """Backbone weights that are absent or do not fit the architecture."""

    kind = "weights"


class DownloadError(FptError):
    """A file that could not be fetched whole."""

    kind = "download"


class StoreError(FptError):
    """A feature store that is damaged or was made by another recipe."""

    kind = "store"


class BundleError(FptError):
    """A model file that is truncated, altered or of another version."""

    kind = "bundle"


class TrainingError(FptError):
    """A training run that cannot go on."""

    kind = "training"


class InstallationError(FptError):
    """Files of the program itself that are missing or damaged."""

    kind = "installation"


class DiskFullError(FptError):
    """No space left where something had to be written."""

    kind = "disk"


def translate_os_error(error: OSError, path: Path | str) -> FptError:
    """Put an operating-system error met at ``path`` into words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"The disk is full: nothing more can be written to {path}.",
            "Free some space and start again; what was finished is kept.",
        )
    if error.errno == errno.EFBIG:
        return DiskFullError(
            f"{path} would become larger than this disk, or the account's limit, allows.",
            "Move the project to another disk and start again; what was finished is kept.",
        )
    if isinstance(error, PermissionError):
        return FptError(
            f"No permission to use {path}.", "Choose another folder or ask for access to it."
        )
    if isinstance(error, FileNotFoundError):
        return FptError(f"{path} does not exist.", "Check the name, or whether it was moved.")
    return FptError(
        f"{path} cannot be used: {error.strerror or error}.", "Check the disk and retry."
    )
