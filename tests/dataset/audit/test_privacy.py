"""The privacy check: what is planted in any place is found, and never shown."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Generator
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from fpt_core.dataset.audit import kept_texts
from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.privacy import PrivacyReport, check_privacy
from fpt_core.dataset.audit.report import AuditReport, keep_report
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, NewImage
from fpt_core.events import Event
from tests.pictures import write_image

PATIENT_ID = "KH7734-x"
IDENTIFIERS = {
    "PatientID": PATIENT_ID,
    "PatientName": "Zimmermann^Ottilie",
    "AccessionNumber": "ACC-99120",
    "PatientBirthDate": "19470811",
    "OtherPatientIDs": "old-55443",
}


@pytest.fixture(autouse=True)
def log_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    monkeypatch.setattr(kept_texts, "log_folder", lambda: folder)
    return folder


def _project(tmp_path: Path, name: str = "a.dcm") -> Project:
    """A project of one DICOM file and one picture, with a table of patients beside them."""
    project = Project.create(tmp_path / "study")
    source = tmp_path / "source"
    source.mkdir()
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    for keyword, value in IDENTIFIERS.items():
        setattr(dataset, keyword, value)
    dataset.save_as(source / name)
    write_image(source / "b.png", 1)
    (source / "labels.csv").write_text(
        f"file,label,patient_id\n{name},ill,{PATIENT_ID}\nb.png,healthy,MRN-0042\n",
        encoding="utf-8",
    )
    patient = project.patient_hash(PATIENT_ID)
    images = [
        _image(source / name, patient, ImageFacts(format="DICOM", file_bytes=99120)),
        _image(source / "b.png", project.patient_hash("MRN-0042"), ImageFacts(format="PNG")),
    ]
    met = [project.salted_hash("kh7734x"), project.salted_hash("mrn0042")]
    project.add(images, [], source, identifiers=met)
    return project


def _image(path: Path, patient: str, facts: ImageFacts) -> NewImage:
    return NewImage(
        path=path,
        image_hash="ab" * 32,
        class_name="ill",
        split="train",
        patient=patient,
        width=128,
        height=128,
        facts=facts,
    )


def _check(project: Project) -> PrivacyReport:
    def finished(events: Generator[Event, None, PrivacyReport]) -> PrivacyReport:
        while True:
            try:
                next(events)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    report = finished(check_privacy(project))
    told = repr(report).casefold()
    for identifier in (*IDENTIFIERS.values(), "zimmermann", "ottilie", "mrn-0042", "kh7734"):
        assert identifier.casefold() not in told, "an identifier was shown"
    return report


def _titles(report: PrivacyReport) -> list[str]:
    return [finding.title for finding in report.findings]


def _serious(report: PrivacyReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.severity == "serious"]


def test_a_clean_project_is_quiet(tmp_path: Path) -> None:
    project = _project(tmp_path)
    run = project.runs_dir / "20260101-101500-fpt-plus-ab12"
    run.mkdir()
    (run / "config.json").write_text('{"seed": 99120, "memory_bytes": 19470811}')
    (run / "events.jsonl").write_text('{"event": "StepCompleted", "loss": 0.99120}\n')
    report = _check(project)
    assert _titles(report) == []
    assert report.checked[0].startswith("1 DICOM file and 1 table of the sources read again")


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ("KH7734-X", "Patient ID"),
        ("scan of kh7734x", "Patient ID"),
        ("scanKH7734Xleft", "Patient ID"),
        ("Zimmermann^Ottilie", "Patient's Name"),
        ("Ottilie Zimmermann", "Patient's Name"),
        ("frau zimmermann", "Patient's Name"),
        ("ACC-99120", "Accession Number"),
        ("1947-08-11", "Patient's Birth Date"),
        ("19470811", "Patient's Birth Date"),
        ("OLD_55443", "Other Patient IDs"),
        ("MRN-0042", "A value of column “patient_id” of a table"),
        ("someone@hospital.example", "An e-mail address"),
        ("1.3.12.2.1107.5.1.4.1001.30000013", "A DICOM UID"),
        ("Mustermann^Erika", "A name as DICOM writes it"),
        ("Date of birth: 3.4.1951", "A date of birth"),
    ],
)
def test_each_kind_is_found_in_a_run(tmp_path: Path, planted: str, kind: str) -> None:
    project = _project(tmp_path)
    run = project.runs_dir / "20260101-101500-fpt-plus-ab12"
    run.mkdir()
    (run / "events.jsonl").write_text(json.dumps({"message": planted}) + "\n", encoding="utf-8")
    titles = _titles(_check(project))
    place = "1 time in run 20260101-101500-fpt-plus-ab12, a file .jsonl"
    assert f"{kind}: {place}" in titles


def test_a_name_of_a_kept_file(tmp_path: Path) -> None:
    report = _check(_project(tmp_path, f"{PATIENT_ID}_left.dcm"))
    assert any(
        title.startswith("Patient ID: 1 time in project.sqlite, table images, column location")
        for title in _titles(report)
    )
    assert _serious(report)[0].groups == ((1,),)


def test_a_hidden_name_is_no_finding(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    path = write_image(tmp_path / "source" / f"{PATIENT_ID}.png", 1)
    image = NewImage(
        path=path, image_hash="ab" * 32, class_name="ill", split="train", width=9, height=9,
        patient=project.patient_hash(PATIENT_ID), private_name=True,
    )  # fmt: skip
    project.add([image], [], path.parent)
    assert _titles(_check(project)) == []


def test_numbers_and_dates_in_file_names_are_for_a_person_to_judge(tmp_path: Path) -> None:
    report = _check(_project(tmp_path, "scan-20734551-2019-05-17.dcm"))
    assert {finding.severity for finding in report.findings} == {"note"}
    kinds = {title.split(":")[0] for title in _titles(report)}
    assert kinds == {"A long number in a file name", "A date in a file name"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE images SET class_name = 'Zimmermann'", "table images, column class_name"),
        ("UPDATE images SET facts = json_set(facts, '$.columns.x', 'KH7734-x')", "column facts"),
        ("INSERT INTO skipped VALUES (1, 'x.dcm', 'KH7734-x is broken')", "column reason"),
        ("INSERT INTO meta VALUES ('note', 'KH7734-x')", "table meta, column value"),
        ("UPDATE roots SET path = '../KH7734-x'", "table roots, column path"),
        ("INSERT INTO edits VALUES (1, '', 'KH7734-x', '', '[]')", "table edits, column what"),
    ],
)
def test_every_table_is_searched(tmp_path: Path, change: str, place: str) -> None:
    project = _project(tmp_path)
    with contextlib.closing(sqlite3.connect(project.path / "project.sqlite")) as database:
        database.execute(change)
        database.commit()
    assert any(place in title for title in _titles(_check(project)))


def test_the_audits_own_words_are_no_names(tmp_path: Path) -> None:
    """A patient may be called White; an over-exposed image is white all the same."""
    project = _project(tmp_path)
    for title, found in (("1 image says zimmermann", 0), ("No image of “Zimmermann”", 1)):
        finding = Finding("kind", "note", title, "kh7734-x")
        keep_report(project, AuditReport("", "", (finding,)))
        assert len(_check(project).findings) == found


def test_what_was_deleted_leaves_no_trace_and_a_trace_is_found(tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.keep("note", "what KH7734-x has")
    project.keep("note", "nothing")
    assert _titles(_check(project)) == []
    with contextlib.closing(sqlite3.connect(project.path / "project.sqlite")) as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("INSERT INTO statements VALUES ('key', 'the reading of KH7734-x')")
        database.commit()
        database.execute("DELETE FROM statements")
        database.commit()
    (finding,) = _check(project).findings
    assert "project.sqlite, unused space" in finding.title


def test_the_write_ahead_log_is_searched(tmp_path: Path) -> None:
    project = _project(tmp_path)
    with contextlib.closing(sqlite3.connect(project.path / "project.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO statements VALUES ('key', 'the reading of KH7734-x')")
        database.commit()
        database.execute("DELETE FROM statements")
        database.commit()  # the log still holds both, while it is open
        titles = _titles(_check(project))
    assert any("project.sqlite-wal, unused space" in title for title in titles)


def test_models_reports_logs_and_names(tmp_path: Path, log_folder: Path) -> None:
    project = _project(tmp_path)
    run = project.runs_dir / "20260101-101500-fpt-plus-ab12"
    run.mkdir()
    header = json.dumps({"__metadata__": {"fpt_studio": '{"class_names": ["Zimmermann"]}'}})
    card = len(header).to_bytes(8, "little") + header.encode() + b"\0" * 64
    (run / "model.fpt").write_bytes(card)
    (run / "report.html").write_text("<p>KH7734-x</p>", encoding="utf-8")
    (run / "checkpoint.pt").write_bytes(b"PK\0\0 numbers")
    (log_folder / "fpt.log").write_text("could not read KH7734-x.dcm", encoding="utf-8")
    shutil.copy(run / "report.html", project.path / "KH7734-x.html")
    places = " ".join(_titles(_check(project)))
    assert "run 20260101-101500-fpt-plus-ab12, a file .fpt, its card" in places
    assert "run 20260101-101500-fpt-plus-ab12, a file .html" in places
    assert "logs of the program" in places
    assert "names of files in the project folder" in places


def test_what_imports_met_is_found_without_the_source(tmp_path: Path) -> None:
    project = _project(tmp_path)
    shutil.rmtree(tmp_path / "source")
    (project.runs_dir / "notes.txt").write_text("see KH7734-X", encoding="utf-8")
    report = _check(project)
    (finding,) = report.findings
    assert finding.title.startswith("A patient's number or name that an import met: 1 time in")
    assert "1 of which could not be read" in report.checked[0]
