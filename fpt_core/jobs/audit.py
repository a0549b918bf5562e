"""Look for what makes a data set misleading, or for identifiers that were kept. Needs no torch."""

from __future__ import annotations

from collections.abc import Generator

from fpt_core.dataset.audit.checks import CHECKS
from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.privacy import check_privacy
from fpt_core.dataset.audit.report import (
    AuditReport,
    by_severity,
    data_set_fingerprint,
    keep_report,
)
from fpt_core.dataset.project import Project
from fpt_core.dataset.project_tables import now
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.requests import AuditRequest


def audit(request: AuditRequest) -> Generator[Event, None, None]:
    """The audit job. Findings on the data set are kept in the project; those on privacy are not.

    Raises:
        DatasetError: If there are no images.
    """
    project = Project.open(request.project)
    images = project.images()
    if request.privacy:
        privacy = yield from check_privacy(project)
        findings, checked = privacy.findings, privacy.checked
    else:
        findings = tuple((yield from _check_all(project, images)))
        checked = tuple(check.name for check in CHECKS)
    report = AuditReport(now(), data_set_fingerprint(images), by_severity(findings))
    if not request.privacy:
        keep_report(project, report)
    yield Finished(
        {
            "project": str(project.path),
            "images": len(images),
            **report.to_record(),
            "checked": list(checked),
        }
    )


def _check_all(
    project: Project, images: list[ImageRecord]
) -> Generator[Event, None, list[Finding]]:
    if not images:
        raise DatasetError(f"The project {project.path.name} has no images.", "Import some first.")
    facts = project.facts()
    findings: list[Finding] = []
    for done, check in enumerate(CHECKS):
        yield Progress("Auditing", done, len(CHECKS))
        findings += check.find(images, facts)
    yield Progress("Auditing", len(CHECKS), len(CHECKS))
    return findings
