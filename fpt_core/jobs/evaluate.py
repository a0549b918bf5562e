"""Measure a model file on one split of a project, its own or one from elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fpt_core.bundle import load_bundle, save_bundle
from fpt_core.config import ONNX_SUFFIX
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, ImageRecord
from fpt_core.errors import BundleError, ConfigError
from fpt_core.evaluation.calibration_fit import fit_calibration
from fpt_core.evaluation.drift import drift, profile
from fpt_core.evaluation.figures import MeasureConfig, measure, point_figures
from fpt_core.evaluation.metrics import summarise
from fpt_core.evaluation.operating_point import OperatingPoint
from fpt_core.evaluation.people import people
from fpt_core.evaluation.predictions import Answer, Predictions, as_sample
from fpt_core.evaluation.reliability import reliability
from fpt_core.evaluation.sample import Sample
from fpt_core.evaluation.subgroups import subgroups
from fpt_core.evaluation.thresholds import OperatingRule, net_benefit_curve
from fpt_core.events import Answered, Event, Finished
from fpt_core.jobs.answers import answer_table, answered, kept_predictions
from fpt_core.jobs.mapped_images import ALL, mapped_images
from fpt_core.jobs.predict import model_card
from fpt_core.jobs.requests import EvaluateRequest
from fpt_core.jobs.run_evaluation import KEPT_RULES, in_use, points_on
from fpt_core.jobs.run_result import split_fingerprint
from fpt_core.model_card import ModelCard

_DECISION_CURVE = tuple(np.arange(0.05, 1.0, 0.05).round(2).tolist())


@dataclass(frozen=True, slots=True)
class _Measured:
    """The images in order, their answers, and what is known of them."""

    sample: Sample
    answers: tuple[Answer, ...]
    facts: Mapping[int, ImageFacts]


def evaluate(request: EvaluateRequest) -> Generator[Event, None, None]:
    """The evaluation job.

    Raises:
        BundleError: If the model cannot be used.
        ConfigError: If a setting names what there is not.
        DatasetError: If the split is empty, or classes differ and are not mapped.
    """
    _check_recalibration(request)
    project = Project.open(request.project)
    card = model_card(request.model, request.device)
    mapped = yield from mapped_images(project, request, card.class_names, request.split)
    kept = yield from kept_predictions(request)
    raw = yield from _measured(project, request, card, mapped.images, kept)
    chosen_on, source = (None, "") if kept is None else kept.held_out()
    yield Answered(
        card.class_names,
        answer_table(raw.sample, card, raw.answers),
        None if chosen_on is None else answer_table(chosen_on, card),
        source,
    )
    points, notes = _points(request, card, chosen_on, source)
    own = request.model.resolve().is_relative_to(project.runs_dir) or (
        split_fingerprint(project) == card.split_fingerprint
    )
    result = {
        "model": str(request.model),
        "project": str(project.path),
        "split": request.split,
        "classes": list(card.class_names),
        "calibration": str(card.calibration or "none"),
        "own": own,
        **_figures(request, card, raw, points),
        "drift": [] if own else _drift(card, mapped.images, raw),
        "notes": [*notes, *mapped.notes, *_notes(project, request, raw, own)],
    }
    if request.recalibrate is not None:
        result["recalibrated"] = yield from _recalibrated(project, request, card, raw.sample)
    yield Finished(result)


def _figures(
    request: EvaluateRequest, card: ModelCard, raw: _Measured, points: Sequence[OperatingPoint]
) -> dict[str, Any]:
    sample = in_use(raw.sample, card.calibration)
    prevalence = _prevalence(request, sample)
    order = request.order or card.training.class_order
    config = MeasureConfig(prevalence=dict(request.prevalence), order=order)
    return {
        "metrics": {request.split: summarise(sample, class_order=order)},
        "by_image": measure(sample, config).to_dict(),
        "by_patient": measure(sample.by_unit(sample.patients), config).to_dict(),
        "by": {
            column: measure(sample.by_unit(_units(raw, column)), config).to_dict()
            for column in request.by
        },
        "operating_points": [_told(point, sample, prevalence) for point in points],
        "reliability": _reliability(raw.sample, sample),
        "net_benefit": _net_benefit(sample),
        "subgroups": {
            column: [dataclasses.asdict(g) for g in subgroups(sample, _column(raw, column))]
            for column in request.subgroups
        },
    }


# --- answers ----------------------------------------------------------------------


def _measured(
    project: Project,
    request: EvaluateRequest,
    card: ModelCard,
    images: Sequence[ImageRecord],
    kept: Predictions | None,
) -> Generator[Event, None, _Measured]:
    answers = yield from answered(request, images, kept)
    # What is no number is told once and measured nowhere.
    sound = tuple(a for a in answers if np.isfinite(a.probabilities).all())
    sample = as_sample(card.class_names, sound)
    left_out = len(answers) - len(sound)
    sample = dataclasses.replace(sample, left_out=left_out)
    return _Measured(sample, sound, project.facts())


def _column(measured: _Measured, column: str) -> list[str]:
    """A kept column of the table, or a fact of the file, for every image."""
    facts = [measured.facts[answer.image_id] for answer in measured.answers]
    if any(column in fact.columns for fact in facts):
        return [fact.columns.get(column, "") for fact in facts]
    if column in ("manufacturer", "modality", "format"):
        return [str(getattr(fact, column)) for fact in facts]
    kept = sorted({name for fact in facts for name in fact.columns})
    raise ConfigError(
        f"No column {column!r} was kept of these images.",
        f"Choose among {', '.join([*kept, 'manufacturer', 'modality', 'format'])}.",
    )


def _units(measured: _Measured, column: str) -> list[tuple[int, str]]:
    """The patient and the column's value: one eye, one series."""
    values = _column(measured, column)
    return list(zip(measured.sample.patients.tolist(), values, strict=True))


