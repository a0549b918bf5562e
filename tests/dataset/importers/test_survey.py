"""What a source says before its labels are known."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.importers.survey import Survey, survey
from tests.sources import finished, write_dicom


def _survey(root: Path, **options: int) -> Survey:
    return finished(survey(root, **options))[1]


def _archive(root: Path, patients: list[list[str]]) -> Path:
    """A folder for each list, with a file for each patient in it."""
    for number, ids in enumerate(patients):
        for index, patient_id in enumerate(ids):
            write_dicom(root / f"{number}" / f"{index}.dcm", PatientID=patient_id)
    return root


def test_a_folder_for_each_patient_is_an_archive(tmp_path: Path) -> None:
    found = _survey(_archive(tmp_path, [["A", "A"], ["B"], ["C"]]))
    assert found.folders_are_patients
    assert not found.has_classes


def test_folders_of_several_patients_are_classes(tmp_path: Path) -> None:
    assert _survey(_archive(tmp_path / "1", [["A", "B"], ["C"], ["D"]])).has_classes
    assert _survey(_archive(tmp_path / "2", [["A"], ["A"], ["A"]])).has_classes
    assert _survey(_archive(tmp_path / "3", [["A"], ["B"]])).has_classes


def test_a_sample_of_headers_is_read_from_all_over(tmp_path: Path) -> None:
    found = _survey(_archive(tmp_path, [["A"] * 10, ["B"] * 10]), most_headers=4)
    assert [*found.headers.tags] == ["0/0.dcm", "0/5.dcm", "1/0.dcm", "1/5.dcm"]
    assert len(found.tree.images) == 20
