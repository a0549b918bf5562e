"""Delimited text of every delimiter and encoding."""

from __future__ import annotations

import csv

import pytest

from fpt_core.dataset.importers.delimited import decode, parse_delimited

_ROWS = [["Datei", "Befund"], ["a.png", "grün"], ["b.png", "Rötung"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_delimiter_line_end_and_encoding_are_recognised(
    delimiter: str, line_end: str, encoding: str
) -> None:
    text = line_end.join(delimiter.join(row) for row in _ROWS)
    assert parse_delimited(text.encode(encoding)) == _ROWS


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "файл,диагноз\na.png,норма\nb.png,пневмония\n"),
        ("cp1253", "αρχείο,ετικέτα\na.png,υγιής\nb.png,πνευμονία\n"),
        ("cp932", "ファイル,ラベル\na.png,正常\nb.png,肺炎\n"),
        ("cp1252", "file,label\na.png,5 µm – “small”\n"),
    ],
)
def test_code_pages_of_other_scripts_are_recognised(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_quotes_may_hold_delimiters_line_ends_and_quotes() -> None:
    content = b'file,label\n"a, b.png","two\nlines"\n"c ""x"".png",y\n'
    assert parse_delimited(content)[1:] == [["a, b.png", "two\nlines"], ['c "x".png', "y"]]


def test_decimal_commas_do_not_divide_columns() -> None:
    assert parse_delimited(b"file;label\na.png;1,0\nb.png;0,0\n")[1] == ["a.png", "1,0"]


def test_free_text_does_not_choose_the_delimiter() -> None:
    content = b'file,label,note\na.png,x,"one; two; three"\nb.png,y,"four; five"\nc.png,x,\n'
    assert [len(row) for row in parse_delimited(content)] == [3, 3, 3, 3]


def test_a_quote_that_is_not_closed_swallows_no_rows() -> None:
    rows = parse_delimited(b'file,label\n"a.png,x\nb.png,y\nc.png,x\n')
    assert rows[2:] == [["b.png", "y"], ["c.png", "x"]]


def test_a_line_of_excels_that_names_the_delimiter_is_no_row() -> None:
    assert parse_delimited(b"sep=;\nfile;label\na.png;x\n") == [["file", "label"], ["a.png", "x"]]


def test_blanks_delimit_only_where_nothing_else_does() -> None:
    assert parse_delimited(b"a.png 0\nb.png 1\n", blank_delimits=True)[0] == ["a.png", "0"]
    assert parse_delimited(b"a b.png,0\nc d.png,1\n", blank_delimits=True)[0] == ["a b.png", "0"]


def test_a_field_of_megabytes_is_no_table() -> None:
    with pytest.raises(csv.Error):
        parse_delimited(b'file,label\n"' + b"x" * 300_000)


def test_nothing_is_no_records() -> None:
    assert parse_delimited(b"") == []
