"""How long a dropped image waits for its answer, beside what the backbone alone takes."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Generator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fpt_core.benchmark.measure import in_fresh_process
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import BundleError, DatasetError
from fpt_core.events import Event, Failed, Finished, Predicted, PredictionFailed, Progress
from fpt_core.features.resizing import resized, to_input
from fpt_core.jobs import worker
from fpt_core.jobs.environment import machine
from fpt_core.jobs.requests import PredictRequest
from fpt_core.predictor import load_model, model_pixels

GOAL_S = 0.3
"""What an answer with its heatmaps may take beyond the backbone's own forward pass."""
_LEAST_IMAGES = 3


def review(model: Path, project: Path, most: int) -> Generator[Event, None, None]:
    """Answer a project's test images one by one in a worker, as the window has it done.

    The time of an answer is from the request to the answer with all heatmaps; the first one,
    which loads the model, is left out. In another fresh process the same images are decoded,
    and go through the backbone as timm has it and nothing else.

    Args:
        model: A model file.
        project: With test images.
        most: Of the images; the first by content.

    Raises:
        BundleError: If the model cannot be used.
        DatasetError: If the project has too few test images.
    """
    images = Project.open(project).examples("test")[: most + 1]
    if len(images) < _LEAST_IMAGES:
        raise DatasetError(f"{project} has fewer than 3 test images.", "Choose another project.")
    answers: list[float] = []
    for seconds in _answered(model, images):
        answers.append(seconds)
        yield Progress("Answering", len(answers), len(images))
    decode, forward = in_fresh_process(_alone, model, images)
    rows = zip(decode[1:], forward[1:], answers[1:], strict=True)
    beyond = [answer - backbone for _, backbone, answer in rows]
    yield Finished(
        {
            "machine": machine(),
            "model": str(model),
            "images": len(beyond),
            "decode_s": statistics.median(decode[1:]),
            "forward_s": statistics.median(forward[1:]),
            "answer_s": statistics.median(answers[1:]),
            "beyond_s": statistics.median(beyond),
            "beyond_90_s": float(np.quantile(beyond, 0.9)),
            "goal_s": GOAL_S,
        }
    )


def print_review(result: dict[str, Any]) -> None:
    """A line for each part."""
    print(f"{result['images']} images, one after another, the model warm; medians")
    for name, key in (
        ("image decoded", "decode_s"),
        ("backbone's forward pass", "forward_s"),
        ("answer with heatmaps", "answer_s"),
        ("answer less forward pass", "beyond_s"),
    ):
        print(f"{name:<26} {result[key]:6.3f} s")
    print(f"of nine images in ten      {result['beyond_90_s']:6.3f} s   goal {result['goal_s']} s")


def _answered(model: Path, images: Sequence[ImageRecord]) -> Generator[float, None, None]:
    """Seconds from request to answer, in a worker process like the window's."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=worker.main, args=(theirs,), name="fpt-benchmark-review")
    process.start()
    theirs.close()
    try:
        for image in images:
            yield _seconds(ours, PredictRequest(model, (image.path,), image.frame))
    finally:
        ours.close()
        process.join()


def _seconds(connection: Connection, request: PredictRequest) -> float:
    started, answered_s = time.perf_counter(), 0.0
    connection.send(request)
    while not isinstance(event := connection.recv(), Finished):
        if isinstance(event, Predicted):
            answered_s = time.perf_counter() - started
        elif isinstance(event, Failed | PredictionFailed):
            raise BundleError(event.message, event.remedy)
    return answered_s


def _alone(model: Path, images: Sequence[ImageRecord]) -> tuple[list[float], list[float]]:
    """Seconds of decoding, and of the backbone's forward pass, image by image."""
    predictor = load_model(model)
    backbone = predictor.backbone
    decode, forward = [], []
    for image in images:
        started = time.perf_counter()
        rgb, _ = model_pixels(image.path, image.frame, predictor.card.recipe)
        decode.append(time.perf_counter() - started)
        pixels = to_input(backbone, resized(rgb, (backbone.image_size,))[0])
        started = time.perf_counter()
        with torch.inference_mode():
            backbone.vit.forward_features(pixels)
        forward.append(time.perf_counter() - started)
    return decode, forward
