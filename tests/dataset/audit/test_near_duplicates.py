"""Near duplicates by perceptual hash."""

from __future__ import annotations

import pytest

from fpt_core.dataset.audit import hamming
from fpt_core.dataset.audit.near_duplicates import RADIUS_BITS, find_near_duplicates
from tests.dataset.audit.samples import changed, data_set, kinds, near, with_facts

IMAGES, FACTS = data_set()
TRAIN = IMAGES[0]
TEST = next(i for i in IMAGES if i.split == "test" and i.class_name == TRAIN.class_name)
OTHER = next(
    i
    for i in IMAGES
    if i.split == "train" and i.patient != TRAIN.patient and i.class_name == TRAIN.class_name
)


def _alike(other: int, bits: int = RADIUS_BITS, **more: float):  # type: ignore[no-untyped-def]
    twin = near(FACTS[TRAIN.id].perceptual_hash, bits)
    return with_facts(FACTS, {other: {"perceptual_hash": twin, **more}})


def test_a_twin_in_another_split_is_serious() -> None:
    (finding,) = find_near_duplicates(IMAGES, _alike(TEST.id))
    assert (finding.kind, finding.severity) == ("near-duplicates-across-splits", "serious")
    assert finding.groups == ((TRAIN.id, TEST.id),)
    assert [remedy.action for remedy in finding.remedies] == ["move", "exclude"]


def test_farther_than_the_radius_is_another_picture() -> None:
    assert find_near_duplicates(IMAGES, _alike(TEST.id, RADIUS_BITS + 1)) == []


def test_a_twin_with_another_label_is_a_caution() -> None:
    images = changed(IMAGES, {OTHER.id: {"class_name": "ill"}})
    assert kinds(find_near_duplicates(images, _alike(OTHER.id))) == [
        "near-duplicates-conflicting-labels"
    ]


def test_a_twin_of_another_patient_in_the_same_split_is_a_note() -> None:
    (finding,) = find_near_duplicates(IMAGES, _alike(OTHER.id))
    assert (finding.kind, finding.severity) == ("near-duplicates", "note")


def test_two_alike_images_of_one_patient_are_as_they_should_be() -> None:
    assert find_near_duplicates(IMAGES, _alike(TRAIN.id + 1)) == []
    unknown = changed(IMAGES, {1: {"patient": None}, 2: {"patient": None}})
    assert kinds(find_near_duplicates(unknown, _alike(2))) == ["near-duplicates"]


def test_blank_images_and_exact_copies_are_other_findings() -> None:
    blank = {TRAIN.id: {"std": 0.0}}
    assert find_near_duplicates(IMAGES, with_facts(_alike(TEST.id, std=0.0), blank)) == []
    images = changed(IMAGES, {TEST.id: {"image_hash": TRAIN.image_hash}})
    assert find_near_duplicates(images, _alike(TEST.id, 0)) == []


def test_images_without_a_hash_are_left_out() -> None:
    facts = with_facts(FACTS, {image.id: {"perceptual_hash": ""} for image in IMAGES})
    assert find_near_duplicates(IMAGES, facts) == []


def test_uniform_data_sets_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming, "_MOST_PAIRS", 0)
    assert kinds(find_near_duplicates(IMAGES, _alike(TEST.id))) == ["near-duplicates-not-told"]
