"""DICOM: pixels in rescaled units, with the display window that the file asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import RLELossless

from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels, Window
from fpt_core.images.quiet import quiet
from fpt_core.images.refusal import check_size, unreadable

_PREAMBLE_BYTES = 128
_FRAME_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence")
_UNITS = {"HU": "HU", "OD": "OD"}


def is_dicom(path: Path) -> bool:
    """Whether the file carries DICOM's preamble, whatever its name."""
    try:
        with path.open("rb") as file:
            return file.read(_PREAMBLE_BYTES + 4)[_PREAMBLE_BYTES:] == b"DICM"
    except OSError:
        return False


def read_dicom(path: Path, frame: int = 0) -> Pixels:
    """One frame of a DICOM file.

    Raises:
        ImageError: If it is damaged, holds no pixels, or its transfer syntax has no decoder.
    """
    with quiet:
        try:
            dataset = pydicom.dcmread(path)
            frames = _check(path, dataset, frame)
            return _pixels(path, _with_frame_groups(dataset, frame), frame, frames)
        except InvalidDicomError as error:
            raise ImageError(f"{path.name} is no DICOM file.", "Export it again.") from error
        except Exception as error:
            raise unreadable(path, error) from error


def patient_id(path: Path) -> str | None:
    """The file's PatientID, which the caller must hash at once and never keep."""
    with quiet:
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"])
            return str(dataset.PatientID).strip() or None
        except Exception:  # a file without the tag, or no DICOM at all
            return None


def _check(path: Path, dataset: Dataset, frame: int) -> int:
    """The number of frames of a data set that can be decoded."""
    has_pixels = any(
        name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
    )
    if not has_pixels or "Rows" not in dataset:
        raise ImageError(
            f"{path.name} holds no pixels (modality {dataset.get('Modality', 'unknown')}).",
            "Choose the image itself, not a report, plan or key note.",
        )
    check_size(path, int(dataset.Columns), int(dataset.Rows))
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    if not 0 <= frame < frames:
        raise ImageError(f"{path.name} has {frames} frames; there is no frame {frame}.")
    return frames


def _with_frame_groups(dataset: Dataset, frame: int) -> Dataset:
    """Enhanced objects keep rescaling, window and spacing per frame: lift them to the top.

    Reference: DICOM PS3.3 C.7.6.16.
    """
    shared = list(dataset.get("SharedFunctionalGroupsSequence", None) or [])[:1]
    own = list(dataset.get("PerFrameFunctionalGroupsSequence", None) or [])[frame : frame + 1]
    for groups in (*shared, *own):
        for name in _FRAME_GROUPS:
            for item in list(groups.get(name, None) or [])[:1]:
                dataset.update(item)
    return dataset


def _pixels(path: Path, dataset: Dataset, frame: int, frames: int) -> Pixels:
    stored = _stored(path, dataset, frame)
    spacing = _spacing(dataset)
    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        coloured = apply_color_lut(stored, dataset)
        bits = 8 * coloured.dtype.itemsize
        return Pixels(_eight_bit(coloured, bits), frames=frames, spacing_mm=spacing)
    if stored.ndim == 3:
        bits = int(dataset.BitsStored)
        return Pixels(_eight_bit(stored, bits), frames=frames, spacing_mm=spacing)
    inverted = kind == "MONOCHROME1"
    values = _compact(apply_modality_lut(stored, dataset))
    window = _window(dataset)
    if window is None and dataset.get("VOILUTSequence"):
        shown = apply_voi_lut(np.rint(values).astype(np.int32), dataset)
        return Pixels(shown, None, inverted, frames, spacing)
    return Pixels(values, window, inverted, frames, spacing, _unit(dataset))


def _stored(path: Path, dataset: Dataset, frame: int) -> NDArray[Any]:
    """The frame as stored, but colour as RGB."""
    syntax = dataset.file_meta.TransferSyntaxUID
    # The compiled RLE decoder panics on damaged data, which is no exception one can catch.
    plugin = "pydicom" if syntax == RLELossless else ""
    try:
        return pixel_array(dataset, index=frame, decoding_plugin=plugin)
    except NotImplementedError as error:
        raise ImageError(
            f"{path.name} is compressed as {syntax.name}, which cannot be decoded here.",
            "Export it again without compression or as JPEG 2000.",
        ) from error


def _unit(dataset: Dataset) -> str:
    if dataset.get("Modality", "") == "CT":
        return "HU"
    return _UNITS.get(str(dataset.get("RescaleType", "")), "")


def _compact(values: NDArray[Any]) -> NDArray[Any]:
    """Float64 that holds whole numbers or not, in half the memory."""
    return values.astype(np.float32) if values.dtype == np.float64 else values


def _eight_bit(rgb: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Colour of ``bits`` bits in eight."""
    if rgb.dtype == np.uint8:
        return rgb
    scaled: NDArray[Any] = np.clip(rgb / (2**bits - 1), 0, 1) * 255 + 0.5
    return scaled.astype(np.uint8)


def _window(dataset: Dataset) -> Window | None:
    center, width = _first(dataset, "WindowCenter"), _first(dataset, "WindowWidth")
    if center is None or width is None or width < 1:
        return None
    return Window(center, width)


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        try:
            rows, columns = (float(value) for value in dataset[name].value)
        except (KeyError, TypeError, ValueError):
            continue
        if rows > 0 and columns > 0:
            return rows, columns
    return None


def _first(dataset: Dataset, name: str) -> float | None:
    value = dataset.get(name)
    try:
        first = value[0] if isinstance(value, (list, pydicom.multival.MultiValue)) else value
        number = float(first)
    except (TypeError, ValueError, IndexError):
        return None
    return number if np.isfinite(number) else None
