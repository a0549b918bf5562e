"""Answer many images into a file that others read meanwhile; stopped or killed, it goes on."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

from fpt_core.answers.answer_file import AnswerFile, QueuedImage
from fpt_core.answers.private_name import names_patient
from fpt_core.answers.uncertainty import is_uncertain
from fpt_core.errors import ImageError
from fpt_core.events import Event, Finished, PredictionFailed, Progress
from fpt_core.jobs.found_images import FoundImages, find_images
from fpt_core.jobs.predict import Answering, answer, warm_model
from fpt_core.jobs.requests import QueueRequest

_STAGE = "Answering"


def predict_queue(request: QueueRequest) -> Generator[Event, None, None]:
    """The job of the window's queue: lists what was given, then answers all that waits.

    Raises:
        FptError: If the model cannot be used, or the answers cannot be kept.
    """
    with AnswerFile(request.answers) as answers:
        stamp = os.stat(request.model).st_mtime_ns if request.model.is_file() else 0
        answers.use_model(f"{request.model}:{stamp}")
        found = yield from find_images([path for path in request.paths if path.exists()])
        for path in request.paths:
            if not path.exists():
                _refuse_absent(answers, path)
        _take(answers, found)
        counts = answers.counts()
        done, total = counts.images - counts.waiting, counts.images
        yield Progress(_STAGE, done, total)
        if counts.waiting:
            predictor = warm_model(request.model, request.weights, request.device)
            for image in answers.waiting():
                _answer(answers, predictor, image)
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


def _answer(answers: AnswerFile, predictor: Answering, image: QueuedImage) -> None:
    private = names_patient(image.path, image.name)
    try:
        event = answer(predictor, image.path, explain=True)
    except ImageError as error:
        refusal = PredictionFailed(str(image.path), error.message, error.remedy)
        answers.refuse(image.path, image.name, refusal, private)
        return
    uncertain = is_uncertain(event, predictor.card.operating_points)
    answers.keep(image.number, event, uncertain, private)
