"""A model's answers image by image, for a person who goes through them."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.evaluation.predictions import OUT_OF_FOLD, Answer, as_sample
from fpt_core.events import Answered, Event, Finished
from fpt_core.jobs.answers import answer_table, answered, kept_predictions
from fpt_core.jobs.mapped_images import mapped_images
from fpt_core.jobs.predict import model_card
from fpt_core.jobs.requests import CasesRequest, EvaluateRequest


def cases(request: CasesRequest) -> Generator[Event, None, None]:
    """The job; images that cannot be read are told and left out.

    Raises:
        BundleError: If the model cannot be used.
        DatasetError: If there are no such images, or the project's classes are not the model's.
    """
    project = Project.open(request.project)
    card = model_card(request.model, request.device)
    rows = yield from _answers(project, request, card.class_names)
    sound = [row for row in rows if np.isfinite(row.probabilities).all()]
    sample = as_sample(card.class_names, sound)
    yield Answered(card.class_names, answer_table(sample, card, sound), None, "")
    yield Finished(
        {
            "model": str(request.model),
            "project": str(project.path),
            "split": request.split,
            "images": len(sound),
            "mistakes": int((sample.predicted != sample.targets).sum()),
        }
    )


def _answers(
    project: Project, request: CasesRequest, known: tuple[str, ...]
) -> Generator[Event, None, list[Answer]]:
    asked = EvaluateRequest(request.model, request.project, request.split, device=request.device)
    kept = yield from kept_predictions(asked)
    if request.split != OUT_OF_FOLD:
        mapped = yield from mapped_images(project, asked, known, request.split)
        found = yield from answered(asked, mapped.images, kept)
        return list(found)
    apart = () if kept is None else [a for a in kept.answers if a.split == OUT_OF_FOLD]
    # The test images that an answer may be of since are sealed.
    labels = {i.id: i.class_name for i in project.images() if i.split != "test"}
    rows = [
        Answer(a.image_id, a.image_hash, labels[a.image_id], a.split, a.patient, a.probabilities)
        for a in apart
        if labels.get(a.image_id) in known
    ]
    if not rows:
        raise DatasetError(
            "The model's run keeps no answers out of fold.",
            "Import with --folds and train a linear probe, or look at the validation images.",
        )
    return rows
