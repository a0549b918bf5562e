"""What the author of a study says is kept by topic."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from fpt_core.dataset.database import DATABASE
from fpt_core.dataset.project import Project


def test_statements_are_kept_replaced_and_taken_away(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    assert project.statements() == {}
    project.state("funding", "  Nobody paid.\n")
    project.state("ethics", "Waived.")
    project.state("funding", "The university paid.")
    assert Project.open(project.path).statements() == {
        "funding": "The university paid.",
        "ethics": "Waived.",
    }
    project.state("ethics", " ")
    assert project.statements() == {"funding": "The university paid."}


def test_a_project_from_before_statements_gets_their_table(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    with sqlite3.connect(project.path / DATABASE) as database:
        for table in ("statements", "verdicts"):
            database.execute(f"DROP TABLE {table}")
        database.execute("UPDATE meta SET value = '4' WHERE key = 'schema_version'")
    database.close()
    opened = Project.open(project.path)
    opened.state("funding", "Nobody paid.")
    assert opened.statements() == {"funding": "Nobody paid."}
