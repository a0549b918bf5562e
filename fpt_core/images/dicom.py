"""DICOM: pixels in rescaled units, with the display window that the file asks for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array

from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels, Window

_PREAMBLE_BYTES = 128
_MAX_PIXELS = 400_000_000
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of flaws that it then works around
        dataset = _open(path)
        frames = _check(path, dataset, frame)
        try:
            return _pixels(dataset, frame, frames)
        except ImageError:
            raise
        except NotImplementedError as error:
            syntax = dataset.file_meta.TransferSyntaxUID.name
            raise ImageError(
                f"{path.name} is compressed as {syntax}, which cannot be decoded here.",
                "Export it again without compression or as JPEG 2000.",
            ) from error
        except Exception as error:  # decoders of damaged files raise anything
            raise ImageError(
                f"The pixels of {path.name} are truncated or damaged.", "Export it again."
            ) from error


def patient_id(path: Path) -> str | None:
    """The file's PatientID, which the caller must hash at once and never keep."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"])
            return str(dataset.PatientID).strip() or None
        except Exception:  # a file without the tag, or no DICOM at all
            return None


def _open(path: Path) -> Dataset:
    try:
        return pydicom.dcmread(path)
    except FileNotFoundError as error:
        raise ImageError(
            f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
        ) from error
    except InvalidDicomError as error:
        raise ImageError(f"{path.name} is no DICOM file.", "Export it again.") from error
    except Exception as error:  # parsers of damaged files raise anything
        raise ImageError(
            f"{path.name} is truncated or damaged.", "Copy or export it again."
        ) from error


def _check(path: Path, dataset: Dataset, frame: int) -> int:
    """The number of frames of a data set that can be decoded."""
    try:
        has_pixels = any(
            name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
        )
        modality = str(dataset.get("Modality", "unknown"))
        if not has_pixels or "Rows" not in dataset:
            raise ImageError(
                f"{path.name} holds no pixels (modality {modality}).",
                "Choose the image itself, not a report, plan or key note.",
            )
        frames = int(dataset.get("NumberOfFrames", 1) or 1)
        size = int(dataset.Rows) * int(dataset.Columns)
    except ImageError:
        raise
    except Exception as error:  # values of damaged files are of any kind
        raise ImageError(f"The header of {path.name} is damaged.", "Export it again.") from error
    if size > _MAX_PIXELS:
        raise ImageError(
            f"{path.name} claims {size} pixels, which cannot be true.", "Check the file."
        )
    if not 0 <= frame < frames:
        raise ImageError(f"{path.name} has {frames} frames; there is no frame {frame}.")
    return frames


def _pixels(dataset: Dataset, frame: int, frames: int) -> Pixels:
    # Colour is converted to RGB by the decoder; all else comes as stored.
    stored = pixel_array(dataset, index=frame)
    spacing = _spacing(dataset)
    if str(dataset.PhotometricInterpretation) == "PALETTE COLOR":
        return Pixels(_eight_bit(apply_color_lut(stored, dataset)), None, False, frames, spacing)
    if stored.ndim == 3:
        return Pixels(_eight_bit(stored), None, False, frames, spacing)
    inverted = str(dataset.PhotometricInterpretation) == "MONOCHROME1"
    rescaled = apply_modality_lut(stored, dataset)
    window = _window(dataset)
    if window is None and "VOILUTSequence" in dataset:
        rescaled = apply_voi_lut(rescaled.astype(stored.dtype), dataset)
    values = _compact(rescaled)
    unit = "HU" if str(dataset.get("Modality", "")) == "CT" else str(dataset.get("RescaleType", ""))
    return Pixels(values, window, inverted, frames, spacing, _UNITS.get(unit, ""))


def _compact(values: NDArray[Any]) -> NDArray[Any]:
    """Float64 that holds whole numbers or not, in half the memory."""
    return values.astype(np.float32) if values.dtype == np.float64 else values


def _eight_bit(rgb: NDArray[Any]) -> NDArray[np.uint8]:
    if rgb.dtype == np.uint8:
        return rgb
    return (rgb.astype(np.float32) * (255 / max(float(rgb.max()), 1.0))).astype(np.uint8)


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
