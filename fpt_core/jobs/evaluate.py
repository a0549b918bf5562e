"""Measure a model file on one split of a project."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError, ImageError
from fpt_core.evaluation.metrics import summarise
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.jobs.predict import warm_model
from fpt_core.jobs.requests import EvaluateRequest


def evaluate(request: EvaluateRequest) -> Generator[Event, None, None]:
    """The evaluation job.

    Raises:
        DatasetError: If the split is empty, or the project has other classes.
    """
    project = Project.open(request.project)
    images = project.examples(request.split)
    if not images:
        raise DatasetError(
            f"The split {request.split!r} of {project.path.name} holds no images.",
            "Choose train, val or test, or import a data set.",
        )
    predictor = warm_model(request.model, request.weights, request.device)
    class_names = predictor.card.class_names
    unknown = sorted({image.class_name for image in images} - set(class_names))
    if unknown:
        raise DatasetError(
            f"The project has classes that the model does not know: {', '.join(unknown)}. "
            f"The model knows {', '.join(class_names)}.",
            "Choose a model that was trained on these classes.",
        )
    probabilities, targets = [], []
    for number, image in enumerate(images, 1):
        try:
            probabilities.append(predictor.predict(image.path, image.frame).probabilities)
            targets.append(class_names.index(image.class_name))
        except ImageError as error:
            yield Warned(f"{error.message} It is left out.", error.remedy)
        yield Progress("Evaluating", number, len(images))
    if not targets:
        raise DatasetError(
            f"None of the {len(images)} images of the split can be read.",
            "Check that the data set has not moved.",
        )
    yield Finished(
        {
            "model": str(request.model),
            "project": str(project.path),
            "split": request.split,
            "classes": list(class_names),
            "metrics": {request.split: summarise(np.array(probabilities), np.array(targets))},
        }
    )
