"""Labelled images with known patients, and the splits that everything is measured on."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from fpt_core.features.extract import SourceImage

_VALIDATION_FOLDS = 5

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelledImages:
    """A labelled data set with known patients."""

    name: str
    sources: tuple[SourceImage, ...]
    targets: Indices
    patients: tuple[str, ...]

    @classmethod
    def read(cls, name: str, folder: Path) -> LabelledImages:
        """Read ``labels.csv`` with the columns file, label and patient_id."""
        with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        classes = sorted({row["label"] for row in rows})
        return cls(
            name,
            tuple(source_of(folder / row["file"]) for row in rows),
            np.array([classes.index(row["label"]) for row in rows]),
            tuple(row["patient_id"] for row in rows),
        )


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from, to choose by and to measure on; no patient is in two of them."""

    train: Indices
    val: Indices
    test: Indices


def source_of(path: Path) -> SourceImage:
    """A file by its content."""
    return SourceImage(path, 0, hashlib.sha256(path.read_bytes()).hexdigest())


def splits(images: LabelledImages, folds: int, repeats: int) -> Iterator[Split]:
    """Repeated cross-validation; a fifth of what is not test chooses."""
    groups = np.array(images.patients)
    for seed in range(repeats):
        outer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        for rest, test in outer.split(images.targets, images.targets, groups):
            inner = StratifiedGroupKFold(_VALIDATION_FOLDS, shuffle=True, random_state=seed)
            train, val = next(inner.split(rest, images.targets[rest], groups[rest]))
            yield Split(rest[train], rest[val], test)
