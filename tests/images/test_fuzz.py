"""Damaged copies of small real files of every kind: an array or a refusal in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from fpt_core.errors import FptError
from fpt_core.images import archive, num_frames, read_image, read_tags, read_thumbnail
from tests.images.dicom_files import dicom_file

_MUTATIONS = 50
"""Of each file."""
_PICTURE = np.random.default_rng(1).integers(0, 256, (20, 24, 3), dtype=np.uint8)
_PICTURES = {
    "a.png": {},
    "a.jpg": {},
    "a.bmp": {},
    "a.gif": {},
    "a.webp": {},
    "a.jp2": {},
    "a.ppm": {},
    "plain.tif": {},
    "lzw.tif": {"compression": "tiff_lzw"},
    "jpeg.tif": {"compression": "jpeg"},
}
_DICOM = (
    "MR_small.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_jp2klossless.dcm",
    "JPEGLSNearLossless_08.dcm",
    "JPGExtended.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "image_dfl.dcm",
    "rtdose_rle.dcm",
)
_VOLUMES = ("v.nii", "v.nii.gz", "v.nrrd", "v.mha")
_READERS: tuple[Callable[[Path], object], ...] = (
    read_image,
    read_tags,
    num_frames,
    lambda path: read_thumbnail(path, 16),
)


def _whole(name: str, folder: Path) -> bytes:
    """The file before it is damaged."""
    content = io.BytesIO()
    if name in _PICTURES:
        path = folder / f"whole-{name}"
        Image.fromarray(_PICTURE).save(path, **_PICTURES[name])
        return path.read_bytes()
    if name in _VOLUMES:
        volume = sitk.GetImageFromArray(np.arange(210, dtype=np.int16).reshape(5, 6, 7))
        sitk.WriteImage(volume, str(folder / f"whole-{name}"))
        return (folder / f"whole-{name}").read_bytes()
    if name == "a.npz":
        np.savez_compressed(content, images=_PICTURE[None])
    elif name == "a.npy":
        np.save(content, _PICTURE)
    elif name == "a.zip":
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.write(dicom_file("MR_small.dcm"), "dir/a")
    else:
        return dicom_file(name).read_bytes()
    return content.getvalue()


def _mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes changed, half of the time near the beginning; sometimes cut off."""
    changed = bytearray(content)
    end = len(changed) if rng.random() < 0.5 else min(len(changed), 1500)
    for place in rng.integers(0, end, rng.integers(1, 12)):
        changed[place] = rng.integers(256)
    if rng.random() < 0.25:
        del changed[rng.integers(0, len(changed)) :]
    return bytes(changed)


@pytest.mark.parametrize("name", [*_PICTURES, *_VOLUMES, "a.npz", "a.npy", "a.zip", *_DICOM])
def test_damaged_files_give_an_array_or_a_refusal(name: str, tmp_path: Path) -> None:
    whole, path = _whole(name, tmp_path), tmp_path / name
    inside = {"a.npz": "images", "a.zip": "dir/a"}.get(name, "")
    path.write_bytes(whole)
    assert read_image(path / inside).ndim == 3
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(_MUTATIONS):
        path.write_bytes(_mutated(whole, rng))
        for read in (*_READERS, archive.members) if inside else _READERS:
            try:
                read(path if read is archive.members else path / inside)
            except FptError as error:
                assert error.message
                refused += 1
    assert refused
