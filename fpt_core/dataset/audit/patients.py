"""Patients: unknown, in several splits, or with several labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.groups import Group, grouped, has_two_labels, ids, is_divided
from fpt_core.dataset.audit.leaks import leak_remedies
from fpt_core.dataset.audit.words import counted, verb
from fpt_core.dataset.records import ImageFacts, ImageRecord, is_known


def find_unknown_patients(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Images of which nobody can say whether another one is of the same patient."""
    unknown = [image for image in images if not is_known(image.patient)]
    if not unknown:
        return []
    every = len(unknown) == len(images)
    whose = "all images" if every else f"{len(unknown):,} of {counted(len(images))}"
    return [
        Finding(
            "patients-unknown",
            "caution",
            f"The patients of {whose} are unknown: leakage cannot be excluded",
            "Images of one patient may be in training and in test, and results may look better "
            "than they are. Import with a table that has a patient column, from DICOM, or with a "
            "pattern on file names.",
            () if every else tuple((image.id,) for image in unknown),
        )
    ]


def find_divided_patients(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Patients with images in more than one split."""
    divided = [group for group in _by_patient(images) if is_divided(group)]
    if not divided:
        return []
    return [
        Finding(
            "patient-across-splits",
            "serious",
            f"{counted(len(divided), 'patient')} {verb(len(divided), 'has', 'have')} images in "
            "different splits",
            "The model is measured on patients that it has seen, so results look better than they "
            "are. Put all images of a patient into one split.",
            tuple(map(ids, divided)),
            leak_remedies(divided),
        )
    ]


def find_patients_with_two_labels(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Patients whose images are of more than one class."""
    mixed = [group for group in _by_patient(images) if has_two_labels(group)]
    if not mixed:
        return []
    return [
        Finding(
            "patient-with-two-labels",
            "note",
            f"{counted(len(mixed), 'patient')} {verb(len(mixed), 'has', 'have')} images of "
            "different classes",
            "That is right where a label belongs to an eye, a side or a date, and wrong where it "
            "belongs to the patient.",
            tuple(map(ids, mixed)),
        )
    ]


def _by_patient(images: Sequence[ImageRecord]) -> list[Group]:
    known = [image for image in images if image.patient is not None]
    return list(grouped(known, lambda image: image.patient).values())
