"""Measurements of this machine, kept so that the same question is answered at once."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from fpt_core.bundle import software_versions
from fpt_core.config import AUTO, PixelRecipe
from fpt_core.dataset.project_tables import now
from fpt_core.dataset.records import ImageRecord
from fpt_core.files import write_atomically
from fpt_core.jobs.apart import apart
from fpt_core.jobs.environment import machine
from fpt_core.jobs.estimates import NotMeasuredError
from fpt_core.jobs.miniature import THROUGH_BACKBONE, Measured, Miniature, measured
from fpt_core.jobs.requests import PrepareRequest
from fpt_core.training.memory import UNASKED_IMAGES
from fpt_core.version import __version__

_MOST_KEPT = 500
_SAMPLE = 4
_SAMPLE_OF_FOLDS = 10
"""Enough that each of five folds has images of two classes."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is measured of one method."""

    prepare: PrepareRequest
    """With backbone, image size and device filled in."""
    batch_size: int
    images: Sequence[ImageRecord]
    """All of the project."""
    recipe: PixelRecipe

    @property
    def miniature(self) -> Miniature:
        """The job on a few images; one measurement serves all larger batches that go in parts."""
        batch, method = self.batch_size, self.prepare.method
        in_parts = self.prepare.device == "cpu" and self.prepare.memory_limit_mb is None
        if in_parts and method in THROUGH_BACKBONE:
            batch = min(batch, UNASKED_IMAGES)
        number = _SAMPLE_OF_FOLDS if method == AUTO else min(_SAMPLE, 2 * batch)
        return Miniature(self.prepare, batch, sample(self.images, number), self.recipe)


@dataclass(frozen=True, slots=True)
class Answer:
    """A measurement."""

    measured: Measured
    when: str
    """It was made, in ISO format."""
    kept: bool
    """Whether it was made for an earlier question."""


def answer(
    question: Question, *, afresh: bool = False, measures: bool = True
) -> Generator[None, None, Answer]:
    """Measure, unless that was done before; yields while it is waited for.

    Args:
        question: What is measured.
        afresh: Measure again, whatever was kept.
        measures: Whether measuring is possible now.

    Raises:
        NotMeasuredError: If there is no kept measurement and none can be made now.
        FptError: If the job cannot be done with these settings, or its process died.
    """
    miniature = question.miniature
    key = key_of(_depends_on(miniature))
    kept = None if afresh else kept_measurement(key)
    if kept is not None:
        return Answer(*kept, kept=True)
    if not measures:
        raise NotMeasuredError(
            "Not measured on this machine yet.",
            "It is done when no job is running.",
        )
    result = yield from apart(measured, miniature)
    return Answer(result, keep_measurement(key, result), kept=False)


def sample(images: Sequence[ImageRecord], number: int) -> tuple[ImageRecord, ...]:
    """Images of all sizes, the largest among them."""
    different = {image.image_hash: image for image in images}
    by_size = sorted(different.values(), key=lambda image: image.width * image.height)
    number = min(number, len(by_size))
    middles = [int((index + 0.5) * len(by_size) / number) for index in range(number - 1)]
    return tuple(by_size[index] for index in [*middles, -1])


def _depends_on(miniature: Miniature) -> dict[str, Any]:
    """All that a measurement depends on; of the images, their kind and rough size."""
    asked = dataclasses.asdict(miniature.prepare)
    del asked["project"]
    weights = miniature.prepare.backbone.weights
    changed = None if weights is None or not weights.exists() else weights.stat().st_mtime_ns
    return {
        "program": __version__,
        "versions": software_versions(),
        "machine": machine(),
        "prepare": asked,
        "recipe": dataclasses.asdict(miniature.recipe),
        "weights_changed": changed,
        "batch": miniature.batch_size,
        "images": [
            (image.path.suffix.lower(), round(math.log2(max(1, image.width * image.height))))
            for image in miniature.images
        ],
    }


def measurements_file() -> Path:
    """Where this user's measurements are kept."""
    folder = platformdirs.user_cache_dir("FPT Studio", appauthor=False)
    return Path(folder) / "measurements.json"


def key_of(question: dict[str, Any]) -> str:
    """What a measurement is found by: a hash of all that it depends on."""
    return hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()


def kept_measurement(key: str) -> tuple[Measured, str] | None:
    """A measurement and when it was made; ``None`` where there is none that can be read."""
    try:
        entry = _read()[key]
        return Measured(**entry["measured"]), str(entry["when"])
    except (KeyError, TypeError):
        return None


def keep_measurement(key: str, measured: Measured) -> str:
    """Keep a measurement and return when it was made; where that cannot be, it is made again."""
    when = now()
    entries = _read()
    entries.pop(key, None)
    entries[key] = {"when": when, "measured": asdict(measured)}
    recent = dict(list(entries.items())[-_MOST_KEPT:])
    with contextlib.suppress(OSError):
        write_atomically(measurements_file(), json.dumps(recent).encode())
    return when


def _read() -> dict[str, Any]:
    try:
        entries = json.loads(measurements_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
