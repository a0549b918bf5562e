"""Which tables of a source are used, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.proposal import propose, propose_all, tables_that_fit
from fpt_core.dataset.importers.survey import Survey, survey
from tests.pictures import write_image
from tests.sources import finished


@pytest.fixture
def found(tmp_path: Path) -> Survey:
    """Ten images in two class folders, with tables for some and for all."""
    for number in range(10):
        write_image(tmp_path / "ab"[number % 2] / f"{number}.png", number)
    for name, count in (("some.csv", 4), ("all.csv", 10), ("none.csv", 0)):
        rows = [f"{number},p{number // 2}" for number in range(count)]
        text = "\n".join(["image,patient", *rows, "x,y"])
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    (tmp_path / "notes.txt").write_text("some words\nof prose", encoding="utf-8")
    return finished(survey(tmp_path))[1]


def _names(found: Survey, given: ColumnChoice) -> list[str]:
    return [proposal.table.path.name for proposal in tables_that_fit(found, given)]


def test_beside_class_folders_only_the_table_of_all_images_counts(found: Survey) -> None:
    assert _names(found, ColumnChoice()) == ["all.csv"]
    (found.tree.root / "all.csv").unlink()
    assert _names(found, ColumnChoice()) == []


def test_where_columns_are_chosen_a_table_of_some_images_counts(found: Survey) -> None:
    (found.tree.root / "all.csv").unlink()
    assert _names(found, ColumnChoice(patient="patient")) == ["some.csv"]


def test_a_proposal_knows_the_images_that_it_finds(found: Survey) -> None:
    proposal = propose(found, found.tree.root / "some.csv", ColumnChoice())
    assert proposal.choice == ColumnChoice("image", None, "patient", None, None, "file")
    assert proposal.places == {"a/0.png", "b/1.png", "a/2.png", "b/3.png"}


def test_a_chosen_table_brings_no_others_unless_each_split_has_its_own(found: Survey) -> None:
    chosen = propose_all(found, found.tree.root / "some.csv", ColumnChoice())
    assert len(chosen) == 1
