"""Training, validation and test: stratified by class, never dividing a patient.

The outcome depends on the seed and on the images' content alone, not on file
names, their order or the project's salt.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
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
        if not (self.val >= 0 and self.test >= 0 and self.val + self.test < 1):
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
    free = [group for group in groups if group not in split_of]
    wanted = {split: share for split, share in shares.by_split().items() if share > 0}
    patients = _patients(groups)
    _check_enough_groups(
        {item.class_name for group in free for item in groups[group]}, patients, wanted
    )

    filled: dict[str, Counter[str]] = {split: Counter() for split in ("train", "val", "test")}
    for group, split in split_of.items():
        filled[split].update(item.class_name for item in groups.get(group, []))
    totals = Counter(item.class_name for item in items)
    for group in sorted(free, key=lambda group: _order(groups[group], patients, seed)):
        members = Counter(item.class_name for item in groups[group])
        rarest_first = sorted(members, key=lambda name: (patients[name], name))
        split = max(
            wanted,
            key=lambda split: [
                _need(filled[split][name], wanted[split] * totals[name], wanted[split])
                for name in rarest_first
            ],
        )
        split_of[group] = split
        filled[split].update(members)
    return {item.image_hash: split_of[item.group] for item in items}


def _patients(groups: Mapping[str, list[Item]]) -> Counter[str]:
    """How many patients each class has."""
    return Counter(
        name for members in groups.values() for name in {item.class_name for item in members}
    )


def _order(members: list[Item], patients: Counter[str], seed: int) -> tuple[int, int, str]:
    """Patients of rare classes and with many images first, then as the seed has it."""
    rarest = min(patients[item.class_name] for item in members)
    key = min(item.image_hash for item in members)
    return rarest, -len(members), hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def _need(filled: int, goal: float, share: float) -> float:
    """How much a split still lacks of a class, relative to what it should have.

    A split that has nothing of the class yet comes first, so that every split sees every class.
    """
    return (goal - filled) / goal if filled else 1.0 + share


def _check_enough_groups(
    class_names: Set[str], patients: Counter[str], wanted: Mapping[str, float]
) -> None:
    for name in sorted(class_names):
        if patients[name] < len(wanted):
            raise DatasetError(
                f"Class {name!r} has {patients[name]} patients (or images of unknown "
                f"patients), fewer than the {len(wanted)} splits need.",
                "Add patients of this class, leave it out, or set a share to 0.",
            )
