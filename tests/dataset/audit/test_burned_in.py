"""DICOM's word on burned-in text."""

from __future__ import annotations

from fpt_core.dataset.audit.burned_in import find_burned_in
from tests.dataset.audit.samples import data_set, with_facts

IMAGES, FACTS = data_set()


def test_only_images_that_say_so_are_found() -> None:
    facts = with_facts(FACTS, {3: {"burned_in": True}, 4: {"burned_in": False}})
    (finding,) = find_burned_in(IMAGES, facts)
    assert finding.groups == ((3,),)
    assert "Only the DICOM attribute" in finding.explanation
    assert find_burned_in(IMAGES, FACTS) == []
