"""The frames of a file, answered one after another."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from fpt_core.errors import ImageError
from fpt_core.events import FrameAnswered, PredictionFailed, Progress
from fpt_core.images import apply_recipe, open_image
from fpt_core.jobs.predict import Answering


def frames_answered(
    predictor: Answering, path: Path, first: int = 0, most: int | None = None
) -> Generator[FrameAnswered | PredictionFailed | Progress, None, None]:
    """Each frame's answer, or why there is none.

    Args:
        predictor: Answers.
        path: The file.
        first: Where to begin.
        most: How many; ``None``: all that follow.

    Raises:
        ImageError: If the file is no image.
    """
    recipe = predictor.card.recipe
    with open_image(path) as image:
        frames = image.num_frames(recipe.volume_axis)
        end = frames if most is None else min(first + most, frames)
        for frame in range(first, end):
            try:
                rgb, _ = apply_recipe(image.read(frame, recipe.volume_axis), recipe)
                found = predictor.predict(rgb)
            except ImageError as error:
                told = f"Frame {frame + 1}: {error.message}"
                yield PredictionFailed(str(path), told, error.remedy, frame)
            else:
                distance = None if found.likeness is None else found.likeness.distance
                yield FrameAnswered(
                    str(path), frame, frames, found.class_names, found.probabilities, distance
                )
            yield Progress("Answering frames", frame + 1, frames)
