"""`fpt import`: its choices, and what it shows before anything is imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fpt_core.cli import main
from fpt_core.dataset.project import Project
from tests.pictures import write_image, write_labelled_folders
from tests.sources import write_dicom


def _json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["import", *map(str, arguments), "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_show_tells_what_a_source_is_and_imports_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_labelled_folders(tmp_path / "images")
    result = _json(capsys, tmp_path / "study", root, "--show")
    assert result["kind"] == "table"
    assert result["table"]["guess"]["patient"] == "patient_id"
    assert result["class_names"] == ["bright", "dark"]
    assert main(["import", str(tmp_path / "study"), str(root), "--show"]) == 0
    shown = capsys.readouterr().out
    assert "--patient-column  patient_id" in shown
    assert "24 rows find a file by column 'file'" in shown
    assert "| bright/000.png  bright  MRN-bright-0" in shown
    assert not (tmp_path / "study.fptproject").exists()


def test_show_suggests_a_pattern_that_can_be_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(24):
        write_image(
            tmp_path / "set" / "ab"[number // 12] / f"{number // 2}_{'LR'[number % 2]}.png", number
        )
    main(["import", str(tmp_path / "study"), str(tmp_path / "set"), "--show"])
    pattern = capsys.readouterr().out.partition("--patient-pattern '")[2].partition("'")[0]
    arguments = (tmp_path / "study", tmp_path / "set", "--patient-pattern", pattern, "--folds", 3)
    assert _json(capsys, *arguments)["patients"] == 12
    assert {image.fold for image in Project.open(tmp_path / "study").images()} == {None, 0, 1, 2}


def test_dicom_is_labelled_by_an_attribute_and_its_slices_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12):
        write_dicom(
            tmp_path / "pacs" / f"P{number // 3}" / f"IM{number}",
            PatientID=f"P{number // 3}",
            SeriesInstanceUID=f"1.2.{number // 3}",
            ImagePositionPatient=[0, 0, number],
            BodyPartExamined=("HEAD", "CHEST")[number // 6],
            PixelData=bytes([number]) * 32768,
        )
    main(["import", str(tmp_path / "study"), str(tmp_path / "pacs"), "--show"])
    shown = capsys.readouterr().out
    assert "BodyPartExamined has 2 values: --label-tag BodyPartExamined" in shown
    assert "--frames" in shown
    arguments = ("--label-tag", "BodyPartExamined", "--frames", "middle")
    result = _json(capsys, tmp_path / "study", tmp_path / "pacs", *arguments)
    assert (result["images"], result["patients"]) == (4, 4)


def test_columns_joins_and_frames_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_labelled_folders(tmp_path / "images")
    for arguments, told in (
        (("--label-column", "grade"), "has no column 'grade'"),
        (("--keep-column", "site"), "has no column 'site'"),
        (("--frames", "some"), "no rule for frames"),
        (("--label-tag", "Nothing"), "no DICOM attribute"),
        (("--patient-pattern", "x"), "has no group"),
    ):
        command = ["import", str(tmp_path / "study"), str(root / "labels.csv"), *arguments]
        assert main(command) == 1
        assert told in capsys.readouterr().err
