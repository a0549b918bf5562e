from __future__ import annotations

import shutil
from pathlib import Path

from pydicom import dcmread
from pydicom.data import get_testdata_file

from fpt_core.answers.private_name import names_patient, without_name
from tests.pictures import write_image


def test_a_name_with_an_identifier_of_its_own_file_is_found(tmp_path: Path) -> None:
    source = Path(get_testdata_file("CT_small.dcm", download=False))
    patient = str(dcmread(source).PatientID)
    path = tmp_path / f"{patient}.dcm"
    shutil.copy(source, path)
    assert names_patient(path, f"scans/{path.name}")
    assert not names_patient(path, "scans/slice-3.dcm")
    assert without_name(f"{path.name} is truncated.", path) == "The file is truncated."


def test_files_that_name_nobody_hide_nothing(tmp_path: Path) -> None:
    assert not names_patient(write_image(tmp_path / "meier.png", 1), "meier.png")
    assert not names_patient(tmp_path / "absent.dcm", "absent.dcm")
