"""A model's answers to images: those that its run kept, and new ones where it kept none."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from fpt_core.bundle import load_bundle
from fpt_core.config import ONNX_SUFFIX
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import DatasetError, ImageError, ProjectError
from fpt_core.evaluation.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    Answer,
    Predictions,
    load_predictions,
)
from fpt_core.evaluation.sample import Sample
from fpt_core.events import AnswerTable, Event, Progress, Warned
from fpt_core.jobs.predict import warm_model
from fpt_core.jobs.requests import EvaluateRequest
from fpt_core.jobs.run_evaluation import answers, in_use
from fpt_core.model_card import ModelCard
from fpt_core.models.weights import state_hash


def answered(
    request: EvaluateRequest, images: Sequence[ImageRecord], kept: Predictions | None
) -> Generator[Event, None, tuple[Answer, ...]]:
    """The model's answer to every image that can be read, before calibration.

    Args:
        request: Which model.
        images: What it answers.
        kept: What its run kept: an answer to the same content is taken, the others are computed.

    Raises:
        BundleError: If the model or its backbone cannot be used.
        DatasetError: If no image can be read.
    """
    answers_kept = () if kept is None else kept.answers
    known = {a.image_hash: a.probabilities for a in answers_kept if a.split != OUT_OF_FOLD}
    rows: list[tuple[ImageRecord, Sequence[float]]] = []
    for number, image in enumerate(images, 1):
        if image.image_hash in known:
            rows.append((image, known[image.image_hash]))
            continue
        predictor = warm_model(request.model, request.weights, request.device)
        try:
            rows.append((image, predictor.predict(image.path, image.frame).uncalibrated))
        except ImageError as error:
            yield Warned(f"{error.message} It is left out.", error.remedy)
        yield Progress("Evaluating", number, len(images))
    if not rows:
        raise DatasetError(
            f"None of the {len(images)} images of the split can be read.",
            "Check that the data set has not moved.",
        )
    return answers(rows)


def kept_predictions(request: EvaluateRequest) -> Generator[Event, None, Predictions | None]:
    """What the model's run keeps beside it; ``None`` if it is another model's or not sound."""
    path = request.model.parent / PREDICTIONS
    if request.model.suffix == ONNX_SUFFIX or not path.is_file():
        return None  # an ONNX file rounds otherwise than the model that it came from
    try:
        kept = load_predictions(path)
    except ProjectError as error:
        yield Warned(f"{error.message} The images are answered again.", error.remedy)
        return None
    same = kept.model_hash == state_hash(load_bundle(request.model).state)
    return kept if same else None


def answer_table(sample: Sample, card: ModelCard, rows: Sequence[Answer] = ()) -> AnswerTable:
    """A sample's answers as they are told.

    Args:
        sample: Before calibration.
        card: Of the model, which says how it is calibrated.
        rows: The answers that the sample is of, where each row's image is to be told.
    """
    return AnswerTable(
        tuple(map(tuple, in_use(sample, card.calibration).probabilities.tolist())),
        tuple(map(tuple, sample.probabilities.tolist())),
        tuple(sample.targets.tolist()),
        tuple(sample.patients.tolist()),
        tuple(row.image_id for row in rows),
    )
