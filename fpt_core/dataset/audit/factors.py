"""What is known of an image and is not anatomy, or need not be: what a model may learn instead."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fpt_core.dataset.records import ImageFacts, ImageRecord

FactorKind = Literal["acquisition", "column", "appearance"]
"""How the image came to be; what a table says of it; how it looks, which may be anatomy."""
_MOST_LEVELS = 20
"""Of a factor in words; rarer ones count as one, so that a name of each image says nothing."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that varies among the images."""

    name: str
    kind: FactorKind
    values: NDArray[np.float32]
    """``(images, columns)``."""
    words: tuple[str, ...]
    """Each image's value, roughly, for people."""


def factors(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> list[Factor]:
    """All factors that vary among these images."""
    known = [facts[image.id] for image in images]
    sizes = [(image.width, image.height) for image in images]
    found = [
        _measured("Image size", "acquisition", sizes, [f"{w} x {h} px" for w, h in sizes]),
        _number("Aspect ratio", "acquisition", [w / h for w, h in sizes], "{:.2f}"),
        _named("File format", "acquisition", [one.format for one in known]),
        _named("Compression", "acquisition", [one.compression for one in known]),
        _named("Colour or grey", "acquisition", [_colour(one) for one in known]),
        _named("Modality", "acquisition", [one.modality for one in known]),
        _named("Manufacturer", "acquisition", [one.manufacturer for one in known]),
        _number("Even border", "acquisition", [one.border_share for one in known], "{:.1f}"),
        *(_column(name, known) for name in _column_names(known)),
        _number(
            "File size per pixel",
            "appearance",
            [
                one.file_bytes / (w * h * one.num_frames)
                for one, (w, h) in zip(known, sizes, strict=True)
            ],
            "{:.1f} bytes",
        ),
        _measured(
            "Brightness",
            "appearance",
            [(one.mean, one.dark_share, one.bright_share) for one in known],
            [f"a mean of {one.mean:.1f}" for one in known],
        ),
        _number("Contrast", "appearance", [one.std for one in known], "{:.2f}"),
    ]
    return [factor for factor in found if len(np.unique(factor.values, axis=0)) > 1]


def _colour(known: ImageFacts) -> str:
    return "" if known.colour is None else ("colour" if known.colour else "grey")


def _column_names(known: Sequence[ImageFacts]) -> list[str]:
    return sorted({name for one in known for name in one.columns})


def _column(name: str, known: Sequence[ImageFacts]) -> Factor:
    """A table's column: numbers where all that is filled in are numbers."""
    title = f"Column “{name}”"
    texts = [one.columns.get(name, "").strip() for one in known]
    numbers = [_as_number(text) for text in texts]
    if all(math.isfinite(number) for text, number in zip(texts, numbers, strict=True) if text):
        return _number(title, "column", numbers, "{:g}")
    return _named(title, "column", texts)


def _as_number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def _number(name: str, kind: FactorKind, numbers: Sequence[float], form: str) -> Factor:
    words = ["unknown" if math.isnan(number) else form.format(number) for number in numbers]
    return _measured(name, kind, [(number,) for number in numbers], words)


def _measured(
    name: str, kind: FactorKind, numbers: Sequence[Sequence[float]], words: Sequence[str]
) -> Factor:
    return Factor(name, kind, np.asarray(numbers, dtype=np.float32), tuple(words))


def _named(name: str, kind: FactorKind, words: Sequence[str]) -> Factor:
    """A factor in words: one column for each of the frequent ones."""
    levels = [word for word, number in Counter(words).most_common(_MOST_LEVELS) if number > 1]
    values = np.array([[word == level for level in levels] for word in words], dtype=np.float32)
    return Factor(
        name, kind, values.reshape(len(words), -1), tuple(word or "unknown" for word in words)
    )
