"""From values in tables to images, by file or by DICOM identifiers."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.importers.lookup import NotFound
from fpt_core.dataset.importers.matcher import Matcher
from fpt_core.dataset.importers.tree import Tree
from fpt_core.images import read_tags
from tests.sources import write_dicom


def _matcher(root: Path, *patient_ids: str) -> Matcher:
    names = [f"{number}.dcm" for number in range(len(patient_ids))]
    tags = {}
    for name, patient_id in zip(names, patient_ids, strict=True):
        found = read_tags(write_dicom(root / name, PatientID=patient_id))
        assert found is not None
        tags[name] = found
    return Matcher(Tree(root, images=names), tags)


def test_an_identifier_means_all_its_images(tmp_path: Path) -> None:
    matcher = _matcher(tmp_path, "P1", "P2", "P1")
    assert matcher.places("PatientID", "P1") == ("0.dcm", "2.dcm")
    assert matcher.places("file", "1") == ("1.dcm",)
    assert "AccessionNumber" not in matcher.joins


def test_zeros_that_a_spreadsheet_took_away_are_forgiven_where_nothing_is_mixed_up(
    tmp_path: Path,
) -> None:
    matcher = _matcher(tmp_path, "00123", "0045", "45")
    assert matcher.places("PatientID", "123") == ("0.dcm",)
    assert matcher.places("PatientID", "45") == ("2.dcm",)
    assert isinstance(matcher.places("PatientID", "045"), NotFound)


def test_an_identifier_without_images_is_told_without_naming_it(tmp_path: Path) -> None:
    found = _matcher(tmp_path, "P1").places("PatientID", "SECRET")
    assert found == NotFound("No image has the PatientID of this row.")
