"""Importing into a project that has images: what is there stays as it is."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.project import Project
from fpt_core.dataset.reading import IMAGE_READER, Reading, ReadTask, read_images
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.events import Finished, Progress, Warned
from fpt_core.jobs import import_reading
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image, write_labelled_folders


def _import(tmp_path: Path, source: Path, **options: Any) -> tuple[dict[str, Any], list[str]]:
    *others, last = run(ImportRequest(tmp_path / "study", source, **options))
    assert isinstance(last, Finished)
    return dict(last.result), [event.message for event in others if isinstance(event, Warned)]


def _reasons(result: dict[str, Any]) -> dict[str, str]:
    return {Path(file["path"]).name: file["reason"] for file in result["skipped"]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = write_labelled_folders(tmp_path / "images")
    (root / "labels.csv").rename(tmp_path / "labels.csv")
    return root


def _images(tmp_path: Path) -> dict[str, ImageRecord]:
    return {image.path.name: image for image in Project.open(tmp_path / "study").images()}


def test_an_image_that_has_changed_is_read_again_and_keeps_its_place(
    tmp_path: Path, source: Path
) -> None:
    _import(tmp_path, source)
    before = _images(tmp_path)["001.png"]
    write_image(source / "dark" / "001.png", 777, size=50)
    result, _ = _import(tmp_path, source)
    assert (result["images"], result["changed"], result["already_there"]) == (0, 1, 23)
    after = _images(tmp_path)["001.png"]
    assert after.width == 50
    assert after.image_hash != before.image_hash
    assert (after.id, after.split) == (before.id, before.split)


def test_a_file_that_was_only_touched_counts_as_it_was(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    before = _images(tmp_path)
    os.utime(source / "dark" / "001.png", (1, 1))
    result, _ = _import(tmp_path, source)
    assert (result["changed"], result["already_there"]) == (0, 24)
    assert _images(tmp_path) == before
    assert Project.open(tmp_path / "study").mtimes()[before["001.png"].id] == 1_000_000_000


def test_unchanged_files_are_not_read(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(tmp_path, source)
    write_image(source / "dark" / "new.png", 888)
    read = []

    def spy(tasks: Sequence[ReadTask]) -> list[Reading]:
        read.extend(task.path.name for task in tasks)
        return read_images(tasks)

    monkeypatch.setattr(import_reading, "IMAGE_READER", dataclasses.replace(IMAGE_READER, read=spy))
    assert _import(tmp_path, source)[0]["images"] == 1
    assert read == ["new.png"]


def test_a_file_that_was_moved_to_another_class_is_the_same_image(
    tmp_path: Path, source: Path
) -> None:
    _import(tmp_path, source)
    before = _images(tmp_path)["001.png"]
    shutil.move(source / "dark" / "001.png", source / "bright" / "001.png")
    result, _ = _import(tmp_path, source)
    figures = {name: result[name] for name in ("images", "moved", "relabelled", "vanished")}
    assert figures == {"images": 0, "moved": 1, "relabelled": 1, "vanished": 0}
    after = _images(tmp_path)["001.png"]
    assert (after.id, after.split, after.class_name) == (before.id, before.split, "bright")
    Project.open(tmp_path / "study").undo()
    assert _images(tmp_path)["001.png"].class_name == "dark"


def test_files_that_are_gone_are_told_and_kept(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    (source / "dark" / "001.png").unlink()
    result, warnings = _import(tmp_path, source)
    assert result["vanished"] == 1
    assert any("1 images of earlier imports are no longer there" in text for text in warnings)
    assert "001.png" in _images(tmp_path)


def test_a_copy_of_a_known_image_joins_its_split(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    shutil.copy(source / "dark" / "001.png", source / "dark" / "copy.png")
    assert _import(tmp_path, source)[0]["images"] == 1
    images = _images(tmp_path)
    assert images["copy.png"].split == images["001.png"].split


def _write_table(tmp_path: Path, source: Path, **changes: str) -> Path:
    """A table of all images; ``label`` and ``patient`` change that of the first dark one."""
    rows = ["file,label,patient,site"]
    for path in sorted(source.rglob("*.png")):
        said = {"label": path.parent.name, "patient": f"MRN-{int(path.stem) // 4}"}
        if path.name == "001.png":
            said |= changes
        rows.append(f"{path},{said['label']},{said['patient']},Graz")
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    return table


def test_a_label_that_the_table_corrects_is_taken_over(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, _write_table(tmp_path, source))
    result, _ = _import(tmp_path, _write_table(tmp_path, source, label="bright"))
    assert result["relabelled"] == 1
    assert _images(tmp_path)["001.png"].class_name == "bright"
    assert Project.open(tmp_path / "study").edits()[0].reader == "the source"


def test_what_a_person_said_outlasts_the_source(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, _write_table(tmp_path, source))
    project = Project.open(tmp_path / "study")
    project.relabel([_images(tmp_path)["001.png"].id], "unclear")
    for label in ("dark", "bright"):
        result, _ = _import(tmp_path, _write_table(tmp_path, source, label=label))
        assert result["relabelled"] == 0
        assert _images(tmp_path)["001.png"].class_name == "unclear"


def test_a_class_that_was_renamed_stays_renamed(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    Project.open(tmp_path / "study").rename_class("dark", "night")
    write_image(source / "dark" / "new.png", 888)
    assert list(_import(tmp_path, source)[0]["classes"]) == ["bright", "night"]
    assert _images(tmp_path)["new.png"].class_name == "night"


def test_patients_that_are_told_later_are_kept_together(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    result, _ = _import(tmp_path, _write_table(tmp_path, source))
    assert (result["changed"], result["patients"]) == (24, 6)
    splits: dict[str | None, set[str]] = {}
    for image in _images(tmp_path).values():
        splits.setdefault(image.patient, set()).add(image.split)
    assert all(len(found) == 1 for found in splits.values())


def test_an_image_of_another_patient_goes_where_that_patient_is(
    tmp_path: Path, source: Path
) -> None:
    _import(tmp_path, _write_table(tmp_path, source))
    for patient in ("MRN-1", "MRN-2", "MRN-5"):
        _import(tmp_path, _write_table(tmp_path, source, patient=patient))
        moved = _images(tmp_path)["001.png"]
        others = {i.split for i in _images(tmp_path).values() if i.patient == moved.patient}
        assert others == {moved.split}


def test_columns_that_are_kept_come_with_the_images(tmp_path: Path, source: Path) -> None:
    table = _write_table(tmp_path, source)
    _import(tmp_path, table, columns=ColumnChoice(keep=("site",)))
    _import(tmp_path, table)
    facts = Project.open(tmp_path / "study").facts()
    assert {fact.columns["site"] for fact in facts.values()} == {"Graz"}


def test_a_patient_that_is_moved_during_an_import_is_not_divided(
    tmp_path: Path, source: Path
) -> None:
    held_back = source / "dark" / "001.png"
    content = held_back.read_bytes()
    held_back.unlink()
    _import(tmp_path, _write_table(tmp_path, source))
    held_back.write_bytes(content)
    events = run(ImportRequest(tmp_path / "study", _write_table(tmp_path, source)))
    while next(events) != Progress("Reading images", 1, 1):
        pass
    project = Project.open(tmp_path / "study")
    sibling = _images(tmp_path)["000.png"]
    project.move([sibling.id], "val" if sibling.split == "test" else "test")
    list(events)
    assert _images(tmp_path)["001.png"].split == _images(tmp_path)["000.png"].split != sibling.split


def test_folds_cover_all_but_the_test_split_and_stay(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    _import(tmp_path, source, folds=3)
    before = _images(tmp_path)
    assert {image.fold for image in before.values()} == {0, 1, 2, None}
    assert all((image.fold is None) == (image.split == "test") for image in before.values())
    write_image(source / "dark" / "new.png", 888)
    _import(tmp_path, source)
    after = _images(tmp_path)
    new = after.pop("new.png")
    assert after == before
    assert (new.fold is None) == (new.split == "test")
    with pytest.raises(DatasetError, match="has 3 folds; it cannot get 5"):
        _import(tmp_path, source, folds=5)


def test_a_repaired_file_is_no_longer_listed(tmp_path: Path, source: Path) -> None:
    broken = source / "dark" / "broken.png"
    broken.write_bytes(b"nothing")
    assert "broken.png" in _reasons(_import(tmp_path, source)[0])
    write_image(broken, 888)
    assert _import(tmp_path, source)[0]["images"] == 1
    assert Project.open(tmp_path / "study").skipped() == []


def test_one_class_may_be_added_to_others(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    write_image(tmp_path / "more" / "dark" / "new.png", 999)
    assert _import(tmp_path, tmp_path / "more")[0]["classes"]["dark"].keys() == {
        "train",
        "val",
        "test",
    }
    assert len(Project.open(tmp_path / "study").images()) == 25


def test_a_known_patient_cannot_be_put_elsewhere(tmp_path: Path) -> None:
    for number in range(6):
        write_image(tmp_path / f"{number}.png", number)
    splits = ("train", "val", "test")
    rows = [f"{n}.png,{'ab'[n % 2]},p{n},{splits[n // 2]}" for n in range(6)]
    header = "file,label,patient,split"
    (tmp_path / "labels.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    _import(tmp_path, tmp_path / "labels.csv")
    write_image(tmp_path / "more.png", 99)
    (tmp_path / "more.csv").write_text(f"{header}\nmore.png,a,p0,test\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"more\.png is in 'test', another .* in 'train'"):
        _import(tmp_path, tmp_path / "more.csv")
    assert len(Project.open(tmp_path / "study").images()) == 6


def test_splits_of_the_source_need_not_be_three(tmp_path: Path) -> None:
    for number in range(8):
        folder = tmp_path / "images" / ("train", "test")[number % 2] / "ab"[number // 2 % 2]
        write_image(folder / f"{number}.png", number)
    result, warnings = _import(tmp_path, tmp_path / "images")
    assert result["classes"]["a"] == {"train": 2, "val": 0, "test": 2}
    assert "Class 'a' has no image in the val split." in warnings


def test_a_class_of_which_nothing_can_be_read_does_not_count(tmp_path: Path) -> None:
    for number in range(6):
        write_image(tmp_path / "images" / "good" / f"{number}.png", number)
    (tmp_path / "images" / "bad").mkdir()
    (tmp_path / "images" / "bad" / "x.png").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"Only images of class 'good' .* x\.png"):
        _import(tmp_path, tmp_path / "images")
    assert not (tmp_path / "study.fptproject").exists()


def test_the_outcome_does_not_depend_on_names_order_or_salt(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    renamed = tmp_path / "renamed"
    for number, path in enumerate(sorted(source.rglob("*.png"), reverse=True)):
        (renamed / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, renamed / path.parent.name / f"z{number:03d}.png")
    list(run(ImportRequest(tmp_path / "other", renamed)))
    first, second = (
        {image.image_hash: image.split for image in Project.open(tmp_path / name).images()}
        for name in ("study", "other")
    )
    assert first == second


def test_another_drop_of_the_same_folder_changes_nothing(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    before = Project.open(tmp_path / "study").images()
    result, _ = _import(tmp_path, source, seed=5)
    assert result["already_there"] == 24
    assert Project.open(tmp_path / "study").images() == before
