"""Write what can be published of a run: a page, the same as JSON, and a model card."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fpt_core.bundle import load_bundle, save_bundle
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, ImageRecord
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import BundleError, ConfigError, FptError, ProjectError, translate_os_error
from fpt_core.evaluation.predictions import as_sample
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.files import write_atomically
from fpt_core.jobs.answers import answered, kept_predictions
from fpt_core.jobs.evaluate import evaluate
from fpt_core.jobs.predict import warm_model
from fpt_core.jobs.requests import EvaluateRequest, ReportRequest
from fpt_core.jobs.run_evaluation import in_use
from fpt_core.jobs.run_result import split_fingerprint
from fpt_core.model_card import ModelCard, load_card
from fpt_core.predictor import Predictor
from fpt_core.report.card_text import render_model_card
from fpt_core.report.columns import tellable
from fpt_core.report.content import make_content
from fpt_core.report.example import MOST_EXAMPLES, make_example, without_picture
from fpt_core.report.material import Example, Material, Measured
from fpt_core.report.page import render_page

PAGE, DATA, CARD = "report.html", "report.json", "model_card.md"
_STAGE = "Writing the report"
_STEPS = 4


def report(request: ReportRequest) -> Generator[Event, None, None]:
    """The report job. What cannot be made is told in its place, and the rest still comes.

    Raises:
        ConfigError: If an example is no image of the project, or a column or class is not there.
        ProjectError: If there is no such run, or it has no model yet.
    """
    material = yield from _gathered(request)
    content, warnings = make_content(material)
    yield from warnings
    yield Progress(_STAGE, 3, _STEPS)
    files = _write(request.output or material.folder, content)
    _keep_statements(material)
    yield Progress(_STAGE, 4, _STEPS)
    guidelines = content["guidelines"].items()
    yield Finished(
        {
            "project": str(material.project.path),
            "run": material.run.id,
            **files,
            "guidelines": {name: found["counts"] for name, found in guidelines},
        }
    )


def _gathered(request: ReportRequest) -> Generator[Event, None, Material]:
    project = Project.open(request.project)
    run = project.run(request.run)
    model = _model_of(run)
    card = load_card(model)
    facts, examples = project.facts(), project.examples()
    images = project.images(include_excluded=True)
    picked = _picked(request, images)
    columns = tellable(project, examples, facts, request.subgroups)
    for name in columns.withheld if request.subgroups else ():
        yield Warned(
            f"Column {name!r} is not told: its values could name people, or are no groups."
        )
    yield Progress(_STAGE, 0, _STEPS)
    measured = yield from _measured(project, request, model, card)
    yield Progress(_STAGE, 1, _STEPS)
    pictures = yield from _pictures(request, model, picked, facts)
    yield Progress(_STAGE, 2, _STEPS)
    return Material(
        project=project,
        run=run,
        card=card,
        images=images,
        examples=examples,
        facts=facts,
        columns=columns,
        folder=project.runs_dir / run.id,
        measured=measured,
        pictures=pictures,
        is_same_data=split_fingerprint(project) == card.split_fingerprint,
    )


def _model_of(run: RunRecord) -> Path:
    if run.model_path is None or not run.model_path.is_file():
        raise ProjectError(
            f"The run {run.id} has no model, so there is nothing to report.",
            "Choose a run that is finished.",
        )
    return run.model_path


def _measured(
    project: Project, request: ReportRequest, model: Path, card: ModelCard
) -> Generator[Event, None, Measured | None]:
    """Answers and figures; ``None`` where there is nothing to measure."""
    asked = EvaluateRequest(
        model,
        project.path,
        weights=request.weights,
        device=request.device,
        by=request.by,
        prevalence=request.prevalence,
    )
    figures: dict[str, Any] = {}
    try:
        for event in evaluate(asked):
            if isinstance(event, Finished):
                figures = dict(event.result)
            elif isinstance(event, Progress | Warned):
                yield event
        kept = yield from kept_predictions(asked)
        answers = yield from answered(asked, project.examples(asked.split), kept)
    except ConfigError:  # what was asked for is not there: a person must ask otherwise
        raise
    except FptError as error:
        yield Warned(f"The report has no results. {error.message}", error.remedy)
        return None
    sound = [answer for answer in answers if np.isfinite(answer.probabilities).all()]
    sample = in_use(as_sample(card.class_names, sound), card.calibration)
    of_run = None if kept is None else frozenset(answer.image_hash for answer in kept.answers)
    return Measured(sample, tuple(answer.image_id for answer in sound), figures, of_run)


def _picked(request: ReportRequest, images: Sequence[ImageRecord]) -> list[ImageRecord]:
    """The images that are to be shown, in the order in which they were picked."""
    if len(request.examples) > MOST_EXAMPLES:
        raise ConfigError(
            f"A report shows at most {MOST_EXAMPLES} examples, not {len(request.examples)}.",
            "Pick fewer.",
        )
    known = {image.id: image for image in images}
    missing = [number for number in request.examples if number not in known]
    if missing:
        raise ConfigError(
            f"The project has no image of number {missing[0]}.", "Pick images of the project."
        )
    return [known[number] for number in request.examples]


def _pictures(
    request: ReportRequest,
    model: Path,
    images: Sequence[ImageRecord],
    facts: dict[int, ImageFacts],
) -> Generator[Event, None, list[Example]]:
    if not images:
        return []
    try:
        predictor = warm_model(model, request.weights, request.device)
    except BundleError as error:
        yield Warned(f"The report shows no examples. {error.message}", error.remedy)
        return [without_picture(image, "Not shown: the backbone is not here.") for image in images]
    assert isinstance(predictor, Predictor), "a run's model is no ONNX file"
    made = []
    for done, image in enumerate(images, start=1):
        made.append(make_example(predictor, image, facts[image.id]))
        yield Progress("Drawing examples", done, len(images))
    return made


def _keep_statements(material: Material) -> None:
    """Whoever is handed the model file alone reads what its author says of it."""
    statements, card = material.project.statements(), material.card
    if card.statements != statements:
        model = _model_of(material.run)
        changed = dataclasses.replace(card, statements=statements)
        save_bundle(model, dataclasses.replace(load_bundle(model), card=changed))


def _write(folder: Path, content: dict[str, Any]) -> dict[str, str]:
    """Write the three files and return their places."""
    texts = {
        PAGE: render_page(content),
        DATA: json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1),
        CARD: render_model_card(content),
    }
    try:
        for name, text in texts.items():
            write_atomically(folder / name, text.encode())
    except OSError as error:
        raise translate_os_error(error, folder) from error
    return {
        "report": str(folder / PAGE),
        "json": str(folder / DATA),
        "model_card": str(folder / CARD),
    }
