"""Unknown, divided and doubly labelled patients."""

from __future__ import annotations

from fpt_core.dataset.audit.patients import (
    find_divided_patients,
    find_patients_with_two_labels,
    find_unknown_patients,
)
from fpt_core.dataset.records import ONE_FILE
from tests.dataset.audit.samples import changed, data_set

IMAGES, FACTS = data_set()


def test_unknown_patients_mean_that_leakage_cannot_be_excluded() -> None:
    (finding,) = find_unknown_patients(changed(IMAGES, {6: {"patient": None}}), FACTS)
    assert "1 of 120 images" in finding.title
    assert "leakage cannot be excluded" in finding.title
    assert finding.groups == ((6,),)
    nobody = changed(IMAGES, {image.id: {"patient": None} for image in IMAGES})
    assert "all images" in find_unknown_patients(nobody, FACTS)[0].title


def test_slices_of_one_volume_do_not_tell_whose_they_are() -> None:
    images = changed(IMAGES, {6: {"patient": ONE_FILE + "ab"}})
    assert find_unknown_patients(images, FACTS)[0].groups == ((6,),)


def test_a_divided_patient_is_serious_and_can_be_moved() -> None:
    (finding,) = find_divided_patients(changed(IMAGES, {2: {"split": "test"}}), FACTS)
    assert finding.severity == "serious"
    assert finding.groups == ((1, 2),)
    assert finding.remedies[0].value == "train"


def test_two_labels_of_a_patient_are_a_note() -> None:
    (finding,) = find_patients_with_two_labels(changed(IMAGES, {2: {"class_name": "ill"}}), FACTS)
    assert (finding.severity, finding.groups) == ("note", ((1, 2),))


def test_ordinary_patients_give_no_finding() -> None:
    for find in (find_unknown_patients, find_divided_patients, find_patients_with_two_labels):
        assert find(IMAGES, FACTS) == []
