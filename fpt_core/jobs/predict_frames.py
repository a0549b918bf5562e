"""Answer every frame of a file, and the file as a whole by a rule."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

from fpt_core.errors import ImageError
from fpt_core.events import Event, Finished, FrameAnswered, Progress
from fpt_core.jobs.answered_frames import frames_answered
from fpt_core.jobs.found_images import as_series, find_images
from fpt_core.jobs.predict import warm_model
from fpt_core.jobs.requests import FramesRequest


def predict_frames(request: FramesRequest) -> Generator[Event, None, None]:
    """Answer one frame after another; the file is read frame by frame and never held whole.

    A frame that cannot be read is told and left out of the whole answer. Where only some
    frames are asked for, the whole is answered from these.

    Raises:
        ImageError: If the file is no image or the folder no series, or nothing can be read.
    """
    predictor = warm_model(request.model, request.weights, request.device)
    with tempfile.TemporaryDirectory(prefix="fpt-") as folder:
        path = request.path
        if path.is_dir():
            path = yield from _series(path, Path(folder))
        answers: list[tuple[float, ...]] = []
        frames = 0
        for event in frames_answered(predictor, path, request.first, request.most):
            yield event
            if isinstance(event, FrameAnswered):
                answers.append(event.probabilities)
            elif isinstance(event, Progress):
                frames = event.total
    if not answers and request.most is None:
        raise ImageError(
            f"None of the {frames} frames of {request.path.name} can be read.", "Export it again."
        )
    yield Finished(
        {
            "model": str(request.model),
            "file": str(request.path),
            "frames": frames,
            "answered": len(answers),
            "rule": str(request.rule),
            "probabilities": dict(
                zip(predictor.card.class_names, request.rule.answer(answers), strict=True)
            )
            if answers
            else {},
        }
    )


def _series(folder: Path, stacks: Path) -> Generator[Event, None, Path]:
    """The one series in a folder, as a stack."""
    listed = yield from find_images([folder])
    found = yield from as_series(listed, stacks)
    if len(found.images) != 1:
        raise ImageError(
            f"{folder.name} holds {len(found.images)} images or series, not one series.",
            "Give the folder of one series, or one file.",
        )
    return found.images[0][0]
