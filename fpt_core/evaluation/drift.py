"""How other images and patients differ from those that a model learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fpt_core.dataset.records import ImageFacts, ImageRecord

_UNKNOWN = "unknown"
_LARGE = 0.8
"""Cohen's word for a standardised difference of this size."""
_NOTABLE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation over images."""

    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What a set of images is like, in shares and means that identify nobody."""

    images: int
    classes: Mapping[str, float]
    """Shares; prevalence."""
    formats: Mapping[str, float]
    modalities: Mapping[str, float]
    pixels: Spread
    """Longer side, in pixels."""
    brightness: Spread
    """Mean brightness of an image, 0 to 1."""
    contrast: Spread
    """Standard deviation of an image's brightness, 0 to 1."""

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Profile:
        """From JSON-ready values."""
        spreads = {name: Spread(**record[name]) for name in ("pixels", "brightness", "contrast")}
        return cls(**{**record, **spreads})


def profile(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> Profile:
    """What ``images`` are like."""
    known = [facts[image.id] for image in images]
    measured = [fact for fact in known if fact.mean > 0 or fact.std > 0]
    return Profile(
        len(images),
        _shares([image.class_name for image in images]),
        _shares([fact.format or _UNKNOWN for fact in known]),
        _shares([fact.modality or _UNKNOWN for fact in known]),
        _spread([max(image.width, image.height) for image in images]),
        _spread([fact.mean for fact in measured]),
        _spread([fact.std for fact in measured]),
    )


def drift(then: Profile, now: Profile) -> tuple[str, ...]:
    """What is notably different now, a sentence each.

    Means are told where they lie 0.8 standard deviations apart, which Cohen called large;
    shares where they moved by a tenth.
    """
    told = [
        *_moved("Class", then.classes, now.classes),
        *_moved("File format", then.formats, now.formats),
        *_moved("Modality", then.modalities, now.modalities),
    ]
    for name in ("pixels", "brightness", "contrast"):
        before, after = getattr(then, name), getattr(now, name)
        if _far_apart(before, after):
            label = {"pixels": "Size in pixels", "brightness": "Brightness"}.get(name, "Contrast")
            told.append(
                f"{label}: {_short(after.mean)} on average here, {_short(before.mean)} where the "
                "model learned."
            )
    return tuple(told)


def _moved(what: str, then: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    if set(then) == {_UNKNOWN} or set(now) == {_UNKNOWN}:
        return []
    names = sorted(set(then) | set(now))
    return [
        f"{what} {name}: {now.get(name, 0):.0%} of the images here, {then.get(name, 0):.0%} where "
        "the model learned."
        for name in names
        if abs(now.get(name, 0) - then.get(name, 0)) >= _NOTABLE_SHARE
    ]


def _far_apart(before: Spread, after: Spread) -> bool:
    if not before.mean or not after.mean or np.isclose(before.mean, after.mean):
        return False  # zero: nothing was measured there
    pooled = float(np.sqrt((before.std**2 + after.std**2) / 2))
    return abs(after.mean - before.mean) > _LARGE * pooled


def _short(mean: float) -> str:
    return f"{mean:,.0f}" if mean > 1 else f"{mean:.2f}"


def _shares(values: Sequence[str]) -> dict[str, float]:
    return {name: count / len(values) for name, count in sorted(Counter(values).items())}


def _spread(values: Sequence[float]) -> Spread:
    # Zero stands for no images: a model's card is JSON, which knows no NaN.
    return Spread(float(np.mean(values)), float(np.std(values))) if values else Spread(0.0, 0.0)
