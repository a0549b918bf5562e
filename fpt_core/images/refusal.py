"""Refusals in words: why a file gives no image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fpt_core.errors import ImageError

MAX_PIXELS = 150_000_000
"""Of one frame; a header that claims more is damaged, or the image needs cutting first."""


def check_size(name: str, width: int, height: int) -> None:
    """Refuse a frame whose header claims no pixels, or more than memory should be asked for.

    Raises:
        ImageError: If the size is out of bounds.
    """
    if width < 1 or height < 1:
        raise ImageError(f"{name} claims a size of {width} x {height} pixels.", "Export it again.")
    if width * height > MAX_PIXELS:
        raise too_large(name, f"{width} x {height} pixels")


def check_frame(name: str, frame: int, frames: int, what: str = "frame") -> None:
    """Refuse a frame that the file does not have.

    Raises:
        ImageError: If there is no such frame.
    """
    if not 0 <= frame < frames:
        raise ImageError(
            f"{name} has {frames} {what}s; there is no {what} {frame}.",
            f"Choose one from 0 to {frames - 1}." if frames else "Export it again.",
        )


def too_large(name: str, size: str) -> ImageError:
    """The refusal of a file that claims ``size``."""
    return ImageError(
        f"{name} claims {size}, more than the {MAX_PIXELS // 1_000_000} million that are read.",
        "Check the file; a real image of this size must be cut or reduced first.",
    )


def unreadable(name: str, error: Exception) -> ImageError:
    """The refusal of a file that a decoder failed on; decoders of damaged files raise anything."""
    if isinstance(error, ImageError):
        return error
    if isinstance(error, PermissionError):
        return ImageError(f"No permission to read {name}.", "Ask for access to it.")
    if isinstance(error, MemoryError):
        return ImageError(
            f"{name} needs more memory than there is.", "Close other programs and retry."
        )
    return ImageError(f"{name} is truncated or damaged.", "Copy or export it again.")


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into the refusal of ``name``."""
    try:
        yield
    except Exception as error:
        raise unreadable(name, error) from error