# --- decisions ---------------------------------------------------------------------


def _points(
    request: EvaluateRequest, card: ModelCard, chosen_on: Sample | None, source: str
) -> tuple[tuple[OperatingPoint, ...], tuple[str, ...]]:
    """Operating points that the model keeps, or of the rules asked for, from its validation."""
    if not request.operating_points:
        return card.operating_points, ()
    rules = [str(OperatingRule.parse(text)) for text in request.operating_points]
    kept = tuple(point for point in card.operating_points if point.rule in rules)
    if {point.rule for point in kept} >= set(rules):
        return kept, ()
    if chosen_on is None:
        raise ConfigError(
            f"The model file keeps no operating point by {', '.join(rules)}, and its validation "
            "images are not here to choose one on.",
            f"Choose one of {', '.join(KEPT_RULES)}, or evaluate the model in its own project.",
        )
    return points_on(in_use(chosen_on, card.calibration), rules, source)


def _prevalence(request: EvaluateRequest, sample: Sample) -> dict[str, float]:
    shares = {
        name: float(sample.positive(index).mean()) for index, name in enumerate(sample.class_names)
    }
    return shares | dict(request.prevalence)


def _told(point: OperatingPoint, sample: Sample, prevalence: Mapping[str, float]) -> dict[str, Any]:
    """An operating point on this split, and what it means for a thousand people."""
    share = prevalence[point.class_name]
    figures = point_figures(sample, point.class_name, point.threshold, share)
    sensitivity, specificity = figures["sensitivity"].value, figures["specificity"].value
    thousand = None
    if sensitivity is not None and specificity is not None:
        thousand = dataclasses.asdict(people(sensitivity, specificity, share))
    return {
        **dataclasses.asdict(point),
        "prevalence": share,
        "figures": {name: dataclasses.asdict(figure) for name, figure in figures.items()},
        "of_1000_people": thousand,
    }


