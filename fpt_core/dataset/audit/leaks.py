"""What one click does about twins in different splits: move one beside the other, or leave it out.

Reference: Kaufman et al., Leakage in data mining, ACM TKDD 2012.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from fpt_core.dataset.audit.findings import Remedy
from fpt_core.dataset.audit.groups import Group, grouped, ids, joined, unit_of
from fpt_core.dataset.audit.words import counted
from fpt_core.dataset.records import SPLITS, ImageRecord

_KEPT_FIRST = ("test", "val", "train")
"""Where a twin stays when the others are left out: training can spare an image best."""


def leak_remedies(groups: Sequence[Group]) -> tuple[Remedy, ...]:
    """Moves that end the leak, one for each split that images go to, then leaving twins out."""
    moved: dict[str, list[int]] = defaultdict(list)
    for cluster in _clusters(groups):
        sizes = Counter(image.split for image in cluster)
        goal = max(SPLITS, key=lambda split: sizes[split])
        moved[goal] += [image.id for image in cluster if image.split != goal]
    moves = [
        Remedy(
            f"Move {counted(len(moved[split]))} with all of their patients to “{split}”, where the "
            "twins are",
            "move",
            tuple(moved[split]),
            split,
        )
        for split in SPLITS
        if moved[split]
    ]
    surplus = [image for group in groups for image in _surplus(group)]
    excluded = Remedy(f"Exclude {counted(len(surplus), 'twin')}", "exclude", ids(surplus))
    return (*moves, excluded)


def _clusters(groups: Sequence[Group]) -> list[list[ImageRecord]]:
    """Groups that share a patient, together: what is moved for one must not divide another."""
    by_id = {image.id: image for group in groups for image in group}
    same_patient = [ids(images) for images in grouped(by_id.values(), unit_of).values()]
    chains = [*map(ids, groups), *same_patient]
    return [[by_id[number] for number in cluster] for cluster in joined(chains)]


def _surplus(group: Group) -> list[ImageRecord]:
    kept = min((image.split for image in group), key=_KEPT_FIRST.index)
    return [image for image in group if image.split != kept]
