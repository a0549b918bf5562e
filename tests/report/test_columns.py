"""Which columns a report may tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, NewImage
from fpt_core.errors import ConfigError
from fpt_core.report.columns import RARE, tellable

PATIENTS = 40


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "study")
    identifiers = Identifiers(project.salted_hash)
    identifiers.add(["Doeling^Janina", "MRN-4711"])
    images = [
        NewImage(
            path=tmp_path / f"{n}.png",
            image_hash=f"{n:064x}",
            class_name="ab"[n % 2],
            split="train",
            patient=f"hash {n}",
            width=1,
            height=1,
            facts=ImageFacts(manufacturer="Acme", columns=_columns(n)),
        )
        for n in range(PATIENTS)
    ]
    project.add(images, [], tmp_path, identifiers=identifiers.hashes())
    return project


def _columns(n: int) -> dict[str, str]:
    return {
        "sex": "FM"[n % 2],
        "age": str(20 + n),
        "site": "north" if n < 30 else "south" if n < 37 else "one of its kind",
        "reader": "Janina Doeling" if n % 2 else "somebody",
        "patient_code": "AB"[n % 2],
        "visit": "2026-01-07" if n % 2 else "2026-01-08",
        "Pat.-Nr.": "AB"[n % 2],
        "number": str(100_000 + n % 2),
        "remark": f"remark {n}",
        "story": "a very long text that somebody wrote about it" if n % 2 else "",
    }


def test_groups_are_told_and_what_could_name_people_is_not(project: Project) -> None:
    columns = tellable(project, project.images(), project.facts())
    assert set(columns.groups) == {"age", "sex", "site", "visit"}
    withheld = {"Pat.-Nr.", "number", "patient_code", "reader", "remark", "story"}
    assert set(columns.withheld) == withheld
    assert columns.places == ("site",)
    assert len(set(columns.groups["age"].values())) == 4, "numbers are told in bands"


def test_values_of_few_patients_are_told_together(project: Project) -> None:
    columns = tellable(project, project.images(), project.facts(), ["site"])
    assert set(columns.groups) == {"site"}
    assert sorted(set(columns.groups["site"].values())) == ["north", RARE, "south"]
    last = max(columns.groups["site"])
    assert columns.values("site", [last]) == [RARE]


def test_a_column_that_there_is_not_is_refused(project: Project) -> None:
    with pytest.raises(ConfigError, match="No column 'sitte' was kept") as refused:
        tellable(project, project.images(), project.facts(), ["sitte"])
    assert "site" in refused.value.remedy
    columns = tellable(project, project.images(), project.facts(), ["format", "remark"])
    assert columns.withheld == ("format", "remark")
