"""What an audit found, as the project keeps it, and whether that still holds."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord

REPORT_KEY = "audit"
"""Under which the project keeps the report."""
_ORDER = ("serious", "caution", "note")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Findings, when they were made, and of which state of the data set."""

    created: str
    """ISO 8601, with the offset from UTC."""
    fingerprint: str
    """Of the images when they were looked at; compare ``data_set_fingerprint``."""
    findings: tuple[Finding, ...]
    """The gravest first."""

    def to_record(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> AuditReport:
        """The report that ``to_record`` wrote."""
        findings = tuple(_finding(finding) for finding in record["findings"])
        return cls(record["created"], record["fingerprint"], findings)


def by_severity(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The gravest first; otherwise as they were."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.severity)))


def data_set_fingerprint(images: Sequence[ImageRecord]) -> str:
    """SHA-256 over all of these images that an audit's findings rest on.

    Args:
        images: Those that are not excluded, as ``Project.images`` gives them.
    """
    digest = hashlib.sha256()
    for image in images:
        row = (image.id, image.image_hash, image.class_name, image.split, image.patient)
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()


def keep_report(project: Project, report: AuditReport) -> None:
    """Keep the report in the project, in place of the last one."""
    project.keep(REPORT_KEY, json.dumps(report.to_record(), ensure_ascii=False))


def kept_report(project: Project) -> AuditReport | None:
    """The last audit's report; ``None`` where there was no audit."""
    text = project.kept(REPORT_KEY)
    return None if text is None else AuditReport.from_record(json.loads(text))


def is_stale(report: AuditReport, images: Sequence[ImageRecord]) -> bool:
    """Whether the data set has changed since the audit."""
    return report.fingerprint != data_set_fingerprint(images)


def _finding(record: Mapping[str, Any]) -> Finding:
    return Finding(
        **{
            **record,
            "groups": tuple(tuple(group) for group in record["groups"]),
            "remedies": tuple(
                Remedy(**{**remedy, "image_ids": tuple(remedy["image_ids"])})
                for remedy in record["remedies"]
            ),
        }
    )
