"""What completes a listing."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.importers.completion import (
    add_patients,
    leave_out_without_image,
    left_over,
    order_stacks,
)
from fpt_core.dataset.importers.folder import ClassFolders
from fpt_core.dataset.importers.headers import Headers
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.survey import Survey
from fpt_core.dataset.importers.tree import Tree
from fpt_core.dataset.patients import compile_pattern
from fpt_core.dataset.records import SkippedFile

_ROOT = Path("/set")


def _survey(images: list[str], **parts: object) -> Survey:
    tree = Tree(_ROOT, images=images, tables=["labels.csv", "other.csv"])
    tree.skipped.append(SkippedFile("/set/x.md", "It is no image file."))
    headers = Headers(without_image={"report.dcm": "It holds no image (modality SR)."})
    return Survey(tree, ClassFolders(tree), headers, parts.get("stacks", {}))  # type: ignore[arg-type]


def _listing(*places: str) -> Listing:
    return Listing([LabelledFile(_ROOT / place, "a") for place in places])


def test_a_report_with_a_label_is_left_out() -> None:
    listing = _listing("a.dcm", "report.dcm")
    leave_out_without_image(_survey(["a.dcm", "report.dcm"]), listing)
    assert [file.path.name for file in listing.files] == ["a.dcm"]
    assert listing.skipped == [SkippedFile("/set/report.dcm", "It holds no image (modality SR).")]


def test_every_file_has_its_place_once() -> None:
    found = _survey(["a.png", "b.png", "c.png", "report.dcm"])
    listing = _listing("a.png")
    listing.skipped.append(SkippedFile("/set/b.png", "It has no label."))
    listing.tables.append(_ROOT / "labels.csv")
    assert [(file.path, file.reason) for file in left_over(found, listing, "Unnamed.")] == [
        ("/set/x.md", "It is no image file."),
        ("/set/c.png", "Unnamed."),
        ("/set/report.dcm", "It holds no image (modality SR)."),
        ("/set/other.csv", "It is a table or text, not an image."),
    ]


def test_slices_come_in_order_where_the_first_of_them_was() -> None:
    found = _survey([], stacks={"s": ["3.dcm", "1.dcm", "2.dcm"], "t": ["9.dcm", "8.dcm"]})
    listing = _listing("0.dcm", "1.dcm", "8.dcm", "2.dcm", "3.dcm", "9.dcm", "z.dcm")
    order_stacks(found, listing)
    assert [(file.path.stem, file.series) for file in listing.files] == [
        ("0", None), ("3", "s"), ("1", "s"), ("2", "s"), ("9", "t"), ("8", "t"), ("z", None),
    ]  # fmt: skip


def test_a_pattern_fills_in_what_the_table_left_open() -> None:
    listing = Listing(
        [LabelledFile(_ROOT / "P1_L.png", "a", "Q"), LabelledFile(_ROOT / "P2_L.png", "a")]
    )
    add_patients(_survey([]), listing, compile_pattern(r"(P\d)_"))
    assert [file.patient_id for file in listing.files] == ["Q", "P2"]
    assert not listing.warnings
