"""Refusals in words: why a file gives no image."""

from __future__ import annotations

from pathlib import Path

from fpt_core.errors import ImageError

MAX_PIXELS = 150_000_000
"""Of one frame; a header that claims more is damaged, or the image needs cutting first."""


def check_is_file(path: Path) -> None:
    """Let only regular files through: opening a pipe or a device would wait for ever.

    Raises:
        ImageError: If there is no such file.
    """
    if path.is_dir():
        raise ImageError(f"{path.name} is a folder, not an image.", "Choose a file in it.")
    if not path.is_file():
        raise ImageError(
            f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
        )


def check_size(path: Path, width: int, height: int) -> None:
    """Refuse a frame whose header claims no pixels, or more than memory should be asked for.

    Raises:
        ImageError: If the size is out of bounds.
    """
    if width < 1 or height < 1:
        raise ImageError(
            f"{path.name} claims a size of {width} x {height} pixels.", "Export it again."
        )
    if width * height > MAX_PIXELS:
        raise too_large(path, f"{width} x {height} pixels")


def too_large(path: Path, size: str) -> ImageError:
    """The refusal of a file that claims ``size``."""
    return ImageError(
        f"{path.name} claims {size}, more than the {MAX_PIXELS // 1_000_000} million that "
        "are read.",
        "Check the file; a real image of this size must be cut or reduced first.",
    )


def unreadable(path: Path, error: Exception) -> ImageError:
    """The refusal of a file that a decoder failed on; decoders of damaged files raise anything."""
    if isinstance(error, ImageError):
        return error
    if isinstance(error, PermissionError):
        return ImageError(f"No permission to read {path.name}.", "Ask for access to it.")
    if isinstance(error, MemoryError):
        return ImageError(
            f"{path.name} needs more memory than there is.", "Close other programs and retry."
        )
    return ImageError(f"{path.name} is truncated or damaged.", "Copy or export it again.")
