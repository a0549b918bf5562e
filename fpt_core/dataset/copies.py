"""Exact copies: several files, or files of several names, with one content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fpt_core.dataset.records import ImageRecord


def without_copies(images: Sequence[ImageRecord]) -> list[ImageRecord]:
    """The images that a model learns from and is measured on: of equal copies the first alone.

    A copy says nothing new. Twice in training it would count double, and twice in the test
    split it would make intervals narrower than the number of different images allows. Copies
    with different labels all stay: which one is right only a person can tell.
    """
    first: dict[tuple[str, str, str], ImageRecord] = {}
    for image in images:
        first.setdefault((image.image_hash, image.class_name, image.split), image)
    return list(first.values())


def conflicting_copies(images: Sequence[ImageRecord]) -> int:
    """How many images have copies with another label."""
    labels: dict[str, set[str]] = defaultdict(set)
    for image in images:
        labels[image.image_hash].add(image.class_name)
    return sum(len(labels[image.image_hash]) > 1 for image in images)
