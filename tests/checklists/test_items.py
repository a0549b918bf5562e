"""Who answers the items of a guideline."""

from __future__ import annotations

import pytest

from fpt_core.checklists import claim, tripod
from fpt_core.checklists.items import Item, answer_items, counts
from fpt_core.checklists.topics import TOPICS
from fpt_core.report.content import PARTS

FACETS = {"head", "sites"}
"""What answers items beside the parts: the title, and subgroups that are sites."""


def test_claim_has_its_44_items_and_tripod_its_27_with_52_parts() -> None:
    assert [item.number for item in claim.ITEMS] == [str(n) for n in range(1, 45)]
    assert len(tripod.ITEMS) == 52
    whole = list(dict.fromkeys(item.number.rstrip("abcdefg") for item in tripod.ITEMS))
    assert whole == [str(n) for n in range(1, 28)]


@pytest.mark.parametrize("items", [claim.ITEMS, tripod.ITEMS])
def test_every_item_can_be_answered(items: tuple[Item, ...]) -> None:
    parts = {spec.name for spec in PARTS} | FACETS
    for item in items:
        assert item.parts or item.topic or item.why_not, item.number
        assert set(item.parts) <= parts, item.number
        assert not item.topic or item.topic in TOPICS, item.number
        assert item.asks


def test_every_topic_answers_an_item() -> None:
    assert {item.topic for item in claim.ITEMS + tripod.ITEMS} - {""} == set(TOPICS)


ITEMS = (
    Item("1", "Methods", "By the program", ("flow", "patients"), "design"),
    Item("2", "Methods", "By the author", topic="funding"),
    Item("3", "Methods", "No question", why_not="There is but one."),
)


def test_the_program_answers_where_all_parts_were_made() -> None:
    both = answer_items(ITEMS, {"flow", "patients", "use"}, {})
    assert [answer.kind for answer in both] == ["program", "open", "not-applicable"]
    assert both[0].parts == ("flow", "patients")
    one = answer_items(ITEMS, {"flow"}, {})
    assert [answer.kind for answer in one] == ["open", "open", "not-applicable"]
    assert one[0].parts == ()


def test_a_statement_answers_and_adds_to_what_the_program_says() -> None:
    said = {"design": "Planned.", "funding": "Nobody."}
    answers = answer_items(ITEMS, {"flow", "patients"}, said)
    assert [(a.kind, a.statement) for a in answers] == [
        ("program", "Planned."),
        ("author", "Nobody."),
        ("not-applicable", "There is but one."),
    ]
    assert counts(answers) == {"program": 1, "author": 1, "open": 0, "not-applicable": 1}
    assert answer_items(ITEMS, set(), said)[0].kind == "author"
