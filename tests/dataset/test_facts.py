"""Facts say what is in the picture, whatever its size and format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fpt_core.dataset.facts import measured


def _measured(picture: Image.Image) -> dict[str, Any]:
    return measured([picture])[0]


def _picture(level: int, size: tuple[int, int] = (200, 100)) -> Image.Image:
    return Image.new("RGB", size, (level, level, level))


def _scene(seed: int = 3, size: int = 256) -> Image.Image:
    """Clouds, coarse enough for small copies to look like the original."""
    noise = np.random.default_rng(seed).integers(40, 200, (24, 24), dtype=np.uint8)
    return Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC).convert("RGB")


@pytest.mark.parametrize(("level", "dark", "bright"), [(0, 1, 0), (255, 0, 1), (128, 0, 0)])
def test_blank_pictures(level: int, dark: int, bright: int) -> None:
    facts = _measured(_picture(level))
    assert facts["mean"] == pytest.approx(level / 255, abs=1e-4)
    assert (facts["std"], facts["border_share"]) == (0, 1)
    assert (facts["dark_share"], facts["bright_share"]) == (dark, bright)


def test_a_border_is_counted_from_the_edges() -> None:
    framed = Image.new("RGB", (128, 128))
    framed.paste(_scene(size=96), (16, 16))
    assert _measured(framed)["border_share"] == pytest.approx(0.25)
    stripes = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8)[:, None] * 4, (1, 64)))
    assert _measured(stripes)["border_share"] == 0.5


def test_brightness_is_that_of_the_picture() -> None:
    picture = _scene()
    values = np.asarray(picture.convert("L")) / 255
    facts = _measured(picture)
    assert facts["mean"] == pytest.approx(values.mean(), abs=0.005)
    assert facts["std"] == pytest.approx(values.std(), abs=0.01)


def test_a_frame_is_told_from_the_picture_in_it() -> None:
    framed = _picture(0, (256, 256))
    framed.paste(_scene(size=128), (64, 64))
    assert _measured(framed)["border_share"] == pytest.approx(0.5, abs=0.04)
    assert _measured(framed)["dark_share"] == pytest.approx(0.75, abs=0.03)
    assert _measured(_scene())["border_share"] == 0


def test_colour_is_told_from_grey_even_after_compression(tmp_path: Path) -> None:
    assert _measured(_scene())["colour"] is False
    _scene().save(tmp_path / "grey.jpg", quality=50)
    with Image.open(tmp_path / "grey.jpg") as grey:
        assert _measured(grey)["colour"] is False
    tinted = Image.merge(
        "RGB", [_scene().getchannel(0), *[_picture(40, (256, 256)).getchannel(0)] * 2]
    )
    assert _measured(tinted)["colour"] is True
    assert _measured(_scene().convert("L"))["colour"] is False


def test_facts_hardly_change_with_the_size() -> None:
    small, large = _measured(_scene().resize((96, 96))), _measured(_scene().resize((600, 600)))
    for name in ("mean", "std", "dark_share", "bright_share", "border_share"):
        assert small[name] == pytest.approx(large[name], abs=0.02)
    different = int(small["perceptual_hash"], 16) ^ int(large["perceptual_hash"], 16)
    assert different.bit_count() <= 12


def test_pictures_are_measured_alike_alone_and_among_others() -> None:
    pictures = [_scene(), _picture(0), _scene(4).convert("L"), _picture(255), *[_scene(5)] * 70]
    assert measured(pictures) == [_measured(picture) for picture in pictures]
    assert measured([]) == []
