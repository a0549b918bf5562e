"""The interval that the test split allows."""

from __future__ import annotations

from fpt_core.dataset.audit.sample_size import find_too_few_patients
from tests.dataset.audit.samples import changed, data_set


def test_patients_are_counted_not_images() -> None:
    images, facts = data_set(120)
    (finding,) = find_too_few_patients(images, facts)
    assert finding.severity == "caution"
    assert "10 patients of “healthy” and 10 without" in finding.title
    assert "±0.18" in finding.title


def test_more_patients_are_a_note_and_enough_are_none() -> None:
    assert [f.severity for f in find_too_few_patients(*data_set(400))] == ["note"]
    assert find_too_few_patients(*data_set(3000)) == []


def test_unknown_patients_are_counted_by_image_and_told() -> None:
    images, facts = data_set(120)
    images = changed(images, {image.id: {"patient": None} for image in images})
    (finding,) = find_too_few_patients(images, facts)
    assert "20 images of" in finding.title
    assert "Patients are unknown" in finding.explanation


def test_one_class_or_no_test_split_is_for_other_checks() -> None:
    images, facts = data_set(120)
    assert find_too_few_patients([i for i in images if i.split != "test"], facts) == []
    assert find_too_few_patients([i for i in images if i.class_name == "ill"], facts) == []
