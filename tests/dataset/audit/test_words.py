"""Sentences."""

from __future__ import annotations

from fpt_core.dataset.audit.words import counted, listed


def test_numbers_and_names_read_as_in_a_sentence() -> None:
    assert counted(1) == "1 image"
    assert counted(1200, "exact copy") == "1,200 exact copies"
    assert listed(["a"]) == "“a”"
    assert listed(["a", "b", "c"]) == "“a”, “b” and “c”"
