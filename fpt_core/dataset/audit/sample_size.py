"""Whether the test split is large enough for a result that means something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fpt_core.dataset.audit.auc_interval import half_width, patients_for
from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.groups import unit_of
from fpt_core.dataset.audit.words import counted
from fpt_core.dataset.records import ImageFacts, ImageRecord, is_known

_EXPECTED_AUC = 0.85
_WANTED = 0.05
_WIDE = 0.15


def find_too_few_patients(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """The interval that the test AUC of the rarest class would have, where it is wide."""
    tested = [image for image in images if image.split == "test"]
    counts = {}
    for name in sorted({image.class_name for image in tested}):
        positives = len({unit_of(image) for image in tested if image.class_name == name})
        negatives = len({unit_of(image) for image in tested if image.class_name != name})
        if negatives:
            counts[name] = (positives, negatives)
    if not counts:
        return []
    widths = {name: half_width(_EXPECTED_AUC, *pair) for name, pair in counts.items()}
    rarest = max(widths, key=widths.__getitem__)
    if widths[rarest] <= _WANTED:
        return []
    return [_finding(rarest, *counts[rarest], widths[rarest], images)]


def _finding(
    name: str, positives: int, negatives: int, width: float, images: Sequence[ImageRecord]
) -> Finding:
    units = {unit_of(image): image.split for image in images}
    known = all(is_known(image.patient) for image in images)
    noun = "patient" if known else "image"
    unknown = "" if known else " Patients are unknown: every image is counted as a patient."
    needed = patients_for(_WANTED, _EXPECTED_AUC, positives, negatives)
    share = sum(split == "test" for split in units.values()) / len(units)
    return Finding(
        "too-few-patients",
        "caution" if width > _WIDE else "note",
        f"The test AUC will be uncertain by about ±{width:.2f}: the test split has "
        f"{counted(positives, noun)} of “{name}” and {negatives:,} without",
        f"That is the 95 % interval around a true AUC of {_EXPECTED_AUC} (Hanley and McNeil). "
        f"±{_WANTED} takes about {counted(needed, noun)} in the test split, which at its present "
        f"share is {round(needed / share):,} in all. Cross-validation uses every patient once and "
        f"narrows the interval.{unknown}",
    )
