"""Folds: as many as there are patients for, never dividing one, and what they cannot tell."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from fpt_core.auto import folds as module
from fpt_core.auto.folds import MOST_FOLDS, make_folds
from fpt_core.dataset.splits import Item


def _items(patients: dict[str, int], images: int = 2) -> list[Item]:
    return [
        Item(f"{name}-{patient}-{image}", name, f"{name}-{patient}")
        for name, number in patients.items()
        for patient in range(number)
        for image in range(images)
    ]


def test_five_folds_that_divide_nobody_and_hold_every_class() -> None:
    items = _items({"sick": 20, "well": 30})
    found = make_folds(items, seed=0)
    assert (found.number, found.held, found.notes) == (MOST_FOLDS, (0, 1, 2, 3, 4), ())
    assert found.judged.all()
    folds_of = defaultdict(set)
    for item, fold in zip(items, found.fold, strict=True):
        folds_of[item.group].add(int(fold))
    assert all(len(folds) == 1 for folds in folds_of.values())
    for name in ("sick", "well"):
        of_class = [int(f) for i, f in zip(items, found.fold, strict=True) if i.class_name == name]
        assert set(of_class) == set(range(MOST_FOLDS))


def test_copies_of_an_image_stay_together_whoever_they_are_of() -> None:
    items = [*_items({"sick": 10, "well": 10}), Item("sick-0-0", "sick", "well-3")]
    fold = dict(zip([item.group for item in items], make_folds(items, 0).fold, strict=True))
    assert fold["sick-0"] == fold["well-3"]


@pytest.mark.parametrize(("rarest", "number"), [(2, 2), (3, 3), (5, 5)])
def test_few_patients_leave_patients_out_and_say_so(rarest: int, number: int) -> None:
    found = make_folds(_items({"rare": rarest, "well": 250}), seed=0)
    assert found.number == number
    assert len(found.notes) == (number < MOST_FOLDS)
    rare = found.fold[: 2 * rarest]
    assert len(set(rare.tolist())) == number, "each fold leaves patients of the rare class out"


def test_a_class_within_one_patient_is_not_judged() -> None:
    items = _items({"alone": 1, "sick": 10, "well": 10}, images=4)
    found = make_folds(items, seed=0)
    assert found.number == MOST_FOLDS
    assert not found.judged[:4].any()
    assert found.judged[4:].all()
    assert "'alone'" in found.notes[0]


def test_nothing_to_hold_out() -> None:
    found = make_folds(_items({"sick": 1, "well": 1}, images=6), seed=0)
    assert found.held == ()
    assert not found.judged.any()
    assert "nothing can be held out" in found.notes[-1]


def test_many_images_are_held_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY_IMAGES", 40)
    found = make_folds(_items({"sick": 10, "well": 10}), seed=0)
    assert found.held == (0,)
    assert "one fold" in found.notes[0]
    assert np.array_equal(found.judged, found.fold == 0)


def test_the_seed_decides() -> None:
    items = _items({"sick": 20, "well": 20})
    again, other = make_folds(items, 0), make_folds(items, 1)
    assert np.array_equal(make_folds(items, 0).fold, again.fold)
    assert not np.array_equal(again.fold, other.fold)
