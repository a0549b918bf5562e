"""Every DICOM file at hand: an array or a refusal in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pydicom

from fpt_core.errors import ImageError
from fpt_core.images import num_frames, read_image, read_pixels, read_tags

_PYDICOM = Path(pydicom.__file__).parent / "data"
_LOSSLESS = (
    "BigEndianExplicit",
    "DeflatedExplicit",
    "JPEG2000LosslessOnly",
    "JPEGLSLossless",
    "JPEGProcess14SV1",
    "JPEGProcess14Transfer",
    "RLELossless",
)


def _outcomes(paths: Iterable[Path]) -> tuple[dict[str, Path], dict[str, str]]:
    """The files that give an image, and the refusals of the others."""
    read, refused = {}, {}
    for path in paths:
        try:
            image = read_image(path)
            frames = num_frames(path)
            assert image.ndim == 3
            assert image.dtype == np.uint8
            if frames > 1:
                assert read_image(path, frame=frames - 1).shape == image.shape
            tags = read_tags(path)
            assert tags is not None
            assert tags.num_frames == frames
            assert (tags.rows, tags.columns) == image.shape[:2]
            read[str(path.relative_to(path.parents[1]))] = path
        except ImageError as error:
            assert path.name in error.message
            assert error.remedy
            refused[str(path.relative_to(path.parents[1]))] = error.message
    return read, refused


def test_every_file_of_pydicom_is_read_or_refused() -> None:
    """All that lie in its package, images or not; downloads are left out."""
    paths = [path for path in sorted(_PYDICOM.rglob("*")) if path.is_file()]
    read, refused = _outcomes(path for path in paths if path.suffix not in (".py", ".pyc"))
    assert len(read) >= 100
    damaged = [
        name
        for name, message in refused.items()
        if "truncated or damaged" in message or "is damaged: " in message
    ]
    assert sorted(damaged) == [
        "test_files/JPEG2000-embedded-sequence-delimiter.dcm",
        "test_files/MR_truncated.dcm",
        "test_files/badVR.dcm",
    ], "these three are damaged on purpose; what else is refused holds no image"


def test_every_shared_file_is_read_or_refused(shared_data: Path) -> None:
    read, refused = _outcomes(sorted((shared_data / "dicom").glob("*.dcm")))
    assert len(read) == 26
    assert sorted(refused) == [
        "dicom/CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm",
        "dicom/CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm",
        "dicom/no-pixel-data.dcm",
    ]


def test_lossless_syntaxes_of_one_slice_are_equal(shared_data: Path) -> None:
    folder = shared_data / "dicom"
    reference = read_pixels(folder / "CTImage.dcm")
    copies = [path for name in _LOSSLESS for path in folder.glob(f"CTImage.dcm_{name}*")]
    assert len(copies) == 8
    for path in copies:
        pixels = read_pixels(path)
        assert np.array_equal(pixels.values, reference.values), path.name
        assert (pixels.windows, pixels.unit) == (reference.windows, reference.unit)
