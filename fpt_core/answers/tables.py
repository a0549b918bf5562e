"""Answers as a table for other programs: CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from fpt_core.answers.answer_file import AnswerFile, QueuedImage
from fpt_core.answers.private_name import WITHHELD, without_name
from fpt_core.files import write_atomically

_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def images_of(answers: AnswerFile, numbers: Sequence[int]) -> Iterator[QueuedImage]:
    """These images in this order, a few in memory at a time."""
    for start in range(0, len(numbers), _AT_ONCE):
        part = numbers[start : start + _AT_ONCE]
        found = answers.images(part)
        yield from (found[number] for number in part if number in found)


def rows_of(
    answers: AnswerFile, numbers: Sequence[int], all_names: bool = False
) -> Iterator[list[str | float | int]]:
    """The head, and a row for each image.

    Args:
        answers: Where they are.
        numbers: Which, in the order of the rows.
        all_names: Also write names that hold an identifier of the patient.
    """
    classes = answers.class_names()
    rule = str(answers.rule)
    yield ["number", "file", "frames", "rule", "prediction", "probability", "unlike_training",
           "uncertain", "note", *classes]  # fmt: skip
    for image in images_of(answers, numbers):
        withheld = image.names_patient and not all_names
        note = image.refusal or ""
        shares = answers.probabilities(image.number)
        yield [
            image.number,
            WITHHELD if withheld else image.name,
            image.frames if image.class_name else "",
            rule if image.frames > 1 else "",
            image.class_name or "",
            "" if image.probability is None else round(image.probability, 6),
            "yes" if image.is_unlike else "no" if image.class_name else "",
            "yes" if image.is_uncertain else "no" if image.class_name else "",
            without_name(note, image.path) if withheld else note,
            *(round(shares[name], 6) if name in shares else "" for name in classes),
        ]


def write_table(
    path: Path, answers: AnswerFile, numbers: Sequence[int], all_names: bool = False
) -> None:
    """Write answers as XLSX where the name says so, else as CSV.

    Raises:
        OSError: If it cannot be written; a file that was there is then as it was.
    """
    rows = rows_of(answers, numbers, all_names)
    content = _workbook(rows) if path.suffix.lower() == ".xlsx" else _text(rows)
    write_atomically(path, content)


def _text(rows: Iterator[list[str | float | int]]) -> bytes:
    content = io.StringIO(newline="")
    # A spreadsheet would take a name that begins so for a formula.
    csv.writer(content).writerows(
        [
            f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
            for cell in row
        ]
        for row in rows
    )
    return content.getvalue().encode("utf-8-sig")


def _workbook(rows: Iterator[list[str | float | int]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Answers")
    sheet.freeze_panes = "A2"
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value)
            if isinstance(value, str):
                cell.data_type = "s"  # also where it looks like a formula
            cells.append(cell)
        sheet.append(cells)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
