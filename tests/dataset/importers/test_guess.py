"""What columns say, guessed from names and values."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fpt_core.dataset.importers.columns import NO_COLUMN, ColumnChoice
from fpt_core.dataset.importers.guess import guess_columns, readings
from fpt_core.dataset.importers.matcher import Matcher
from fpt_core.dataset.importers.table import Table, read_table
from fpt_core.dataset.importers.tree import Tree
from fpt_core.errors import DatasetError

_PLACES = [f"images/im{number:03d}.png" for number in range(40)]


def _table(folder: Path, header: str, row: str) -> Table:
    """A table whose rows are ``row`` with ``n``, ``half`` and ``chance`` filled in."""
    chance = random.Random(0)
    lines = [
        row.format(n=number, half=number // 2, two="ab"[number % 2], chance=chance.random())
        for number in range(40)
    ]
    (folder / "t.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    return read_table(folder / "t.csv")


def _guess(table: Table, given: ColumnChoice | None = None, **options: bool) -> ColumnChoice:
    matcher = Matcher(Tree(Path("/data"), images=_PLACES), {})
    return guess_columns(table, readings(table, matcher), given or ColumnChoice(), **options)


@pytest.mark.parametrize(
    "header",
    [
        "File,Label,Patient ID,Split",
        "image_id,Diagnosis,subject,set",
        "Dateiname,Diagnose,Patientennummer,Aufteilung",
        "fichier,étiquette,id_patient,répartition",
        "archivo,diagnóstico,paciente,conjunto",
    ],
)
def test_columns_are_known_by_name_in_four_languages(header: str, tmp_path: Path) -> None:
    split = "{n}"
    table = _table(tmp_path, header, "im{n:03d},{two},p{half}," + split.replace("{n}", "train"))
    names = header.split(",")
    assert _guess(table) == ColumnChoice(names[0], names[1], names[2], names[3], None, "file")


def test_columns_are_known_by_what_their_values_are(tmp_path: Path) -> None:
    table = _table(
        tmp_path, "c1,c2,c3,c4,c5", "{chance},MRN{half:04d},images/im{n:03d}.png,{two},Test"
    )
    assert _guess(table) == ColumnChoice("c3", "c4", "c2", "c5", None, "file")


def test_a_name_that_fits_does_not_win_over_values_that_find_files(tmp_path: Path) -> None:
    table = _table(tmp_path, "name,scan code,label", "Mr {n},im{n:03d},{two}")
    assert _guess(table).key == "scan code"


def test_a_choice_is_kept(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label,grade,site", "im{n:03d},{two},{half},{two}")
    given = ColumnChoice(label="grade", keep=("site",))
    assert _guess(table, given) == ColumnChoice(
        "file", "grade", None, None, None, "file", ("site",)
    )


def test_what_shall_have_no_column_is_not_guessed(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label,patient,split,slice", "im{n:03d},{two},p{half},train,1")
    assert _guess(table).patient == "patient"
    for role in ("label", "patient", "split", "frame"):
        assert getattr(_guess(table, ColumnChoice(**{role: NO_COLUMN})), role) is None
    chosen = ColumnChoice("file", "label", join="file")
    assert _guess(table, chosen.settled()) == chosen


@pytest.mark.parametrize("role", ["key", "label", "patient", "split", "frame"])
def test_a_column_that_is_not_there_is_told_with_those_that_are(role: str, tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label", "im{n:03d},{two}")
    with pytest.raises(DatasetError, match="no column 'x'; it has file, label"):
        _guess(table, ColumnChoice(**{role: "x"}))
    with pytest.raises(DatasetError, match="no column 'x'"):
        _guess(table, ColumnChoice(keep=("x",)))


def test_ages_and_dates_are_no_patients(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label,age,day", "im{n:03d},{two},{half},202401{half:02d}")
    assert _guess(table).patient is None


def test_two_columns_that_could_be_the_label_leave_it_open(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,c1,c2", "im{n:03d},{two},{two}")
    assert _guess(table).label is None


def test_folders_name_the_class_rather_than_a_column_of_few_values(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,sex", "im{n:03d},{two}")
    assert _guess(table).label == "sex"
    assert _guess(table, has_folders=True).label is None


def test_a_column_called_set_without_splits_is_none(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label,set", "im{n:03d},{two},DDR{two}")
    assert _guess(table).split is None


def test_readings_count_the_rows_that_find_files(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,other,label", "im{n:03d},im{half:03d},{two}")
    matcher = Matcher(Tree(Path("/data"), images=_PLACES[:30]), {})
    assert readings(table, matcher) == (("other", "file", 40), ("file", "file", 30))
