"""The size that a compressed frame claims, before a decoder asks for that much memory."""

from __future__ import annotations

from fpt_core.errors import ImageError

_JPEG = b"\xff\xd8"
_JPEG_2000 = b"\xff\x4f\xff\x51"
_JPEG_2000_FILE = b"\x00\x00\x00\x0cjP  "
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
"""Markers that begin a frame header; 0xF7 is JPEG-LS."""
_MAX_SAMPLES = 4
_BOXES_BYTES = 4096


def check_codestream(stream: bytes, name: str, rows: int, columns: int) -> None:
    """Refuse a JPEG, JPEG-LS or JPEG 2000 stream of another size than its DICOM header says.

    Reference: ISO/IEC 10918-1 B.2.2, ISO/IEC 15444-1 A.5.1.

    Raises:
        ImageError: If the sizes differ.
    """
    claimed = _jpeg_2000_size(stream) or _jpeg_size(stream)
    if claimed is None:
        return
    height, width, samples = claimed
    if (height or rows, width) != (rows, columns) or samples > _MAX_SAMPLES:
        raise ImageError(
            f"{name} is damaged: its header says {columns} x {rows} pixels, its compressed image "
            f"{width} x {height} with {samples} values each.",
            "Copy or export it again.",
        )


def _jpeg_2000_size(stream: bytes) -> tuple[int, int, int] | None:
    """Height, width and values per pixel."""
    start = stream.find(_JPEG_2000, 0, _BOXES_BYTES)
    if start < 0 or not stream.startswith((_JPEG_2000, _JPEG_2000_FILE)):
        return None
    right, bottom, left, top = (
        int.from_bytes(stream[start + at : start + at + 4], "big") for at in (8, 12, 16, 20)
    )
    return bottom - top, right - left, int.from_bytes(stream[start + 40 : start + 42], "big")


def _jpeg_size(stream: bytes) -> tuple[int, int, int] | None:
    """Height, width and values per pixel; a height of 0 is told after the first scan."""
    if not stream.startswith(_JPEG):
        return None
    at = len(_JPEG)
    # Bytes between segments are damage, which decoders pass over in search of a marker.
    while (at := stream.find(b"\xff", at)) >= 0 and at + 10 <= len(stream):
        marker, length = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker in _JPEG_FRAMES:
            height, width = (
                int.from_bytes(stream[at + place : at + place + 2], "big") for place in (5, 7)
            )
            return height, width, stream[at + 9]
        at += 1 if marker == 0xFF else 2 + length
    return None
