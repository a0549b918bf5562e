from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.importers.table import (
    Columns,
    Table,
    choose_columns,
    list_table,
    read_table,
)
from fpt_core.errors import DatasetError
from tests.pictures import write_image


def _table(folder: Path, content: bytes) -> Table:
    (folder / "labels.csv").write_bytes(content)
    return read_table(folder / "labels.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_delimiter_mark_and_line_end_are_recognised(
    delimiter: str, mark: bytes, line_end: str, tmp_path: Path
) -> None:
    lines = [["File", "label"], ["a.png", "x"], ["b.png", "y"]]
    text = line_end.join(delimiter.join(line) for line in lines)
    table = _table(tmp_path, mark + text.encode())
    assert table.names == ("File", "label")
    assert table.rows[1] == {"File": "b.png", "label": "y"}


def test_quotes_may_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    table = _table(tmp_path, b'file,label\n"a, b.png","two\nlines"\nc.png,y\n')
    assert table.rows[0] == {"file": "a, b.png", "label": "two\nlines"}


def test_a_table_that_is_not_utf8_is_read_as_latin1(tmp_path: Path) -> None:
    table = _table(tmp_path, "file,label\na.png,gr\u00fcn\n".encode("latin-1"))
    assert table.rows[0]["label"] == "gr\u00fcn"


def test_short_and_long_rows_do_no_harm(tmp_path: Path) -> None:
    table = _table(tmp_path, b"file,label\na.png\nb.png,y,extra,more\n")
    assert [row["label"] for row in table.rows] == ["", "y"]


@pytest.mark.parametrize("content", [b"", b"file,label\n"])
def test_a_table_without_rows_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels\.csv holds no rows"):
        _table(tmp_path, content)


def test_columns_are_guessed_by_name_and_may_be_given(tmp_path: Path) -> None:
    table = _table(tmp_path, b"Image,Diagnosis,Subject,grade\na.png,x,p,1\nb.png,y,q,2\n")
    assert choose_columns(table) == Columns("Image", "Diagnosis", "Subject", None)
    assert choose_columns(table, label="grade").label == "grade"


def test_files_are_found_and_everything_left_out_has_a_reason(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "a.png", 1)
    write_image(tmp_path / "b.png", 2)
    table = _table(
        tmp_path,
        b"file,label,patient,split\na.png,x,p1,Training\nb.png,y,,\nc.png,x,p2,test\n"
        b"a.png,,p1,train\n,y,p3,test\n",
    )
    listing = list_table(table, choose_columns(table), tmp_path / "images")
    assert [(f.path.name, f.class_name, f.patient_id, f.split) for f in listing.files] == [
        ("a.png", "x", "p1", "train"),
        ("b.png", "y", None, None),
    ]
    reasons = [file.reason for file in listing.skipped]
    assert [reason.split(",")[0] for reason in reasons] == [
        "The table names it",
        "It has no label.",
        "The row names no file.",
    ]


def test_a_table_saved_as_unicode_text_is_read(tmp_path: Path) -> None:
    table = _table(tmp_path, "file\tlabel\na.png\tgr\u00fcn\n".encode("utf-16"))
    assert table.rows == ({"file": "a.png", "label": "gr\u00fcn"},)


def test_blanks_around_names_and_empty_rows_do_no_harm(tmp_path: Path) -> None:
    table = _table(tmp_path, b"file, label ,\na.png, x,\n,,\nb.png,y,\n,,\n")
    assert [(row["file"], row["label"]) for row in table.rows] == [("a.png", "x"), ("b.png", "y")]
    assert choose_columns(table, label="label").label == "label"


def test_a_name_that_no_file_can_have_is_listed(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", 1)
    table = _table(tmp_path, b"file,label\na.png,x\n" + b"long" * 900 + b",y\n")
    (skipped,) = list_table(table, choose_columns(table), tmp_path).skipped
    assert skipped.reason.startswith("The table names it")


def test_a_split_that_is_none_is_named_not_guessed_around(tmp_path: Path) -> None:
    table = _table(tmp_path, b"file,label,split\na.png,x,train\nb.png,y,hold-out\n")
    with pytest.raises(DatasetError, match=r"'split' of labels\.csv holds 'hold-out'"):
        choose_columns(table)


def test_a_column_without_any_split_is_a_split_column_only_if_asked(tmp_path: Path) -> None:
    table = _table(tmp_path, b"file,label,set\na.png,x,DDR\nb.png,y,IDRiD\n")
    assert choose_columns(table).split is None
    with pytest.raises(DatasetError, match="a split is train, val or test"):
        choose_columns(table, split="set")
