"""Text burned into the pixels, as far as DICOM says so: the pixels are not searched for writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.groups import ids
from fpt_core.dataset.audit.words import counted, verb
from fpt_core.dataset.records import ImageFacts, ImageRecord


def find_burned_in(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> list[Finding]:
    """Images whose DICOM attribute BurnedInAnnotation is YES."""
    marked = [image for image in images if facts[image.id].burned_in]
    if not marked:
        return []
    return [
        Finding(
            "burned-in-annotation",
            "caution",
            f"{counted(len(marked))} {verb(len(marked), 'says', 'say')} that text is burned into "
            "the pixels",
            "It may name a patient, and a model may read it instead of the image. Only the DICOM "
            "attribute BurnedInAnnotation is looked at: other images may hold text all the same.",
            tuple((image.id,) for image in marked),
            (Remedy(f"Exclude {counted(len(marked))}", "exclude", ids(marked)),),
        )
    ]
