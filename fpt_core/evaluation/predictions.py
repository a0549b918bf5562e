"""What a model answered to every image, kept so that nothing need be computed again.

The file names no file and no patient: images by their number and content hash, patients
by numbers that mean something within the file alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fpt_core.errors import ProjectError, translate_os_error
from fpt_core.evaluation.sample import Sample
from fpt_core.files import write_atomically

PREDICTIONS = "predictions.json"
"""The file's name in a run folder."""
OUT_OF_FOLD = "out-of-fold"
"""What stands for the split where the answer is of a model that did not learn from the image."""
_FORMAT_VERSION = 1
_IN_WORDS = {"val": "validation images", OUT_OF_FOLD: "out-of-fold images"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One image and what the model said of it."""

    image_id: int
    image_hash: str
    class_name: str
    """The true class, as it was labelled then."""
    split: str
    """Or ``OUT_OF_FOLD``."""
    patient: int
    """Equal for images of one patient."""
    probabilities: tuple[float, ...]
    """One per class, before calibration; NaN where the model gave no number."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """The answers of one model."""

    class_names: tuple[str, ...]
    model_hash: str
    """Of the model's weights, so that the answers of another training are not taken for its."""
    answers: tuple[Answer, ...]

    def sample(self, split: str) -> Sample:
        """The answers to the images of one split."""
        return as_sample(
            self.class_names, [answer for answer in self.answers if answer.split == split]
        )

    def held_out(self) -> tuple[Sample, str]:
        """What calibration and thresholds rest on, and what that is in words.

        Answers out of fold where the run has some, for they are many; else those to the
        validation images. Never test images.
        """
        split, source = self.held_out_split()
        return self.sample(split), source

    def held_out_split(self) -> tuple[str, str]:
        """Which split ``held_out`` takes, and what that is in words."""
        split = OUT_OF_FOLD if any(a.split == OUT_OF_FOLD for a in self.answers) else "val"
        return split, _IN_WORDS[split]


def as_sample(class_names: Sequence[str], answers: Sequence[Answer]) -> Sample:
    """Answers as what is measured."""
    index_of = {name: index for index, name in enumerate(class_names)}
    return Sample.of(
        class_names,
        np.array([answer.probabilities for answer in answers], np.float64),
        np.array([index_of[answer.class_name] for answer in answers], np.int64),
        [answer.patient for answer in answers],
    )


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Write the file; a kill leaves the old one or the new one.

    Raises:
        DiskFullError: If there is no space left.
    """
    record = asdict(predictions)
    for answer in record["answers"]:
        answer["probabilities"] = [p if math.isfinite(p) else None for p in answer["probabilities"]]
    content = _canonical(record)
    text = json.dumps(
        {"format_version": _FORMAT_VERSION, "sha256": _digest(content), "content": record}
    )
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise translate_os_error(error, path) from error


def load_predictions(path: Path) -> Predictions:
    """Read and verify the file.

    Raises:
        ProjectError: If it is absent, cut, edited or of a newer version.
    """
    if not path.is_file():
        raise ProjectError(
            f"The run {path.parent.name} keeps no predictions.", "Evaluate its model again."
        )
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        version, digest, record = (found[key] for key in ("format_version", "sha256", "content"))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise _refusal(path, "is cut off or damaged") from error
    if version != _FORMAT_VERSION:
        raise ProjectError(
            f"The predictions of {path.parent.name} have format version {version}; this program "
            f"reads {_FORMAT_VERSION}.",
            "Update FPT Studio.",
        )
    if _digest(_canonical(record)) != digest:
        raise _refusal(path, "was changed after it was written")
    return Predictions(
        tuple(record["class_names"]),
        record["model_hash"],
        tuple(Answer(**{**row, "probabilities": _numbers(row)}) for row in record["answers"]),
    )


def _numbers(row: dict[str, Any]) -> tuple[float, ...]:
    return tuple(math.nan if p is None else p for p in row["probabilities"])


def _canonical(record: dict[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refusal(path: Path, what: str) -> ProjectError:
    return ProjectError(
        f"The file {path.name} of the run {path.parent.name} {what}; its figures are not to be "
        "trusted.",
        "Delete it and evaluate the model again.",
    )
