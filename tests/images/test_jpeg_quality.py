"""The quality of a JPEG, read back from what Pillow wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fpt_core.images import open_image
from fpt_core.images.jpeg_quality import jpeg_quality


@pytest.mark.parametrize("quality", [20, 50, 75, 90, 95])
def test_quality_is_read_back(tmp_path: Path, quality: int) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg", quality=quality)
    with open_image(tmp_path / "a.jpg") as reader:
        assert reader.compression == f"quality {quality}"


def test_the_worst_table_has_a_quality_too() -> None:
    assert jpeg_quality([65535] * 64) == "quality 1"


def test_a_png_has_none(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png")
    with open_image(tmp_path / "a.png") as reader:
        assert reader.compression == ""
