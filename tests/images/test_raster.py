from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fpt_core.errors import ImageError
from fpt_core.images import read_image, read_pixels, read_thumbnail, refusal

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
RGB = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "webp"])
def test_colour_is_read_as_it_is(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(RGB).save(path, lossless=True)
    assert np.array_equal(read_image(path), RGB)


def test_eight_bit_grey_keeps_its_values(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), np.repeat(RAMP[..., None], 3, axis=2))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int, tmp_path: Path) -> None:
    upright = Image.fromarray(RGB)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), RGB)
    assert np.array_equal(read_thumbnail(tmp_path / "a.png", 4), RGB)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_keep_their_values_and_get_a_window(suffix: str, tmp_path: Path) -> None:
    deep = np.arange(1200, dtype=np.uint16).reshape(30, 40) * 30 + 7000
    Image.fromarray(deep).save(tmp_path / f"a.{suffix}")
    assert np.array_equal(read_pixels(tmp_path / f"a.{suffix}").values, deep)
    grey = read_image(tmp_path / f"a.{suffix}")[..., 0]
    assert grey.min() == 0
    assert grey.max() == 255
    assert abs(int(grey[15, 0]) - 128) < 4
    assert (np.diff(grey.ravel().astype(int)) >= 0).all()
    assert np.array_equal(read_thumbnail(tmp_path / f"a.{suffix}", 40)[..., 0], grey)


