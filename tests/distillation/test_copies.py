from __future__ import annotations

from pathlib import Path

from PIL import Image

from distillation.copies import images_below, without_copies
from distillation.procedural import procedural_image


def _picture(path: Path, seed: int, size: int = 256) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(procedural_image(256, seed)).resize((size, size)).save(path)
    return path


def test_a_copy_at_another_size_and_in_another_format_is_left_out(tmp_path: Path) -> None:
    photographs = [_picture(tmp_path / f"all/{seed}.jpg", seed, size=96) for seed in range(5, 15)]
    labelled = [_picture(tmp_path / "labelled/known.png", seed=8)]

    kept = without_copies(images_below(tmp_path / "all"), images_below(tmp_path / "labelled"))

    assert labelled == images_below(tmp_path / "labelled")
    assert set(photographs) - set(kept) == {tmp_path / "all/8.jpg"}


def test_without_labelled_images_all_are_kept(tmp_path: Path) -> None:
    photographs = [_picture(tmp_path / "all/1.jpg", seed=1)]
    assert without_copies(photographs, []) == photographs
