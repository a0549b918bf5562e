"""The project folder: moves, keeps, and never holds a patient id."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, NewImage, SkippedFile
from fpt_core.errors import DatasetError, ProjectError
from tests.pictures import write_image


def _with_image(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "study")
    path = write_image(tmp_path / "data" / "one.png", 1)
    image = _image(path, "ab", patient=project.patient_hash("MRN 77"))
    bad = SkippedFile(str(tmp_path / "data" / "bad.png"), "It is truncated.")
    project.add([image], [bad], tmp_path / "data")
    return project


def _image(path: Path, content: str, patient: str | None = None, **more: Any) -> NewImage:
    return NewImage(
        path=path,
        image_hash=content * 32,
        class_name="a",
        split="train",
        patient=patient,
        width=48,
        height=48,
        **more,
    )


def test_create_adds_the_suffix_and_open_finds_it(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    assert project.path.name == "study.fptproject"
    assert Project.open(tmp_path / "study").images() == project.images()


def test_create_refuses_what_is_there(tmp_path: Path) -> None:
    Project.create(tmp_path / "study")
    with pytest.raises(ProjectError, match="exists already"):
        Project.create(tmp_path / "study")


def test_open_says_what_is_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no project"):
        Project.open(tmp_path / "none")
    (tmp_path / "bad.fptproject").mkdir()
    (tmp_path / "bad.fptproject" / "project.sqlite").write_bytes(b"no database at all" * 50)
    with pytest.raises(ProjectError, match="damaged"):
        Project.open(tmp_path / "bad")


def test_project_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    with contextlib.closing(sqlite3.connect(path / "project.sqlite")) as database, database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(ProjectError, match=r"made by a newer version \(format 99\)"):
        Project.open(path)


def test_images_are_added_all_or_not_at_all(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    new = _image(tmp_path / "data" / "two.png", "cd")
    nameless = dataclasses.replace(new, path=tmp_path / "data" / "3.png", class_name=None)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        project.add([new, nameless], [SkippedFile("x.png", "It is truncated.")], tmp_path / "data")
    assert len(project.images()) == len(project.skipped()) == 1


def test_an_image_added_again_is_renewed_and_keeps_label_and_split(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    (before,) = project.images()
    project.relabel([before.id], "b")
    facts = ImageFacts(format="PNG", columns={"site": "Graz"})
    again = dataclasses.replace(
        _image(before.path, "cd", facts=facts), split="test", file_mtime_ns=7
    )
    project.add([again], [], tmp_path / "data")
    (after,) = project.images()
    assert (after.id, after.class_name, after.split) == (before.id, "b", "train")
    assert after.image_hash == "cd" * 32
    assert project.facts() == {after.id: facts}
    assert project.mtimes() == {after.id: 7}


def test_a_file_once_skipped_that_can_be_read_now_leaves_the_list(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    project.add([_image(tmp_path / "data" / "bad.png", "cd")], [], tmp_path / "data")
    assert project.skipped() == []


def test_names_that_hold_an_identifier_are_kept_as_hashes(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    path = write_image(tmp_path / "data" / "DOE JANE" / "one.png", 1)
    bad = tmp_path / "data" / "DOE JANE" / "bad.png"
    project.add(
        [_image(path, "ab", private_name=True)],
        [SkippedFile(str(bad), "It is truncated.")],
        tmp_path / "data",
        private={str(bad)},
    )
    content = b"".join(file.read_bytes() for file in project.path.rglob("*") if file.is_file())
    assert b"JANE" not in content
    assert [image.path for image in Project.open(project.path).images()] == [path]


def test_a_folder_that_has_moved_is_pointed_at_anew(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    old, new = tmp_path / "data", tmp_path / "moved"
    plain, private = write_image(old / "one.png", 1), write_image(old / "Jane" / "two.png", 2)
    project.add([_image(plain, "ab"), _image(private, "cd", private_name=True)], [], old)
    shutil.move(old, new)
    project = Project.open(project.path)
    assert [root.path for root in project.missing_roots()] == [old]
    with pytest.raises(ProjectError, match="holds none of the 2 files"):
        project.relocate(old, tmp_path)
    with pytest.raises(ProjectError, match="was imported from"):
        project.relocate(tmp_path, new)
    assert project.relocate(old, new) == 2
    assert project.missing_roots() == []
    assert [image.path for image in Project.open(project.path).images()] == [
        new / "one.png",
        new / "Jane" / "two.png",
    ]


def test_labels_change_and_change_back(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    project.add([_image(path, f"a{n}") for n, path in enumerate(paths)], [], tmp_path)
    ids = [image.id for image in project.images()]
    project.relabel(ids[:2], " b ", reader="Dr. Ito")
    project.rename_class("a", "c")
    project.rename_class("b", "c")
    project.exclude(ids[:3])
    assert project.counts() == {"c": {"train": 1, "val": 0, "test": 0}}
    assert [edit.what for edit in project.edits()] == [
        "3 images excluded",
        "2 images labelled “c”",
        "2 images labelled “c”",
        "2 images labelled “b”",
    ]
    assert project.edits()[-1].reader == "Dr. Ito"
    assert project.undo() == "3 images excluded"
    project.undo()
    assert project.class_names == ("b", "c")
    project.undo()
    project.undo()
    assert project.class_names == ("a",)
    assert project.undo() is None
    project.exclude(ids)
    project.include(ids[1:])
    assert [image.id for image in project.images()] == ids[1:]
    assert len(project.images(include_excluded=True)) == 4


def test_labels_that_cannot_be_are_refused(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    with pytest.raises(DatasetError, match="needs a name"):
        project.relabel([1], "  ")
    with pytest.raises(DatasetError, match="no class 'z'"):
        project.rename_class("z", "a")


def test_looks_at_the_test_split_are_counted(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    assert project.test_looks() == []
    project.record_test_look("run 1")
    project.record_test_look("run 2")
    assert [what for _, what in project.test_looks()] == ["run 1", "run 2"]


def test_readings_last_until_the_import_ends(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    project.keep_readings([("k", "1"), ("l", "2")])
    assert Project.open(project.path).readings() == {"k": "1", "l": "2"}
    project.add([], [], tmp_path / "data")
    assert project.readings() == {}


def test_project_and_data_move_together(tmp_path: Path) -> None:
    _with_image(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    (image,) = Project.open(tmp_path / "there" / "study").images()
    assert image.path == tmp_path / "there" / "data" / "one.png"
    assert image.path.is_file()


def test_patient_id_is_in_no_file(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    content = b"".join(path.read_bytes() for path in project.path.rglob("*") if path.is_file())
    assert b"MRN 77" not in content
    other = Project.create(tmp_path / "other")
    assert other.patient_hash("MRN 77") != project.patient_hash("MRN 77")


def test_skipped_files_keep_their_reasons(tmp_path: Path) -> None:
    (skipped,) = _with_image(tmp_path).skipped()
    assert Path(skipped.path).name == "bad.png"
    assert skipped.reason == "It is truncated."


def _start_run_and_die(path: Path) -> None:
    project = Project.open(path)
    run_id = project.add_run("fpt+", "vit", {})
    project.update_run(run_id, status="running")
    os._exit(9)


def test_run_of_a_dead_process_reads_as_interrupted(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    process = multiprocessing.get_context("spawn").Process(
        target=_start_run_and_die, args=(project.path,)
    )
    process.start()
    process.join()
    (run,) = project.runs()
    assert run.status == "interrupted"
    assert run.resumable
    process.close()


def test_run_of_this_process_reads_as_running_until_it_ends(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    run_id = project.add_run("fpt+", "vit", {"a": 1})
    project.update_run(run_id, status="running")
    assert project.run(run_id).status == "running"
    project.update_run(run_id, status="finished", metrics={"test": {"auc": 0.5}})
    assert project.run(run_id).metrics == {"test": {"auc": 0.5}}
    with pytest.raises(ProjectError, match="no run"):
        project.run("other")
