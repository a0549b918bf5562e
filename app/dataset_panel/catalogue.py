"""The images of a project as columns, so that 50,000 of them are filtered and counted at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from fpt_core.dataset.records import SPLITS, ImageRecord

Rows = NDArray[np.intp]
"""Places of images in the catalogue."""
_UNKNOWN = -1


class Shown(Enum):
    """Which images are shown, by whether they are left out of training."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    ALL = "all"


class Order(Enum):
    """What images are sorted by."""

    NAME = "name"
    CLASS = "class"
    SPLIT = "split"
    PATIENT = "patient"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """What the gallery shows."""

    class_name: str | None = None
    split: str | None = None
    text: str = ""
    """A part of the file's name, or the beginning of a patient's hash."""
    patient: str | None = None
    """Hash of one patient."""
    groups: tuple[tuple[int, ...], ...] | None = None
    """Ids of the images behind a finding, shown group by group."""
    shown: Shown = Shown.INCLUDED
    order: Order = Order.NAME


@dataclass(frozen=True, slots=True)
class CountTable:
    """Numbers by class and split, or by class and fold."""

    class_names: tuple[str, ...]
    column_names: tuple[str, ...]
    values: NDArray[np.intp]
    """Shape: ``(classes, columns)``."""
    row_totals: NDArray[np.intp]
    """Shape: ``(classes,)``. A patient with images in several columns counts once."""
    column_totals: NDArray[np.intp]
    """Shape: ``(columns,)``. A patient with images of several classes counts once."""
    total: int


class Catalogue:
    """All images of a project, the excluded ones too. Never changes, so threads may share it.

    Args:
        images: In any order.
    """

    def __init__(self, images: Sequence[ImageRecord]) -> None:
        self.images = images
        self.ids = np.array([image.id for image in images], dtype=np.int64)
        self._row_of = {image.id: row for row, image in enumerate(images)}
        self.class_names, self._classes = _codes([image.class_name for image in images])
        self.patients, self._patients = _codes([image.patient for image in images])
        self._splits = np.array([SPLITS.index(image.split) for image in images], dtype=np.intp)
        self._folds = np.array(
            [_UNKNOWN if image.fold is None else image.fold for image in images], dtype=np.intp
        )
        self._excluded = np.array([image.excluded for image in images], dtype=bool)
        self._sizes = np.array([image.width * image.height for image in images], dtype=np.int64)
        self._names = [image.path.name.casefold() for image in images]
        self._by_name = np.empty(len(images), dtype=np.intp)
        self._by_name[sorted(range(len(images)), key=self._names.__getitem__)] = np.arange(
            len(images)
        )
        self.num_included = int((~self._excluded).sum())
        self.num_folds = int(self._folds.max(initial=_UNKNOWN)) + 1
        """Cross-validation folds; 0 where there are none."""
        self.num_patients = self._num_patients()
        """Of the images that are not excluded; ``None`` where some are unknown."""
        # All now, in the thread that makes the catalogue: the window must not wait for them.
        self._counts = {
            (patients, folds): self._count_all(patients=patients, folds=folds)
            for patients in (False, True)
            for folds in ((False, True) if self.num_folds else (False,))
        }

    def __len__(self) -> int:
        return len(self.images)

    def _num_patients(self) -> int | None:
        included = self._patients[~self._excluded]
        return None if (included == _UNKNOWN).any() else len(np.unique(included))

    def rows_of(self, ids: Iterable[int]) -> Rows:
        """The places of these images; those that are not in the catalogue are left out."""
        found = (self._row_of.get(number) for number in ids)
        return np.array([row for row in found if row is not None], dtype=np.intp)

    def select(self, wanted: ImageFilter) -> Rows:
        """The places of the images that pass the filter, in its order."""
        kept = self._kept(wanted)
        if wanted.groups is not None:
            rows = self.rows_of(number for group in wanted.groups for number in group)
            return rows[kept[rows]]
        rows = np.flatnonzero(kept)
        return rows[np.lexsort((self._by_name[rows], self._key(wanted.order)[rows]))]

    def _kept(self, wanted: ImageFilter) -> NDArray[np.bool_]:
        kept = np.ones(len(self), dtype=bool)
        if wanted.shown is not Shown.ALL:
            kept &= self._excluded == (wanted.shown is Shown.EXCLUDED)
        if wanted.class_name is not None:
            kept &= self._classes == _place(self.class_names, wanted.class_name)
        if wanted.split is not None:
            kept &= self._splits == SPLITS.index(wanted.split)
        if wanted.patient is not None:
            kept &= self._patients == _place(self.patients, wanted.patient)
        if text := wanted.text.strip().casefold():
            kept &= self._speaks_of(text)
        return kept

    def _speaks_of(self, text: str) -> NDArray[np.bool_]:
        named = np.fromiter((text in name for name in self._names), dtype=bool, count=len(self))
        patients = [code for code, name in enumerate(self.patients) if name.startswith(text)]
        return named | np.isin(self._patients, patients)

    def _key(self, order: Order) -> NDArray[np.integer]:
        keys: dict[Order, NDArray[np.integer]] = {
            Order.NAME: self._by_name,
            Order.CLASS: self._classes,
            Order.SPLIT: self._splits,
            Order.PATIENT: self._patients,
            Order.SIZE: -self._sizes,
        }
        return keys[order]

    def counts(self, *, patients: bool = False, folds: bool = False) -> CountTable:
        """How many images, or patients, each class has in each split or fold.

        Only what is not excluded counts, and only patients that are known.
        """
        return self._counts[patients, folds]

    def _count_all(self, *, patients: bool, folds: bool) -> CountTable:
        columns = self._folds if folds else self._splits
        names = tuple(f"Fold {fold + 1}" for fold in range(self.num_folds)) if folds else SPLITS
        used = ~self._excluded & (columns != _UNKNOWN)
        if patients:
            used &= self._patients != _UNKNOWN
        codes = self._classes[used], columns[used]
        unit = self._patients[used] if patients else np.flatnonzero(used)
        present = np.unique(self._classes[~self._excluded])
        shape = (len(self.class_names), len(names))
        values = _count(shape, codes, unit)
        return CountTable(
            class_names=tuple(self.class_names[code] for code in present),
            column_names=names,
            values=values[present],
            row_totals=_count(shape[:1], codes[:1], unit)[present],
            column_totals=_count(shape[1:], codes[1:], unit),
            total=len(np.unique(unit)),
        )


def _codes(values: Sequence[str | None]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The distinct values in order, and each value's place among them; -1 for ``None``."""
    names = tuple(sorted({value for value in values if value is not None}))
    places: dict[str | None, int] = {name: place for place, name in enumerate(names)}
    places[None] = _UNKNOWN
    return names, np.array([places[value] for value in values], dtype=np.intp)


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _count(
    shape: tuple[int, ...], codes: tuple[NDArray[np.intp], ...], unit: NDArray[np.intp]
) -> NDArray[np.intp]:
    """How many different units each cell holds."""
    if not len(unit):
        return np.zeros(shape, dtype=np.intp)
    cells = np.ravel_multi_index(codes, shape)
    # One number per pair sorts far faster than the pairs themselves.
    width = int(unit.max()) + 1
    different = np.unique(cells * width + unit) // width
    return np.bincount(different, minlength=int(np.prod(shape))).reshape(shape)
