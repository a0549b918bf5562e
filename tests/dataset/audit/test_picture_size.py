"""Images below what models read."""

from __future__ import annotations

from fpt_core.dataset.audit.picture_size import find_small_images
from tests.dataset.audit.samples import changed, data_set

IMAGES, FACTS = data_set()


def test_few_tiny_images_can_be_left_out() -> None:
    (finding,) = find_small_images(changed(IMAGES, {4: {"height": 100}}), FACTS)
    assert (finding.kind, finding.severity) == ("images-too-small", "caution")
    assert finding.remedies[0].image_ids == (4,)


def test_a_data_set_of_tiny_images_is_not_to_be_emptied() -> None:
    images = changed(IMAGES, {image.id: {"height": 28} for image in IMAGES})
    (finding,) = find_small_images(images, FACTS)
    assert finding.title.startswith("All 120 images are smaller than 224 px")
    assert finding.remedies == ()


def test_below_the_presets_size_is_a_note() -> None:
    (finding,) = find_small_images(changed(IMAGES, {4: {"height": 400}}), FACTS)
    assert (finding.kind, finding.severity) == ("images-below-preset-size", "note")
    assert find_small_images(IMAGES, FACTS) == []
