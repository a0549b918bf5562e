"""All that a report is made of, gathered before it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, ImageRecord, is_known
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import DatasetError
from fpt_core.evaluation.sample import Sample
from fpt_core.model_card import ModelCard
from fpt_core.report.columns import Columns

Part = dict[str, Any]
"""A part of a report: JSON-ready values."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the model answered on the test images, and what was made of it."""

    sample: Sample
    """Calibrated, by image."""
    image_ids: tuple[int, ...]
    """Of the sample's rows."""
    figures: Mapping[str, Any]
    """The result of an evaluation."""
    of_run: frozenset[str] | None = None
    """Content hashes of all images that the run used; ``None`` where it kept no sound record."""


@dataclass(frozen=True, slots=True)
class Example:
    """An image that the user picked to be shown; it is told by what it is, not by its name."""

    class_name: str
    predicted: str
    probability: float
    picture: str
    """The image as JPEG, base64."""
    heatmap: str
    """The same with what the model read of it over it; empty where the method reads no tokens."""
    note: str = ""
    """Why there is no picture."""


@dataclass(frozen=True, slots=True)
class Material:
    """A run, its model file and its project."""

    project: Project
    run: RunRecord
    card: ModelCard
    images: Sequence[ImageRecord]
    """All that were imported."""
    examples: Sequence[ImageRecord]
    """Those that are trained on and measured."""
    facts: Mapping[int, ImageFacts]
    columns: Columns
    folder: Path
    """Of the run."""
    measured: Measured | None
    """``None`` where there was nothing to measure."""
    pictures: Sequence[Example] = ()
    is_same_data: bool = True
    """Whether the data set is still the one that the run learned from."""

    def need_measured(self) -> Measured:
        """The answers.

        Raises:
            DatasetError: If there are none.
        """
        if self.measured is None:
            raise DatasetError("No test image could be measured.", "Give the test split images.")
        return self.measured


def count(images: Sequence[ImageRecord]) -> Part:
    """Images, and their patients where all are known."""
    patients = {image.patient for image in images}
    known = all(is_known(patient) for patient in patients)
    return {"images": len(images), "patients": len(patients) if known else None}


def shares(values: Sequence[str]) -> Part:
    """How many there are of each value, the most frequent first; empty ones are unknown."""
    return dict(Counter(value or "unknown" for value in values).most_common())
