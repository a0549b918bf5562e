"""Which images belong together: by patient, by content, or by pairs that were found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from fpt_core.dataset.records import ImageRecord

Key = TypeVar("Key", bound=Hashable)
Group = tuple[ImageRecord, ...]


def unit_of(image: ImageRecord) -> str:
    """What counts once: the patient, or the image's content where the patient is unknown."""
    return image.patient or image.image_hash


def grouped(images: Iterable[ImageRecord], key: Callable[[ImageRecord], Key]) -> dict[Key, Group]:
    """Images by what ``key`` says of them, in their own order."""
    groups: dict[Key, list[ImageRecord]] = defaultdict(list)
    for image in images:
        groups[key(image)].append(image)
    return {name: tuple(members) for name, members in groups.items()}


def joined(chains: Iterable[Sequence[int]]) -> list[tuple[int, ...]]:
    """Numbers that chains link, however many links apart, as sorted tuples."""
    leader: dict[int, int] = {}

    def find(number: int) -> int:
        leader.setdefault(number, number)
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for chain in chains:
        first = find(chain[0])
        for number in chain[1:]:
            leader[find(number)] = first
    members: dict[int, list[int]] = defaultdict(list)
    for number in sorted(leader):
        members[find(number)].append(number)
    return [tuple(group) for group in members.values()]


def is_divided(group: Group) -> bool:
    """Whether the images lie in more than one split."""
    return len({image.split for image in group}) > 1


def has_two_labels(group: Group) -> bool:
    """Whether the images are of more than one class."""
    return len({image.class_name for image in group}) > 1


def ids(images: Iterable[ImageRecord]) -> tuple[int, ...]:
    """The images' ids."""
    return tuple(image.id for image in images)
