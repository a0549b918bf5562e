"""Nothing that names a patient is kept, logged or told by an import."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.events import Finished, Progress, to_record
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image

PLANTED = ("mrn-4711", "mrn4711", "doeling", "janina", "acc-0815", "koenig")


def _planted(folder: Path) -> Path:
    """Class folders with identifiers in tags, in names of files, of folders and of bad files."""
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
    dataset.PatientID, dataset.PatientName = "MRN-4711", "Doeling^Janina"
    dataset.AccessionNumber = "ACC-0815"
    for number, name in enumerate(("1.dcm", "MRN4711_2.dcm", "doeling janina/3.dcm", "4.dcm")):
        place = folder / "ab"[number % 2] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        dataset.PixelData = bytes([number]) + dataset.PixelData[1:]
        dataset.save_as(place)
    write_image(folder / "a" / "study ACC-0815" / "5.png", 5)
    write_image(folder / "b" / "plain.png", 6)
    (folder / "a" / "MRN-4711 broken.dcm").write_bytes((folder / "a" / "1.dcm").read_bytes()[:3000])
    (folder / "b" / "Janina.png").write_bytes(b"nothing")
    return folder


def _assert_clean(text: str) -> None:
    assert [word for word in PLANTED if word in text.lower()] == []


def _assert_folder_clean(project: Path) -> None:
    files = [path for path in project.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    for path in files:
        _assert_clean(path.name)
        content = path.read_bytes()
        _assert_clean(content.decode("latin-1"))
        _assert_clean(content.decode("utf-16-le", errors="replace"))


@pytest.mark.parametrize("below", ["images", "Koenig MRN-4711"])
def test_planted_identifiers_are_nowhere(
    below: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = _planted(tmp_path / "data" / below)
    project = Project.create(tmp_path / "study")
    holder = sqlite3.connect(project.path / "project.sqlite")  # keeps the log that SQLite writes
    holder.execute("SELECT * FROM meta").fetchall()
    stopped = run(ImportRequest(project.path, source))
    while next(stopped) != Progress("Reading images", 4, 7):
        pass
    stopped.close()
    _assert_folder_clean(project.path)
    *events, last = run(ImportRequest(project.path, source))
    assert isinstance(last, Finished)
    again = list(run(ImportRequest(project.path, source)))
    for event in (*events, last, *again):
        _assert_clean(str({**to_record(event), "project": ""}).replace(str(source), ""))
    _assert_folder_clean(project.path)
    _assert_clean(caplog.text)
    holder.close()
    shown = {image.path for image in Project.open(project.path).images()}
    assert {path.relative_to(source).as_posix() for path in shown} == {
        "a/1.dcm",
        "b/MRN4711_2.dcm",
        "a/doeling janina/3.dcm",
        "b/4.dcm",
        "a/study ACC-0815/5.png",
        "b/plain.png",
    }
    left_out = {Path(file.path).name for file in Project.open(project.path).skipped()}
    assert left_out == {"MRN-4711 broken.dcm", "Janina.png"}


def test_identifiers_of_the_table_are_looked_for_too(tmp_path: Path) -> None:
    rows = ["file,label,patient"]
    for number in range(8):
        write_image(tmp_path / "images" / f"Koenig{number}.png", number)
        rows.append(f"Koenig{number}.png,{'ab'[number % 2]},KOENIG{number}")
    (tmp_path / "images" / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    *_, last = run(ImportRequest(tmp_path / "study", tmp_path / "images" / "labels.csv"))
    assert isinstance(last, Finished)
    for path in (tmp_path / "study.fptproject").rglob("*"):
        if path.is_file():
            _assert_clean(path.read_bytes().decode("latin-1"))


def test_a_refusal_names_no_patient(tmp_path: Path) -> None:
    rows = ["file,label,patient,split"]
    for number in range(8):
        patient, split = f"Koenig-{number // 2}", ("train", "test")[number % 2]
        path = write_image(tmp_path / f"{patient}-{number}.png", number)
        rows.append(f"{path.name},{'ab'[number % 2]},{patient},{split}")
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(DatasetError, match="one patient into two splits") as refused:
        list(run(ImportRequest(tmp_path / "study", tmp_path / "labels.csv")))
    _assert_clean(str(refused.value))


def test_what_was_met_once_is_recognised_later(tmp_path: Path) -> None:
    source = _planted(tmp_path / "data")
    list(run(ImportRequest(tmp_path / "study", source)))
    write_image(source / "a" / "mrn 4711.png", 77)
    *_, last = run(ImportRequest(tmp_path / "study", source))
    assert isinstance(last, Finished)
    assert last.result["images"] == 1
    content = (tmp_path / "study.fptproject" / "project.sqlite").read_bytes()
    assert b"4711" not in content
