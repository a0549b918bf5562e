"""Every kind of source comes into a project, frames and archives too, and is known again."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.project import Project
from fpt_core.events import Finished
from fpt_core.images import read_image
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_labelled_folders
from tests.sources import write_dicom


def _import(tmp_path: Path, source: Path, **options: Any) -> dict[str, Any]:
    *_, last = run(ImportRequest(tmp_path / "study", source, **options))
    assert isinstance(last, Finished)
    return dict(last.result)


def _frames(tmp_path: Path) -> dict[str, list[int]]:
    frames: dict[str, list[int]] = {}
    for image in Project.open(tmp_path / "study").images():
        frames.setdefault(image.path.name, []).append(image.frame)
    return {name: sorted(found) for name, found in frames.items()}


def _assert_known_and_readable(tmp_path: Path, source: Path, **options: Any) -> None:
    images = Project.open(tmp_path / "study").images()
    for image in images:
        assert read_image(image.path, frame=image.frame).shape[:2] == (image.height, image.width)
    again = _import(tmp_path, source, **options)
    assert (again["images"], again["already_there"]) == (0, len(images))


def _write_pages(path: Path, seed: int, pages: int = 6) -> None:
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    shots = [Image.fromarray(rng.integers(0, 255, (20, 24), dtype=np.uint8)) for _ in range(pages)]
    shots[0].save(path, save_all=True, append_images=shots[1:])


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [("all", [0, 1, 2, 3, 4, 5]), ("middle", [3]), ("every:4", [0, 4])],
)
def test_pages_are_chosen_by_the_rule(tmp_path: Path, rule: str, chosen: list[int]) -> None:
    for number in range(4):
        _write_pages(tmp_path / "images" / "ab"[number % 2] / f"{number}.tif", number)
    _import(tmp_path, tmp_path / "images", frames=FrameRule.parse(rule))
    assert _frames(tmp_path) == dict.fromkeys(("0.tif", "1.tif", "2.tif", "3.tif"), chosen)
    hashes = {image.image_hash for image in Project.open(tmp_path / "study").images()}
    assert len(hashes) == 4 * len(chosen)
    _assert_known_and_readable(tmp_path, tmp_path / "images", frames=FrameRule.parse(rule))


def test_a_wider_rule_adds_the_other_frames(tmp_path: Path) -> None:
    for number in range(4):
        _write_pages(tmp_path / "images" / "ab"[number % 2] / f"{number}.tif", number)
    _import(tmp_path, tmp_path / "images", frames=FrameRule("middle"))
    before = {i.path.name: i.split for i in Project.open(tmp_path / "study").images()}
    result = _import(tmp_path, tmp_path / "images")
    assert (result["images"], result["already_there"]) == (20, 4)
    assert (
        before.items()
        <= {
            i.path.name: i.split for i in Project.open(tmp_path / "study").images() if i.frame == 3
        }.items()
    )


def test_frames_that_a_table_names_have_labels_of_their_own(tmp_path: Path) -> None:
    rows = ["file,frame,label"]
    for number in range(3):
        _write_pages(tmp_path / f"{number}.tif", number)
        rows += [f"{number}.tif,1,a", f"{number}.tif,4,b"]
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    choice = ColumnChoice(frame="frame")
    _import(tmp_path, tmp_path / "labels.csv", columns=choice)
    assert _frames(tmp_path) == {name: [1, 4] for name in ("0.tif", "1.tif", "2.tif")}
    labels = {(i.frame, i.class_name) for i in Project.open(tmp_path / "study").images()}
    assert labels == {(1, "a"), (4, "b")}
    _assert_known_and_readable(tmp_path, tmp_path / "labels.csv", columns=choice)


def test_a_file_of_which_the_table_says_two_things_is_left_out(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    with (source / "labels.csv").open("a", encoding="utf-8") as table:
        table.write("\nbright/000.png,dark,MRN-bright-0\ndark/001.png,dark,MRN-dark-0")
    result = _import(tmp_path, source / "labels.csv")
    reasons = {Path(file["path"]).name: file["reason"] for file in result["skipped"]}
    assert "000.png" not in _frames(tmp_path)
    assert any("two labels" in reason or "label" in reason for reason in reasons.values())
    assert "001.png" in _frames(tmp_path)


def test_a_zip_is_read_in_place_and_found_when_its_names_are_hidden(tmp_path: Path) -> None:
    folder = write_labelled_folders(tmp_path / "folder")
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as packed:
        for path in sorted(folder.rglob("*.png")):
            packed.write(path, f"{path.parent.name}/MRN-{int(path.stem) // 4}_{path.name}")
    pattern = {"patient_pattern": "(MRN-[0-9]+)_"}
    result = _import(tmp_path, tmp_path / "scans.zip", **pattern)
    assert (result["images"], result["patients"]) == (24, 6)
    content = (tmp_path / "study.fptproject" / "project.sqlite").read_bytes()
    assert b"MRN-" not in content
    _assert_known_and_readable(tmp_path, tmp_path / "scans.zip", **pattern)
    (tmp_path / "moved").mkdir()
    (tmp_path / "scans.zip").rename(tmp_path / "moved" / "scans.zip")
    assert Project.open(tmp_path / "study").relocate(tmp_path, tmp_path / "moved") == 24


def test_slices_of_volumes(tmp_path: Path) -> None:
    for number in range(4):
        voxels = np.random.default_rng(number).normal(0, 50, (5, 16, 18)).astype(np.float32)
        folder = tmp_path / "images" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(sitk.GetImageFromArray(voxels), str(folder / f"{number}.nii.gz"))
    _import(tmp_path, tmp_path / "images", frames=FrameRule("every", 2))
    assert set(map(tuple, _frames(tmp_path).values())) == {(0, 2, 4)}
    assert {f.num_frames for f in Project.open(tmp_path / "study").facts().values()} == {5}
    _assert_known_and_readable(tmp_path, tmp_path / "images", frames=FrameRule("every", 2))


def test_dicom_tells_its_facts(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
    dataset.BurnedInAnnotation = "YES"
    for number in range(4):
        folder = tmp_path / "images" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        dataset.PixelData = bytes([number]) + dataset.PixelData[1:]
        dataset.PatientID = f"id {number}"
        dataset.save_as(folder / f"IM{number}")
    assert _import(tmp_path, tmp_path / "images")["patients"] == 4
    for facts in Project.open(tmp_path / "study").facts().values():
        assert (facts.format, facts.modality) == ("DICOM", "CT")
        assert facts.manufacturer == dataset.Manufacturer
        assert facts.burned_in is True
        assert facts.colour is False
        assert 0 < facts.mean < 1


def test_the_slices_of_an_examination_of_nobody_stay_together(tmp_path: Path) -> None:
    for number in range(30):
        write_dicom(
            tmp_path / "scans" / "ab"[number % 2] / f"{number}.dcm",
            PatientID="",
            StudyInstanceUID=f"1.2.{number // 6}",
            SOPInstanceUID=f"1.3.{number}",
            InstanceNumber=number,
        )
    assert _import(tmp_path, tmp_path / "scans")["patients"] is None
    project = Project.open(tmp_path / "study")
    splits: dict[str | None, set[str]] = {}
    for image in project.images():
        splits.setdefault(image.patient, set()).add(image.split)
    assert len(splits) == 5
    assert all(len(each) == 1 for each in splits.values())


def test_upright_photographs(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for number in range(4):
        folder = tmp_path / "images" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (40, 20), (number, 0, 0))
        picture.paste((200, 60, 20), (0, 0, 20, 20))
        picture.save(folder / f"{number}.jpg", exif=exif)
    _import(tmp_path, tmp_path / "images")
    for image in Project.open(tmp_path / "study").images():
        assert (image.width, image.height) == (20, 40)
    _assert_known_and_readable(tmp_path, tmp_path / "images")


def test_real_fundus_photographs_keep_both_eyes_together(tmp_path: Path, shared_data: Path) -> None:
    result = _import(tmp_path, shared_data / "fundus_dr" / "labels.csv", folds=5)
    assert (result["images"], result["patients"], result["skipped"]) == (94, 58, [])
    places: dict[str | None, set[tuple[str, int | None]]] = {}
    for image in Project.open(tmp_path / "study").images():
        places.setdefault(image.patient, set()).add((image.split, image.fold))
    assert all(len(found) == 1 for found in places.values())
