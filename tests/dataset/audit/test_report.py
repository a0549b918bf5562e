"""The report as the project keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.report import (
    AuditReport,
    by_severity,
    data_set_fingerprint,
    is_stale,
    keep_report,
    kept_report,
)
from fpt_core.dataset.project import Project
from tests.dataset.audit.samples import changed, data_set

NOTE = Finding("n", "note", "A note", "Words")
SERIOUS = Finding("s", "serious", "Bad", "W", ((1, 2),), (Remedy("Do", "move", (1,), "test"),))


def test_the_project_keeps_the_last_report(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    assert kept_report(project) is None
    keep_report(project, AuditReport("2026-01-01T00:00:00+00:00", "old", ()))
    report = AuditReport("2026-01-02T00:00:00+00:00", "new", by_severity([NOTE, SERIOUS]))
    keep_report(project, report)
    assert kept_report(Project.open(tmp_path / "study")) == report
    assert report.findings == (SERIOUS, NOTE)
    json.dumps(report.to_record())


def test_a_change_of_label_split_or_patient_makes_it_stale() -> None:
    images, _ = data_set(8)
    report = AuditReport("", data_set_fingerprint(images), ())
    assert not is_stale(report, images)
    for change in ({"class_name": "x"}, {"split": "val"}, {"patient": None}, {"image_hash": "0"}):
        assert is_stale(report, changed(images, {1: change}))
    assert is_stale(report, images[1:])
