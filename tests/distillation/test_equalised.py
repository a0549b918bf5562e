from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from distillation.equalised import (
    LADDER,
    SIDE_PX,
    Equalisation,
    Rung,
    audit_table,
    audited,
    climbed,
    equalised,
    noise_level,
)
from distillation.labelled import LabelledImages


@pytest.fixture
def noisy(tmp_path: Path) -> LabelledImages:
    """Sixty patients' smooth pictures whose class is how noisy they are."""
    rng = np.random.default_rng(0)
    rows = [("file", "label", "patient_id")]
    for number in range(60):
        speckle = Image.fromarray(rng.integers(0, 256, (96, 96), dtype=np.uint8))
        scene = np.asarray(speckle.filter(ImageFilter.GaussianBlur(6)), dtype=np.float64)
        noise = rng.normal(0, 2 + 3 * (number % 2), scene.shape)
        pixels = 128 + 12 * (scene - scene.mean()) + noise
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", ("quiet", "noisy")[number % 2], f"p{number}"))
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return LabelledImages.read("toy", tmp_path)


def test_noise_is_measured_beside_edges_and_slopes() -> None:
    rng = np.random.default_rng(0)
    scene = np.add.outer(np.arange(200) / 4, np.where(np.arange(200) < 100, 0, 100))
    levels = [
        noise_level((scene + rng.normal(0, sd, scene.shape) + 50).clip(0, 255).astype(np.uint8))
        for sd in (2, 4, 8)
    ]
    assert levels[0] < 0.6 * levels[1] < 0.36 * levels[2]


def test_an_equalised_image_has_an_even_histogram_and_the_noise_that_was_asked_for() -> None:
    slope = np.broadcast_to(
        np.linspace(90, 130, 400).astype(np.uint8)[None, :, None], (300, 400, 3)
    )
    rgb = np.ascontiguousarray(slope)
    without, with_noise = (
        np.asarray(Equalisation(128, noise)(rgb, np.random.default_rng(1))) for noise in (0, 16)
    )
    assert without.shape == with_noise.shape == (SIDE_PX, SIDE_PX)
    quarters = np.histogram(without, bins=4, range=(0, 256))[0] / without.size
    assert quarters.min() > 0.15
    inner = (without > 64) & (without < 192)
    added = (with_noise.astype(int) - without)[inner]
    assert added.std() == pytest.approx(16, rel=0.05)


def test_the_ladder_is_climbed_until_the_audit_finds_nothing(
    noisy: LabelledImages, tmp_path: Path
) -> None:
    rungs = list(climbed(noisy, tmp_path / "copies"))

    assert rungs[0].images is noisy
    assert any(shortcut.lowest > 0.8 for shortcut in rungs[0].shortcuts)
    assert [rung.hides_acquisition for rung in rungs] == [False] * (len(rungs) - 1) + [True]
    names = [f"toy, {equalisation}" for equalisation in LADDER[: len(rungs) - 1]]
    assert [rung.images.name for rung in rungs[1:]] == names
    assert rungs[-1].images.patients == noisy.patients


def test_copies_are_the_same_every_time(noisy: LabelledImages, tmp_path: Path) -> None:
    first, second = (
        equalised(noisy, Equalisation(64, 8), tmp_path / folder) for folder in ("a", "b")
    )
    assert [s.image_hash for s in first.sources] == [s.image_hash for s in second.sources]


def test_the_table_tells_what_the_audit_found(noisy: LabelledImages) -> None:
    rung = Rung(noisy, audited(noisy))
    *_, line = audit_table([[rung]])
    assert line.startswith("| toy | ")
    assert "file size per pixel 1.00 (1.00-1.00)" in line
    assert "noise" in line
