"""What a DICOM data set says of its stored values: their units, and how to show them."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_modality_lut

from fpt_core.images.dicom_header import numbers, text
from fpt_core.images.pixels import DisplayTable, Window, WindowFunction

_UNITS = {"HU": "HU", "OD": "OD"}
_FUNCTIONS: tuple[WindowFunction, ...] = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
_LARGEST_SIGNED = 2**15 - 1
_TINY = 1e-6


def rescaled(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """The frame's values by its modality LUT or its slope and intercept; as stored without."""
    if dataset.get("ModalityLUTSequence"):
        return apply_modality_lut(stored, dataset)
    slope, intercept = (
        (numbers(dataset, keyword) or (default,))[0]
        for keyword, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
    )
    if (slope, intercept) == (1, 0):
        return stored
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def unit(dataset: Dataset) -> str:
    """The unit of rescaled values; empty where it is none that a reader would know."""
    if text(dataset, "Modality") == "CT":
        return "HU"
    return _UNITS.get(text(dataset, "RescaleType"), "")


def eight_bit(rgb: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Colour of ``bits`` bits in eight."""
    if rgb.dtype == np.uint8 and bits >= 8:
        return rgb
    scaled: NDArray[Any] = np.clip(rgb / (2**bits - 1), 0, 1) * 255 + 0.5
    return scaled.astype(np.uint8)


def windows(dataset: Dataset) -> tuple[Window, ...]:
    """All windows that can be used, in the file's order."""
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    names = text(dataset, "WindowCenterWidthExplanation").split("\\")
    asked = text(dataset, "VOILUTFunction")
    function: WindowFunction = next((known for known in _FUNCTIONS if known == asked), "LINEAR")
    least = 1 if function == "LINEAR" else 0
    return tuple(
        Window(center, width, name.strip(), function)
        for center, width, name in zip_longest(centers, widths, names[: len(centers)], fillvalue="")
        if isinstance(center, float) and isinstance(width, float) and width >= max(least, _TINY)
    )


def window_of_depth(
    stored: NDArray[Any], values: NDArray[Any], dataset: Dataset
) -> tuple[Window, ...]:
    """Fewer than eight bits fill the range of grey, as eight do."""
    bits = int(dataset.get("BitsStored", 8) or 8)
    if values is not stored or stored.dtype != np.uint8 or bits >= 8:
        return ()
    return (Window(2.0 ** (bits - 1), 2.0**bits),)


def table(dataset: Dataset, values: NDArray[Any]) -> DisplayTable | None:
    """The first VOI LUT; its brightest entry is white, whatever depth it claims."""
    items = list(dataset.get("VOILUTSequence", None) or [])[:1]
    if not items or len(items[0].LUTDescriptor) != 3:
        return None
    count, first, _ = (int(number) for number in items[0].LUTDescriptor)
    data = items[0].LUTData
    if isinstance(data, bytes):
        order = ">" if items[0].original_encoding[1] is False else "<"
        entries = np.frombuffer(data, "u1" if len(data) == count else f"{order}u2")
    else:
        entries = np.atleast_1d(np.asarray(data))
    if first > _LARGEST_SIGNED and values.min() < 0:
        first -= 2**16  # written as unsigned
    return DisplayTable(first, eight_bit(entries / max(int(entries.max()), 1), 1))


def background(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.bool_] | None:
    """Where the scanner filled up the rectangle. Reference: DICOM PS3.3 C.7.5.1.1.2."""
    padding = numbers(dataset, "PixelPaddingValue")
    if not padding:
        return None
    limit = (numbers(dataset, "PixelPaddingRangeLimit") or padding)[0]
    low, high = sorted((padding[0], limit))
    if stored.dtype.kind == "u" and low < 0:
        span = 2 ** (8 * stored.itemsize)  # written as signed
        low, high = low + span, high + span
    found = (stored >= low) & (stored <= high)
    return found if found.any() else None


def spacing(dataset: Dataset) -> tuple[float, float] | None:
    """Millimetres between rows and between columns, in the patient or at the detector."""
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        found = numbers(dataset, name)
        if len(found) == 2 and min(found) > 0:
            return found[0], found[1]
    return None
