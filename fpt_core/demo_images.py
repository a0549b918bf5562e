"""The sample data set: drawn by a seeded program, so that it is offline and nobody's patient.

Each image is a disc of tissue with vessels, uneven light and noise, all of which vary by
patient and say nothing of the class. The class is the direction of a fine hatching inside
the tissue: a few pixels from line to line, it survives a resize to 512 px and is gone
from a copy at 128 px, which is the case that prompt tuning at high resolution is made for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from fpt_core.events import Event, Progress
from fpt_core.files import write_atomically

CLASSES = ("horizontal", "vertical", "dotted")
_PERIODS_PX = (7.0, 9.0)
"""Distance from line to line at 1,024 px; a 128 px copy keeps nothing below 16."""
_HATCHING_CONTRAST = 38.0
_GRID = 2.0 * np.pi

Grey = NDArray[np.float32]


def draw_sample(
    folder: Path,
    patients_per_class: int = 16,
    images_per_patient: int = 3,
    size: int = 1024,
    seed: int = 0,
) -> Generator[Event, None, Path]:
    """Draw what is missing of the sample and its table of labels; the table's path is returned.

    Args:
        folder: Where the images go, one sub-folder per class.
        patients_per_class: Patients in each class.
        images_per_patient: Images of each patient.
        size: Side of the square images, in pixels.
        seed: Another seed, other images.
    """
    rows: list[tuple[str, str, str]] = []
    total = len(CLASSES) * patients_per_class * images_per_patient
    for patient in range(len(CLASSES) * patients_per_class):
        class_name = CLASSES[patient % len(CLASSES)]
        for number in range(images_per_patient):
            name = f"{class_name}/sample-{patient:03d}-{number}.png"
            path = folder / name
            if not path.exists():
                picture = draw_image(class_name, size, (seed, patient), number)
                content = io.BytesIO()
                Image.fromarray(picture).save(content, "PNG", compress_level=1)
                write_atomically(path, content.getvalue())
            rows.append((name, class_name, f"patient-{patient:03d}"))
            yield Progress("Drawing sample images", len(rows), total)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("file", "label", "patient_id"))
    writer.writerows(rows)
    write_atomically(folder / "labels.csv", table.getvalue().encode())
    return folder / "labels.csv"


def draw_image(
    class_name: str, size: int, patient: tuple[int, int], number: int
) -> NDArray[np.uint8]:
    """One image of a patient.

    Shape:
        ``(size, size, 3)`` uint8.
    """
    looks = np.random.default_rng(patient)
    rng = np.random.default_rng((*patient, number))
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    left, top = (size / 2 + rng.uniform(-0.03, 0.03, 2) * size).tolist()
    distance = np.hypot(x - left, y - top) / (looks.uniform(0.42, 0.47) * size)
    disc = np.clip((1 - distance) * 12, 0, 1)
    tissue = _tissue(size, looks, rng) - 26 * distance**2
    tissue = tissue + _HATCHING_CONTRAST * _hatching(class_name, x, y, rng) * _patches(size, rng)
    tissue = tissue + rng.normal(0, 5, (size, size)).astype(np.float32)
    colour = np.array([1.0, looks.uniform(0.55, 0.7), looks.uniform(0.38, 0.55)], np.float32)
    rgb = (tissue * disc)[..., None] * colour + 8
    return np.asarray(np.clip(rgb, 0, 255), dtype=np.uint8)


def _hatching(class_name: str, x: Grey, y: Grey, rng: np.random.Generator) -> Grey:
    """A wave of zero mean and the same energy in every class."""
    period = rng.uniform(*_PERIODS_PX)
    tilt = rng.uniform(-0.12, 0.12)
    phase_across, phase_down = rng.uniform(0, _GRID, 2).tolist()
    if class_name == "horizontal":
        return _wave(y + tilt * x, period, phase_down)
    if class_name == "vertical":
        return _wave(x + tilt * y, period, phase_across)
    across = _wave(x + tilt * y, period, phase_across)
    down = _wave(y + tilt * x, period, phase_down)
    return np.asarray(np.sqrt(np.float32(2)) * across * down)


def _wave(along: Grey, period: float, phase: float) -> Grey:
    return np.asarray(np.sin(along * (_GRID / period) + phase))


def _patches(size: int, rng: np.random.Generator) -> Grey:
    """Where the tissue is hatched: most of it, in soft patches."""
    return np.asarray(np.clip(0.75 + 0.6 * _clouds(size, 6, rng), 0.15, 1.0))


def _tissue(size: int, looks: np.random.Generator, rng: np.random.Generator) -> Grey:
    """Brightness with slow unevenness and a few dark vessels."""
    base = looks.uniform(150, 180) + 14 * _clouds(size, 4, rng) + 8 * _clouds(size, 16, rng)
    vessels = Image.new("L", (256, 256), 0)
    points = vessels.load()
    assert points is not None, "a new image has pixels"
    for _ in range(7):
        position = rng.uniform(60, 196, 2)
        direction = rng.uniform(0, _GRID)
        for _ in range(220):
            direction += rng.normal(0, 0.12)
            position += (np.cos(direction), np.sin(direction))
            column, row = (int(value) for value in position)
            if 0 <= column < 256 and 0 <= row < 256:
                points[column, row] = 255
    blurred = vessels.filter(ImageFilter.GaussianBlur(1.5)).resize((size, size))
    return base - 0.35 * np.asarray(blurred, dtype=np.float32)


def _clouds(size: int, cells: int, rng: np.random.Generator) -> Grey:
    """Smooth noise with about ``cells`` waves across."""
    coarse = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)
