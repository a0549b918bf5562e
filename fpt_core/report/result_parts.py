"""The parts of a report that tell how good the model is on the test patients."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.evaluation.curves import Curve, precision_recall, roc
from fpt_core.evaluation.sample import Sample
from fpt_core.evaluation.subgroups import subgroups as groups_of
from fpt_core.report.material import Material, Measured, Part

MOST_CLASSES = 8
"""Curves of more classes are told in figures alone."""
_SURE = 0.9


def results(material: Material) -> Part:
    """Figures by patient, by image and by what else was asked for, and how intervals were made."""
    measured = material.need_measured()
    config = BootstrapConfig()
    return {
        "by_patient": measured.figures["by_patient"],
        "by_image": measured.figures["by_image"],
        "by": measured.figures["by"],
        "splits": {split: dict(found) for split, found in material.card.metrics.items() if found},
        "method": f"{100 * config.confidence:.0f} % intervals by bootstrap over patients (BCa, "
        f"{config.resamples:,} resamples, seed {config.seed}); of the AUC also by DeLong, "
        "extended to several images of a patient by Obuchowski. Fewer than "
        f"{config.least_patients} patients on either side of what a figure compares give no "
        "interval. A patient's probability is the mean of the patient's images.",
        "notes": list(measured.figures["notes"]),
    }


def curves(material: Material) -> Part:
    """ROC and precision-recall curves of every class, by patient."""
    sample = by_patient(material.need_measured())
    shown = sample.class_names[:MOST_CLASSES]
    return {
        "unit": "patient",
        "classes": {
            name: {
                "roc": _record(roc(sample, index)),
                "precision_recall": _record(precision_recall(sample, index)),
                "auc": material.need_measured().figures["by_patient"]["by_class"][name].get("auc"),
                "share": float(sample.positive(index).mean()) if len(sample) else None,
            }
            for index, name in enumerate(shown)
        },
        "not_shown": len(sample.class_names) - len(shown),
    }


def mistakes(material: Material) -> Part:
    """Confusion matrices, and which wrong answers the model was sure of."""
    measured = material.need_measured()
    return {
        "classes": list(measured.sample.class_names),
        "by_patient": _confusion(by_patient(measured)),
        "by_image": _confusion(measured.sample),
        "wrong": _wrong(measured.sample),
        "sure_from": _SURE,
    }


def calibration(material: Material) -> Part:
    """Whether probabilities can be taken at their word, before and after calibration."""
    measured = material.need_measured()
    used = material.card.calibration
    names = ("brier", "calibration_slope", "calibration_intercept", "calibration_error")
    by_class = measured.figures["by_image"]["by_class"]
    return {
        "method": None if used is None else dataclasses.asdict(used),
        "reliability": dict(list(measured.figures["reliability"].items())[:MOST_CLASSES]),
        "figures": {
            name: {figure: found[figure] for figure in names if figure in found}
            for name, found in by_class.items()
        },
    }


def decisions(material: Material) -> Part:
    """Thresholds, chosen on validation images, and what they mean for people."""
    figures = material.need_measured().figures
    return {
        "points": list(figures["operating_points"]),
        "net_benefit": dict(list(figures["net_benefit"].items())[:MOST_CLASSES]),
        "positive_rule": "Where no threshold is named, the most probable class is called.",
    }


def subgroups(material: Material) -> Part:
    """Figures of groups of people, with a warning where one is too small or clearly worse."""
    measured = material.need_measured()
    found = {}
    for column in material.columns.groups:
        values = material.columns.values(column, measured.image_ids)
        if len(set(values)) > 1:
            found[column] = [dataclasses.asdict(g) for g in groups_of(measured.sample, values)]
    return {"columns": found, "all": measured.figures["by_image"]["macro"].get("auc")}


def by_patient(measured: Measured) -> Sample:
    """The answers to patients: the mean over their images."""
    return measured.sample.by_unit(measured.sample.patients)


def _record(curve: Curve) -> dict[str, Any]:
    return dataclasses.asdict(curve)


def _confusion(sample: Sample) -> list[list[int]]:
    classes = len(sample.class_names)
    cells = np.bincount(sample.targets * classes + sample.predicted, minlength=classes**2)
    matrix: list[list[int]] = cells.reshape(classes, classes).tolist()
    return matrix


def _wrong(sample: Sample) -> list[Part]:
    """Wrong answers by what was taken for what."""
    top = sample.probabilities.max(1)
    rows = []
    for true, name in enumerate(sample.class_names):
        for called, other in enumerate(sample.class_names):
            here = (sample.targets == true) & (sample.predicted == called)
            if true != called and here.any():
                rows.append(
                    {
                        "true": name,
                        "called": other,
                        "images": int(here.sum()),
                        "patients": sample.patients_of(here),
                        "of_images": int((sample.targets == true).sum()),
                        "median_probability": float(np.median(top[here])),
                        "sure": int((top[here] >= _SURE).sum()),
                    }
                )
    return sorted(rows, key=lambda row: -row["images"])
