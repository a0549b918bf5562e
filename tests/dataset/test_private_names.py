"""Names of files that hold an identifier are neither kept nor told."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.private_names import PrivateNames
from fpt_core.dataset.records import SkippedFile


def _names(source: str, *identifiers: str) -> PrivateNames:
    known = Identifiers(str)
    known.add(identifiers)
    return PrivateNames(known, Path(source))


def test_a_name_is_withheld_and_others_are_told() -> None:
    names = _names("/data/scans", "MRN-77")
    private, plain = Path("/data/scans/MRN-77/1.png"), Path("/data/scans/x/1.png")
    assert (names.hides(private), names.hides(plain)) == (True, False)
    assert "MRN" not in names.name_of(private)
    assert names.name_of(plain) == "1.png"


def test_the_root_is_above_a_folder_that_names_a_patient() -> None:
    names = _names("/data/MRN-77/scans", "MRN-77")
    assert names.root == Path("/data")
    assert names.hides(Path("/data/MRN-77/scans/1.png"))
    assert _names("/data/1/scans", "1").root == Path("/data/1/scans")


def test_reasons_are_told_without_the_name() -> None:
    names = _names("/data", "MRN-77")
    file = SkippedFile("/data/a/MRN-77.png", "MRN-77.png is truncated.")
    assert names.without_name(file) == SkippedFile(file.path, "The file is truncated.")
    assert "MRN" not in names.told(file).path
    below = SkippedFile("/data/MRN-77/1.png", "There is no file 1.png in /data/MRN-77.")
    assert names.without_name(below).reason == "There is no file The file in its folder."
    odd = SkippedFile("/data/MRN-77.png", "It belongs to mrn-77.")
    assert "mrn" not in names.without_name(odd).reason.lower()


def test_nothing_is_hidden_where_nobody_is_known() -> None:
    names = _names("/data")
    file = SkippedFile("/data/1.png", "1.png is truncated.")
    assert names.told(file) == names.without_name(file) == file
