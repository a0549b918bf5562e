"""New images get a place; who has one keeps it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpt_core.dataset.placing import Arrival, place
from fpt_core.dataset.records import ImageRecord
from fpt_core.dataset.splits import Shares
from fpt_core.errors import DatasetError


def _arrival(
    number: int, patient: str | None = None, split: str | None = None, **more: str
) -> Arrival:
    return Arrival(
        image_hash=more.get("image_hash", f"hash {number}"),
        class_name="ab"[number % 2],
        patient=patient,
        split=split,
        name=f"{number}.png",
    )


def _record(arrival: Arrival, number: int, split: str, fold: int | None) -> ImageRecord:
    return ImageRecord(
        id=number,
        path=Path(arrival.name),
        frame=0,
        image_hash=arrival.image_hash,
        class_name=arrival.class_name,
        split=split,
        fold=fold,
        patient=arrival.patient,
        width=1,
        height=1,
        excluded=False,
    )


def _placed(arrivals: list[Arrival], folds: int = 0) -> list[ImageRecord]:
    placement = place([], arrivals, Shares(), folds, 0)
    return [
        _record(arrival, number, split, fold)
        for number, (arrival, split, fold) in enumerate(
            zip(arrivals, placement.splits, placement.folds, strict=True)
        )
    ]


@given(st.lists(st.integers(0, 30), min_size=6, max_size=80), st.integers(1, 79), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_images_in_two_imports_divide_no_patient(
    patients: list[int], first: int, folds: int
) -> None:
    arrivals = [_arrival(n, f"p{patient}") for n, patient in enumerate(patients)]
    folds = folds if folds > 1 else 0
    kept = _placed(arrivals[:first], folds)
    later = place(kept, arrivals[first:], Shares(), folds, 0)
    places = defaultdict(set)
    for image in kept:
        places[image.patient].add((image.split, image.fold))
    for image, split, fold in zip(arrivals[first:], later.splits, later.folds, strict=True):
        places[image.patient].add((split, fold))
        assert (fold is None) == (not folds or split == "test")
    assert all(len(found) == 1 for found in places.values())


def test_a_split_of_the_source_is_taken_even_for_copies_in_two() -> None:
    arrivals = [
        _arrival(0, split="train", image_hash="x"),
        _arrival(1, split="test", image_hash="x"),
    ]
    assert place([], arrivals, Shares(), 0, 0).splits == ("train", "test")


def test_one_patient_in_two_splits_of_the_source_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"1\.png is in 'test', another .* in 'train'"):
        place([], [_arrival(0, "p", "train"), _arrival(1, "p", "test")], Shares(), 0, 0)


def test_images_that_had_no_folds_get_them() -> None:
    kept = _placed([_arrival(n, f"p{n // 2}") for n in range(40)])
    placement = place(kept, [], Shares(), 4, 0)
    assert set(placement.folds_before) == {image.id for image in kept if image.split != "test"}
    assert set(placement.folds_before.values()) == {0, 1, 2, 3}
    of_patient = defaultdict(set)
    for image in kept:
        of_patient[image.patient].add(placement.folds_before.get(image.id))
    assert all(len(found) == 1 for found in of_patient.values())
