"""The images that a table names, and every row that names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.frames import FrameRule, chosen_slices
from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.errors import DatasetError
from tests.pictures import write_image
from tests.sources import listed, places, reasons, write_dicom


def _save(folder: Path, text: str, name: str = "labels.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number, name in enumerate(("a.png", "b.png", "sub/c.png", "x/same.png", "y/same.png")):
        write_image(tmp_path / "images" / name, number)
    return tmp_path / "images"


def test_files_are_found_and_everything_left_out_has_a_reason(root: Path) -> None:
    table = _save(
        root.parent,
        "file,label,patient,split\na.png,x,p1,Training\nb.png,y,,\nnone.png,x,p2,test\n"
        "c,,p1,train\n,y,p3,test\n../../etc/passwd,x,p,test\nsame.png,z,p,test\nb.png,y,,,,!\n",
    )
    listing = listed(root, labels=table)
    assert [(f.path.name, f.class_name, f.patient_id, f.split) for f in listing.files] == [
        ("a.png", "x", "p1", "train"),
        ("b.png", "y", None, None),
    ]
    told = reasons(listing)
    assert told.pop("none.png").startswith("The table names it, but there is no such image")
    assert told.pop("passwd").endswith("outside the chosen folder.")
    assert told.pop("c.png") == "It has no label."
    assert told.pop("labels.csv, row 6") == "The row names no file."
    assert told.pop("labels.csv, row 9").startswith("The row has 6 values")
    same = [file.reason for file in listing.skipped if file.path.endswith("same.png")]
    assert len(same) == 3
    assert same[0].startswith("2 images have this name")
    assert same[1:] == ["The table does not name it."] * 2


def test_folders_in_the_table_or_another_column_decide_between_equal_names(root: Path) -> None:
    table = _save(root.parent, "file,eye,label\nsame,x,dr\nsame,y,none\na,z,dr\n")
    listing = listed(root, labels=table)
    assert places(listing, root) == {"x/same.png": "dr", "y/same.png": "none", "a.png": "dr"}


def test_a_file_named_twice_is_taken_once_or_not_at_all(root: Path) -> None:
    table = _save(root.parent, "file,label\na.png,x\na,x\nb.png,x\nb.png,y\nc.png,y\n")
    listing = listed(root, labels=table)
    assert places(listing, root) == {"a.png": "x", "sub/c.png": "y"}
    assert reasons(listing)["a.png"] == "Row 3 of the table names it again."
    assert reasons(listing)["b.png"] == (
        "The table gives it several labels: row 4 says 'x', row 5 says 'y'. Correct the table."
    )


def test_frames_that_the_table_names_are_kept(root: Path) -> None:
    table = _save(root.parent, "file,slice,label\na,3,x\na,4.0,y\nb,one,x\nc,,y\n")
    listing = listed(root, labels=table)
    assert [(file.path.name, file.frame, file.class_name) for file in listing.files] == [
        ("a.png", 3, "x"),
        ("a.png", 4, "y"),
        ("c.png", None, "y"),
    ]
    assert "'one' is no whole number" in reasons(listing)["b"]


def test_kept_columns_come_with_the_image(root: Path) -> None:
    table = _save(root.parent, "file,label,site,sex\na,x,Graz,f\nb,y,Wien,m\n")
    listing = listed(root, labels=table, columns=ColumnChoice(keep=("site", "sex")))
    assert listing.files[0].columns == {"site": "Graz", "sex": "f"}


def test_a_split_that_is_none_is_named_not_guessed_around(root: Path) -> None:
    table = _save(root.parent, "file,label,split\na.png,x,train\nb.png,y,hold-out\n")
    with pytest.raises(DatasetError, match=r"'split' of labels\.csv holds 'hold-out'"):
        listed(root, labels=table)
    table = _save(root.parent, "file,label,set\na.png,x,DDR\nb.png,y,IDRiD\n")
    assert len(listed(root, labels=table).files) == 2
    with pytest.raises(DatasetError, match="a split is train, val or test"):
        listed(root, labels=table, columns=ColumnChoice(split="set"))


def test_a_table_without_a_label_is_told_with_its_columns(tmp_path: Path) -> None:
    for name in "ab":
        write_image(tmp_path / f"{name}.png", 1)
    table = _save(tmp_path, "file,remark\na.png,one\nb.png,two\n")
    with pytest.raises(DatasetError, match="looks like the label; it has file, remark"):
        listed(table)


def test_a_table_that_names_none_of_the_files_says_why(root: Path) -> None:
    table = _save(root.parent, "file,label\nq.png,x\nr.png,y\n")
    with pytest.raises(
        DatasetError, match=r"No row of labels\.csv gives .* The first: The table names"
    ):
        listed(root, labels=table)


def test_a_label_column_of_measurements_is_refused_by_name(root: Path) -> None:
    for number in range(30):
        write_image(root / f"m{number}.png", number)
    rows = "".join(f"m{number},{number * 0.31:.2f},{number}\n" for number in range(30))
    table = _save(root.parent, f"file,score,row\n{rows}")
    with pytest.raises(DatasetError, match=r"Column 'score' of labels\.csv holds numbers with"):
        listed(root, labels=table, columns=ColumnChoice(label="score"))
    with pytest.raises(
        DatasetError, match=r"Column 'row' of labels\.csv gives 30 different labels for 30"
    ):
        listed(root, labels=table, columns=ColumnChoice(label="row"))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two patients with two series of three slices each, in files without suffixes."""
    for number in range(12):
        patient, series, index = number // 6, number // 3, number % 3
        write_dicom(
            tmp_path / "pacs" / f"IM{number:04d}",
            PatientID=f"00{patient}7",
            StudyInstanceUID=f"1.2.{patient}",
            SeriesInstanceUID=f"1.2.{patient}.{series}",
            SOPInstanceUID=f"1.2.{patient}.{series}.{index}",
            AccessionNumber=f"ACC{series}",
            ImagePositionPatient=[0, 0, -float(index)],
        )
    return tmp_path / "pacs"


