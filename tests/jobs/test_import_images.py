"""Import: folders and tables as people have them, everything left out with its reason."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.data import get_testdata_file

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.events import Event, Finished, Warned
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image, write_labelled_folders
from tests.sources import write_dicom


def _import(tmp_path: Path, source: Path, **options: Any) -> tuple[dict[str, Any], list[Event]]:
    events = list(run(ImportRequest(tmp_path / "study", source, **options)))
    assert isinstance(events[-1], Finished)
    return dict(events[-1].result), events


def test_folder_per_class(tmp_path: Path) -> None:
    root = write_labelled_folders(tmp_path / "images")
    (root / "labels.csv").unlink()
    result, events = _import(tmp_path, root)
    assert result["images"] == 24
    assert result["patients"] is None
    assert any(isinstance(event, Warned) and "leakage" in event.message for event in events)
    assert list(result["classes"]) == ["bright", "dark"]


def test_table_keeps_patients_together(tmp_path: Path) -> None:
    root = write_labelled_folders(tmp_path / "images")
    result, events = _import(tmp_path, root / "labels.csv")
    assert result["patients"] == 12
    assert not [event for event in events if isinstance(event, Warned)]
    splits: dict[str | None, set[str]] = {}
    for image in Project.open(tmp_path / "study").images():
        splits.setdefault(image.patient, set()).add(image.split)
    assert all(len(found) == 1 for found in splits.values())


def test_train_val_test_folders_are_kept(tmp_path: Path) -> None:
    for number in range(18):
        split, name = ("train", "val", "test")[number % 3], "ab"[number // 3 % 2]
        write_image(tmp_path / "images" / split / name / f"{number}.png", number)
    result, _ = _import(tmp_path, tmp_path / "images")
    assert result["classes"]["a"] == {"train": 3, "val": 3, "test": 3}


def test_everything_left_out_is_listed_with_its_reason(tmp_path: Path) -> None:
    root = write_labelled_folders(tmp_path / "images")
    (root / "bright" / "broken.png").write_bytes(b"\x89PNG nothing")
    (root / "bright" / "notes.txt").write_text("hello", encoding="utf-8")
    write_image(root / "loose.png", 999)
    result, _ = _import(tmp_path, root)
    reasons = {Path(file["path"]).name: file["reason"] for file in result["skipped"]}
    assert set(reasons) == {"broken.png", "notes.txt", "loose.png"}
    assert len(Project.open(tmp_path / "study").skipped()) == 3


def test_copies_stay_together_and_wrong_labels_are_told(tmp_path: Path) -> None:
    root = write_labelled_folders(tmp_path / "images")
    shutil.copy(root / "bright" / "000.png", root / "bright" / "same.png")
    shutil.copy(root / "bright" / "002.png", root / "dark" / "wrong.png")
    result, events = _import(tmp_path, root)
    assert result["images"] == 26
    told = [event.message for event in events if isinstance(event, Warned)]
    assert any("2 images have the same content as others but another label" in m for m in told)
    split_of = {image.path.name: image.split for image in Project.open(tmp_path / "study").images()}
    assert split_of["000.png"] == split_of["same.png"]
    assert split_of["002.png"] == split_of["wrong.png"]


def test_second_import_adds_only_what_is_new(tmp_path: Path) -> None:
    root = write_labelled_folders(tmp_path / "images")
    _import(tmp_path, root)
    before = {image.image_hash: image.split for image in Project.open(tmp_path / "study").images()}
    write_image(root / "bright" / "new.png", 555)
    result, _ = _import(tmp_path, root)
    assert result["images"] == 1
    assert result["already_there"] == 24
    after = {image.image_hash: image.split for image in Project.open(tmp_path / "study").images()}
    assert before.items() <= after.items()


def test_dicom_patients_are_grouped_and_their_ids_kept_nowhere(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
    for number in range(16):
        dataset.PatientID = f"SECRET-{number // 2}"
        dataset.PixelData = bytes([number]) + dataset.PixelData[1:]
        folder = tmp_path / "images" / "ab"[number // 2 % 2]
        folder.mkdir(parents=True, exist_ok=True)
        dataset.save_as(folder / f"IM{number:04d}")
    result, _ = _import(tmp_path, tmp_path / "images")
    assert result["patients"] == 8
    project = tmp_path / "study.fptproject"
    content = b"".join(path.read_bytes() for path in project.rglob("*") if path.is_file())
    assert b"SECRET" not in content


def test_a_patient_id_that_was_taken_out_makes_no_patient(tmp_path: Path) -> None:
    for number in range(12):
        pixels = bytes([number]) * 32768
        path = tmp_path / "images" / "ab"[number % 2] / f"{number}.dcm"
        write_dicom(path, PatientID="ANONYMOUS", PatientName="Anonymous", PixelData=pixels)
    result, _ = _import(tmp_path, tmp_path / "images")
    assert result["patients"] is None
    assert all(sum(split.values()) == 6 and split["test"] for split in result["classes"].values())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("file,label\nx.png,a\n", "No row of labels.csv gives an image with a label"),
        ("this,that\nx.png,a\n", "looks like the path; it has this, that"),
        ("file,label\n", "no rows"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=reason):
        _import(tmp_path, tmp_path / "labels.csv")
    assert not (tmp_path / "study.fptproject").exists()


def test_named_column_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    table = write_labelled_folders(tmp_path / "images") / "labels.csv"
    with pytest.raises(DatasetError, match="no column 'grade'; it has file, label, patient_id"):
        _import(tmp_path, table, columns=ColumnChoice(label="grade"))


def test_semicolons_byte_order_mark_and_quotes_are_read(tmp_path: Path) -> None:
    rows = ["\ufefffile;label;patient"]
    for number in range(12):
        path = write_image(tmp_path / f"im;{number}.png", number)
        rows.append(f'"{path.name}";{"ab"[number % 2]};p{number}')
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    result, _ = _import(tmp_path, tmp_path / "labels.csv")
    assert result["images"] == 12


def test_empty_folder_and_one_class(tmp_path: Path) -> None:
    source = tmp_path / "images"
    source.mkdir()
    with pytest.raises(DatasetError, match="no sub-folders with images"):
        _import(tmp_path, source)
    for number in range(4):
        write_image(source / "a" / f"{number}.png", number)
    with pytest.raises(DatasetError, match="single class, 'a'"):
        _import(tmp_path, source)
    assert not (tmp_path / "study.fptproject").exists()


def test_slices_of_a_volume_stay_together_though_nobody_knows_whose_they_are(
    tmp_path: Path,
) -> None:
    for number in range(12):
        path = tmp_path / "images" / ("a", "b")[number % 2] / f"{number}.nii"
        path.parent.mkdir(parents=True, exist_ok=True)
        voxels = np.random.default_rng(number).normal(size=(6, 20, 20)).astype(np.float32)
        sitk.WriteImage(sitk.GetImageFromArray(voxels), str(path))
    result, events = _import(tmp_path, tmp_path / "images")
    assert result["images"] == 72
    assert result["patients"] is None
    assert any(isinstance(event, Warned) and "leakage" in event.message for event in events)
    splits: dict[Path, set[str]] = {}
    for image in Project.open(tmp_path / "study").images():
        splits.setdefault(image.path, set()).add(image.split)
    assert [len(found) for found in splits.values()] == [1] * 12
    assert set.union(*splits.values()) == {"train", "val", "test"}


def test_pictures_of_one_array_are_of_different_people(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (40, 28, 28), dtype=np.uint8)
    labels = (np.arange(40) % 2)[:, None]
    np.savez(tmp_path / "mnist.npz", train_images=pictures, train_labels=labels)
    _import(tmp_path, tmp_path / "mnist.npz")
    assert {image.patient for image in Project.open(tmp_path / "study").images()} == {None}
