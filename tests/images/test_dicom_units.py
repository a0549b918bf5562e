"""What turns stored numbers into meaning: frame groups, look-up tables, depth of colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from fpt_core.images import Window, read_image, read_pixels


def _small_ct() -> Dataset:
    found = get_testdata_file("CT_small.dcm", download=False)
    assert isinstance(found, str)
    return pydicom.dcmread(found)


def _group(name: str, **values: object) -> Dataset:
    item, group = Dataset(), Dataset()
    for key, value in values.items():
        setattr(item, key, value)
    setattr(group, name, Sequence([item]))
    return group


def test_enhanced_objects_are_rescaled_and_windowed_by_frame(tmp_path: Path) -> None:
    dataset = _small_ct()
    stored = dataset.pixel_array.astype(np.float32)
    del dataset.RescaleSlope, dataset.RescaleIntercept, dataset.PixelSpacing
    dataset.NumberOfFrames = 2
    dataset.PixelData = dataset.PixelData * 2
    dataset.SharedFunctionalGroupsSequence = Sequence(
        [_group("PixelMeasuresSequence", PixelSpacing=[0.5, 0.25])]
    )
    frames = []
    for intercept, center in ((-1024, 40), (-512, 50)):
        group = _group(
            "PixelValueTransformationSequence",
            RescaleSlope=1,
            RescaleIntercept=intercept,
            RescaleType="HU",
        )
        group.update(_group("FrameVOILUTSequence", WindowCenter=center, WindowWidth=400))
        frames.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.save_as(tmp_path / "enhanced.dcm")
    first, second = (read_pixels(tmp_path / "enhanced.dcm", frame) for frame in (0, 1))
    assert np.array_equal(first.values, stored - 1024)
    assert np.array_equal(second.values, stored - 512)
    assert (first.window, second.window) == (Window(40, 400), Window(50, 400))
    assert first.spacing_mm == (0.5, 0.25)


def test_a_look_up_table_takes_negative_rescaled_values(tmp_path: Path) -> None:
    dataset = _small_ct()
    dataset.RescaleIntercept = -1024
    dataset.PixelRepresentation = 0
    dataset.PixelData = np.linspace(0, 2047, 128 * 128).astype("<u2").tobytes()
    table = Dataset()
    table.LUTDescriptor = [1024, 0, 16]
    table.LUTData = np.arange(1024, dtype="<u2").tolist()
    table["LUTData"].VR = "US"
    dataset.VOILUTSequence = Sequence([table])
    dataset.save_as(tmp_path / "lut.dcm")
    pixels = read_pixels(tmp_path / "lut.dcm")
    assert pixels.window is None
    assert pixels.unit == "HU"
    assert pixels.values[0, 0] == -1024
    grey = read_image(tmp_path / "lut.dcm")[..., 0]
    assert (grey[pixels.values <= 0] == 0).all()
    assert (np.diff(grey.ravel().astype(int)) >= 0).all()
    assert (grey[pixels.values >= 1023] == 255).all()


def test_sixteen_bit_colour_keeps_its_brightness(tmp_path: Path) -> None:
    """A dim image stays dim: the scale is the depth's, not the brightest pixel's."""
    dataset = _small_ct()
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = 3, 0
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "RGB", 0
    dataset.BitsStored, dataset.HighBit = 12, 11
    dataset.PixelData = np.full((128, 128, 3), 819, "<u2").tobytes()
    dataset.save_as(tmp_path / "dim.dcm")
    assert np.unique(read_image(tmp_path / "dim.dcm")).tolist() == [51]


@pytest.mark.parametrize("name", ["TestPattern_JPEG-Baseline_YBRFull", "TestPattern_Palette_16"])
def test_copies_of_one_pattern_have_like_colours(name: str, shared_data: Path) -> None:
    plain = read_image(shared_data / "dicom" / "TestPattern_JPEG-LS-Lossless.dcm").astype(int)
    other = read_image(shared_data / "dicom" / f"{name}.dcm").astype(int)
    assert np.abs(plain.mean((0, 1)) - other.mean((0, 1))).max() < 6
