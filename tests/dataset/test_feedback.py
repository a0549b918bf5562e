"""Verdicts go out as a table and come in as labels, without a name of any file or patient."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.dataset.feedback import (
    NEW_IMAGE_COLUMNS,
    apply_labels,
    export_verdicts,
    new_image_table,
    plan_labels,
    read_verdicts,
)
from fpt_core.dataset.project import Project
from fpt_core.dataset.reading import content_hash
from fpt_core.dataset.verdict_table import Verdict
from fpt_core.errors import DatasetError, ProjectError
from fpt_core.jobs.requests import ImportRequest
from tests.pictures import write_labelled_folders
from tests.studies import finished


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """48 images in two classes, imported."""
    source = write_labelled_folders(tmp_path / "images")
    result = finished(ImportRequest(tmp_path / "study", source / "labels.csv"))
    return Project.open(Path(result["project"]))


def _verdict(image_hash: str, class_name: str, **more: object) -> Verdict:
    return dataclasses.replace(Verdict(image_hash, False, class_name), **more)  # type: ignore[arg-type]


def test_the_latest_word_of_a_reader_stands(project: Project) -> None:
    key = project.images()[0].image_hash
    project.keep_verdicts([_verdict(key, "dark"), _verdict(key, "bright", reader="B")])
    project.keep_verdicts([_verdict(key, "", note="unsure")])
    kept = project.verdicts()
    assert [(v.reader, v.class_name, v.note) for v in kept] == [
        ("", "", "unsure"),
        ("B", "bright", ""),
    ]
    assert all(v.created for v in kept)
    project.take_verdict_back(key)
    assert [v.reader for v in project.verdicts()] == ["B"]
    looking = Project.open(project.path, read_only=True)
    with pytest.raises(ProjectError, match="open in another window"):
        looking.keep_verdicts([_verdict(key, "dark")])


def test_a_table_goes_out_and_comes_back_the_same(project: Project, tmp_path: Path) -> None:
    image = project.images()[0]
    project.keep_verdicts(
        [
            _verdict(image.image_hash, "dark", probability=0.75, answer="bright", model="run-1"),
            Verdict("ab" * 32, True, "bright", note="=SUM(A1), “quoted”\nline", reader="Dr. Ito"),
        ]
    )
    path = tmp_path / "verdicts.csv"
    assert export_verdicts(project, path) == 2
    assert set(read_verdicts(path)) == set(project.verdicts())
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["image_hash"]: row for row in csv.DictReader(file)}
    assert rows[image.image_hash]["in_project"] == "yes"
    assert rows[image.image_hash]["label"] == image.class_name
    assert rows["ab" * 32]["note"].startswith("'=SUM")
    text = path.read_text("utf-8-sig")
    assert image.path.name not in text
    assert image.patient is not None
    assert image.patient not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no column image_hash"),
        ("image_hash,verdict,class\nxy,agree,dark\n", "Row 2 of v.csv has no image hash"),
        (f"image_hash,verdict,class\n{'0' * 64},perhaps,dark\n", "the verdict 'perhaps'"),
    ],
)
def test_what_is_no_table_of_verdicts_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=message):
        read_verdicts(path)


def test_verdicts_become_labels_with_their_reader_and_can_be_undone(project: Project) -> None:
    dark = [image for image in project.images() if image.class_name == "dark"]
    plan = plan_labels(
        project,
        [
            _verdict(dark[0].image_hash, "bright", reader="Dr. Ito"),
            _verdict(dark[1].image_hash, "dark"),
            _verdict(dark[2].image_hash, ""),
            _verdict(dark[3].image_hash, "bright", reader="A"),
            _verdict(dark[3].image_hash, "dark", reader="B"),
            _verdict("ab" * 32, "dark"),
        ],
    )
    assert [(c.image.id, c.class_name) for c in plan.changes] == [(dark[0].id, "bright")]
    assert (plan.as_labelled, plan.open, len(plan.new)) == (1, 1, 1)
    assert plan.disputed == (dark[3].image_hash,)
    before = project.counts()
    then = project.edits()
    assert apply_labels(project, plan.changes) == 1
    assert project.edits()[0].reader == "Dr. Ito"
    assert project.counts() != before
    project.undo()
    assert (project.counts(), project.edits()) == (before, then)


def test_new_images_are_found_by_their_content_and_added_with_their_patients(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "later"
    folder.mkdir()
    scan = folder / "scan.dcm"
    shutil.copy(str(get_testdata_file("CT_small.dcm")), scan)
    pages = [Image.fromarray(np.full((40, 40), level, np.uint8)) for level in (40, 90, 200)]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    (folder / "notes.txt").write_text("no image")
    new = [
        _verdict(content_hash(scan, 0, "axial"), "dark"),
        _verdict(content_hash(folder / "pages.tif", 1, "axial"), "bright"),
        _verdict("ab" * 32, "dark"),
    ]
    table = tmp_path / "new.csv"
    assert new_image_table(new, folder, "axial", table) == (2, 1)
    before = {image.id for image in project.images()}
    finished(ImportRequest(project.path, folder, table, NEW_IMAGE_COLUMNS))
    added = {i.path.name: i for i in project.images() if i.id not in before}
    assert {name: (i.class_name, i.frame) for name, i in added.items()} == {
        "scan.dcm": ("dark", 0),
        "pages.tif": ("bright", 1),
    }
    assert {i.image_hash for i in added.values()} == {v.image_hash for v in new[:2]}
    assert added["scan.dcm"].patient == project.patient_hash("1CT1")


def test_labels_that_changed_since_are_counted(project: Project) -> None:
    [first, second, *_] = [i for i in project.images() if i.class_name == "dark"]
    assert project.labels_changed_since("2020-01-01T00:00:00+00:00") == 0
    project.relabel([first.id, second.id], "bright")
    project.relabel([second.id], "dark")
    assert project.labels_changed_since("2020-01-01T00:00:00+00:00") == 1
    assert project.labels_changed_since("2100-01-01T00:00:00+00:00") == 0
    project.undo()
    assert project.labels_changed_since("2020-01-01T00:00:00+00:00") == 2
