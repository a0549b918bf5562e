"""Small pictures for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write_image(path: Path, seed: int, brightness: int = 100, size: int = 48) -> Path:
    """A small noisy PNG, different for every seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 60, (size, size, 3))
    Image.fromarray((noise + brightness).astype(np.uint8)).save(path)
    return path


def clouds(seed: int, size: int = 240) -> NDArray[np.uint8]:
    """A grey picture with structure at many scales, as tissue has; different for every seed."""
    rng = np.random.default_rng(seed)
    levels = np.zeros((size, size), np.float32)
    for cells in (4, 10, 30, 90):
        noise = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
        levels += np.asarray(noise.resize((size, size), Image.Resampling.BICUBIC)) / cells**0.5
    low, high = levels.min(), levels.max()
    return np.asarray(30 + 180 * (levels - low) / (high - low), dtype=np.uint8)


def write_labelled_folders(
    root: Path, per_class: int = 12, classes: tuple[str, ...] = ("bright", "dark")
) -> Path:
    """A folder per class with a table of patients, two images each; the folder is returned."""
    rows = ["file,label,patient_id"]
    for number in range(per_class * len(classes)):
        name = classes[number % len(classes)]
        brightness = 190 if name == classes[0] else 20
        path = write_image(root / name / f"{number:03d}.png", number, brightness)
        patient = f"MRN-{name}-{number // len(classes) // 2}"
        rows.append(f"{path.relative_to(root).as_posix()},{name},{patient}")
    (root / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return root