@pytest.mark.parametrize(
    ("header", "rows", "join", "images"),
    [
        ("PatientID", ["7,x", "017,y"], "PatientID", 12),
        ("study", ["1.2.0,x", "1.2.1,y"], "StudyInstanceUID", 12),
        ("uid", ["1.2.0.0,x", "1.2.1.3,y", "1.2.9,y"], "SeriesInstanceUID", 6),
        ("Accession No", ["ACC0,x", "ACC1,y", "ACC3,y"], "AccessionNumber", 9),
        ("sop", ["1.2.0.0.1,x", "1.2.0.0.2,y"], "SOPInstanceUID", 2),
        ("name", ["IM0001,x", "IM0002,y"], "file", 2),
    ],
)
def test_tables_join_by_the_identifier_that_matches(
    header: str, rows: list[str], join: str, images: int, archive: Path
) -> None:
    table = _save(archive.parent, "\n".join([f"{header},label", *rows]))
    listing = listed(archive, labels=table)
    assert len(listing.files) == images
    assert {file.class_name for file in listing.files} == {"x", "y"}
    assert {file.patient_id for file in listing.files} <= {"0007", "0017"}
    given = listed(archive, labels=table, columns=ColumnChoice(key=header, join=join))  # type: ignore[arg-type]
    assert given.files == listing.files


def test_the_slices_of_a_series_are_in_order_for_a_rule(archive: Path) -> None:
    table = _save(archive.parent, "PatientID,label\n7,x\n17,y\n")
    files = listed(archive, labels=table).files
    assert [file.path.name for file in files[:3]] == ["IM0002", "IM0001", "IM0000"]
    middle = chosen_slices(files, FrameRule.parse("middle"))
    assert [file.path.name for file in middle] == ["IM0001", "IM0004", "IM0007", "IM0010"]


def test_a_slice_that_the_table_names_wins_over_the_rule(archive: Path) -> None:
    table = _save(archive.parent, "series,slice,label\n1.2.0.0,0,x\n1.2.1.2,2,y\n1.2.1.3,3,y\n")
    listing = listed(archive, labels=table)
    middle = chosen_slices(listing.files, FrameRule.parse("middle"))
    assert [(file.path.name, file.frame) for file in middle] == [("IM0002", 0), ("IM0006", 0)]
    assert reasons(listing)["labels.csv, row 4"] == "The series has 3 slices; there is no slice 3."


def test_a_patient_with_two_labels_asks_for_a_finer_join(archive: Path) -> None:
    table = _save(archive.parent, "PatientID,label\n7,x\n7,y\n17,y\n")
    listing = listed(archive, labels=table)
    assert len(listing.files) == 6
    assert "join it by something finer than PatientID" in reasons(listing)["IM0000"]


def test_no_reason_names_a_patient(archive: Path) -> None:
    table = _save(archive.parent, "PatientID,label\n7,x\n17,y\nMRN-SECRET,y\n")
    listing = listed(archive, labels=table)
    assert listing.skipped
    assert not any("SECRET" in file.reason + file.path for file in listing.skipped)
