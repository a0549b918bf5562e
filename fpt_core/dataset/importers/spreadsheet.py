"""A spreadsheet: the first sheet of an XLSX workbook that has rows."""

from __future__ import annotations

import datetime
import io
import zipfile

from fpt_core.images.quiet import quiet

_MAX_BYTES = 2_000_000_000
_MAX_COLUMNS = 1000


def parse_spreadsheet(content: bytes) -> list[list[str]]:
    """The records of the first sheet that has any, cells as text.

    Raises:
        ValueError: If the workbook is larger than a table of labels can be.
        Exception: Whatever openpyxl raises of a damaged workbook.
    """
    from openpyxl import load_workbook  # a third of the window's start, where none is read

    _check_size(content)
    with quiet:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            for sheet in workbook.worksheets:
                sheet.reset_dimensions()  # some programs write them wrong
                records = [
                    [_text(value) for value in row[:_MAX_COLUMNS]]
                    for row in sheet.iter_rows(values_only=True)
                ]
                if any(any(record) for record in records):
                    return records
        finally:
            workbook.close()
    return []


def _check_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
            raise ValueError("it unpacks to more than a table of labels can hold")


def _text(value: object) -> str:
    """A cell as the sheet shows it, near enough to be matched with text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
