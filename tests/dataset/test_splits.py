"""Splits never divide a patient, and depend on content and seed alone."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpt_core.dataset.splits import Item, Shares, assign_folds, assign_splits
from fpt_core.errors import DatasetError


@st.composite
def _data_sets(draw: st.DrawFn) -> list[Item]:
    items = []
    for class_name in ("a", "b", "c")[: draw(st.integers(2, 3))]:
        for patient in range(draw(st.integers(3, 25))):
            for image in range(draw(st.integers(1, 4))):
                group = f"{class_name}{patient}"
                items.append(Item(f"{class_name}-{patient}-{image}", class_name, group))
    return items


@given(_data_sets(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_no_patient_is_divided_and_every_split_sees_every_class(
    items: list[Item], seed: int
) -> None:
    splits = assign_splits(items, Shares(), seed)
    by_group, by_class = defaultdict(set), defaultdict(set)
    for item in items:
        by_group[item.group].add(splits[item.group])
        by_class[item.class_name].add(splits[item.group])
    assert all(len(found) == 1 for found in by_group.values())
    assert all(found == {"train", "val", "test"} for found in by_class.values())


@given(_data_sets(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_does_not_matter(items: list[Item], rng: random.Random) -> None:
    shuffled = items[:]
    rng.shuffle(shuffled)
    assert assign_splits(items, Shares(), 0) == assign_splits(shuffled, Shares(), 0)


def test_proportions_are_near_what_was_asked() -> None:
    items = [Item(f"{n}", "ab"[n % 2], f"p{n // 2}{n % 2}") for n in range(400)]
    splits = list(assign_splits(items, Shares(0.1, 0.3), 0).values())
    assert abs(splits.count("test") - 120) <= 6
    assert abs(splits.count("val") - 40) <= 6


@given(_data_sets(), st.floats(0.05, 0.3), st.floats(0.05, 0.5), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_split_gets_more_than_one_patient_too_many(
    items: list[Item], val: float, test: float, seed: int
) -> None:
    shares = Shares(val, test)
    splits = assign_splits(items, shares, seed)
    for name in {item.class_name for item in items}:
        members = [item for item in items if item.class_name == name]
        largest = max(Counter(item.group for item in members).values())
        got = Counter(splits[item.group] for item in members)
        for split, share in shares.by_split().items():
            assert got[split] <= share * len(members) + largest


def test_another_seed_gives_another_split() -> None:
    items = [Item(f"{n}", "ab"[n % 2], f"p{n}") for n in range(60)]
    assert assign_splits(items, Shares(), 0) != assign_splits(items, Shares(), 1)


def test_patients_with_a_split_keep_it_when_images_are_added() -> None:
    items = [Item(f"{n}", "ab"[n % 2], f"p{n}") for n in range(40)]
    before = assign_splits(items, Shares(), 0)
    fixed = {item.group: before[item.group] for item in items}
    more = [*items, *(Item(f"new{n}", "ab"[n % 2], f"q{n}") for n in range(40))]
    after = assign_splits(more, Shares(), 0, fixed)
    assert all(after[key] == split for key, split in before.items())


def test_a_class_of_few_patients_is_trained_and_tested_first() -> None:
    items = [Item(f"{n}", "a", f"p{n}") for n in range(9)]
    one = [*items, Item("x", "rare", "px"), Item("y", "rare", "px")]
    assert assign_splits(one, Shares(), 0)["px"] == "train"
    splits = assign_splits([*one, Item("z", "rare", "pz")], Shares(), 0)
    assert {splits["px"], splits["pz"]} == {"train", "test"}


@given(_data_sets(), st.integers(2, 6), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_folds_divide_no_patient_and_are_alike(items: list[Item], folds: int, seed: int) -> None:
    fold_of = assign_folds(items, folds, seed)
    assert set(fold_of) == {item.group for item in items}
    assert set(fold_of.values()) <= set(range(folds))
    sizes = [sum(fold_of[item.group] == fold for item in items) for fold in range(folds)]
    largest_patient = max(Counter(item.group for item in items).values())
    assert max(sizes) - min(sizes) <= 2 * largest_patient * len({i.class_name for i in items})


@given(_data_sets(), _data_sets(), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_images_that_come_later_move_no_patient(
    items: list[Item], more: list[Item], seed: int
) -> None:
    before = assign_splits(items, Shares(), seed)
    folds = assign_folds(items, 5, seed)
    later = [Item(f"later {item.image_hash}", item.class_name, item.group) for item in more]
    after = assign_splits([*items, *later], Shares(), seed, before)
    assert all(after[group] == split for group, split in before.items())
    again = assign_folds([*later, *items], 5, seed, folds)
    assert all(again[group] == fold for group, fold in folds.items())


def test_copies_of_an_image_stay_together_whoever_they_are_said_to_be_of() -> None:
    items = [Item(f"{n // 2}", "ab"[n % 2], f"p{n}") for n in range(80)]
    splits = assign_splits(items, Shares(), 0)
    assert all(splits[f"p{n}"] == splits[f"p{n + 1}"] for n in range(0, 80, 2))
    assert set(splits.values()) == {"train", "val", "test"}


def test_shares_must_leave_something_to_train_on() -> None:
    with pytest.raises(DatasetError, match="shares"):
        Shares(0.5, 0.5)
