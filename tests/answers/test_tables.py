from __future__ import annotations

import csv
from pathlib import Path

from openpyxl import load_workbook

from fpt_core.answers.answer_file import AnswerFile
from fpt_core.answers.tables import write_table
from fpt_core.events import PredictionFailed
from tests.answers.answers import answer


def _answers(tmp_path: Path) -> AnswerFile:
    answers = AnswerFile(tmp_path / "answers.sqlite")
    formula, named = tmp_path / "=1+1.png", tmp_path / "Meier^Anna.dcm"
    answers.add([(formula, formula.name), (named, f"scans/{named.name}")])
    answers.keep(1, answer(formula), is_uncertain=lambda *_: True, names_patient=False)
    broken = PredictionFailed(str(named), f"{named.name} is truncated.", "Copy it.")
    answers.refuse(named, named.name, broken, names_patient=True)
    return answers


def test_a_csv_has_a_row_per_image_and_names_no_patient(tmp_path: Path) -> None:
    with _answers(tmp_path) as answers:
        write_table(tmp_path / "table.csv", answers, [2, 1])
        write_table(tmp_path / "named.csv", answers, [2], all_names=True)
    text = (tmp_path / "table.csv").read_text(encoding="utf-8-sig")
    assert "Meier" not in text
    assert str(tmp_path) not in text
    broken, good = csv.DictReader(text.splitlines())
    assert broken["note"] == "The file is truncated. Copy it."
    assert (good["file"], good["prediction"]) == ("'=1+1.png", "ill")
    assert (good["probability"], good["healthy"], good["uncertain"]) == ("0.75", "0.25", "yes")
    assert "scans/Meier^Anna.dcm" in (tmp_path / "named.csv").read_text(encoding="utf-8-sig")


def test_a_workbook_has_the_same_cells_and_no_formula(tmp_path: Path) -> None:
    with _answers(tmp_path) as answers:
        write_table(tmp_path / "table.xlsx", answers, [1, 2])
    sheet = load_workbook(tmp_path / "table.xlsx").active
    assert sheet is not None
    head, first, second = sheet.iter_rows()
    assert [cell.value for cell in head][1:6] == [
        "file",
        "frames",
        "rule",
        "prediction",
        "probability",
    ]
    assert (first[1].value, first[1].data_type, first[5].value) == ("=1+1.png", "s", 0.75)
    assert second[1].value == "(a name that holds an identifier)"
