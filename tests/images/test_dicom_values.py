"""What turns stored numbers into meaning: look-up tables, windows, padding, depth, colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels.processing import convert_color_space
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian

from fpt_core.config import PixelRecipe, WindowChoice
from fpt_core.images import Window, read_image, read_pixels
from tests.images.dicom_files import (
    COLOUR,
    GREY,
    dicom_file,
    item,
    look_up_table,
    resaved,
    write_dicom,
)


def _group(name: str, **values: object) -> pydicom.Dataset:
    group = pydicom.Dataset()
    setattr(group, name, item(**values))
    return group


def test_enhanced_objects_are_rescaled_and_windowed_by_frame(tmp_path: Path) -> None:
    frames = []
    for intercept, center in ((-1024, 40), (-512, 50)):
        group = _group(
            "PixelValueTransformationSequence",
            RescaleSlope=1,
            RescaleIntercept=intercept,
            RescaleType="HU",
        )
        window = {"WindowCenter": [center, 0], "WindowWidth": [400, 9]}
        names = ["SOFT", "NARROW"]
        group.update(_group("FrameVOILUTSequence", **window, WindowCenterWidthExplanation=names))
        frames.append(group)
    path = write_dicom(
        tmp_path / "a.dcm",
        GREY,
        NumberOfFrames=2,
        PixelData=GREY.tobytes() + (GREY + 1).astype("<u2").tobytes(),
        SharedFunctionalGroupsSequence=Sequence(
            [_group("PixelMeasuresSequence", PixelSpacing=[0.5, 0.25])]
        ),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
    )
    first, second = (read_pixels(path, frame) for frame in (0, 1))
    assert np.array_equal(first.values, GREY.astype(int) - 1024)
    assert np.array_equal(second.values, GREY.astype(int) + 1 - 512)
    assert first.windows == (Window(40, 400, "SOFT"), Window(0, 9, "NARROW"))
    assert second.window == Window(50, 400, "SOFT")
    assert first.spacing_mm == (0.5, 0.25)
    assert first.unit == "HU"


def test_windows_keep_their_names_and_function(tmp_path: Path) -> None:
    path = write_dicom(
        tmp_path / "a.dcm",
        GREY,
        WindowCenter=[400, 100, 50],
        WindowWidth=[800, 10, 0],
        WindowCenterWidthExplanation=["WIDE", "NARROW", "NONE"],
        VOILUTFunction="SIGMOID",
    )
    pixels = read_pixels(path)
    assert pixels.windows == (
        Window(400, 800, "WIDE", "SIGMOID"),
        Window(100, 10, "NARROW", "SIGMOID"),
    )
    expected = 255 / (1 + np.exp(-4 * (GREY.astype(float) - 400) / 800))
    assert np.abs(read_image(path)[..., 0] - expected).max() <= 0.5
    narrow = read_image(path, PixelRecipe((WindowChoice(name="narrow"),)))[..., 0]
    assert (narrow[GREY < 80], narrow[GREY > 120])[1].min() == 255


@pytest.mark.parametrize("function", ["LINEAR_EXACT", "", "CUBIC"])
def test_an_unknown_function_is_linear(function: str, tmp_path: Path) -> None:
    attributes = {"WindowCenter": 4, "WindowWidth": "0.5", "VOILUTFunction": function}
    window = read_pixels(write_dicom(tmp_path / "a.dcm", GREY, **attributes)).window
    assert window == (Window(4, 0.5, "", "LINEAR_EXACT") if function == "LINEAR_EXACT" else None)


def test_a_display_table_applies_to_rescaled_values(tmp_path: Path) -> None:
    """Its first value is negative, its depth is claimed too large, and windows come before it."""
    entries = list(range(0, 1000, 2))
    attributes = {
        "RescaleSlope": 1,
        "RescaleIntercept": -500,
        "VOILUTSequence": look_up_table(-400, 16, entries),
    }
    path = write_dicom(tmp_path / "a.dcm", GREY, **attributes)
    pixels = read_pixels(path)
    assert pixels.window is None
    assert pixels.table is not None
    assert pixels.table.first == -400
    expected = np.clip(GREY.astype(int) - 500 + 400, 0, 499) * 2 / 998 * 255
    assert np.abs(read_image(path)[..., 0] - expected).max() <= 0.5
    windowed = write_dicom(tmp_path / "b.dcm", GREY, WindowCenter=0, WindowWidth=1, **attributes)
    assert set(np.unique(read_image(windowed))) == {0, 255}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.filterwarnings("ignore:.*Explicit VR Big Endian")
def test_a_display_table_is_read_as_words_of_either_order(syntax: UID, tmp_path: Path) -> None:
    order = "<" if syntax.is_little_endian else ">"
    stored = np.arange(12, dtype=np.uint8).reshape(3, 4)
    entries = np.arange(12) ** 2 * 200
    table = look_up_table(0, 16, entries.tolist())
    table[0]["LUTData"].VR = "OW"
    table[0]["LUTData"].value = entries.astype(f"{order}u2").tobytes()
    path = write_dicom(tmp_path / "a.dcm", stored, VOILUTSequence=table)
    shown = read_image(resaved(path, path, syntax))[..., 0].ravel()
    assert np.abs(shown - entries / entries.max() * 255).max() <= 0.5


def test_a_modality_table_gives_the_values(tmp_path: Path) -> None:
    stored = np.arange(12, dtype=np.uint8).reshape(3, 4)
    table = look_up_table(0, 16, [number**2 * 10 for number in range(12)])
    path = write_dicom(tmp_path / "a.dcm", stored, ModalityLUTSequence=table)
    assert np.array_equal(read_pixels(path).values, stored.astype(int) ** 2 * 10)


def test_numbers_with_sign_and_alien_high_bits(tmp_path: Path) -> None:
    """Twelve bits with sign; the four above hold an overlay, as old scanners keep it."""
    values = np.array([[-2048, -1, 0, 1, 2047]])
    stored = ((values & 0x0FFF) | 0x5000).astype(np.int16)
    path = write_dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=11)
    assert read_pixels(path).values.tolist() == values.tolist()


@pytest.mark.parametrize("given", [{}, {"RescaleSlope": 2, "RescaleIntercept": -100}])
def test_padding_is_background(given: dict[str, float], tmp_path: Path) -> None:
    stored = GREY.astype(np.int16)
    stored[:2] = -2000
    path = write_dicom(tmp_path / "a.dcm", stored, PixelPaddingValue=-2000, **given)
    pixels = read_pixels(path)
    assert pixels.background is not None
    assert pixels.background.sum() == 16
    shown = read_image(path)[..., 0]
    assert (shown[:2] == 0).all()
    assert (shown[2:].min(), shown[2:].max()) == (0, 255)
    inverted = write_dicom(
        tmp_path / "b.dcm",
        stored,
        PixelPaddingValue=-2000,
        PhotometricInterpretation="MONOCHROME1",
        **given,
    )
    assert (read_image(inverted)[:2] == 0).all()
    assert np.array_equal(read_image(inverted)[2:, :, 0], 255 - shown[2:])


def test_a_range_of_padding(tmp_path: Path) -> None:
    limits = {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 100}
    pixels = read_pixels(write_dicom(tmp_path / "a.dcm", GREY, **limits))
    assert pixels.background is not None
    assert np.array_equal(pixels.background, GREY <= 100)
    assert (
        read_pixels(write_dicom(tmp_path / "b.dcm", GREY, PixelPaddingValue=7)).background is None
    )


def test_few_bits_fill_the_range_of_grey(tmp_path: Path) -> None:
    stored = np.arange(16, dtype=np.uint8).reshape(4, 4)
    shown = read_image(write_dicom(tmp_path / "a.dcm", stored, BitsStored=4, HighBit=3))
    assert np.abs(shown[..., 0] - stored * 17.0).max() <= 1
    mask = read_image(dicom_file("liver_1frame.dcm"))
    assert set(np.unique(mask)) == {0, 255}


def test_planes_and_pixels_of_colour_are_the_same(tmp_path: Path) -> None:
    planes = np.ascontiguousarray(COLOUR.transpose(2, 0, 1))
    by_plane = write_dicom(
        tmp_path / "a.dcm", COLOUR, PlanarConfiguration=1, PixelData=planes.tobytes()
    )
    for path in (by_plane, write_dicom(tmp_path / "b.dcm", COLOUR)):
        assert np.array_equal(read_image(path), COLOUR)


def test_luminance_and_chrominance_become_colour(tmp_path: Path) -> None:
    stored = convert_color_space(COLOUR, "RGB", "YBR_FULL")
    path = write_dicom(tmp_path / "a.dcm", stored, PhotometricInterpretation="YBR_FULL")
    assert np.abs(read_image(path).astype(int) - COLOUR).max() <= 2
    red = np.full((2, 2, 3), (76, 85, 255), np.uint8)
    path = write_dicom(tmp_path / "b.dcm", red, PhotometricInterpretation="YBR_FULL")
    assert np.abs(read_image(path).astype(int) - (254, 0, 0)).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette_is_looked_up(bits: int, tmp_path: Path) -> None:
    stored = np.arange(12, dtype=np.uint8).reshape(3, 4)
    tables = np.random.default_rng(0).integers(0, 256, (3, 256), dtype=np.uint8)
    attributes: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        entries = table if bits == 8 else table.astype("<u2") * 257
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        attributes[f"{name}PaletteColorLookupTableData"] = entries.tobytes()
    path = write_dicom(tmp_path / "a.dcm", stored, **attributes)
    assert np.array_equal(read_image(path), tables.T[stored])


def test_sixteen_bit_colour_keeps_its_brightness(tmp_path: Path) -> None:
    """A dim image stays dim: the scale is the depth's, not the brightest pixel's."""
    dim = np.full((4, 5, 3), 819, np.uint16)
    path = write_dicom(tmp_path / "a.dcm", dim, BitsStored=12, HighBit=11)
    assert np.unique(read_image(path)).tolist() == [51]


def test_floating_point_pixels_are_read(tmp_path: Path) -> None:
    values = np.linspace(-2, 3, 20, dtype=np.float32).reshape(4, 5)
    path = write_dicom(tmp_path / "a.dcm", values.view(np.uint32))
    dataset = pydicom.dcmread(path)
    del dataset.PixelData, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
    dataset.FloatPixelData = values.tobytes()
    dataset.save_as(path)
    assert np.array_equal(read_pixels(path).values, values)
    assert np.ptp(read_image(path)) == 255


@pytest.mark.parametrize("slope", [None, "", "not a number"])
def test_a_slope_that_is_none_counts_as_one(slope: str | None, tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", GREY, RescaleIntercept=-10)
    if slope is not None:
        content = path.read_bytes()
        tag = b"\x28\x00\x53\x10DS" + len(slope).to_bytes(2, "little") + slope.encode()
        path.write_bytes(content.replace(b"\xe0\x7f\x10\x00", tag + b"\xe0\x7f\x10\x00"))
    assert np.array_equal(read_pixels(path).values, GREY.astype(int) - 10)


@pytest.mark.parametrize(
    "name",
    ["JPEG-Baseline_YBRFull", "JPEG-Baseline_YBR422", "Palette", "Palette_16", "JPEG-Lossless_RGB"],
)
def test_copies_of_one_pattern_have_like_colours(name: str, shared_data: Path) -> None:
    plain = read_image(shared_data / "dicom" / "TestPattern_JPEG-LS-Lossless.dcm").astype(int)
    other = read_image(shared_data / "dicom" / f"TestPattern_{name}.dcm").astype(int)
    assert np.abs(plain.mean((0, 1)) - other.mean((0, 1))).max() < 6
