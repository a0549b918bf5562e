"""How fast small files are imported: made, imported by a process of its own, and measured."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Generator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from fpt_core.dataset.read_pool import processors
from fpt_core.errors import ConfigError, FptError
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.import_images import import_images
from fpt_core.jobs.requests import ImportRequest

IMAGE_SIDE_PX = 128
_CLASSES = ("bright", "dark")
_FEWEST_FILES = 10
_IMAGES_PER_FOLDER = 1000
_SAMPLE_EVERY_S = 0.1


def import_speed(files: int) -> Generator[Event, None, None]:
    """Make ``files`` JPEG files in a temporary folder, import them twice and measure.

    The clock runs from the start of a fresh process until the images are committed.

    Raises:
        ConfigError: If there are too few files to make a data set.
    """
    if files < _FEWEST_FILES:
        raise ConfigError(
            f"files must be at least {_FEWEST_FILES}, not {files}.", "Take 50000 for real figures."
        )
    with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as name:
        folder = Path(name)
        for done in _draw(folder / "images", files):
            yield Progress("Drawing images", done, files)
        yield Progress("Importing", 0, 2)
        first = _measured(folder)
        yield Progress("Importing", 1, 2)
        again = _measured(folder)
        yield Progress("Importing", 2, 2)
    yield Finished(
        {
            "files": files,
            "image_side_px": IMAGE_SIDE_PX,
            "processors": processors(),
            "images_per_s": round(files / first["seconds"], 1),
            **first,
            "again_seconds": again["seconds"],
        }
    )


def _draw(folder: Path, files: int) -> Generator[int, None, None]:
    """Soft clouds, no two alike, a thousand to a folder."""
    rng = np.random.default_rng(0)
    for number in range(files):
        name = _CLASSES[number % len(_CLASSES)]
        place = folder / name / f"{number // _IMAGES_PER_FOLDER:03d}"
        place.mkdir(parents=True, exist_ok=True)
        low = 120 if name == _CLASSES[0] else 10
        cells = rng.integers(low, low + 120, (12, 12, 3), dtype=np.uint8)
        picture = Image.fromarray(cells).resize((IMAGE_SIDE_PX, IMAGE_SIDE_PX))
        picture.save(place / f"{number:06d}.jpg", quality=85)
        if number % _IMAGES_PER_FOLDER == 0:
            yield number


def _measured(folder: Path) -> dict[str, Any]:
    """One import by a fresh process: seconds, processor seconds and memory."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    started = time.perf_counter()
    process = context.Process(target=_import, args=(folder, theirs))
    process.start()
    theirs.close()
    peak = 0
    while not ours.poll(_SAMPLE_EVERY_S) and process.is_alive():
        peak = max(peak, _memory_bytes(process.pid))
    try:
        imported, cpu_seconds, committed = ours.recv()
    except EOFError as error:
        raise FptError(
            "The process that imported ended before it was done.", "See what it printed."
        ) from error
    finally:
        process.join()
    return {
        "imported": imported,
        "seconds": round(committed - started, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "peak_memory_bytes": peak,
    }


def _import(folder: Path, connection: Connection) -> None:
    *_, last = import_images(ImportRequest(folder / "study", folder / "images"))
    assert isinstance(last, Finished), "the last event"
    committed = time.perf_counter()
    times = psutil.Process().cpu_times()
    spent = sum(getattr(times, name, 0.0) for name in _CPU_FIELDS)
    connection.send((last.result["images"], spent, committed))


_CPU_FIELDS = ("user", "system", "children_user", "children_system")


def _memory_bytes(pid: int | None) -> int:
    """Resident memory of a process and all below it."""
    total = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.Error:  # one of them has just ended
        pass
    return total
