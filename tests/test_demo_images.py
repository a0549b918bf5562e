"""The sample images: the class is in the fine detail, and nowhere else."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fpt_core.demo_images import CLASSES, draw_image, draw_sample
from fpt_core.events import Event, Progress
from fpt_core.images import read_image

_PER_CLASS = 14
_LABELS = np.arange(_PER_CLASS * len(CLASSES)) % len(CLASSES)
_CHANCE = 1 / len(CLASSES)

Grey = NDArray[np.float32]


@pytest.fixture(scope="module")
def copies() -> dict[int, Grey]:
    """Grey copies of the drawn images at the sizes that the method reads."""
    grey: dict[int, list[Grey]] = {128: [], 512: []}
    for patient, label in enumerate(_LABELS):
        picture = Image.fromarray(draw_image(CLASSES[label], 1024, (0, patient), 0)).convert("F")
        for size, images in grey.items():
            small = picture.resize((size, size), Image.Resampling.BICUBIC)
            images.append(np.asarray(small, dtype=np.float32))
    return {size: np.stack(images) for size, images in grey.items()}


def _oriented_energy(images: Grey) -> Grey:
    """Log energy of curvature along the rows and along the columns, in the middle of the disc."""
    quarter = images.shape[1] // 4
    middle = images[:, quarter:-quarter, quarter:-quarter]
    down, across = np.diff(middle, 2, axis=1), np.diff(middle, 2, axis=2)
    return np.log(np.stack([np.abs(d).mean(axis=(1, 2)) for d in (down, across)], axis=1))


def _left_out_accuracy(features: Grey) -> float:
    """Nearest class mean, each image judged by the others."""
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-3)
    right = 0
    for index, image in enumerate(features):
        others = np.arange(len(features)) != index
        means = [features[others & (label == _LABELS)].mean(axis=0) for label in range(3)]
        right += int(np.argmin([np.linalg.norm(image - mean) for mean in means]) == _LABELS[index])
    return right / len(features)


def _class_difference(images: Grey, labels: NDArray[np.int64]) -> float:
    means = [images[labels == label].mean(axis=0) for label in range(len(CLASSES))]
    return float(np.mean([np.abs(a - b).mean() for a, b in itertools.combinations(means, 2)]))


def test_fine_detail_tells_the_class_at_512_px(copies: dict[int, Grey]) -> None:
    down, across = _oriented_energy(copies[512]).T
    balance = np.select([down - across > 1, across - down > 1], [0, 1], default=2)
    assert [CLASSES[index] for index in (0, 1, 2)] == ["horizontal", "vertical", "dotted"]
    assert (balance == _LABELS).all()


def test_a_128_px_copy_has_lost_the_class(copies: dict[int, Grey]) -> None:
    pixels = copies[128].reshape(len(_LABELS), -1)
    assert _left_out_accuracy(pixels) < _CHANCE + 0.2
    assert _left_out_accuracy(_oriented_energy(copies[128])) < _CHANCE + 0.2
    assert _left_out_accuracy(_oriented_energy(copies[512])) == 1.0


def test_classes_differ_by_no_more_than_chance_at_128_px(copies: dict[int, Grey]) -> None:
    rng = np.random.default_rng(0)
    by_chance = [_class_difference(copies[128], rng.permutation(_LABELS)) for _ in range(100)]
    assert _class_difference(copies[128], _LABELS) < np.percentile(by_chance, 95)


def test_little_is_clipped() -> None:
    picture = draw_image("dotted", 512, (0, 2), 0)
    assert picture.shape == (512, 512, 3)
    assert (picture == 255).mean() < 0.01


def _draw(folder: Path, seed: int = 0) -> tuple[list[Event], Path]:
    events, drawing = [], draw_sample(folder, 2, 2, size=64, seed=seed)
    while True:
        try:
            events.append(next(drawing))
        except StopIteration as end:
            return events, end.value


def test_the_sample_is_a_table_of_patients_with_several_images(tmp_path: Path) -> None:
    events, labels = _draw(tmp_path)
    assert events[-1] == Progress("Drawing sample images", 12, 12)
    with labels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["label"] for row in rows} == set(CLASSES)
    assert len({row["patient_id"] for row in rows}) == 6
    assert len({read_image(tmp_path / row["file"]).tobytes() for row in rows}) == 12


def test_drawing_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    _draw(tmp_path / "whole")
    stopped = draw_sample(tmp_path / "stopped", 2, 2, size=64)
    for _ in range(5):
        next(stopped)
    stopped.close()
    assert not (tmp_path / "stopped" / "labels.csv").exists()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "stopped").rglob("*.png")}
    assert len(kept) == 5
    _draw(tmp_path / "stopped")
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    for path in (tmp_path / "whole").rglob("*.*"):
        twin = tmp_path / "stopped" / path.relative_to(tmp_path / "whole")
        assert twin.read_bytes() == path.read_bytes()


def test_another_seed_draws_other_images(tmp_path: Path) -> None:
    _draw(tmp_path / "a")
    _draw(tmp_path / "b", seed=1)
    names = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.png"))
    same = [
        (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        for name in names
    ]
    assert not any(same)
