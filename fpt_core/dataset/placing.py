"""Where new images go: a split and a fold each, beside those that have their place already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fpt_core.dataset.records import ImageRecord
from fpt_core.dataset.splits import Item, Shares, assign_folds, assign_splits
from fpt_core.errors import DatasetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An image that comes into the project, or comes anew because it has changed."""

    image_hash: str
    class_name: str
    patient: str | None
    split: str | None
    """As the source gives it."""
    name: str
    """For messages; it names nobody."""
    before: ImageRecord | None = None
    """What the project knew of it."""

    @property
    def group(self) -> str:
        """Who it is of: the patient, or where that is unknown the image itself."""
        return self.patient or self.image_hash


@dataclass(frozen=True, slots=True)
class Placement:
    """Splits and folds of all arrivals, and folds that images of the project get now."""

    splits: tuple[str, ...]
    """In the order of the arrivals."""
    folds: tuple[int | None, ...]
    """Likewise."""
    folds_before: dict[int, int]
    """By the ids of images that had none."""


def place(
    kept: Sequence[ImageRecord], arrivals: Sequence[Arrival], shares: Shares, folds: int, seed: int
) -> Placement:
    """Give every arrival its place; who has a place keeps it.

    Args:
        kept: The project's images without those that arrive anew.
        arrivals: The images to be added.
        shares: Wanted shares of validation and test.
        folds: How many cross-validation folds the project has; 0: none.
        seed: Another seed, another split.

    Raises:
        DatasetError: If the source puts one patient into two splits.
    """
    fixed = _fixed_splits(kept, arrivals)
    items = [
        *(Item(image.image_hash, image.class_name, _group(image)) for image in kept),
        *(Item(image.image_hash, image.class_name, image.group) for image in arrivals),
    ]
    split_of = assign_splits(items, shares, seed, fixed)
    splits = tuple(image.split or split_of[image.group] for image in arrivals)
    if not folds:
        return Placement(splits, (None,) * len(splits), {})
    in_test = [image.split == "test" for image in kept] + [split == "test" for split in splits]
    fixed_folds = {_group(image): image.fold for image in kept if image.fold is not None}
    for image in arrivals:
        if image.before is not None and image.before.fold is not None and _is_same(image):
            fixed_folds.setdefault(image.group, image.before.fold)
    rest = [item for item, is_test in zip(items, in_test, strict=True) if not is_test]
    fold_of = assign_folds(rest, folds, seed, fixed_folds)
    return Placement(
        splits,
        tuple(
            None if split == "test" else fold_of[image.group]
            for image, split in zip(arrivals, splits, strict=True)
        ),
        {
            image.id: fold_of[_group(image)]
            for image in kept
            if image.split != "test" and image.fold is None
        },
    )


def _fixed_splits(kept: Sequence[ImageRecord], arrivals: Sequence[Arrival]) -> dict[str, str]:
    """The splits of groups that have one, by earlier imports first and then by the source."""
    fixed = {_group(image): image.split for image in kept}
    for image in arrivals:
        if image.before is not None and _is_same(image):
            fixed.setdefault(image.group, image.before.split)
    for image in arrivals:
        if image.split is None or fixed.setdefault(image.group, image.split) == image.split:
            continue
        if image.patient is not None:
            raise DatasetError(
                f"The source puts one patient into two splits: {image.name} is in "
                f"{image.split!r}, another image of the patient in {fixed[image.group]!r}.",
                "Correct the split column, or leave it out to have patients kept together.",
            )
    return fixed


def _is_same(image: Arrival) -> bool:
    """Whether a changed image is still of whom it was of."""
    return image.before is not None and image.before.patient == image.patient


def _group(image: ImageRecord) -> str:
    return image.patient or image.image_hash
