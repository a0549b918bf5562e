"""Whether memory stays flat while many images are answered into a file of answers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from fpt_core.benchmark.measure import in_fresh_process
from fpt_core.config import TrainingConfig
from fpt_core.errors import ConfigError
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.environment import machine
from fpt_core.jobs.import_images import import_images
from fpt_core.jobs.predict_queue import predict_queue
from fpt_core.jobs.requests import ImportRequest, PrepareRequest, QueueRequest, TrainRequest
from fpt_core.jobs.train import train

_CHECKPOINTS = (100, 1000, 10_000, 100_000)
_IMAGE_SIDE_PX = 128
_TRAINED_PX = 64
_CLASSES = ("bright", "dark")
_LEAST_IMAGES = 100
_STEP = 500
_PER_FOLDER = 100
"""The first folder is what the model learns from."""


def queue(images: int) -> Generator[Event, None, None]:
    """Draw ``images`` JPEG files, train a small model, answer all, and measure on the way.

    Raises:
        ConfigError: If there are too few images to tell anything.
    """
    if images < _LEAST_IMAGES:
        raise ConfigError(f"images must be at least {_LEAST_IMAGES}, not {images}.", "Take 10000.")
    with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as name:
        folder = Path(name)
        for done in _draw(folder / "images", images):
            yield Progress("Drawing images", done, images)
        yield Progress("Training a small model", 0, 1)
        model = in_fresh_process(_train, folder)
        yield Progress("Answering", 0, 1)
        result = in_fresh_process(_answer, folder, model)
        yield Progress("Answering", 1, 1)
    yield Finished({"machine": machine(), "image_side_px": _IMAGE_SIDE_PX, **result})


def print_queue(result: dict[str, Any]) -> None:
    """One line per checkpoint."""
    print(f"{'images':>8} {'resident MB':>12} {'answers MB':>11} {'images/s':>9}")
    for row in result["rows"]:
        print(
            f"{row['images']:>8} {row['resident_bytes'] / 1e6:>12.0f} "
            f"{row['answers_bytes'] / 1e6:>11.1f} {row['images'] / row['seconds']:>9.1f}"
        )


def _draw(folder: Path, images: int) -> Generator[int, None, None]:
    rng = np.random.default_rng(0)
    for number in range(images):
        name = _CLASSES[number % len(_CLASSES)]
        place = folder / f"{number // _PER_FOLDER:03d}" / name
        place.mkdir(parents=True, exist_ok=True)
        low = 120 if name == _CLASSES[0] else 10
        cells = rng.integers(low, low + 120, (12, 12, 3), dtype=np.uint8)
        picture = Image.fromarray(cells).resize((_IMAGE_SIDE_PX, _IMAGE_SIDE_PX))
        picture.save(place / f"{number:06d}.jpg", quality=85)
        if number % _STEP == 0:
            yield number


def _train(folder: Path) -> Path:
    """A model of the first folder's images."""
    first = folder / "images" / "000"
    *_, imported = import_images(ImportRequest(folder / "study", first))
    assert isinstance(imported, Finished), "the last event"
    prepare = PrepareRequest(Path(imported.result["project"]), image_size=_TRAINED_PX, device="cpu")
    *_, trained = train(TrainRequest(prepare, TrainingConfig(epochs=1)))
    assert isinstance(trained, Finished), "the last event"
    return Path(trained.result["model"])


def _answer(folder: Path, model: Path) -> dict[str, Any]:
    process, rows = psutil.Process(), list[dict[str, Any]]()
    answers = folder / "answers.sqlite"
    request = QueueRequest(model, answers, (folder / "images",), device="cpu")
    started = time.perf_counter()
    for event in predict_queue(request):
        if not isinstance(event, Progress) or event.stage != "Answering":
            continue
        if event.done in _CHECKPOINTS or 0 < event.done == event.total:
            rows.append(
                {
                    "images": event.done,
                    "resident_bytes": process.memory_info().rss,
                    "answers_bytes": sum(
                        file.stat().st_size for file in folder.glob("answers.sqlite*")
                    ),
                    "seconds": time.perf_counter() - started,
                }
            )
    unique = {row["images"]: row for row in rows}
    return {"rows": list(unique.values())}
