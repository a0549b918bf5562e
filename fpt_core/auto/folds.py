"""Folds for cross-fitting: over everything that is not test, never dividing a patient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fpt_core.dataset.splits import Item, assign_folds

MOST_FOLDS = 5
MANY_IMAGES = 2000
"""From so many on one held-out fold says enough, and a single member is trained."""


@dataclass(frozen=True, slots=True)
class Folds:
    """Which images are held out from whom.

    Shape:
        fold ``(n,)``, from 0; judged ``(n,)``.
    """

    fold: NDArray[np.int64]
    number: int
    held: tuple[int, ...]
    """Folds that are held out, each from the member of its place; empty: nothing can be."""
    judged: NDArray[np.bool_]
    """Which images are answered out of fold by somebody who knows their class, ``(n,)``."""
    notes: tuple[str, ...]
    """What is not as usual, in sentences."""


def make_folds(items: Sequence[Item], seed: int) -> Folds:
    """As many folds as the rarest class has patients, at most five.

    A class within one patient counts for nothing here: whoever holds that patient out has never
    seen the class, so how well it is told cannot be estimated.

    Args:
        items: Images that are not test images; of one patient or copies of one image stay
            together.
        seed: Another seed, other folds.
    """
    patients: dict[str, set[str]] = defaultdict(set)
    for item in items:
        patients[item.class_name].add(item.group)
    alone = sorted(name for name, found in patients.items() if len(found) < 2)
    several = [len(found) for found in patients.values() if len(found) > 1]
    notes = [
        f"All images of class {name!r} are of one patient: how well it is told from the others "
        "cannot be estimated."
        for name in alone
    ]
    if len(several) < 2:
        notes.append(
            "Too few classes have two patients or more, so that nothing can be held out to choose "
            "by; usual settings are taken."
        )
        nobody = np.zeros(len(items), np.int64)
        return Folds(nobody, 1, (), nobody.astype(bool), tuple(notes))
    number = min(MOST_FOLDS, *several)
    if number < MOST_FOLDS:
        notes.append(
            f"The rarest class has {number} patients, so there are {number} folds rather than "
            f"{MOST_FOLDS}: figures out of fold are rough."
        )
    fold_of = assign_folds(items, number, seed)
    fold = np.array([fold_of[item.group] for item in items], np.int64)
    held = tuple(sorted(set(fold.tolist())))
    if len(items) >= MANY_IMAGES:
        notes.append(
            f"There are {len(items):,} images: one fold of {number} is held out, not each in turn."
        )
        held = held[:1]
    known = np.array([item.class_name not in alone for item in items])
    return Folds(fold, number, held, np.isin(fold, held) & known, tuple(notes))
