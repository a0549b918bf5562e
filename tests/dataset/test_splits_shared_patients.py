"""Splits where a patient has images of several classes, or a split already."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpt_core.dataset.splits import Item, Shares, assign_splits
from fpt_core.errors import DatasetError

_SPLITS = {"train", "val", "test"}


@st.composite
def _eyes(draw: st.DrawFn) -> list[Item]:
    """Two eyes of each patient, the second graded like the first or not; no grade is rare."""
    grades = "abc"
    items = []
    for patient in range(draw(st.integers(24, 60))):
        first = grades[patient % 3]
        second = draw(st.sampled_from((first, first, grades[0])))
        items += [
            Item(f"{patient}-l", first, f"p{patient}"),
            Item(f"{patient}-r", second, f"p{patient}"),
        ]
    return items


@given(_eyes(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_every_split_sees_every_grade(items: list[Item], seed: int) -> None:
    splits = assign_splits(items, Shares(), seed)
    of_patient, of_class = defaultdict(set), defaultdict(set)
    for item in items:
        of_patient[item.group].add(splits[item.group])
        of_class[item.class_name].add(splits[item.group])
    assert all(len(found) == 1 for found in of_patient.values())
    assert all(found == _SPLITS for found in of_class.values())


def test_a_class_shared_by_few_patients_is_still_in_every_split() -> None:
    """The rare class decides where its patients go, whatever else they carry."""
    items = [Item(f"{n}", "common", f"p{n}") for n in range(60)]
    items += [Item(f"rare{n}", "rare", f"p{n}") for n in range(3)]
    for seed in range(20):
        splits = assign_splits(items, Shares(), seed)
        assert {splits[f"p{n}"] for n in range(3)} == _SPLITS


def test_patients_of_many_classes_leave_no_class_out() -> None:
    """Thirty patients with three images each, of five classes that grow rarer."""
    checked = 0
    for case in range(60):
        rng = random.Random(case)
        classes = [min(rng.randrange(5), rng.randrange(5)) for _ in range(90)]
        items = [Item(f"{case}-{n}", "abcde"[c], f"p{n // 3}") for n, c in enumerate(classes)]
        patients = {name: {i.group for i in items if i.class_name == name} for name in "abcde"}
        if min(map(len, patients.values())) < len(_SPLITS):
            continue
        splits = assign_splits(items, Shares(), 0)
        for name in "abcde":
            found = {splits[i.group] for i in items if i.class_name == name}
            assert found == _SPLITS, (case, name)
        checked += 1
    assert checked >= 30


def test_the_split_does_not_depend_on_how_patients_are_named() -> None:
    def splits(prefix: str) -> list[str]:
        items = [Item(f"{n:03d}", "ab"[n // 2 % 2], f"{prefix}{n // 2}") for n in range(60)]
        found = assign_splits(items, Shares(), 0)
        return [found[item.group] for item in items]

    assert splits("p") == splits("salted-")


def test_splits_that_are_given_stay() -> None:
    items = [Item("1", "a", "p1"), Item("2", "b", "p2")]
    fixed = {"p1": "train", "p2": "test"}
    assert assign_splits(items, Shares(), 0, fixed) == fixed
    assert (
        assign_splits([*items, Item("3", "a", "p3")], Shares(), 0, fixed).items() >= fixed.items()
    )


def test_a_share_of_nothing_asks_for_no_patient() -> None:
    items = [Item(f"{n}", "ab"[n % 2], f"p{n}") for n in range(4)]
    assert set(assign_splits(items, Shares(val=0.0, test=0.5), 0).values()) == {"train", "test"}


@pytest.mark.parametrize(("val", "test"), [(-0.1, 0.3), (0.6, 0.4), (float("nan"), 0.1)])
def test_shares_that_cannot_be_are_refused(val: float, test: float) -> None:
    with pytest.raises(DatasetError, match="shares"):
        Shares(val, test)
