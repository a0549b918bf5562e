"""An item of a guideline, and how a report answers it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["program", "author", "open", "not-applicable"]
"""Answered by the program; by the author; to be written by the author; no question here."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item, in our own words."""

    number: str
    """As the guideline counts."""
    part: str
    """Of a paper: Methods, say."""
    asks: str
    parts: tuple[str, ...] = ()
    """Parts of the report that together answer it, where they could be made."""
    topic: str = ""
    """What the author says of it, where the program does not or to go on from there."""
    why_not: str = ""
    """Why it is no question here, where the program does not answer it."""


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """How one report answers an item."""

    number: str
    part: str
    asks: str
    kind: Kind
    parts: tuple[str, ...]
    """Of the report, where the program answers."""
    topic: str
    statement: str
    """The author's, or why the item is no question; else empty."""


def answer_items(
    items: Sequence[Item], made: Collection[str], statements: Mapping[str, str]
) -> tuple[ItemAnswer, ...]:
    """How a report answers the items of a guideline.

    Args:
        items: Of the guideline.
        made: Parts of the report that could be made.
        statements: The author's, by topic.
    """
    return tuple(_answer(item, made, statements.get(item.topic, "")) for item in items)


def counts(answers: Sequence[ItemAnswer]) -> dict[Kind, int]:
    """Items by who answers them."""
    kinds: tuple[Kind, ...] = ("program", "author", "open", "not-applicable")
    return {kind: sum(answer.kind == kind for answer in answers) for kind in kinds}


def _answer(item: Item, made: Collection[str], statement: str) -> ItemAnswer:
    kind: Kind
    if item.parts and set(item.parts) <= set(made):
        kind = "program"
    elif item.why_not:
        kind, statement = "not-applicable", item.why_not
    else:
        kind = "author" if statement else "open"
    return ItemAnswer(
        item.number,
        item.part,
        item.asks,
        kind,
        item.parts if kind == "program" else (),
        item.topic,
        statement,
    )
