"""Answer many images into a file that others read meanwhile; stopped or killed, it goes on."""

from __future__ import annotations

import os
import statistics
from collections.abc import Generator
from functools import partial
from pathlib import Path

from fpt_core.answers.answer_file import AnswerFile, FrameAnswers, QueuedImage
from fpt_core.answers.private_name import names_patient
from fpt_core.answers.uncertainty import is_uncertain
from fpt_core.errors import ImageError
from fpt_core.events import (
    Event,
    Finished,
    FrameAnswered,
    Predicted,
    PredictionFailed,
    Progress,
)
from fpt_core.images import num_frames
from fpt_core.jobs.answered_frames import frames_answered
from fpt_core.jobs.found_images import FoundImages, as_series, find_images
from fpt_core.jobs.predict import Answering, answer, warm_model
from fpt_core.jobs.requests import QueueRequest

_STAGE = "Answering"
_SERIES = "series"
"""The folder beside the answers for the lists of slices."""


def predict_queue(request: QueueRequest) -> Generator[Event, None, None]:
    """The job of the window's queue: lists what was given, then answers all that waits.

    Every frame of a file, and every slice of a series, is answered; the rule makes the whole's
    answer of them.

    Raises:
        FptError: If the model cannot be used, or the answers cannot be kept.
    """
    with AnswerFile(request.answers) as answers:
        stamp = os.stat(request.model).st_mtime_ns if request.model.is_file() else 0
        answers.use_model(f"{request.model}:{stamp}")
        found = yield from find_images([path for path in request.paths if path.exists()])
        found = yield from as_series(found, request.answers.parent / _SERIES)
        for path in request.paths:
            if not path.exists():
                _refuse_absent(answers, path)
        _take(answers, found)
        counts = answers.counts()
        done, total = counts.images - counts.waiting, counts.images
        yield Progress(_STAGE, done, total)
        predictor = warm_model(request.model, request.weights, request.device)
        answers.use_rule(request.rule, _uncertain(predictor))
        for image in answers.waiting():
            yield from _answer(answers, predictor, image)
            done += 1
            yield Progress(_STAGE, done, total)
        counts = answers.counts()
    yield Finished({"images": counts.images, "failed": counts.refused, "unlike": counts.unlike})


def _take(answers: AnswerFile, found: FoundImages) -> None:
    answers.add(found.images)
    for left_out in found.left_out:
        path = Path(left_out.path)
        event = PredictionFailed(left_out.path, left_out.reason, "")
        answers.refuse(path, path.name, event, names_patient=False)


def _refuse_absent(answers: AnswerFile, path: Path) -> None:
    event = PredictionFailed(str(path), f"{path.name} is not there.", "Check whether it was moved.")
    answers.refuse(path, path.name, event, names_patient=False)


def _uncertain(predictor: Answering) -> partial[bool]:
    return partial(is_uncertain, points=predictor.card.operating_points)


def _answer(
    answers: AnswerFile, predictor: Answering, image: QueuedImage
) -> Generator[Event, None, None]:
    private = names_patient(image.path, image.name)
    try:
        frames = num_frames(image.path, predictor.card.recipe.volume_axis)
        if frames == 1:
            event = answer(predictor, image.path, explain=True)
            answers.keep(image.number, event, _uncertain(predictor), private)
            return
        heard = yield from _heard(predictor, image, frames)
        of_frames = FrameAnswers(frames, {each.frame: each.probabilities for each in heard})
        distances = [each.distance for each in heard if each.distance is not None]
        event = _most_telling(answers, predictor, image, of_frames)
        unlike = statistics.median(distances) > 1 if distances else False
        answers.keep(image.number, event, _uncertain(predictor), private, of_frames, unlike)
    except ImageError as error:
        refusal = PredictionFailed(str(image.path), error.message, error.remedy)
        answers.refuse(image.path, image.name, refusal, private)


def _heard(
    predictor: Answering, image: QueuedImage, frames: int
) -> Generator[Event, None, list[FrameAnswered]]:
    """The answers to those frames that can be read.

    Raises:
        ImageError: If none can.
    """
    heard: list[FrameAnswered] = []
    refusal: PredictionFailed | None = None
    for event in frames_answered(predictor, image.path):
        if isinstance(event, FrameAnswered):
            heard.append(event)
        elif isinstance(event, PredictionFailed):
            refusal = event
        else:
            yield event
    if not heard:
        reason = "" if refusal is None else refusal.message
        raise ImageError(f"None of its {frames} frames can be read. {reason}", "Export it again.")
    return heard


def _most_telling(
    answers: AnswerFile, predictor: Answering, image: QueuedImage, frames: FrameAnswers
) -> Predicted:
    """The frame with the highest probability of what the whole is, and what that rests on."""
    whole = frames.by(answers.rule)
    best = max(range(len(whole)), key=whole.__getitem__)
    frame = max(frames.answered, key=lambda each: frames.answered[each][best])
    return answer(predictor, image.path, frame, explain=True)
