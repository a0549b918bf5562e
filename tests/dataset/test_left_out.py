"""Reasons without what is particular to one file."""

from __future__ import annotations

import pytest

from fpt_core.dataset.left_out import kind_of_reason, kinds_of_reasons
from fpt_core.dataset.records import SkippedFile


@pytest.mark.parametrize(
    ("path", "reason", "kind"),
    [
        ("/d/scan 1.dcm", "scan 1.dcm is truncated.", "… is truncated."),
        ("/d/IM0001", "IM0001 has vanished.", "… has vanished."),
        ("/d/Doe", "Doe claims a size of 0 x 7 pixels.", "… claims a size of … x … pixels."),
        (
            "/d/y",
            "Its content is the same as that of x.png.",
            "Its content is the same as that of ….",
        ),
        ("/d/y", "It is like a01_left, not like that.", "It is like …, not like that."),
        ("/d/y", "It has the label 'a b', not 'c'.", "It has the label …, not …."),
        ("/d/y", "It has 1,200 x 7 pixels.", "It has … x … pixels."),
        ("/d/y", "Convert it to 8- or 16-bit.", "Convert it to 8- or 16-bit."),
    ],
)
def test_what_is_particular_to_one_file_makes_no_kind_of_its_own(
    path: str, reason: str, kind: str
) -> None:
    assert kind_of_reason(SkippedFile(path, reason)) == kind


def test_kinds_are_counted_the_most_frequent_first() -> None:
    files = [SkippedFile(f"/d/{n}", f"{n} is truncated.") for n in ("a", "b.png")]
    files.insert(0, SkippedFile("/d/t.txt", "It is no image file."))
    assert kinds_of_reasons(files) == [("… is truncated.", 2), ("It is no image file.", 1)]
