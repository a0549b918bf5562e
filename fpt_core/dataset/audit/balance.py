"""Classes: how many images each has, and whether every split has some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from fpt_core.dataset.audit.findings import Finding, Severity
from fpt_core.dataset.audit.words import counted, listed
from fpt_core.dataset.records import SPLITS, ImageFacts, ImageRecord

_UNEVEN = 4
_VERY_UNEVEN = 20
_WITHOUT: Mapping[str, tuple[Severity, str]] = {
    "train": ("serious", "the model can never learn it"),
    "val": ("caution", "the best epoch is chosen without it"),
    "test": ("serious", "nobody can say how well the model knows it"),
}


def find_imbalance(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> list[Finding]:
    """A class that is much larger than another."""
    sizes = Counter(image.class_name for image in images)
    if len(sizes) < 2:
        return []
    (largest, most), *_, (smallest, least) = sizes.most_common()
    if most < _UNEVEN * least:
        return []
    return [
        Finding(
            "class-imbalance",
            "caution" if most >= _VERY_UNEVEN * least else "note",
            f"Classes are uneven: {counted(most)} of “{largest}”, {counted(least)} of “{smallest}”",
            f"A model that always answers “{largest}” is right in {most / len(images):.0%} of all "
            "images: judge by AUC, sensitivity and specificity, not by accuracy. More images of "
            f"“{smallest}” help most.",
        )
    ]


def find_missing_classes(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Splits without images, and splits that lack a class."""
    classes = sorted({image.class_name for image in images})
    findings = []
    for split in SPLITS:
        there = {image.class_name for image in images if image.split == split}
        missing = [name for name in classes if name not in there]
        severity, why = _WITHOUT[split]
        if not there:
            findings.append(_empty(split))
        elif missing:
            findings.append(
                Finding(
                    "class-missing-in-split",
                    severity,
                    f"The {split} split has no image of {listed(missing)}",
                    f"So {why}. Add patients of this class, or move some into the split.",
                )
            )
    return findings


def _empty(split: str) -> Finding:
    return Finding(
        "empty-split",
        "serious" if split == "train" else "note",
        f"The {split} split is empty",
        {
            "train": "There is nothing to learn from. Move patients into it.",
            "val": "The last epoch is kept, not the best. Move some patients into it.",
            "test": "Nothing is kept apart to measure the finished model on. Move some patients "
            "into it before the first training.",
        }[split],
    )
