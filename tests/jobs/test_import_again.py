"""Importing into a project that has images: what is there stays as it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.events import Finished, Warned
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


def test_an_image_that_has_changed_is_listed(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    write_image(source / "dark" / "001.png", 777)
    result, _ = _import(tmp_path, source)
    assert result["images"] == 0
    assert "has changed since it was imported" in _reasons(result)["001.png"]


def test_a_label_that_has_changed_is_listed(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    shutil.move(source / "dark" / "001.png", source / "bright" / "001.png")
    result, _ = _import(tmp_path, source)
    assert "'dark', not 'bright'" in _reasons(result)["001.png"]


def test_a_copy_of_a_known_image_is_listed(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    shutil.copy(source / "dark" / "001.png", source / "dark" / "copy.png")
    result, _ = _import(tmp_path, source)
    assert _reasons(result) == {"copy.png": "Its content is the same as that of 001.png."}


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
