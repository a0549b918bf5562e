"""Answer every frame of a file, and the file as a whole by a rule."""

from __future__ import annotations

from collections.abc import Generator

from fpt_core.errors import ImageError
from fpt_core.events import Event, Finished, FrameAnswered, PredictionFailed, Progress
from fpt_core.images import apply_recipe, open_image
from fpt_core.jobs.predict import warm_model
from fpt_core.jobs.requests import FramesRequest


def predict_frames(request: FramesRequest) -> Generator[Event, None, None]:
    """Answer one frame after another; the file is read frame by frame and never held whole.

    A frame that cannot be read is told and left out of the whole answer.

    Raises:
        ImageError: If the file is no image, or none of its frames can be read.
    """
    predictor = warm_model(request.model, request.weights, request.device)
    recipe = predictor.card.recipe
    answers: list[tuple[float, ...]] = []
    with open_image(request.path) as image:
        frames = image.num_frames(recipe.volume_axis)
        for frame in range(frames):
            try:
                rgb, _ = apply_recipe(image.read(frame, recipe.volume_axis), recipe)
                answer = predictor.predict(rgb)
            except ImageError as error:
                told = f"Frame {frame + 1}: {error.message}"
                yield PredictionFailed(str(request.path), told, error.remedy)
            else:
                answers.append(answer.probabilities)
                yield FrameAnswered(
                    str(request.path), frame, frames, answer.class_names, answer.probabilities
                )
            yield Progress("Answering frames", frame + 1, frames)
    if not answers:
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
            ),
        }
    )
