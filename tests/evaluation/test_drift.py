from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from fpt_core.dataset.records import ImageFacts, ImageRecord
from fpt_core.evaluation.drift import Profile, drift, profile


def _images(
    count: int, mean: float, size: int = 512, kind: str = "PNG", sick: int = 2
) -> tuple[list[ImageRecord], dict[int, ImageFacts]]:
    images = [
        ImageRecord(
            id=number,
            path=Path(f"{number}.png"),
            frame=0,
            image_hash=str(number),
            class_name="sick" if number % sick == 0 else "healthy",
            split="test",
            fold=None,
            patient=None,
            width=size + number % 7,
            height=64,
            excluded=False,
        )
        for number in range(count)
    ]
    facts = {
        image.id: ImageFacts(format=kind, mean=mean + image.id % 5 / 100, std=0.2)
        for image in images
    }
    return images, facts


def test_the_same_kind_of_images_has_not_drifted() -> None:
    then, now = profile(*_images(40, 0.5)), profile(*_images(60, 0.5))
    assert drift(then, now) == ()


def test_what_drifted_is_told() -> None:
    then, now = profile(*_images(40, 0.5)), profile(*_images(40, 0.8, 1024, "JPEG", sick=10))
    assert drift(then, now) == (
        "Class healthy: 90% of the images here, 50% where the model learned.",
        "Class sick: 10% of the images here, 50% where the model learned.",
        "File format JPEG: 100% of the images here, 0% where the model learned.",
        "File format PNG: 0% of the images here, 100% where the model learned.",
        "Size in pixels: 1,027 on average here, 515 where the model learned.",
        "Brightness: 0.82 on average here, 0.52 where the model learned.",
    )


def test_what_was_not_measured_has_not_drifted() -> None:
    images, facts = _images(20, 0.5)
    unknown = dict.fromkeys(facts, ImageFacts())
    assert drift(profile(images, facts), profile(images, unknown)) == ()


def test_survives_a_model_card() -> None:
    found = profile(*_images(20, 0.5))
    assert Profile.parse(json.loads(json.dumps(dataclasses.asdict(found)))) == found
