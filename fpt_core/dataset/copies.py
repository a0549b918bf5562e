"""Exact copies: several files, or files of several names, with one content."""

from __future__ import annotations

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
