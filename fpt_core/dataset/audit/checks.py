"""All that the audit looks for, in one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fpt_core.dataset.audit.balance import find_imbalance, find_missing_classes
from fpt_core.dataset.audit.burned_in import find_burned_in
from fpt_core.dataset.audit.copies import find_copies
from fpt_core.dataset.audit.exposure import find_poor_exposure
from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.near_duplicates import find_near_duplicates
from fpt_core.dataset.audit.outliers import find_outliers
from fpt_core.dataset.audit.patients import (
    find_divided_patients,
    find_patients_with_two_labels,
    find_unknown_patients,
)
from fpt_core.dataset.audit.picture_size import find_small_images
from fpt_core.dataset.audit.sample_size import find_too_few_patients
from fpt_core.dataset.audit.shortcuts import find_shortcuts
from fpt_core.dataset.records import ImageFacts, ImageRecord


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the audit looks for."""

    name: str
    find: Callable[[Sequence[ImageRecord], Mapping[int, ImageFacts]], list[Finding]]
    """From images that are not excluded and what is known of them to findings."""


CHECKS = (
    Check("patients in several splits", find_divided_patients),
    Check("exact copies", find_copies),
    Check("near duplicates", find_near_duplicates),
    Check("shortcuts", find_shortcuts),
    Check("classes that a split lacks", find_missing_classes),
    Check("unknown patients", find_unknown_patients),
    Check("burned-in text, as far as DICOM says so", find_burned_in),
    Check("images of another kind", find_outliers),
    Check("poor exposure", find_poor_exposure),
    Check("small images", find_small_images),
    Check("too few patients", find_too_few_patients),
    Check("uneven classes", find_imbalance),
    Check("patients with two labels", find_patients_with_two_labels),
)
"""The gravest first, which is the order of findings of one severity."""
