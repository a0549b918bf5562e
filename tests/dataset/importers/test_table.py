"""Tables: header, rows and what is wrong with them, whatever the format."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from fpt_core.dataset.importers import table as table_module
from fpt_core.dataset.importers.table import Table, read_table
from fpt_core.errors import DatasetError, FptError


def _table(folder: Path, content: bytes | str, name: str = "labels.csv") -> Table:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return read_table(folder / name)


def _values(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row.values.values()) for row in table.rows]


def test_a_row_knows_its_number_as_a_spreadsheet_shows_it(tmp_path: Path) -> None:
    table = _table(tmp_path, 'file,label\na.png,"two\nlines"\n\nb.png,y\n')
    assert [row.number for row in table.rows] == [2, 4]
    assert table.place(table.rows[1]).endswith("labels.csv, row 4")
    assert table.column("label") == ["two\nlines", "y"]


def test_a_workbook_is_a_table_with_its_title_left_out(tmp_path: Path) -> None:
    workbook = Workbook()
    for row in (["Study of 2024"], [], ["File", "Label"], ["a.png", 1.0], ["b.png", 0]):
        workbook.active.append(row)
    workbook.save(tmp_path / "labels.xlsx")
    table = read_table(tmp_path / "labels.xlsx")
    assert table.names == ("File", "Label")
    assert _values(table) == [("a.png", "1"), ("b.png", "0")]


def test_lines_of_json_are_a_table(tmp_path: Path) -> None:
    lines = ['{"file_name": "a.png", "label": 1}', "broken", '{"file_name": "b.png", "x": [1]}', ""]
    table = _table(tmp_path, "\n".join(lines), "metadata.jsonl")
    assert table.names == ("file_name", "label", "x")
    assert _values(table) == [("a.png", "1", ""), ("b.png", "", "[1]")]
    assert [file.reason for file in table.skipped] == ["The row cannot be read."]


def test_short_rows_are_filled_and_long_ones_listed(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label\na.png\nb.png,y,extra\nc.png,x,,\n")
    assert _values(table) == [("a.png", ""), ("c.png", "x")]
    (skipped,) = table.skipped
    assert skipped.reason == "The row has 3 values, but the table 2 columns."


@pytest.mark.parametrize("content", ["", "file,label\n", "\n\n", "file,label\n,\n , \n"])
def test_a_table_without_rows_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels\.csv holds no rows"):
        _table(tmp_path, content)


def test_columns_of_one_name_are_told_apart_and_it_is_said(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label,label,,label (2)\na.png,x,y,z,w\n")
    assert len({*table.names}) == 5
    assert table.names[:2] == ("file", "label")
    assert table.names[3] == "column 4"
    assert any("several columns 'label'" in note for note in table.notes)


def test_blanks_around_names_and_values_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    table = _table(tmp_path, "file, label ,\na.png, x,\n,,\nb.png,y,\n")
    assert table.names == ("file", "label")
    assert _values(table) == [("a.png", "x"), ("b.png", "y")]
    assert table.notes == ("Blanks around values of column 'label' of labels.csv are left out.",)


def test_a_table_without_header_has_numbered_columns(tmp_path: Path) -> None:
    table = _table(tmp_path, "dir/a.png 0\ndir/b.png 1\n", "train.txt")
    assert table.names == ("column 1", "column 2")
    assert _values(table)[0] == ("dir/a.png", "0")


def test_what_programs_write_for_nothing_is_nothing(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label\na.png,NaN\nb.png,none\nc.png,#N/A\n")
    assert [row.values["label"] for row in table.rows] == ["", "none", ""]


def test_a_table_of_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "_MAX_BYTES", 10)
    with pytest.raises(DatasetError, match="larger than"):
        _table(tmp_path, "file,label\na.png,x\n")


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_table(tmp_path / "absent.csv")


def _real_tables(folder: Path) -> dict[str, bytes]:
    """A table of each format, as other programs write it."""
    rows = [
        ["file", "label", "patient"],
        *([f"im {n}.png", "ab"[n % 2], f"P{n}"] for n in range(9)),
    ]
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(folder / "real.xlsx")
    lines = [json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]]
    text = "\n".join(f'"{row[0]}";{row[1]};{row[2]}' for row in rows)
    return {
        "csv": text.encode("utf-8-sig"),
        "tsv": text.replace(";", "\t").encode("utf-16"),
        "txt": text.replace(";", "|").encode("cp1252"),
        "xlsx": (folder / "real.xlsx").read_bytes(),
        "jsonl": "\n".join(lines).encode(),
    }


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "xlsx", "jsonl"])
def test_a_damaged_table_is_a_table_or_a_refusal(suffix: str, tmp_path: Path) -> None:
    content = _real_tables(tmp_path)[suffix]
    assert len(_table(tmp_path, content, f"real.{suffix}").rows) == 9
    chance = random.Random(suffix)
    noise = np.random.default_rng(7)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 30))):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 10, 34, 44, 255, 123))
        start = chance.randrange(len(damaged))
        kind = chance.randrange(4)
        if kind == 0:
            damaged = damaged[:start]
        elif kind == 1:
            damaged[start:start] = noise.bytes(chance.randrange(1, 400))
        elif kind == 2:
            del damaged[start : start + chance.randrange(1, 100)]
        try:
            table = _table(tmp_path, bytes(damaged), f"damaged.{suffix}")
        except FptError:
            continue
        assert all({*row.values} == {*table.names} for row in table.rows)
