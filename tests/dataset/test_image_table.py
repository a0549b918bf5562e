"""Images are kept whole or not at all, and no patient id with them."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, SkippedFile
from tests.dataset.samples import new_image, project_with_image
from tests.pictures import write_image


def test_images_are_added_all_or_not_at_all(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
    new = new_image(tmp_path / "data" / "two.png", "cd")
    nameless = dataclasses.replace(new, path=tmp_path / "data" / "3.png", class_name=None)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        project.add([new, nameless], [SkippedFile("x.png", "It is truncated.")], tmp_path / "data")
    assert len(project.images()) == len(project.skipped()) == 1


def test_an_image_added_again_is_renewed_and_keeps_what_a_person_said(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
    (before,) = project.images()
    project.relabel([before.id], "b")
    facts = ImageFacts(format="PNG", columns={"site": "Graz"})
    again = dataclasses.replace(
        new_image(before.path, "cd", facts=facts), split="test", file_mtime_ns=7
    )
    project.exclude([before.id])
    project.add([again], [], tmp_path / "data")
    (after,) = project.images(include_excluded=True)
    assert (after.id, after.class_name, after.split) == (before.id, "b", "test")
    assert after.excluded
    assert after.image_hash == "cd" * 32
    assert project.facts() == {after.id: facts}
    assert project.mtimes() == {after.id: 7}


def test_a_file_once_skipped_that_can_be_read_now_leaves_the_list(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
    project.add([new_image(tmp_path / "data" / "bad.png", "cd")], [], tmp_path / "data")
    assert project.skipped() == []


def test_names_that_hold_an_identifier_are_kept_as_hashes(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    path = write_image(tmp_path / "data" / "DOE JANE" / "one.png", 1)
    bad = tmp_path / "data" / "DOE JANE" / "bad.png"
    project.add(
        [new_image(path, "ab", private_name=True)],
        [SkippedFile(str(bad), "It is truncated.")],
        tmp_path / "data",
        private={str(bad)},
    )
    content = b"".join(file.read_bytes() for file in project.path.rglob("*") if file.is_file())
    assert b"JANE" not in content
    assert [image.path for image in Project.open(project.path).images()] == [path]


def test_patient_id_is_in_no_file(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
    content = b"".join(path.read_bytes() for path in project.path.rglob("*") if path.is_file())
    assert b"MRN 77" not in content
    other = Project.create(tmp_path / "other")
    assert other.patient_hash("MRN 77") != project.patient_hash("MRN 77")


def test_skipped_files_keep_their_reasons(tmp_path: Path) -> None:
    (skipped,) = project_with_image(tmp_path).skipped()
    assert Path(skipped.path).name == "bad.png"
    assert skipped.reason == "It is truncated."