def test_floating_point_values_are_kept_and_gaps_are_bridged(tmp_path: Path) -> None:
    values = np.linspace(-3, 5, 12, dtype=np.float32).reshape(3, 4)
    values[1, 1] = np.nan
    Image.fromarray(values).save(tmp_path / "a.tif")
    assert np.array_equal(read_pixels(tmp_path / "a.tif").values, values, equal_nan=True)
    assert read_image(tmp_path / "a.tif").shape == (3, 4, 3)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    image = Image.fromarray((RAMP > 100).astype(np.uint8), mode=None).convert("P")
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.save(tmp_path / "a.png")
    expected = np.where((RAMP > 100)[..., None], (200, 100, 50), (10, 20, 30))
    assert np.array_equal(read_image(tmp_path / "a.png"), expected)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_laid_over_black(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(np.full((2, 2, 3), 200, np.uint8)).convert(mode)
    image.putalpha(Image.fromarray(np.array([[255, 0], [0, 255]], np.uint8)))
    image.save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[..., 0].tolist() == [[200, 0], [0, 200]]


def test_a_transparent_colour_becomes_black(tmp_path: Path) -> None:
    Image.fromarray(np.full((2, 2, 3), 200, np.uint8)).save(
        tmp_path / "a.png", transparency=(200, 200, 200)
    )
    assert read_image(tmp_path / "a.png").max() == 0


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.tif")
    assert read_image(tmp_path / "a.tif")[0, 0].tolist() == [255, 0, 0]
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    red, green, blue = read_image(tmp_path / "a.jpg")[0, 0].tolist()
    assert red > 240
    assert max(green, blue) < 15


def test_black_and_white_is_full_range(tmp_path: Path) -> None:
    Image.fromarray(RAMP > 100).save(tmp_path / "a.png")
    assert set(read_image(tmp_path / "a.png").ravel()) == {0, 255}


def test_frames_of_a_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    pages = [Image.fromarray(RAMP + np.uint8(index)) for index in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert read_pixels(path).frames == 3
    assert np.array_equal(read_pixels(path, 2).values, RAMP + 2)
    for absent in (3, -1):
        with pytest.raises(ImageError, match=f"3 frames; there is no frame {absent}"):
            read_pixels(path, absent)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_told(suffix: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for read in (read_image, lambda path: read_thumbnail(path, 16)):
        with pytest.raises(ImageError, match=rf"a\.{suffix} .*damaged"):
            read(path)


@pytest.mark.parametrize("content", [b"", b"patient,label\n1,sick\n", b"\x89PNG\r\n\x1a\n"])
@pytest.mark.parametrize("suffix", ["png", "jpg", "dcm", "nii", "bin"])
def test_a_file_that_is_no_image_is_told(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=rf"a\.{suffix}") as refused:
        read_image(path)
    assert refused.value.remedy


@pytest.mark.parametrize("suffix", ["png", "dcm", "nii"])
def test_an_absent_file_is_told(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=rf"There is no file a\.{suffix}"):
        read_image(tmp_path / f"a.{suffix}")


def test_a_size_that_cannot_be_true_is_refused_before_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal, "MAX_PIXELS", 11)
    Image.fromarray(RAMP).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="claims 4 x 3 pixels"):
        read_image(tmp_path / "a.png")


def test_a_thumbnail_keeps_the_shape(tmp_path: Path) -> None:
    Image.new("RGB", (400, 100), (9, 8, 7)).save(tmp_path / "a.jpg")
    small = read_thumbnail(tmp_path / "a.jpg", 40)
    assert small.shape == (10, 40, 3)
    assert abs(small.astype(int) - (9, 8, 7)).max() < 4


def _tiff(path: Path, planes: list[np.ndarray], photometric: int, **tags: int) -> Path:
    """A TIFF written by hand: one strip for each plane; ``tags`` are ``tNUMBER=value``."""
    height, width = planes[0].shape[:2]
    samples = len(planes) if len(planes) > 1 else planes[0].size // (height * width)
    data = b"".join(plane.tobytes() for plane in planes)
    bits = 8 * planes[0].itemsize
    strips, bits_at = len(planes), 8 + len(data)
    starts_at = bits_at + 2 * samples
    starts = [8 + number * planes[0].nbytes for number in range(strips)]
    fields = {256: width, 257: height, 259: 1, 262: photometric, 277: samples, 278: height}
    fields |= {258: bits if samples == 1 else bits_at}
    fields |= {273: starts_at if strips > 1 else 8, 279: starts_at + 4 * strips}
    fields |= {279: planes[0].nbytes} if strips == 1 else {}
    fields |= {int(name[1:]): value for name, value in tags.items()}
    counts = {258: samples, 273: strips, 279: strips}
    table = struct.pack("<H", len(fields)) + b"".join(
        struct.pack("<HHII", tag, 3 if tag == 258 else 4, counts.get(tag, 1), fields[tag])
        for tag in sorted(fields)
    )
    numbers = struct.pack(f"<{samples}H", *[bits] * samples)
    numbers += struct.pack(f"<{2 * strips}I", *starts, *[planes[0].nbytes] * strips)
    head = struct.pack("<2sHI", b"II", 42, bits_at + len(numbers))
    path.write_bytes(head + data + numbers + table + bytes(4))
    return path


DEEP = (np.arange(12).reshape(3, 4) * 5000).astype("<u2")


def test_tiff_whose_white_is_zero(tmp_path: Path) -> None:
    pixels = read_pixels(_tiff(tmp_path / "deep.tif", [DEEP], 0))
    assert np.array_equal(pixels.values, DEEP)
    assert pixels.inverted
    shown = read_image(tmp_path / "deep.tif")[..., 0]
    assert (shown[0, 0], shown[2, 3]) == (255, 0)
    shallow = read_pixels(_tiff(tmp_path / "a.tif", [RAMP], 0))
    assert not shallow.inverted
    assert np.array_equal(shallow.values, 255 - RAMP)


def test_tiff_of_whole_numbers_with_and_without_sign(tmp_path: Path) -> None:
    large = DEEP.astype("<u4") * 70_000
    assert np.array_equal(read_pixels(_tiff(tmp_path / "a.tif", [large], 1)).values, large)
    for kind, signed in ((np.int8, RAMP), (np.int16, DEEP), (np.int32, DEEP)):
        values = (signed.astype(int) - 100).astype(kind)
        path = _tiff(tmp_path / "b.tif", [values], 1, t339=2)
        assert np.array_equal(read_pixels(path).values, values), kind


def test_sixteen_bit_colour_is_read_in_eight(tmp_path: Path) -> None:
    deep = RGB.astype("<u2") * 257
    assert np.array_equal(read_image(_tiff(tmp_path / "a.tif", [deep], 2)), RGB)
    planes = [np.ascontiguousarray(RGB[..., channel]) for channel in range(3)]
    path = _tiff(tmp_path / "planes.tif", planes, 2, t284=2)
    assert np.array_equal(read_image(path), RGB)
    path = _tiff(tmp_path / "deep.tif", [plane.astype("<u2") * 257 for plane in planes], 2, t284=2)
    with pytest.raises(ImageError, match=r"deep\.tif keeps colour .* in separate planes"):
        read_image(path)


def test_big_endian_values_are_native(tmp_path: Path) -> None:
    header = b"P5 4 3 65535\n"
    (tmp_path / "a.pgm").write_bytes(header + DEEP.astype(">u2").tobytes())
    pixels = read_pixels(tmp_path / "a.pgm")
    assert np.array_equal(pixels.values, DEEP)
    assert pixels.values.dtype.isnative


def test_previews_in_a_cameras_file_are_no_frames(tmp_path: Path) -> None:
    first, second = Image.fromarray(RGB), Image.fromarray(255 - RGB)
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    assert read_pixels(tmp_path / "a.jpg").frames == 1


def test_formats_that_run_programs_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(ImageError, match="no image of a kind that is read"):
        read_image(tmp_path / "a.png")
