"""How a finished training is measured, whatever its method."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.evaluation.calibration import Calibration
from fpt_core.evaluation.calibration_fit import fit_calibration
from fpt_core.evaluation.drift import Profile, profile
from fpt_core.evaluation.metrics import summarise
from fpt_core.evaluation.operating_point import OperatingPoint
from fpt_core.evaluation.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    Answer,
    Predictions,
    save_predictions,
)
from fpt_core.evaluation.sample import Sample, numbered
from fpt_core.evaluation.thresholds import OperatingRule, choose
from fpt_core.models.weights import state_hash

KEPT_RULES = ("youden", "sensitivity=0.95", "specificity=0.95")
"""Operating points that every model file keeps for every class."""


@dataclass(frozen=True, slots=True)
class RunEvaluation:
    """What a model file and a run keep of the final evaluation."""

    metrics: dict[str, Any]
    """By split, of calibrated probabilities."""
    calibration: Calibration | None
    operating_points: tuple[OperatingPoint, ...]
    profile: Profile
    notes: tuple[str, ...]
    """Why there is no calibration or no operating point."""

    @property
    def of_card(self) -> dict[str, Any]:
        """The fields of a model card."""
        return {
            "metrics": self.metrics,
            "calibration": self.calibration,
            "operating_points": self.operating_points,
            "profile": self.profile,
        }


def evaluate_run(
    project: Project,
    folder: Path,
    state: dict[str, Tensor],
    images: Sequence[ImageRecord],
    logits: Mapping[str, NDArray[np.floating[Any]]],
    class_order: Sequence[str] = (),
    out_of_fold: Sequence[tuple[ImageRecord, NDArray[np.floating[Any]]]] = (),
) -> RunEvaluation:
    """Keep the predictions, calibrate and choose thresholds on held-out images, measure each split.

    Args:
        project: Whose images they are.
        folder: Of the run.
        state: The model's weights, that the predictions are tied to.
        images: Those that the model answered to.
        logits: By split, in the order of ``images``: ``(n, classes)``.
        class_order: All classes from least to most, where they are steps of a scale.
        out_of_fold: Images and logits ``(classes,)`` of models of the same method that did not
            learn from them. Calibration and thresholds then rest on these, not on validation.
    """
    rows: list[tuple[ImageRecord, Sequence[float]]] = []
    for split in SPLITS:
        here = [image for image in images if image.split == split]
        if here:
            rows += zip(here, softmax(logits[split].astype(np.float64), axis=1), strict=True)
    apart = [
        (dataclasses.replace(image, split=OUT_OF_FOLD), softmax(row.astype(np.float64)))
        for image, row in out_of_fold
    ]
    predictions = Predictions(project.class_names, state_hash(state), answers([*rows, *apart]))
    save_predictions(folder / PREDICTIONS, predictions)
    held_out, source = predictions.held_out()
    calibration, notes = calibrated_on(held_out, source)
    samples = {split: in_use(predictions.sample(split), calibration) for split in SPLITS}
    points, more = points_on(in_use(held_out, calibration), KEPT_RULES, source)
    if apart:
        samples[OUT_OF_FOLD] = in_use(held_out, calibration)
    return RunEvaluation(
        {
            split: summarise(sample, intervals=split != "train", class_order=class_order)
            for split, sample in samples.items()
        },
        calibration,
        points,
        profile([image for image in images if image.split == "train"], project.facts()),
        (*notes, *more),
    )


def answers(rows: Sequence[tuple[ImageRecord, Sequence[float]]]) -> tuple[Answer, ...]:
    """Images and their uncalibrated probabilities as they are kept."""
    patients = numbered([image.patient or image.image_hash for image, _ in rows])
    return tuple(
        Answer(
            image.id,
            image.image_hash,
            image.class_name,
            image.split,
            int(patient),
            tuple(float(p) for p in probabilities),
        )
        for (image, probabilities), patient in zip(rows, patients, strict=True)
    )


def in_use(sample: Sample, calibration: Calibration | None) -> Sample:
    """The answers as they are given to people: calibrated where the model is."""
    if calibration is None:
        return sample
    return sample.with_probabilities(calibration.apply(sample.probabilities))


def calibrated_on(sample: Sample, source: str) -> tuple[Calibration | None, tuple[str, ...]]:
    """A temperature, or why there is none."""
    try:
        return fit_calibration(sample, "temperature", source), ()
    except DatasetError as error:
        return None, (error.message,)


def points_on(
    sample: Sample, rules: Sequence[str], source: str
) -> tuple[tuple[OperatingPoint, ...], tuple[str, ...]]:
    """An operating point for every class and rule, and why there is none of some classes."""
    points: list[OperatingPoint] = []
    notes = []
    for name in sample.class_names:
        try:
            points += [choose(sample, name, OperatingRule.parse(rule), source) for rule in rules]
        except DatasetError as error:
            notes.append(error.message)
    return tuple(points), tuple(notes)