# --- probabilities -----------------------------------------------------------------


def _reliability(before: Sample, after: Sample) -> dict[str, Any]:
    return {
        name: {
            label: [
                dataclasses.asdict(point)
                for point in reliability(sample.probabilities[:, index], sample.positive(index))
            ]
            for label, sample in (("uncalibrated", before), ("calibrated", after))
        }
        for index, name in enumerate(after.class_names)
    }


def _net_benefit(sample: Sample) -> dict[str, Any]:
    return {
        name: [
            dataclasses.asdict(point) for point in net_benefit_curve(sample, index, _DECISION_CURVE)
        ]
        for index, name in enumerate(sample.class_names)
    }


def _check_recalibration(request: EvaluateRequest) -> None:
    if request.recalibrate is None:
        return
    if request.split != "test":
        raise ConfigError(
            f"Recalibration uses the validation images, so {request.split!r} cannot be measured.",
            "Evaluate the split test.",
        )
    if request.model.suffix == ONNX_SUFFIX:
        raise ConfigError(
            "The calibration of an ONNX file is part of its graph and cannot be changed.",
            "Recalibrate the .fpt model file, and export that.",
        )
    if request.recalibrate.exists():
        raise BundleError(
            f"{request.recalibrate} exists already.", "Choose another name; none is overwritten."
        )


def _recalibrated(
    project: Project, request: EvaluateRequest, card: ModelCard, raw: Sample
) -> Generator[Event, None, dict[str, Any]]:
    """Calibrate on this project's validation images and write that as another model file."""
    assert request.recalibrate is not None
    source = "validation images of another project"
    mapped = yield from mapped_images(project, request, card.class_names, "val")
    kept = yield from kept_predictions(request)
    validation = yield from _measured(project, request, card, mapped.images, kept)
    calibration = fit_calibration(validation.sample, request.calibration, source)
    points, notes = points_on(in_use(validation.sample, calibration), KEPT_RULES, source)
    changed = dataclasses.replace(card, calibration=calibration, operating_points=points)
    save_bundle(request.recalibrate, dataclasses.replace(load_bundle(request.model), card=changed))
    return {
        "model": str(request.recalibrate),
        "calibration": str(calibration),
        "slope": calibration.slope,
        "offsets": list(calibration.offsets),
        "metrics": {request.split: summarise(in_use(raw, calibration))},
        "by_image": measure(in_use(raw, calibration)).to_dict(),
        "notes": list(notes),
    }


# --- what to know ------------------------------------------------------------------


def _drift(card: ModelCard, images: Sequence[ImageRecord], measured: _Measured) -> list[str]:
    if card.profile is None:
        return ["The model file does not say what its training images were like."]
    return list(drift(card.profile, profile(images, measured.facts)))


def _notes(project: Project, request: EvaluateRequest, measured: _Measured, own: bool) -> list[str]:
    notes = []
    if own and request.split in ("train", ALL):
        notes.append("Training images are among those measured: the figures flatter the model.")
    if own and request.split == "val":
        notes.append(
            "The model, its calibration and its thresholds were chosen on these images: the "
            "figures flatter it."
        )
    if project.num_patients() is None:
        notes.append("Patients are unknown: images without one count as patients of their own.")
    if measured.sample.left_out:
        notes.append(
            f"{measured.sample.left_out} images are left out: the model's answer is no number."
        )
    by_patient = measured.sample.by_unit(measured.sample.patients)
    mixed = by_patient.left_out - measured.sample.left_out
    if mixed:
        notes.append(
            f"{mixed} images of patients whose images differ in class are left out of the figures "
            "by patient."
        )
    absent = [
        name
        for index, name in enumerate(measured.sample.class_names)
        if not measured.sample.positive(index).any()
    ]
    if absent:
        notes.append(f"There is no image of class {', '.join(absent)}.")
    return notes
