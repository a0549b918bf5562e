"""Training, validation and test: stratified by class, never dividing a patient.

The outcome depends on the seed and on the images' content alone, not on file
names, their order or the project's salt.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpt_core.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Item:
    """One image as the split sees it."""

    image_hash: str
    class_name: str
    group: str
    """The patient, or the image itself where the patient is unknown."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the images validation and test take; training takes the rest."""

    val: float = 0.1
    test: float = 0.3

    def __post_init__(self) -> None:
        if self.val < 0 or self.test < 0 or self.val + self.test >= 1:
            raise DatasetError(
                "The shares of validation and test must be at least 0 and leave something to train "
                f"on, not {self.val} and {self.test}.",
                "Choose 0.1 and 0.3, say.",
            )

    def by_split(self) -> dict[str, float]:
        """Shares of all three splits."""
        return {"train": 1 - self.val - self.test, "val": self.val, "test": self.test}


def assign_splits(
    items: Sequence[Item],
    shares: Shares,
    seed: int,
    fixed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The split of every image, by its hash.

    Args:
        items: All images, those of earlier imports too.
        shares: Wanted shares.
        seed: Another seed, another split.
        fixed: Splits of groups that have one already; they keep it.

    Raises:
        DatasetError: If a class has fewer patients than there are splits to fill.
    """
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    split_of = dict(fixed or {})
    wanted = {split: share for split, share in shares.by_split().items() if share > 0}
    _check_enough_groups(groups, wanted)

    filled: dict[str, Counter[str]] = {split: Counter() for split in ("train", "val", "test")}
    for group, split in split_of.items():
        filled[split].update(item.class_name for item in groups.get(group, []))
    totals = Counter(item.class_name for item in items)
    free = [group for group in groups if group not in split_of]
    for group in sorted(free, key=lambda group: _order(groups[group], totals, seed)):
        members = Counter(item.class_name for item in groups[group])
        split = max(wanted, key=lambda split: _need(members, filled[split], totals, wanted[split]))
        split_of[group] = split
        filled[split].update(members)
    return {item.image_hash: split_of[item.group] for item in items}


def _order(members: list[Item], totals: Counter[str], seed: int) -> tuple[int, int, str]:
    """Rare classes and large groups first, then as the seed has it."""
    rarest = min(totals[item.class_name] for item in members)
    key = min(item.image_hash for item in members)
    return rarest, -len(members), hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def _need(
    members: Counter[str], filled: Counter[str], totals: Counter[str], share: float
) -> tuple[float, float]:
    """How much a split still lacks of what a group brings, relative to what it should have.

    A split that has nothing of a class yet comes first, so that every split sees every class.
    """
    lacking = max(
        (share * totals[name] - filled[name]) / (share * totals[name]) for name in members
    )
    empty = sum(1.0 for name in members if filled[name] == 0)
    return (lacking if not empty else 1.0 + share, share)


def _check_enough_groups(groups: Mapping[str, list[Item]], wanted: Mapping[str, float]) -> None:
    patients: dict[str, set[str]] = defaultdict(set)
    for group, members in groups.items():
        for item in members:
            patients[item.class_name].add(group)
    for class_name, members_of in sorted(patients.items()):
        if len(members_of) < len(wanted):
            raise DatasetError(
                f"Class {class_name!r} has {len(members_of)} patients (or images of unknown "
                f"patients), fewer than the {len(wanted)} splits need.",
                "Add patients of this class, leave it out, or set a share to 0.",
            )
