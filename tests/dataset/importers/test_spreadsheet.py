"""Spreadsheets of openpyxl's own making."""

from __future__ import annotations

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from fpt_core.dataset.importers import spreadsheet
from fpt_core.dataset.importers.spreadsheet import parse_spreadsheet


def _saved(workbook: Workbook) -> bytes:
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def test_cells_are_text_as_the_sheet_shows_them() -> None:
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["file", "grade", "patient", "date", "sure", "score"])
    sheet.append(["a.png", 1.0, 123, datetime.datetime(2024, 5, 1), True, 0.5])
    sheet.append(["b.png", None, "007"])
    records = parse_spreadsheet(_saved(workbook))
    assert records[1] == ["a.png", "1", "123", "2024-05-01", "True", "0.5"]
    assert records[2][:3] == ["b.png", "", "007"]


def test_the_first_sheet_with_rows_is_read() -> None:
    workbook = Workbook()
    workbook.create_sheet("labels").append(["file", "label"])
    workbook.create_sheet("other").append(["no", "labels"])
    assert parse_spreadsheet(_saved(workbook)) == [["file", "label"]]


def test_an_empty_workbook_has_no_records() -> None:
    assert parse_spreadsheet(_saved(Workbook())) == []


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_MAX_BYTES", 10_000)
    content = io.BytesIO(_saved(Workbook()))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * 20_000)
    with pytest.raises(ValueError, match="more than a table"):
        parse_spreadsheet(content.getvalue())
