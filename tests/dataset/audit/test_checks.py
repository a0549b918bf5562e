"""All checks together on a data set that has nothing to find."""

from __future__ import annotations

from fpt_core.dataset.audit.checks import CHECKS
from tests.dataset.audit.samples import data_set


def test_a_data_set_without_faults_gives_no_more_than_notes() -> None:
    images, facts = data_set(240)
    findings = [finding for check in CHECKS for finding in check.find(images, facts)]
    assert [finding.kind for finding in findings] == ["too-few-patients"]
    assert findings[0].severity == "note"


def test_checks_have_names_of_their_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
