"""Training, validation and test, and folds: stratified by class, never dividing a patient.

Copies of one image count as one patient too, whoever they are said to be of. The
outcome depends on the seed and on the images' content alone, not on file names,
their order or the project's salt.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fpt_core.dataset.records import SPLITS
from fpt_core.errors import DatasetError

Part = TypeVar("Part", str, int)


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
    """The split of every group.

    A class with fewer patients than there are splits goes to training first, then to test.

    Args:
        items: All images, those of earlier imports too.
        shares: Wanted shares.
        seed: Another seed, another split.
        fixed: Splits of groups that have one already; they keep it.
    """
    wanted = {split: share for split, share in shares.by_split().items() if share > 0}
    return _assign(items, wanted, seed, fixed or {}, SPLITS)


def assign_folds(
    items: Sequence[Item], folds: int, seed: int, fixed: Mapping[str, int] | None = None
) -> dict[str, int]:
    """The cross-validation fold of every group, each fold as like the others as can be.

    Args:
        items: The images to divide, those of earlier imports too; not the test images.
        folds: How many.
        seed: Another seed, other folds.
        fixed: Folds of groups that have one already; they keep it.
    """
    wanted = dict.fromkeys(range(folds), 1 / folds)
    return _assign(items, wanted, seed, fixed or {}, tuple(wanted))


def _assign(
    items: Sequence[Item],
    wanted: Mapping[Part, float],
    seed: int,
    fixed: Mapping[str, Part],
    parts: Sequence[Part],
) -> dict[str, Part]:
    clusters = _clusters(items)
    part_of = dict(fixed)
    free = []
    for cluster in clusters:
        # Copies of an image may bring a new patient to one that has its place already.
        places = [fixed[group] for group in sorted(cluster.groups) if group in fixed]
        if places:
            part_of.update((group, places[0]) for group in cluster.groups if group not in fixed)
        else:
            free.append(cluster)

    patients = Counter(name for cluster in clusters for name in cluster.images)
    totals = Counter(item.class_name for item in items)
    filled: dict[str, Counter[Part]] = {name: Counter() for name in totals}
    for item in items:
        if item.group in part_of:
            filled[item.class_name][part_of[item.group]] += 1

    def need(name: str, part: Part) -> float:
        return _need(filled[name][part], wanted[part] * totals[name], wanted[part])

    needs = {name: {part: need(name, part) for part in wanted} for name in totals}
    for cluster in sorted(free, key=lambda cluster: cluster.order(patients, seed)):
        rarest, *others = sorted(cluster.images, key=lambda name: (patients[name], name))
        if others:
            part = max(wanted, key=lambda part: [needs[name][part] for name in (rarest, *others)])
        else:
            part = max(wanted, key=needs[rarest].__getitem__)
        part_of.update(dict.fromkeys(cluster.groups, part))
        for name, images in cluster.images.items():
            filled[name][part] += images
            needs[name][part] = need(name, part)
    return part_of


@dataclass(slots=True)
class _Cluster:
    """Groups that share copies of an image, and so stay together; mostly one."""

    groups: set[str] = field(default_factory=set)
    images: dict[str, int] = field(default_factory=dict)
    """How many, by class."""
    first_hash: str = "~"
    """The least of its images' hashes."""

    def add(self, item: Item) -> None:
        self.groups.add(item.group)
        self.images[item.class_name] = self.images.get(item.class_name, 0) + 1
        self.first_hash = min(self.first_hash, item.image_hash)

    def order(self, patients: Mapping[str, int], seed: int) -> tuple[int, int, str]:
        """Patients of rare classes and with many images first, then as the seed has it."""
        rarest = min(patients[name] for name in self.images)
        key = hashlib.sha256(f"{seed}:{self.first_hash}".encode()).hexdigest()
        return rarest, -sum(self.images.values()), key


def _clusters(items: Sequence[Item]) -> list[_Cluster]:
    """The groups, put together where they share copies of an image."""
    leader = {item.group: item.group for item in items}

    def find(group: str) -> str:
        while leader[group] != group:
            leader[group] = leader[leader[group]]
            group = leader[group]
        return group

    first_of: dict[str, str] = {}
    for item in items:
        leader[find(item.group)] = find(first_of.setdefault(item.image_hash, item.group))
    clusters: dict[str, _Cluster] = defaultdict(_Cluster)
    for item in items:
        clusters[find(item.group)].add(item)
    return list(clusters.values())


def _need(filled: int, goal: float, share: float) -> float:
    """How much a split still lacks of a class, relative to what it should have.

    A split that has nothing of the class yet comes first, so that every split sees every class.
    """
    return (goal - filled) / goal if filled else 1.0 + share
