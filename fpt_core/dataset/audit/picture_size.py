"""Images with fewer pixels than a model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fpt_core.config import PRESETS
from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.groups import ids
from fpt_core.dataset.audit.words import counted, verb
from fpt_core.dataset.records import ImageFacts, ImageRecord

_SMALLEST_PX = 224
"""What the smallest common vision transformers read."""
_FULL_PX = min(config.image_size for config in PRESETS.values())


def find_small_images(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Images whose shorter side is below what backbones read, or below what the presets read."""
    tiny = [image for image in images if _side(image) < _SMALLEST_PX]
    small = [image for image in images if _SMALLEST_PX <= _side(image) < _FULL_PX]
    findings = []
    if tiny:
        remedy = Remedy(f"Exclude {counted(len(tiny))}", "exclude", ids(tiny))
        findings.append(
            Finding(
                "images-too-small",
                "caution",
                f"{_some(tiny, images)} smaller than {_SMALLEST_PX} px, the least that backbones "
                "read",
                "They are enlarged, which adds no detail and looks unlike the rest. Import the "
                "originals if there are larger ones.",
                tuple((image.id,) for image in tiny),
                () if len(tiny) == len(images) else (remedy,),
            )
        )
    if small:
        findings.append(
            Finding(
                "images-below-preset-size",
                "note",
                f"{_some(small, images)} smaller than {_FULL_PX} px, which the presets read",
                "They are enlarged, which adds no detail: a smaller image size trains faster and "
                "is as good.",
                tuple((image.id,) for image in small),
            )
        )
    return findings


def _side(image: ImageRecord) -> int:
    return min(image.width, image.height)


def _some(these: Sequence[ImageRecord], images: Sequence[ImageRecord]) -> str:
    every = "All " if len(these) == len(images) > 1 else ""
    return f"{every}{counted(len(these))} {verb(len(these), 'is', 'are')}"
